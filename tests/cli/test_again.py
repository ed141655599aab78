# SPDX-License-Identifier: GPL-2.0-only
"""An answer that is printed again is the one that a new run would print."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mmapmigrate
from mmapmigrate.change import ignored
from mmapmigrate.cli import app, files, remember
from mmapmigrate.cli.again import entry_of, say_again
from mmapmigrate.disk import rests
from mmapmigrate.disk.rests import Rests
from mmapmigrate.disk.sealed import seal
from mmapmigrate.lint import runner
from mmapmigrate.lint.memory import answer, stamp
from mmapmigrate.model.discovery import DiscoveryError, discover
from tests.drivers import BLOCKED_HOOK, GOOD_HOOK
from tests.repositories import Git, repository

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

FORMAT = ("--format", "json", "-j1")


class Asked:
    """Runs of ``check`` in this process, as a new process would run them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.again = False
        self._patch = monkeypatch
        self._output = capfd
        self.words_before: tuple[str, ...] = FORMAT

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and errors; ``again`` tells afterwards whether they were kept ones."""
        self._patch.setattr(runner, "_first", True)
        self._patch.setattr(remember, "_first", True)
        self._output.readouterr()
        words = ("check", *self.words_before, *arguments)
        code = say_again(words)
        self.again = code is not None
        if code is None:
            code = app.run(words)
        return code, *self._output.readouterr()

    def anew(self, *arguments: str) -> tuple[int, str, str]:
        """The same by a run that keeps nothing."""
        self._output.readouterr()
        return app.run(("check", *FORMAT, "--no-cache", *arguments)), *self._output.readouterr()


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Asked:
    # What these tests write is younger than two seconds.
    monkeypatch.setattr(rests, "SETTLED", -(10**18))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    return Asked(monkeypatch, capfd)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders with a driver each, a link to one of them, and a link to a file elsewhere."""
    for name, text in {
        "src/one/foo.c": '#include "foo.h"\n' + GOOD_HOOK,
        "src/one/foo.h": "int foo_any;\n",
        "src/two/bar.c": BLOCKED_HOOK,
        "away/far.c": BLOCKED_HOOK,
        "away/near.c": GOOD_HOOK,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "linked").symlink_to(tmp_path / "src/one")
    (tmp_path / "src/two/link.c").symlink_to(tmp_path / "away/far.c")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rewrite(path: Path, old: str, new: str) -> None:
    """Changes a text in place and puts the time of change back; the length stays if old and new have one."""
    status = path.stat()
    with path.open("r+") as stream:
        text = stream.read().replace(old, new)
        stream.seek(0)
        stream.write(text)
        stream.truncate()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_what_has_not_changed_is_said_again(ask: Asked, tree: Path) -> None:
    for path in ("src", "src/one/foo.c", "linked/foo.c", str(tree / "src")):
        first = ask(path)
        assert (ask.again, first[0]) == (False, 1)
        assert ask(path) == first
        assert ask.again
        assert ask.anew(path) == first


