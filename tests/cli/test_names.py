# SPDX-License-Identifier: GPL-2.0-only
"""How a file is called in a diff."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.cli.names import diff_name


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


def test_from_the_root_of_the_kernel_tree(old_tree: Path) -> None:
    make(old_tree.parent, ".git/HEAD")
    assert diff_name(str(old_tree / "drivers/foo.c")) == "drivers/foo.c"


def test_else_from_gits_top_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, ".git/HEAD", "a/b/foo.c")
    monkeypatch.chdir(tmp_path / "a")
    assert diff_name("b/foo.c") == "a/b/foo.c"


def test_a_worktrees_git_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, ".git", "a/foo.c")
    monkeypatch.chdir(tmp_path / "a")
    assert diff_name("foo.c") == "a/foo.c"


def test_else_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/foo.c")
    monkeypatch.chdir(tmp_path)
    assert diff_name("./a/foo.c") == "a/foo.c"


def test_else_by_the_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/foo.c", "b/bar.c")
    monkeypatch.chdir(tmp_path / "b")
    assert diff_name("../a/foo.c") == str(tmp_path.resolve() / "a/foo.c").lstrip("/")


def test_a_link_is_called_by_what_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git apply refuses to write through a link."""
    make(tmp_path, "a/foo.c")
    (tmp_path / "link.c").symlink_to("a/foo.c")
    monkeypatch.chdir(tmp_path)
    assert diff_name("link.c") == "a/foo.c"
