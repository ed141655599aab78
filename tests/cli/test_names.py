# SPDX-License-Identifier: GPL-2.0-only
"""How a file is called in a diff, and by a service."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.cli.names import diff_name, source_root


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


def test_a_service_names_files_from_gits_top_level_even_in_a_kernel_tree(old_tree: Path) -> None:
    make(old_tree.parent, ".git/HEAD")
    path = str(old_tree / "drivers/foo.c")
    assert source_root([path]).name(path) == f"{old_tree.name}/drivers/foo.c"


def test_else_from_the_tree(old_tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(old_tree / "drivers")
    root = source_root(["."])
    assert root.path == str(old_tree)
    assert root.name("./foo.c") == "drivers/foo.c"
    assert root.name("../include/linux/mm.h") == "include/linux/mm.h"


def test_else_from_here_and_absolutely_where_it_is_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a/foo.c", "ab/bar.c")
    monkeypatch.chdir(tmp_path / "a")
    root = source_root(["foo.c", "../ab/bar.c"])
    assert [root.name("foo.c"), root.name("../ab/bar.c")] == ["foo.c", str(tmp_path / "ab/bar.c")]


def test_two_repositories_are_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/.git/HEAD", "a/foo.c", "b/.git/HEAD", "b/foo.c")
    monkeypatch.chdir(tmp_path)
    root = source_root(["a", "b"])
    assert [root.name("a/foo.c"), root.name("b/foo.c")] == ["a/foo.c", "b/foo.c"]


def test_a_service_knows_a_link_by_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, ".git/HEAD", "a/foo.c")
    (tmp_path / "link.c").symlink_to("a/foo.c")
    monkeypatch.chdir(tmp_path)
    assert source_root(["."]).name("link.c") == "link.c"
