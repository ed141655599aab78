# SPDX-License-Identifier: GPL-2.0-only
"""A tree that somebody else wrote: nothing in it is run, written through or shown as it is."""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from email.utils import getaddresses
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from mmapmigrate.kernel.tree import LANDMARKS
from tests.cli.terminal import on_terminal
from tests.drivers import BLOCKED_HOOK, GOOD_HOOK
from tests.repositories import repository as new_repository

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

DIRECT_CALL = """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct foo *foo = file->private_data;

	return foo->file->f_op->mmap(foo->file, vma);
}
"""

FORMATS = ["text", "json", "sarif", "github", "gitlab", "junit", "gcc"]


def trap(folder: Path, name: str) -> str:
    """A program that leaves a mark of that name when it is run."""
    program = folder / f"{name}.sh"
    program.write_text(f"#!/bin/sh\ntouch '{folder}/{name}.was-run'\ncat\n")
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    top.mkdir()
    (top / "foo.c").write_text("int a;\n")
    git = new_repository(top)
    git("add", ".")
    git("commit", "-q", "-m", "one")
    (top / "foo.c").write_text(GOOD_HOOK)
    (top / "new.c").write_text(GOOD_HOOK.replace("foo", "new"))
    return top


HOSTILE = """\
[core]
	fsmonitor = {trap}
	hooksPath = {hooks}
	pager = {trap}
	sshCommand = {trap}
	editor = {trap}
	alternateRefsCommand = {trap}
[diff]
	external = {trap}
[diff "evil"]
	command = {trap}
	textconv = {trap}
[{filter}]
	{use} = {trap}
	required = true
[pager]
	diff = {trap}
	log = {trap}
[gpg]
	program = {trap}
[log]
	showSignature = true
[alias]
	diff = !{trap}
	log = !{trap}
"""


@pytest.mark.parametrize(("filter_", "use"), [('filter "evil"', "clean"), ('filter "e=v.il"', "process")])
def test_git_runs_nothing_that_the_repository_names(
    tool: Tool, repository: Path, tmp_path: Path, filter_: str, use: str
) -> None:
    traps, hooks = tmp_path / "traps", tmp_path / "hooks"
    traps.mkdir()
    hooks.mkdir()
    for name in ("post-index-change", "pre-commit", "fsmonitor-watchman", "post-checkout"):
        (hooks / name).symlink_to(trap(traps, name))
    with (repository / ".git" / "config").open("a") as config:
        for line in HOSTILE.splitlines():
            name = line.strip().partition(" ")[0]
            program = trap(traps, name) if "{trap}" in line else ""
            config.write(line.format(trap=program, hooks=hooks, filter=filter_, use=use) + "\n")
    attributes = f"*.c diff=evil filter={filter_.split(chr(34))[1]}\n"
    (repository / ".gitattributes").write_text(attributes)
    (repository / ".git" / "info" / "attributes").write_text(attributes)
    # The same length as before: git has to look inside.
    (repository / "foo.c").write_text("int b;\n")
    for arguments in (["check", "--since", "HEAD"], ["check", "--staged"]):
        done = tool(*arguments, ".", cwd=repository)
        assert done.returncode in (0, 1), done.stderr
    (repository / "foo.c").write_text(GOOD_HOOK)
    found = tool("check", "--since", "HEAD", "--select", "MM101", "--format", "gcc", ".", cwd=repository)
    assert found.stdout.count("[MM101]") == 2
    tool("series", "-o", str(tmp_path / "out"), ".", cwd=repository)
    assert [path.name for path in traps.iterdir() if path.suffix != ".sh"] == []


@pytest.mark.parametrize(
    "revision", ["--output=mark", "-O/dev/null", "--upload-pack=touch mark", "@{-1}", "a..b", ""]
)
def test_a_revision_is_no_option(tool: Tool, repository: Path, revision: str) -> None:
    done = tool("check", f"--since={revision}", ".", cwd=repository)
    assert done.returncode == 2
    assert done.stderr.startswith("mmapmigrate: error: ")
    assert sorted(path.name for path in repository.iterdir()) == [".git", "foo.c", "new.c"]


NAMES = [
    "--output=mark.c",
    "-x.c",
    "$(touch mark).c",
    "`touch mark`.c",
    "; touch mark;.c",
    ":(exclude)a.c",
    "a b\tc.c",
]


