# SPDX-License-Identifier: GPL-2.0-only
"""Asking git runs nothing that a repository configures."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from mmapmigrate.change import ignored
from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.git import contents, git
from mmapmigrate.change.history import since, staged
from tests.repositories import git_with_odd_answers, repository


def test_a_missing_object_is_not_fetched(tmp_path: Path) -> None:
    run = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    run("add", "a.c")
    run("commit", "-q", "-m", "Begin")
    name = run("rev-parse", "HEAD:a.c").strip()
    (tmp_path / ".git" / "objects" / name[:2] / name[2:]).unlink()
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::touch {tmp_path}/ran",
        "protocol.ext.allow": "always",
    }.items():
        run("config", key, value)
    assert contents(tmp_path, ["HEAD:a.c"]) == [None]
    assert not (tmp_path / "ran").exists()


def test_git_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads a .gitignore that is a pipe, and nobody writes to it."""
    run = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    run("add", "a.c")
    run("commit", "-q", "-m", "Begin")
    (tmp_path / "b.c").write_text("b")
    os.mkfifo(tmp_path / ".gitignore")
    with pytest.raises(ChangeError, match=r"git ls-files takes more than 0\.5 s"):
        git(tmp_path, "ls-files", "--others", "--exclude-standard", wait=0.5)
    monkeypatch.setattr(ignored, "WAIT", 0.5)
    assert f"{tmp_path}/b.c" not in ignored.Ignored(str(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="the bound is Linux's")
def test_what_never_ends_is_not_read_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    run("add", "a.c")
    run("commit", "-q", "-m", "Begin")
    (tmp_path / "a.c").write_text("b")
    run("config", "core.attributesFile", "/dev/zero")
    run("config", "diff.orderFile", "/dev/zero")
    assert list(since([str(tmp_path)], "HEAD").lines) == [str(tmp_path / "a.c")]
    (tmp_path / ".git" / "info" / "attributes").unlink(missing_ok=True)
    (tmp_path / ".git" / "info" / "attributes").symlink_to("/dev/zero")
    monkeypatch.setattr("mmapmigrate.change.git._MEMORY", 100 << 20)
    with pytest.raises(ChangeError, match=r"(?i)out of memory"):
        since([str(tmp_path)], "HEAD")


@pytest.mark.parametrize("inside", [".", "drivers"])
def test_a_hook_of_git_may_be_told_its_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    """git tells it by GIT_DIR in a linked work tree, and its index from the top, wherever the hook goes."""
    (tmp_path / "main").mkdir()
    run = repository(tmp_path / "main")
    run("commit", "-q", "--allow-empty", "-m", "Begin")
    run("worktree", "add", "-q", "../linked")
    for name in ("main", "linked"):
        top = tmp_path / name
        (top / "drivers").mkdir()
        (top / "drivers" / "a.c").write_text("a")
        run("-C", str(top), "add", ".")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "main" / ".git" / "worktrees" / "linked"))
    monkeypatch.chdir(tmp_path / "linked" / inside)
    assert list(staged([str(tmp_path / "linked" / "drivers")]).lines) == [f"{tmp_path}/linked/drivers/a.c"]
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    monkeypatch.chdir(tmp_path / "main" / inside)
    assert list(staged([str(tmp_path / "main" / "drivers")]).lines) == [f"{tmp_path}/main/drivers/a.c"]


def test_a_repository_that_is_elsewhere_has_the_current_folder_for_its_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "main" / "drivers").mkdir(parents=True)
    run = repository(tmp_path / "main")
    (tmp_path / "main" / "drivers" / "a.c").write_text("a")
    run("add", ".")
    (tmp_path / "main" / ".git").rename(tmp_path / "elsewhere")
    monkeypatch.setenv("GIT_DIR", "../elsewhere")
    monkeypatch.chdir(tmp_path / "main")
    assert list(staged(["drivers"]).lines) == [f"{tmp_path}/main/drivers/a.c"]


def test_what_a_sparse_checkout_leaves_out_is_read_from_the_index(tmp_path: Path) -> None:
    run = repository(tmp_path)
    run("commit", "-q", "--allow-empty", "-m", "Begin")
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.c").write_text(name)
    run("add", ".")
    run("commit", "-q", "-m", "Add both")
    run("sparse-checkout", "set", "here")
    left_out = str(tmp_path / "there" / "a.c")
    assert not Path(left_out).exists()
    change = since([str(tmp_path)], "HEAD^")
    assert sorted(change.lines) == [str(tmp_path / "here" / "a.c"), left_out]
    assert change.texts == {left_out: b"there"}
    run("update-index", "--cacheinfo", f"100644,{run('rev-parse', 'HEAD:here/a.c').strip()},there/a.c")
    assert staged([str(tmp_path)]).texts == {left_out: b"here"}


def test_a_repository_of_somebody_else_s_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository(tmp_path)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(ChangeError, match=r"dubious ownership.*`git config --global --add safe\.directory "):
        git(tmp_path, "rev-parse", "--show-toplevel")


@pytest.mark.parametrize("command", ["--verify", "merge-base"])
def test_an_answer_that_no_git_gives_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    run = repository(tmp_path)
    run("commit", "-q", "--allow-empty", "-m", "Begin")
    git_with_odd_answers(tmp_path / "bin", command, monkeypatch)
    with pytest.raises(ChangeError, match="git answers what cannot be read"):
        since([str(tmp_path)], "HEAD")


@pytest.mark.parametrize("answer", ["exit 128", "exec sleep 60"])
def test_nothing_is_compared_where_the_filters_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    run = repository(tmp_path)
    run("commit", "-q", "--allow-empty", "-m", "Begin")
    real = shutil.which("git")
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\ncase " $* " in *" config "*) {answer};; esac\nexec {real} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("mmapmigrate.change.git._WAIT", 2.0)
    with pytest.raises(ChangeError, match="git config"):
        staged([str(tmp_path)])
