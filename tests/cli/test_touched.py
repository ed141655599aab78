# SPDX-License-Identifier: GPL-2.0-only
"""``check --since``, ``--staged`` and ``--patch``: only what a change touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.drivers import GOOD_HOOK
from tests.repositories import Git, repository

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

NEW_HOOK = """\

static int baz_mmap(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

static const struct file_operations baz_fops = {
	.mmap = baz_mmap,
};
"""


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in ``tmp_path``, a repository of its own."""
    return repository(tmp_path)


@pytest.fixture
def committed(git: Git, driver: Path) -> Path:
    """A driver with an old hook, committed."""
    git("add", "foo.c")
    git("commit", "-q", "-m", "Add foo")
    return driver


def lines(done: subprocess.CompletedProcess[str], rule: str = "MM101") -> list[str]:
    """``path:line`` of each finding of ``rule`` in a gcc report."""
    return [
        line.rpartition(" warning: ")[0].rsplit(":", 2)[0]
        for line in done.stdout.splitlines()
        if line.endswith(f"[{rule}]")
    ]


CHECK = ("check", "--format", "gcc")


def test_an_old_hook_is_not_reported(tool: Tool, committed: Path) -> None:
    committed.write_text("/* a comment more */\n" + GOOD_HOOK)
    done = tool(*CHECK, "--since", "HEAD")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_new_hook_in_an_old_file_is(tool: Tool, committed: Path) -> None:
    committed.write_text(GOOD_HOOK + NEW_HOOK)
    done = tool(*CHECK, "--since", "HEAD")
    assert done.returncode == 1
    assert lines(done) == ["./foo.c:19"]


def test_another_line_of_an_old_hook_is_no_new_hook(tool: Tool, committed: Path) -> None:
    committed.write_text(GOOD_HOOK.replace("unsigned long size", "const unsigned long size"))
    assert tool(*CHECK, "--since", "HEAD").stdout == ""


def test_a_new_call_in_an_old_hook_is_reported(tool: Tool, committed: Path) -> None:
    committed.write_text(GOOD_HOOK.replace("foo_pfn, size", "bar_pfn, size"))
    done = tool(*CHECK, "--since", "HEAD")
    assert lines(done, "MM301") == ["./foo.c:5"]
    assert lines(done) == []


def test_the_new_half_of_a_conflict_is_reported(tool: Tool, committed: Path) -> None:
    committed.write_text(GOOD_HOOK.replace("_mmap,\n", "_mmap,\n\t.mmap_prepare = foo_prepare,\n"))
    done = tool(*CHECK, "--since", "HEAD", "--select", "MM102")
    assert "beside .mmap_prepare (line 11)" in done.stdout


def test_a_renamed_file_is_not_new(tool: Tool, committed: Path, git: Git) -> None:
    git("mv", "foo.c", "bar.c")
    (committed.parent / "bar.c").write_text(GOOD_HOOK + NEW_HOOK)
    assert lines(tool(*CHECK, "--since", "HEAD")) == ["./bar.c:19"]


@pytest.mark.parametrize("how", ["untracked", "added", "committed"])
def test_a_link_to_no_file_is_passed_over(tool: Tool, committed: Path, git: Git, how: str) -> None:
    for name, target in (("gone.c", "nowhere.c"), ("folder.c", "."), ("linked.c", "foo.c")):
        (committed.parent / name).symlink_to(target)
    if how != "untracked":
        git("add", ".")
    if how == "committed":
        git("commit", "-q", "-m", "Add links")
    done = tool(*CHECK, "--since", "HEAD~1" if how == "committed" else "HEAD")
    assert done.stderr == ""
    assert lines(done) == (["./linked.c:10"] if how == "untracked" else [])


def test_an_untracked_file_is_new(tool: Tool, committed: Path) -> None:
    (committed.parent / "new.c").write_text(GOOD_HOOK)
    assert lines(tool(*CHECK, "--since", "HEAD")) == ["./new.c:10"]


def test_an_ignored_file_is_left_out_unless_git_tracks_it_or_it_is_named(
    tool: Tool, committed: Path, git: Git
) -> None:
    (committed.parent / ".gitignore").write_text("/*\n")
    (committed.parent / "new.c").write_text(GOOD_HOOK)
    committed.write_text(GOOD_HOOK + NEW_HOOK)
    assert lines(tool(*CHECK, "--since", "HEAD")) == ["./foo.c:19"]
    assert lines(tool(*CHECK, "--since", "HEAD", "new.c")) == ["new.c:10"]


def test_other_line_ends_are_no_new_code(tool: Tool, committed: Path) -> None:
    committed.write_bytes((GOOD_HOOK + NEW_HOOK).replace("\n", "\r\n").encode())
    assert lines(tool(*CHECK, "--since", "HEAD")) == ["./foo.c:19"]


def test_the_current_folder_may_be_elsewhere(
    tool: Tool, committed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    committed.write_text(GOOD_HOOK + NEW_HOOK)
    done = tool(*CHECK, "--since", "HEAD", committed.parent, cwd=tmp_path_factory.mktemp("elsewhere"))
    assert lines(done) == [f"{committed.parent}/foo.c:19"]


def test_only_what_is_under_the_paths_counts(tool: Tool, committed: Path, git: Git) -> None:
    (committed.parent / "drivers").mkdir()
    (committed.parent / "drivers" / "new.c").write_text(GOOD_HOOK)
    (committed.parent / "other.c").write_text(GOOD_HOOK)
    assert lines(tool(*CHECK, "--since", "HEAD", "drivers")) == ["drivers/new.c:10"]


def test_what_the_other_branch_has_meanwhile_is_not_new(tool: Tool, committed: Path, git: Git) -> None:
    git("checkout", "-q", "-b", "topic")
    (committed.parent / "topic.c").write_text("int topic;\n")
    git("add", "topic.c")
    git("commit", "-q", "-m", "Add topic")
    git("checkout", "-q", "main")
    git("rm", "-q", "foo.c")
    git("commit", "-q", "-m", "Remove foo")
    git("checkout", "-q", "topic")
    assert tool(*CHECK, "--since", "main").returncode == 0


def test_a_name_that_git_quotes(tool: Tool, committed: Path) -> None:
    (committed.parent / 'a "tab\t é.c').write_text(GOOD_HOOK)
    subprocess.run(["git", "add", "--all"], cwd=committed.parent, check=True)
    done = tool("check", "--format", "json", "--since", "HEAD", "--select", "MM101")
    assert [each["path"] for each in json.loads(done.stdout)["findings"]] == ['./a "tab\t é.c']


def test_an_unknown_revision_is_an_error(tool: Tool, committed: Path) -> None:
    done = tool(*CHECK, "--since", "v9.9")
    assert done.returncode == 2
    assert "git knows no commit 'v9.9'" in done.stderr


def test_an_option_is_no_revision(tool: Tool, committed: Path) -> None:
    done = tool(*CHECK, "--since=--output=stolen")
    assert done.returncode == 2
    assert not (committed.parent / "stolen").exists()


def test_a_folder_without_git_is_an_error(tool: Tool, driver: Path) -> None:
    done = tool(*CHECK, "--since", "HEAD")
    assert done.returncode == 2
    assert "not a git repository" in done.stderr


def test_a_missing_path_is_an_error_as_ever(tool: Tool, committed: Path) -> None:
    done = tool(*CHECK, "--since", "HEAD", "none.c", "foo.c")
    assert done.returncode == 2
    assert "none.c: no such file or folder" in done.stderr


def test_they_exclude_each_other(tool: Tool, committed: Path) -> None:
    assert tool(*CHECK, "--since", "HEAD", "--staged").returncode == 2


def test_nothing_that_the_repository_configures_is_run(tool: Tool, committed: Path, git: Git) -> None:
    for key in ("core.fsmonitor", "diff.external", "diff.evil.command", "diff.evil.textconv"):
        git("config", key, f"touch {committed.parent}/ran; cat")
    (committed.parent / ".gitattributes").write_text("*.c diff=evil\n")
    committed.write_text(GOOD_HOOK + NEW_HOOK)
    assert lines(tool(*CHECK, "--since", "HEAD")) == ["./foo.c:19"]
    assert not (committed.parent / "ran").exists()


def test_settings_of_the_environment_that_git_refuses(tool: Tool, committed: Path) -> None:
    done = tool(*CHECK, "--since", "HEAD", env={**os.environ, "GIT_CONFIG_COUNT": "many"})
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "GIT_CONFIG_COUNT" in done.stderr


def test_staged_looks_at_the_index(tool: Tool, committed: Path, git: Git) -> None:
    committed.write_text(GOOD_HOOK + NEW_HOOK)
    assert tool(*CHECK, "--staged").stdout == ""
    git("add", "foo.c")
    committed.write_text("/* not\nstaged */\n" + GOOD_HOOK)
    assert lines(tool(*CHECK, "--staged")) == ["./foo.c:19"]
    assert lines(tool(*CHECK, "--staged", "foo.c")) == ["foo.c:19"]


def test_staged_looks_at_what_the_work_tree_has_not(tool: Tool, committed: Path, git: Git) -> None:
    (committed.parent / "new.c").write_text(GOOD_HOOK)
    git("add", "new.c")
    (committed.parent / "new.c").unlink()
    assert lines(tool(*CHECK, "--staged", "new.c")) == ["new.c:10"]


@pytest.mark.parametrize("name", ["0:new.c", "1:new.c"])
def test_a_name_that_git_could_take_for_a_stage(tool: Tool, committed: Path, git: Git, name: str) -> None:
    (committed.parent / name).write_text(GOOD_HOOK)
    git("add", "-A")
    (committed.parent / name).write_text("/* otherwise */\n")
    assert lines(tool(*CHECK, "--staged")) == [f"./{name}:10"]


def test_a_name_with_a_newline_is_read_as_it_is_staged(tool: Tool, committed: Path, git: Git) -> None:
    name = "new\nline.c"
    (committed.parent / name).write_text(GOOD_HOOK)
    git("add", "-A")
    (committed.parent / name).write_text("/* otherwise */\n")
    assert lines(tool(*CHECK, "--staged")) == ["./new\ufffdline.c:10"]
    git("rm", "-q", "--cached", "-f", name)
    assert tool(*CHECK, "--staged").stdout == ""


def test_staged_before_the_first_commit(tool: Tool, driver: Path, git: Git) -> None:
    git("add", "foo.c")
    assert lines(tool(*CHECK, "--staged")) == ["./foo.c:10"]


@pytest.fixture
def mail(committed: Path, git: Git) -> str:
    """The mail that adds a hook to the committed driver; the tree is as before it."""
    committed.write_text(GOOD_HOOK + NEW_HOOK)
    git("commit", "-q", "-a", "-m", "foo: Add another hook\n\n--- not a header\n+++ nor this")
    mail = git("format-patch", "--stdout", "-1")
    git("reset", "-q", "--hard", "HEAD^")
    return mail


def test_a_mail_that_is_not_applied(tool: Tool, committed: Path, mail: str) -> None:
    done = tool(*CHECK, "--patch", "-", input=mail, stdin=None)
    assert (done.returncode, done.stderr) == (1, "")
    assert lines(done) == ["./foo.c:19"]
    assert committed.read_text() == GOOD_HOOK


def test_a_mail_that_is_applied(tool: Tool, committed: Path, mail: str, git: Git) -> None:
    (committed.parent / "0001.patch").write_text(mail)
    git("apply", "0001.patch")
    committed.write_text("/* moved\n * down\n */\n" + committed.read_text())
    done = tool(*CHECK, "--patch", "0001.patch")
    assert done.stderr == "mmapmigrate: note: 0001.patch is applied in the tree already\n"
    assert lines(done) == ["./foo.c:22"]


def test_a_mail_that_does_not_apply(tool: Tool, committed: Path, mail: str) -> None:
    committed.write_text(GOOD_HOOK.replace(".owner", ".other"))
    done = tool(*CHECK, "--patch", "-", input=mail, stdin=None)
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input: does not apply to" in done.stderr
    assert "hunk 1 of foo.c" in done.stderr


def test_the_mail_of_another_file(tool: Tool, committed: Path, mail: str) -> None:
    done = tool(*CHECK, "--patch", "-", input=mail.replace("foo.c", "none.c"), stdin=None)
    assert done.returncode == 2
    assert "it has no none.c" in done.stderr


def test_a_driver_that_a_patch_adds_in_a_new_folder(tool: Tool, committed: Path, git: Git) -> None:
    (committed.parent / "drivers" / "acme").mkdir(parents=True)
    (committed.parent / "drivers" / "acme" / "new.c").write_text(GOOD_HOOK)
    git("add", "drivers")
    diff = git("diff", "--cached")
    git("rm", "-r", "-q", "-f", "drivers")
    assert lines(tool(*CHECK, "--patch", "-", input=diff, stdin=None)) == ["./drivers/acme/new.c:10"]
    assert not (committed.parent / "drivers").exists()


@pytest.mark.parametrize("text", ["", "hello\n", "--- a/foo.c\n+++ b/foo.c\n@@ -1,2 +1,9 @@\n+x\n"])
def test_what_is_no_patch(tool: Tool, committed: Path, text: str) -> None:
    done = tool(*CHECK, "--patch", "-", input=text, stdin=None)
    assert done.returncode == 2
    assert done.stderr.startswith("mmapmigrate: error: standard input: ")


def test_a_patch_from_a_standard_input_that_is_closed(tool: Tool, committed: Path) -> None:
    command = ("exec", sys.executable, "-m", "mmapmigrate", "check", "--patch", "-", "<&-")
    done = subprocess.run(" ".join(command), shell=True, cwd=committed.parent, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "mmapmigrate: error: standard input is closed\n")


def test_a_patch_that_leads_outside(tool: Tool, committed: Path) -> None:
    diff = "--- a/../foo.c\n+++ b/../foo.c\n@@ -1 +1 @@\n-a\n+b\n"
    done = tool(*CHECK, "--patch", "-", input=diff, stdin=None)
    assert done.returncode == 2
    assert "outside the tree" in done.stderr