@pytest.mark.parametrize("arguments", [["check", "--staged"], ["check"], ["fix", "--diff"], ["plan"]])
def test_a_file_that_pre_commit_hands_over_is_no_option(
    tool: Tool, repository: Path, arguments: list[str]
) -> None:
    """It runs ``ENTRY ARGS FILES``, and an option of ours names a folder whose Python is run."""
    rules = repository / "evil" / "x.c"
    rules.mkdir(parents=True)
    (rules / "mm900.py").write_text("open('mark', 'w')\n")
    name = "--rules=evil/x.c"
    (repository / name).parent.mkdir()
    (repository / name).write_text(GOOD_HOOK)
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    done = tool(*arguments, "--quiet", name, "foo.c", cwd=repository)
    assert "--rules=evil" in done.stdout
    assert done.stderr == ""
    assert not (repository / "mark").exists()


@pytest.mark.parametrize("arguments", [["--since", "HEAD"], ["--staged"]])
def test_a_file_name_is_neither_option_nor_command(
    tool: Tool, repository: Path, arguments: list[str]
) -> None:
    (repository / "foo.c").write_text("int a;\n")
    (repository / "new.c").unlink()
    for name in NAMES:
        (repository / name).write_text(GOOD_HOOK)
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    done = tool("check", *arguments, "--select", "MM101", "--format", "json", ".", cwd=repository)
    found = json.loads(done.stdout)
    assert sorted(each["path"] for each in found["findings"]) == sorted(f"./{name}" for name in NAMES)
    fixed = tool("fix", "--select", "MM101,MM301", "--", *NAMES, cwd=repository)
    assert (fixed.returncode, "error" in fixed.stderr) == (0, False)
    assert sorted(path.name for path in repository.iterdir() if path.suffix != ".c") == [".git"]


@pytest.mark.parametrize(
    "text",
    [
        'rules = ["own"]',
        'rule-folders = ["own"]',
        'build = "b"',
        'plugins = ["own"]',
        'command = "touch mark"',
    ],
)
def test_a_configuration_names_nothing_that_is_run(
    tool: Tool, driver: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "evil.py").write_text("open('mark', 'w')\n")
    (tmp_path / "mmapmigrate.toml").write_text(f"{text}\n")
    done = tool("check", driver.name)
    assert (done.returncode, (tmp_path / "mark").exists()) == (2, False)
    assert "mmapmigrate.toml" in done.stderr


def test_no_python_of_the_tree_is_imported(tool: Tool, driver: Path, tmp_path: Path) -> None:
    for name in (
        "hashlib",
        "tree_sitter",
        "pathspec",
        "stringzilla",
        "tomllib",
        "rich",
        "json",
        "unidiff",
        "click",
        "re",
    ):
        (tmp_path / f"{name}.py").write_text("open('mark', 'w')\n")
    (tmp_path / "mmapmigrate_rules").mkdir()
    (tmp_path / "mmapmigrate_rules" / "__init__.py").write_text("open('mark', 'w')\n")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "evil.py").write_text("open('mark', 'w')\n")
    script = tmp_path.parent / f"{tmp_path.name}-start.py"
    # As the console script starts it: its own folder and not the current one comes first.
    script.write_text("from mmapmigrate.cli import main\nmain()\n")
    for how in ([str(script)], ["-m", "mmapmigrate"]):
        for arguments in (["check", "."], ["fix", "--diff", "."], ["plan", "."]):
            done = subprocess.run(
                [sys.executable, *how, *arguments], cwd=tmp_path, capture_output=True, check=False
            )
            assert done.returncode in (0, 1)
            assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("landmarks", [(), LANDMARKS])
@pytest.mark.parametrize("text", [GOOD_HOOK, DIRECT_CALL])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_no_link_is_followed_out_of_the_tree_to_write(
    tool: Tool, tmp_path: Path, kind: str, text: str, landmarks: Sequence[str]
) -> None:
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    outside.mkdir()
    for name in landmarks:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()
    (tree / "drivers").mkdir(parents=True)
    (outside / "foo.c").write_text(text)
    if kind == "file":
        (tree / "drivers" / "foo.c").symlink_to(outside / "foo.c")
    else:
        (tree / "drivers" / "sub").symlink_to(outside)
    for follow in ((), ("--follow",)):
        done = tool("fix", "--target", "7.3", *follow, "tree")
        assert (outside / "foo.c").read_text() == text
        said = "drivers/foo.c is a link that leads out of the tree" in done.stdout + done.stderr
        assert said == (kind == "file")
    # Who names a file himself means the file.
    tool("fix", "--target", "7.3", "tree/drivers/foo.c" if kind == "file" else "tree/drivers/sub")
    assert (outside / "foo.c").read_text() != text


EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\r::error::owned\n"
"""What a terminal or a service would take for a command."""


@pytest.mark.parametrize("format_", FORMATS)
def test_what_files_hold_is_shown_and_not_obeyed(tool: Tool, tmp_path: Path, format_: str) -> None:
    folder = tmp_path / "a\x1b[31m\n::error::b<b>&\"'"
    folder.mkdir()
    text = BLOCKED_HOOK.replace("bar_fops = {", f"bar_fops = {{ /* {EVIL[:-1]} <script>alert(1)</script> */")
    text = text.replace("\t.mmap = bar_mmap,", f"\t/* {EVIL[:-1]} */ .mmap = bar_mmap, // <script>\x00"[:-1])
    (folder / "b.c").write_text(text, encoding="latin-1")
    done = tool("check", "--format", format_, ".", text=False)
    assert done.returncode == 1
    shown = done.stdout.decode("utf-8")
    if format_ in ("json", "sarif", "gitlab"):
        json.loads(shown)
    if format_ == "junit":
        ElementTree.fromstring(shown)
    for character in ("\x1b", "\x07", "\x9b", "\r", "\x00"):
        assert character not in shown
    assert not any(line.lstrip().startswith("::error::") for line in shown.splitlines())
    errors = tool("check", "--format", format_, "./nothing\x1b[31m\n::error::x", text=False).stderr
    assert b"\x1b" not in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("check",), ("check", "--format", "github"), ("plan",)])
def test_no_text_reads_otherwise_than_it_is(tool: Tool, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What turns the direction of a text in a terminal (CVE-2021-42574) is not shown as it is."""
    turns = "\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069"
    folder = tmp_path / f"a{turns}"
    folder.mkdir()
    (folder / "b.c").write_text(BLOCKED_HOOK.replace(".mmap = bar_mmap,", f"/* {turns} */ .mmap = bar_mmap,"))
    done = tool(*arguments, ".", text=False)
    assert done.returncode in (0, 1)
    assert not set(turns) & set(done.stdout.decode("utf-8") + done.stderr.decode("utf-8"))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "script"
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


def test_the_page_of_plan_runs_no_script_of_a_file(tool: Tool, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    folder = tmp_path / "x<script>alert(1)<" / 'script><img src=x onerror="alert(2)">'
    for place in (plain, folder):
        place.mkdir(parents=True)
        (place / "b.c").write_text(BLOCKED_HOOK)
    pages = [tool("plan", "--format", "html", str(place)).stdout for place in (plain, folder)]
    counts = []
    for page in pages:
        tags = _Tags()
        tags.feed(page)
        counts.append(len(tags.scripts))
        assert "alert(1)<" not in "".join(tags.scripts)
    assert 'onerror="' not in pages[1].replace("&quot;", "").replace('\\"', "")
    assert counts[0] == counts[1]


def test_a_link_to_a_secret_is_not_shown_by_a_patch(tool: Tool, tmp_path: Path) -> None:
    """A patch's names do not reach out of the tree."""
    (tmp_path / "secret").write_text("password\n")
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("../secret", "/etc/passwd", "a/../../secret"):
        (tmp_path / "p.diff").write_text(f"--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-password\n+x mmap\n")
        done = tool("check", "--patch", "../p.diff", ".", cwd=tree)
        assert done.returncode == 2
        assert "password" not in done.stdout + done.stderr


def test_the_environment_of_a_file_is_not_read_through_a_device(tool: Tool, tmp_path: Path) -> None:
    """A link to what is no file contributes nothing."""
    (tmp_path / "src").mkdir()
    for name, target in {"a.c": "/dev/zero", "b.h": "/dev/tty", "c.c": "/proc/self/mem"}.items():
        (tmp_path / "src" / name).symlink_to(target)
    done = tool("check", "src", timeout=60)
    assert done.returncode in (0, 2)
    assert os.path.lexists(tmp_path / "src" / "a.c")


CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\udc80-\udc9f]"
)
SEEN = "\x1b]0;owned\x07\x9b31m\u202e[/b]<i>"


