# SPDX-License-Identifier: GPL-2.0-only
"""Whatever breaks while the tool runs: files stay whole, and what was not done is said."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from tests.drivers import GOOD_HOOK
from tests.repositories import repository

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

SLOW_RULE = """\
import os
import time
from pathlib import Path
from mmapmigrate.lint.finding import Severity
from mmapmigrate.lint.rule import Rule
RULE = Rule("ACME1", "slow", Severity.NOTE, "x")
def check(context):
    {body}
    return []
"""


def drivers(folder: Path, number: int) -> list[Path]:
    """So many drivers that can be converted, none of which knows of another."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"d{index}.c" for index in range(number)]
    for index, path in enumerate(paths):
        path.write_text(GOOD_HOOK.replace("foo", f"foo{index}"))
    return paths


def slow_rule(tmp_path: Path, body: str) -> str:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "slow.py").write_text(SLOW_RULE.format(body=body))
    return "own"


def start(tmp_path: Path, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mmapmigrate", *arguments],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_at_any_moment_each_file_is_old_or_new(tool: Tool, tmp_path: Path) -> None:
    paths = drivers(tmp_path / "src", 12)
    before = {path: path.read_bytes() for path in paths}
    assert tool("fix", "--select", "MM101,MM301", "src").returncode == 0
    after = {path: path.read_bytes() for path in paths}
    assert all(after[path] != before[path] for path in paths)
    for path in paths:
        path.write_bytes(before[path])

    def written() -> bool:
        return any(path.read_bytes() != before[path] for path in paths)

    for pause in (0.0, 0.002, 0.02):
        process = start(tmp_path, "fix", "--select", "MM101,MM301", "src")
        while not written() and process.poll() is None:
            pass
        time.sleep(pause)
        process.kill()
        process.communicate(timeout=60)
        assert all(path.read_bytes() in (before[path], after[path]) for path in paths)
    tool("fix", "--select", "MM101,MM301", "src")
    assert {path: path.read_bytes() for path in paths} == after


def test_a_full_disk_leaves_each_file_as_it_was(tool: Tool, tmp_path: Path) -> None:
    (path,) = drivers(tmp_path / "src", 1)
    old = path.read_bytes()

    def full() -> None:
        # Writing past it fails as on a full disk, where the signal that goes with it is ignored.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = tool("fix", "--no-cache", "src", preexec_fn=full)
    assert done.returncode == 2
    assert "mmapmigrate: error: src/d0.c: cannot be written: File too large" in done.stderr
    # What is said to be left is what the file on the disk has.
    assert "; 2 findings left; 1 error" in done.stdout
    assert (path.read_bytes(), list(path.parent.iterdir())) == (old, [path])


def in_a_namespace(*mounts: str) -> list[str]:
    """A command that begins with these mounts, which nobody else sees; skips where that is not allowed."""
    prefix = ["unshare", "--mount", "--map-root-user", "sh", "-ec", "; ".join([*mounts, 'exec "$@"']), "sh"]
    try:
        allowed = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        allowed = False
    if not allowed:
        pytest.skip("this place allows no mounts of one's own")
    return prefix


@pytest.mark.parametrize("used", ["true", "dd if=/dev/zero of={0}/pile bs=4k 2>/dev/null || true"])
def test_a_disk_without_room_or_a_read_only_one(tmp_path: Path, used: str) -> None:
    folder = tmp_path / "src"
    drivers(folder, 1)
    mounts = [
        f"mount -t tmpfs -o size=64k none {folder}",
        f"cp {tmp_path}/d0.c {folder}",
        used.format(folder),
    ]
    if used == "true":
        mounts.append(f"mount -o remount,ro {folder}")
    (folder / "d0.c").rename(tmp_path / "d0.c")
    prefix = in_a_namespace(f"mkdir -p {folder}", *mounts)
    script = f'"{sys.executable}" -m mmapmigrate fix src; echo $?; cmp d0.c src/d0.c && ls -A src'
    done = subprocess.run(
        [*prefix, "sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    said = "read-only" if used == "true" else "No space left on device"
    assert done.stdout.splitlines()[-1 if used == "true" else -2 :][0] == "d0.c"
    assert "\n2\n" in done.stdout
    assert f"mmapmigrate: error: src/d0.c: cannot be written: {said}" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everything")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_read_only_is_named_and_stays(tool: Tool, tmp_path: Path, what: str) -> None:
    (path,) = drivers(tmp_path / "src", 1)
    old = path.read_bytes()
    (path if what == "file" else path.parent).chmod(0o555)
    try:
        done = tool("fix", "src")
    finally:
        path.parent.chmod(0o755)
    assert (done.returncode, path.read_bytes()) == (2, old)
    assert "mmapmigrate: error: src/d0.c: cannot be written: " in done.stderr


def test_a_file_that_is_edited_between_is_refused_and_named(tool: Tool, tmp_path: Path) -> None:
    paths = drivers(tmp_path / "src", 2)
    own = slow_rule(
        tmp_path, 'if context.file.path.endswith("d0.c"): Path("src/d0.c").write_text("int mmap;\\n")'
    )
    done = tool("fix", "--rules", own, "--select", "MM101,MM301,ACME1", "src")
    assert done.returncode == 2
    assert "mmapmigrate: error: src/d0.c: " in done.stderr
    assert "chang" in done.stderr
    assert (paths[0].read_text(), "mmap_prepare" in paths[1].read_text()) == ("int mmap;\n", True)


def test_two_runs_at_once_leave_whole_files(tool: Tool, tmp_path: Path) -> None:
    paths = drivers(tmp_path / "src", 8)
    before = [path.read_bytes() for path in paths]
    tool("fix", "--select", "MM101,MM301", "src")
    after = [path.read_bytes() for path in paths]
    for path, text in zip(paths, before, strict=True):
        path.write_bytes(text)
    runs = [start(tmp_path, "fix", "--select", "MM101,MM301", "src") for _ in range(3)]
    for run in runs:
        _, stderr = run.communicate(timeout=120)
        assert (run.returncode in (0, 1, 2), b"Traceback" in stderr, b"internal" in stderr) == (
            True,
            False,
            False,
        )
        # Who came second says of which files.
        assert run.returncode != 2 or b"error: src/d" in stderr
    assert [path.read_bytes() for path in paths] == after
    assert sorted((tmp_path / "src").iterdir()) == sorted(paths)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize(
    ("make", "command"), [(os.mkfifo, ("fix",)), (os.mkfifo, ("plan",)), (make_socket, ("check",))]
)
def test_what_is_no_file(
    tool: Tool, tmp_path: Path, make: Callable[[Path], None], command: tuple[str, ...]
) -> None:
    drivers(tmp_path / "src", 1)
    make(tmp_path / "src" / "odd.c")
    make(tmp_path / "src" / "mmap.h")
    assert "odd.c" not in tool(*command, "src", timeout=60).stderr
    named = tool(*command, "src/odd.c", timeout=60)
    assert (named.returncode, "error: src/odd.c: neither a file nor a folder" in named.stderr) == (2, True)


def test_a_device_is_refused(tool: Tool) -> None:
    done = tool("check", "/dev/zero", timeout=60)
    assert (done.returncode, "error: /dev/zero: neither a file nor a folder" in done.stderr) == (2, True)


@pytest.mark.parametrize("option", ["--patch", "--baseline"])
def test_an_endless_device_as_an_option_is_refused(tool: Tool, driver: Path, option: str) -> None:
    def little() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    done = tool("check", option, "/dev/zero", driver.name, timeout=60, preexec_fn=little)
    assert (done.returncode, done.stderr.startswith("mmapmigrate: error: /dev/zero: ")) == (2, True)


ODD_NAMES = [
    b"a\nb.c",
    b"a\xff.c",
    b"-o.c",
    b"a\x1b[31m.c",
    b"a<script>alert(1)</script>.c".replace(b"/", b"|"),
]
FORMATS = ["text", "json", "sarif", "github", "gitlab", "junit", "gcc"]


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_stays_valid_whatever_a_file_is_called(tool: Tool, tmp_path: Path, format_: str) -> None:
    (tmp_path / "src").mkdir()
    for name in ODD_NAMES:
        (tmp_path / "src" / os.fsdecode(name)).write_text(GOOD_HOOK)
    done = tool("check", "--select", "MM101", "--format", format_, "src", text=False)
    assert done.returncode == 1
    if format_ in ("json", "gitlab", "sarif"):
        text = done.stdout.decode("utf-8")
        found = json.loads(text)
        count = {"json": lambda: len(found["findings"]), "gitlab": lambda: len(found)}
        assert count.get(format_, lambda: len(found["runs"][0]["results"]))() == len(ODD_NAMES)
    elif format_ == "junit":
        assert len(ElementTree.fromstring(done.stdout).findall(".//failure")) == len(ODD_NAMES)
    else:
        assert b"\x1b" not in done.stdout
        lines = [line for line in done.stdout.splitlines() if b"MM101 " in line or b"[MM101]" in line]
        assert len([line for line in lines if b".c" in line]) == len(ODD_NAMES)


def test_ten_thousand_paths(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    names = [f"src/{index}.c" for index in range(10_000)]
    for name in names:
        (tmp_path / name).write_bytes(b"int a;\n")
    (tmp_path / names[-1]).write_text(GOOD_HOOK)
    start = time.monotonic()
    done = tool("check", "--select", "MM101", "--format", "gcc", *names)
    assert (done.returncode, done.stdout.count("\n")) == (1, 1)
    assert time.monotonic() - start < 60


@pytest.mark.parametrize("command", [["check", "--since", "HEAD"], ["check", "--staged"], ["plan"]])
def test_a_thousand_paths_of_a_commit(tool: Tool, tmp_path: Path, command: list[str]) -> None:
    """git is not asked for each, and no line names them all."""
    git = repository(tmp_path)
    (tmp_path / "src").mkdir()
    names = [f"src/{index}.c" for index in range(1000)]
    for name in names:
        (tmp_path / name).write_bytes(b"int a;\n")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    for name in names:
        (tmp_path / name).write_bytes(b"int b;\n")
    (tmp_path / names[-1]).write_text(GOOD_HOOK)
    git("add", ".")
    done = tool(*command, *names, timeout=20)
    assert done.returncode == int(command[0] == "check")
    assert "999.c" in done.stdout or command == ["plan"]
    assert len(done.stderr) < 500


def test_a_file_is_one_however_it_is_spelled(tool: Tool, tmp_path: Path) -> None:
    (path,) = drivers(tmp_path / "src", 1)
    (tmp_path / "other").symlink_to("src")
    (tmp_path / "src" / "link.c").symlink_to("d0.c")
    spellings = ["./src/d0.c", "src/../src/d0.c", "src//d0.c", str(path), "other/d0.c", "./src"]
    done = tool("check", "--select", "MM101", "--format", "gcc", *spellings)
    shown = [line.partition(":")[0] for line in done.stdout.splitlines()]
    assert shown == ["./src/d0.c", "./src/link.c"]
    assert json.loads(tool("plan", "--format", "json", *spellings[:5]).stdout)["summary"]["hooks"] == 1


@pytest.mark.parametrize("command", [["fix"], ["series", "-o", "out"], ["check"], ["plan"], ["api"]])
def test_a_link_round_in_a_circle(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (tmp_path / "a.c").symlink_to("b.c")
    (tmp_path / "b.c").symlink_to("a.c")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.setenv(name, "tester@example.org")
    done = tool(*command, "a.c")
    assert "internal error" not in done.stderr
    if command != ["api"]:
        assert done.returncode == 2
        assert "mmapmigrate: error: a.c: too many levels of symbolic links\n" in done.stderr


def test_a_link_round_in_a_circle_beside_a_driver(tool: Tool, tmp_path: Path) -> None:
    """No compiler takes it, so nothing in it can name the hook."""
    (path,) = drivers(tmp_path / "src", 1)
    (tmp_path / "src" / "self.c").symlink_to("self.c")
    done = tool("fix", "--select", "MM101,MM301", "src")
    assert (done.returncode, "mmap_prepare" in path.read_text()) == (0, True)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_folder_that_vanishes_while_it_is_checked(tool: Tool, tmp_path: Path, jobs: str) -> None:
    paths = drivers(tmp_path / "src", 2)
    for index in range(500):
        (tmp_path / "src" / f"x{index}.c").write_text("int mmap;\n")
    own = slow_rule(tmp_path, 'import shutil; shutil.rmtree("src", ignore_errors=True)')
    done = tool("fix", "--jobs", jobs, "--rules", own, "--select", "MM101,ACME1", "src")
    assert (done.returncode, paths[0].exists(), "internal" in done.stderr) == (2, False, False)
    assert "src/x499.c: cannot be read: No such file or directory" in done.stderr


@pytest.mark.parametrize("command", [("check",), ("fix", "--diff")])
def test_a_worker_that_is_killed_ends_the_run_with_one_line(
    tool: Tool, tmp_path: Path, command: tuple[str, ...]
) -> None:
    drivers(tmp_path / "src", 1)
    for index in range(600):
        (tmp_path / "src" / f"x{index}.c").write_text("int mmap;\n")
    own = slow_rule(tmp_path, "os.kill(os.getpid(), 9)")
    done = tool(*command, "--jobs", "2", "--rules", own, "--select", "MM101,ACME1", "src", timeout=60)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("mmapmigrate: error: a worker process died")


def test_a_module_that_cannot_be_imported_is_left_out(tool: Tool, driver: Path, tmp_path: Path) -> None:
    own = slow_rule(tmp_path, "pass")
    (tmp_path / "own" / "bad.py").write_text('"""Bad."""\nraise OSError("no luck")\n')
    done = tool("check", "--rules", own, "--format", "json", "--select", "MM101,ACME1", driver.name)
    found = json.loads(done.stdout)
    assert (done.returncode, [each["rule"] for each in found["findings"]]) == (2, ["MM101"])
    (error,) = found["errors"]
    assert (error["line"], error["message"]) == (2, "left out: OSError: no luck")
    assert error["path"].endswith("/own/bad.py")
    asked = tool("check", "--rules", own, "--select", "ACME2", driver.name)
    assert asked.returncode == 2
    assert "bad.py:2: left out: OSError: no luck\n" in asked.stderr
    assert "unknown rule 'ACME2'" in asked.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--format", "json", "foo.c"],
        ["fix", "--diff", "foo.c"],
        ["plan", "--format", "html", "."],
        ["rules"],
    ],
)
def test_a_device_that_is_full(tool: Tool, driver: Path, arguments: list[str]) -> None:
    old = driver.read_bytes()
    with Path("/dev/full").open("wb") as full:
        done = tool(*arguments, stdout=full)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("mmapmigrate: error: standard output: cannot be written")
    assert driver.read_bytes() == old


@pytest.mark.parametrize("free", [0, 1, 5])
def test_without_descriptors_there_is_one_line(tmp_path: Path, free: int) -> None:
    (path,) = drivers(tmp_path / "src", 1)
    old = path.read_bytes()
    script = (
        "import os, resource, sys; from mmapmigrate.cli import main;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (os.dup(0) + {free},) * 2);"
        'sys.argv = ["mmapmigrate", "fix", "--diff", "src"]; main()'
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, path.read_bytes()) == (1 if free == 5 else 2, old)
    if free < 5:
        (line,) = done.stderr.splitlines()
        assert line.startswith("mmapmigrate: error: ")
        assert "oo many open files" in line


def test_ctrl_c_while_files_are_written(tmp_path: Path) -> None:
    paths = drivers(tmp_path / "src", 12)
    before = [path.read_bytes() for path in paths]
    process = start(tmp_path, "fix", "--select", "MM101,MM301", "src")
    while paths[0].read_bytes() == before[0] and process.poll() is None:
        pass
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    # It may have been done already.
    assert (process.returncode in (130, 0), b"Traceback" in stderr) == (True, False)
    assert all(b"mmap_prepare" in path.read_bytes() or path.read_bytes() in before for path in paths)
    assert all(path.suffix == ".c" and not path.name.startswith(".") for path in (tmp_path / "src").iterdir())


def test_a_hanging_reader_does_not_lose_what_follows(tmp_path: Path) -> None:
    """A reader that waits before it reads, while the writer's pipe is full."""
    drivers(tmp_path / "src", 30)
    process = start(tmp_path, "check", "--select", "MM101,MM301", "src")
    assert process.stdout is not None
    collected: list[bytes] = []

    def late() -> None:
        time.sleep(0.5)
        assert process.stdout is not None
        collected.append(process.stdout.read())

    reader = threading.Thread(target=late)
    reader.start()
    reader.join(60)
    assert (process.wait(60), collected[0].count(b"[MM101 ")) == (1, 30)