def add(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(GOOD_HOOK)


def by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link(path: Path, target: Path) -> None:
    path.unlink()
    path.symlink_to(target)


CHANGES: dict[str, Callable[[Path], object]] = {
    "edit": lambda tree: (tree / "src/one/foo.c").write_text("int x;\n"),
    "edit, size and mtime kept": lambda tree: rewrite(tree / "src/one/foo.c", ".mmap", ".nmap"),
    "edit of a header": lambda tree: (tree / "src/one/foo.h").write_text("#define foo_mmap foo_other\n"),
    "edit behind a link": lambda tree: rewrite(tree / "away/far.c", ".mmap", ".nmap"),
    "file added": lambda tree: add(tree / "src/two/new.c"),
    "file added in a new folder": lambda tree: add(tree / "src/three/new.c"),
    "file removed": lambda tree: (tree / "src/two/bar.c").unlink(),
    "file renamed": lambda tree: (tree / "src/two/bar.c").rename(tree / "src/two/baz.c"),
    "file replaced by a folder": lambda tree: by_folder(tree / "src/two/bar.c"),
    "folder renamed": lambda tree: (tree / "src/two").rename(tree / "src/zwei"),
    "folders swapped": lambda tree: (
        (tree / "src/two").rename(tree / "src/three"),
        (tree / "src/one").rename(tree / "src/two"),
        (tree / "src/three").rename(tree / "src/one"),
    ),
    "link retargeted": lambda tree: link(tree / "src/two/link.c", tree / "away/near.c"),
    "link's file removed": lambda tree: (tree / "away/far.c").unlink(),
    "configuration added": lambda tree: (tree / "mmapmigrate.toml").write_text('ignore = ["MM101"]\n'),
    "configuration added below": lambda tree: (tree / "src/pyproject.toml").write_text(
        '[tool.mmapmigrate]\nselect = ["MM3"]\n'
    ),
    "broken configuration": lambda tree: (tree / "mmapmigrate.toml").write_text("ignore = 1\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(ask: Asked, tree: Path, change: Callable[[Path], object]) -> None:
    before = ask("src")
    assert ask("src") == before
    assert ask.again
    change(tree)
    after = ask("src")
    assert not ask.again
    assert after == ask.anew("src")
    assert after != before or change is CHANGES["edit of a header"]


def test_a_link_in_the_path_that_leads_elsewhere_is_seen(ask: Asked, tree: Path) -> None:
    before = ask("linked")
    link(tree / "linked", tree / "src/two")
    assert ask("linked") != before
    assert ask("linked") == ask.anew("linked")


def test_a_descriptor_that_leads_to_another_file_is_seen(ask: Asked, tree: Path) -> None:
    place = os.open(tree / "away/far.c", os.O_RDONLY)
    path = f"/proc/self/fd/{place}"
    before = ask("--target", "7.3", path)
    other = os.open(tree / "away/near.c", os.O_RDONLY)
    os.dup2(other, place)
    after = ask("--target", "7.3", path)
    assert after != before
    assert after == ask.anew("--target", "7.3", path)
    for descriptor in (place, other):
        os.close(descriptor)


def test_a_configuration_that_changes_is_seen(ask: Asked, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('select = ["MM3"]\n')
    before = ask("src")
    assert ask("src") == before
    assert ask.again
    rewrite(tree / "mmapmigrate.toml", "MM3", "MM1")
    assert ask("src") == ask.anew("src") != before


def test_a_configuration_that_becomes_a_link_to_nothing_is_seen(ask: Asked, tree: Path) -> None:
    before = ask("src")
    config = tree / "src/mmapmigrate.toml"
    config.symlink_to("nothing")
    assert ask("src")[0] == 2
    config.unlink()
    assert ask("src") == before


def test_another_question_has_another_answer(ask: Asked, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {entry_of(("check", *words)) for words in ((), ("src",), ("-q", "src"), ("src", "-q"))}
    monkeypatch.chdir(tree / "src")
    entries.add(entry_of(("check",)))
    monkeypatch.setenv("NO_COLOR", "1")
    entries.add(entry_of(("check",)))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, 24)))
    entries.add(entry_of(("check",)))
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((81, 24)))
    entries.add(entry_of(("check",)))
    assert None not in entries
    assert len(entries) == 8


class Environment(dict[str, str]):
    """An environment that knows which of its variables it was asked for."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__(names)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_each_variable_that_is_asked_for_makes_another_question(
    ask: Asked, tree: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where answers are kept, where unfinished files are, and how many lines a screen has.
    others = {"XDG_CACHE_HOME", "TMPDIR", "TEMP", "TMP", "LINES"}
    environment = Environment(os.environ)
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", environment)
        for stream in (sys.stdout, sys.stderr):
            patch.setattr(stream, "isatty", lambda: True)
        patch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, 24)))
        ask.words_before = ()
        for words in (("src",), ("--format", "json", "src/one/foo.c"), ("--no-such-option",)):
            ask(*words)
    asked = environment.asked - others
    assert {"COLUMNS", "GIT_DIR", "NO_COLOR", "TERM"} <= asked
    entry = entry_of(("check",))
    for name in asked:
        with monkeypatch.context() as patch:
            patch.setenv(name, "7")
            assert entry_of(("check",)) != entry, name


@pytest.mark.parametrize(
    "words",
    [
        ("fix", "--diff", "src"),
        ("check", "--no-cache", "src"),
        ("check", "--patch", "-", "src"),
        ("check", "--baseline=known.json", "src"),
        ("check", "--since", "HEAD"),
        ("check", "--staged"),
        ("check", "--rules", "mine", "src"),
        (),
    ],
)
def test_what_rests_on_more_than_files_is_asked_each_time(words: tuple[str, ...]) -> None:
    assert entry_of(words) is None


def test_another_tool_has_another_answer(
    ask: Asked, tree: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path_factory.mktemp("tool") / "module.py"
    module.write_text("x = 1\n")
    ours = stamp._ours
    monkeypatch.setattr(stamp, "_ours", lambda: (*ours(), str(module)))
    ask("src")
    ask("src")
    assert ask.again
    rewrite(module, "1", "2")
    ask("src")
    assert not ask.again
    module.with_name("another.py").write_text("")
    ask("src")
    assert not ask.again


def test_the_tool_s_modules_are_among_its_places() -> None:
    places = stamp.tool_places()
    package = Path(mmapmigrate.__file__).parent
    assert {
        str(package / "cli/again.py"),
        str(package / "convert/effects/effects.toml"),
        str(package),
    } <= places
    assert any("tree_sitter" in place for place in places)
    assert any("click" in place for place in places)


@pytest.fixture
def git(tree: Path) -> Git:
    """The tree as a repository, with a driver that is not tracked."""
    run = repository(tree)
    run("add", "src/one", "away")
    run("commit", "-qm", "first")
    return run


def test_in_a_repository_git_is_asked_again(ask: Asked, tree: Path, git: Git) -> None:
    before = ask("src")
    # What git does for itself is no change.
    (tree / ".git/index").touch()
    git("commit", "-qm", "second", "--allow-empty")
    assert ask("src") == before
    assert ask.again
    (tree / ".gitignore").write_text("bar.c\n")
    after = ask("src")
    assert not ask.again
    assert after == ask.anew("src") != before
    assert ask("src") == after
    assert ask.again
    git("add", "-f", "src/two/bar.c")
    assert ask("src") == ask.anew("src") == before


def test_rules_of_ignoring_that_lie_elsewhere_count(
    ask: Asked, tree: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask("src")
    (tree / ".git/info").mkdir(exist_ok=True)
    (tree / ".git/info/exclude").write_text("bar.c\n")
    assert ask("src") == ask.anew("src") != before
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tree / "config"))
    ask("src")
    (tree / "config").write_text(f"[core]\n\texcludesFile = {tree}/excluded\n")
    (tree / "excluded").write_text("two/\n")
    assert ask("src") == ask.anew("src")


def test_git_is_not_asked_what_it_would_say_on_the_same_grounds(
    ask: Asked, tree: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask("src")
    monkeypatch.setattr(ignored, "Ignored", None)
    assert ask("src") == before
    assert ask.again


def test_rules_in_a_folder_below_count(ask: Asked, tree: Path, git: Git) -> None:
    rules = tree / "src/two/.gitignore"
    rules.write_text("# none\n")
    before = ask("src")
    rules.write_text("bar.c\n")
    assert ask("src") == ask.anew("src") != before


def test_a_new_repository_is_seen(ask: Asked, tree: Path) -> None:
    ask("src")
    ask("src")
    assert ask.again
    run = repository(tree)
    (tree / ".gitignore").write_text("bar.c\n")
    run("add", "src/one")
    assert ask("src") == ask.anew("src")


def test_another_program_may_look_at_anything(
    ask: Asked, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(path: str, _: object) -> Iterable[str | DiscoveryError]:
        subprocess.run(["true"], check=True)
        return discover((path,))

    monkeypatch.setattr(files, "listed", listed)
    ask("src")
    ask("src")
    assert not ask.again


def test_help_is_no_answer(tool: Tool, tree: Path) -> None:
    time.sleep(2.1)  # What changed a moment ago is not kept.
    for word in ("--help", "-h"):
        first = tool("check", word)
        assert "Usage:" in first.stdout
        assert tool("check", word).stdout == first.stdout


def test_a_build_is_answered_again(ask: Asked, tree: Path) -> None:
    ask.words_before = ()
    first = ask("--cc", "gcc", "-O2", "src/one/foo.c")
    assert "MM101" in first[2]
    assert ask("--cc", "gcc", "-O2", "src/one/foo.c") == first
    assert ask.again


def test_what_fails_is_asked_each_time(ask: Asked, tree: Path) -> None:
    first = ask("src", "none")
    assert first[0] == 2
    assert ask("src", "none") == first
    assert not ask.again


def test_a_report_in_a_file_is_written_each_time(ask: Asked, tree: Path) -> None:
    ask("--output", "report.json", "src")
    (tree / "report.json").unlink()
    ask("--output", "report.json", "src")
    assert not ask.again
    assert (tree / "report.json").exists()


def test_notes_are_said_again_too(ask: Asked, tree: Path) -> None:
    (tree / "src/one/foo.c").write_text("/* mmapmigrate: ignore[MM101] */\nstruct vm_area_struct *vma;\n")
    first = ask("src")
    assert "note:" in first[2]
    assert ask("src") == first
    assert ask.again


def _cut(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-7])


def _bit(entry: Path) -> None:
    data = bytearray(entry.read_bytes())
    data[-7] ^= 1
    entry.write_bytes(data)


def _empty(entry: Path) -> None:
    entry.write_bytes(b"")


def _folder(entry: Path) -> None:
    entry.unlink()
    entry.mkdir()


def _strange(entry: Path) -> None:
    seal(str(entry), b"1 3\na\0b")


def _short(entry: Path) -> None:
    seal(str(entry), b"1 3 0 1\na\0b")


def _wordy(entry: Path) -> None:
    seal(str(entry), b"an answer of another version")


@pytest.mark.parametrize("spoil", [_cut, _bit, _empty, _folder, _strange, _short, _wordy])
def test_a_broken_entry_costs_a_run_and_nothing_else(
    ask: Asked, tree: Path, spoil: Callable[[Path], object]
) -> None:
    first = ask("src")
    entry = entry_of(("check", *FORMAT, "src"))
    assert entry is not None
    spoil(Path(entry))
    assert ask("src") == first
    assert not ask.again


def test_a_cache_that_cannot_be_written_keeps_nothing(
    ask: Asked, tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("read-only")
    (home / "mmapmigrate").write_text("a file in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    first = ask("src")
    assert ask("src") == first
    assert not ask.again


def test_a_cache_that_can_only_be_read_serves(
    ask: Asked, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask("src")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    assert ask("src") == first
    assert ask.again


def test_a_long_report_is_not_kept(ask: Asked, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "LARGEST", 10)
    first = ask("src")
    assert ask("src") == first
    assert not ask.again


def test_a_file_without_a_hook_is_not_analysed(tool: Tool, clean: Path) -> None:
    # What is known of the rules and the kernel.
    tool("check", "-q", clean.name)
    clean.write_text("int b; /* mmap, of which there is none */\n")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mmapmigrate", "check", "-q", clean.name],
        cwd=clean.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "mmapmigrate.lint.runner" in loaded
    assert not loaded & {"mmapmigrate.lint.checker", "tree_sitter", "pycparser", "subprocess"}


def test_an_answer_said_again_loads_little(tool: Tool, tree: Path) -> None:
    time.sleep(2.1)  # What changed a moment ago is not kept.
    first = tool("check", "src")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mmapmigrate", "check", "src"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, first.stdout)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "mmapmigrate.cli.again" in loaded
    assert not loaded & {"click", "re", "pathlib", "dataclasses", "pickle", "json", "typing", "rich"}


def test_a_reader_who_leaves_early_is_no_error(tool: Tool, tree: Path) -> None:
    time.sleep(2.1)  # What changed a moment ago is not kept.
    tool("check", "-q", "src")
    end, begin = os.pipe()
    os.close(end)
    done = tool("check", "-q", "src", stdout=begin)
    os.close(begin)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_processes_share_the_look_at_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(rests, "SETTLED", -(10**18))
    monkeypatch.setattr(rests, "MANY", 10)
    monkeypatch.setattr(rests, "_cpus", lambda: processes)
    paths = [tmp_path / f"{number % 9}" / f"{number}.c" for number in range(100)]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    kept = Rests.on(map(str, paths), rests.now())
    assert kept is not None
    assert sorted(kept.paths()) == sorted(map(str, paths))
    assert kept.hold()
    assert not kept.hold(lambda: False)
    for path in (paths[0], paths[50], paths[99]):
        path.write_text("x")
        assert not kept.hold()
        path.write_text("")
        kept = Rests.on(map(str, paths), rests.now())
        assert kept is not None
        assert kept.hold()


def test_a_file_is_called_in_one_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = str(tmp_path)
    assert list(rests.plain(["./a.c", f"{here}/a.c", "a.c"])) == ["a.c"] * 3
    others = [".//a.c", f"{here}//a.c", "/a.c", "./", f"{here}/", ".", "../a.c"]
    assert list(rests.plain(others)) == others


def test_a_name_that_no_file_can_have_is_nothing_to_rest_on() -> None:
    kept = Rests.on(["a\0b"], rests.now())
    assert kept is not None
    assert kept.told == b""
    assert kept.hold()