@pytest.fixture
def hostile(old_tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kernel tree whose release, headers, MAINTAINERS and names of files hold what a terminal obeys."""
    for each in ("NAME", "EMAIL"):
        monkeypatch.setenv(f"GIT_AUTHOR_{each}", "tester@example.org")
    makefile, header = old_tree / "Makefile", old_tree / "include" / "linux" / "mm.h"
    makefile.write_text(makefile.read_text().replace("EXTRAVERSION =", "EXTRAVERSION = -\x1b]0;owned\x07"))
    header.write_text(header.read_text().replace("(*open)", f"{SEEN} (*open)"))
    (old_tree / "MAINTAINERS").write_text(
        f"MAINTAINERS LIST\n\nEVIL {SEEN}\nM:\tEv{SEEN}il <a@b.org>\nM:\tx <c@d.org,e@f.org>\n"
        "L:\tli\x1bst@b.org\nL:\tlist@b.org\nF:\tdrivers/\n"
    )
    for name in (b"a\nb.c", b"a\x9b31m\xff.c", b"a\x1b[31m\xe2\x80\xae.c", b"a\n---\n::error::x.c"):
        (old_tree / "drivers" / os.fsdecode(name)).write_text(GOOD_HOOK)
    (old_tree / "drivers" / "call\x1b[31m.c").write_text(
        "int a(struct file *file, struct vm_area_struct *vma)\n{\n\treturn file->f_op->mmap(file, vma);\n}\n"
    )
    return old_tree


@pytest.mark.parametrize(
    "arguments",
    [
        ["api"],
        ["api", "--format", "toml"],
        ["config"],
        ["config", "--format", "json"],
        ["check", "--format", "json", "--target", "7.3"],
        ["check", "--format", "gcc", "--target", "7.3"],
        ["plan", "--target", "7.3"],
        ["plan", "--format", "json", "--target", "7.3"],
        ["plan", "--format", "html", "--target", "7.3"],
        ["series", "-o", "../out", "--target", "7.3"],
    ],
)
def test_no_command_shows_what_a_terminal_obeys(tool: Tool, hostile: Path, arguments: list[str]) -> None:
    done = tool(*arguments, ".", cwd=hostile, text=False)
    assert done.returncode == int(arguments[0] == "check"), done.stderr
    for shown in (done.stdout, done.stderr):
        assert not CONTROLS.search(shown.decode("utf-8", "surrogateescape"))
    if "toml" in arguments:
        assert "owned" in tomllib.loads(done.stdout.decode())["release"]
    if "json" in arguments:
        assert json.loads(done.stdout)


def test_a_name_does_not_end_the_subject_of_a_patch(tool: Tool, hostile: Path) -> None:
    assert tool("series", "-o", "../out", "--target", "7.3", ".", cwd=hostile).returncode == 0
    mails = [path.read_bytes() for path in sorted((hostile.parent / "out").iterdir())]
    assert len(mails) == 6
    for mail in mails:
        assert b"\x1b" not in mail
        message = email.message_from_bytes(mail)
        assert message["Subject"].split()[-1].strip("?=").endswith("prepare")
        people = [address for _, address in getaddresses(message.get_all("Cc", []))]
        assert people == ["list@b.org"] if "0/5" in message["Subject"] else ["a@b.org", "list@b.org"]
        assert mail.partition(b"\n\n")[2].startswith(b"The mmap hook of struct file_operations")


def test_what_a_tree_holds_is_no_markup_of_a_table(hostile: Path) -> None:
    shown = on_terminal(hostile, "plan", "--target", "7.3", ".", columns=120)
    assert "31m\ufffd[/b]<i>" in shown
    assert "owned\ufffd" in shown


def test_a_diff_on_a_terminal_is_for_eyes(driver: Path) -> None:
    driver.write_text(GOOD_HOOK.replace("\t.owner", "\t/* \x1b]0;owned\x07 */ .owner"))
    shown = on_terminal(driver.parent, "fix", "--diff", driver.name, NO_COLOR="1")
    assert "\x1b" not in shown
    assert "/* \ufffd]0;owned\ufffd */" in shown
    assert "+\t.mmap_prepare = foo_mmap_prepare," in shown
