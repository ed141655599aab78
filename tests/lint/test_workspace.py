# SPDX-License-Identifier: GPL-2.0-only
"""Projects and converters of paths, and texts that are not on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mmapmigrate.convert.tables.dispatchers import near_dispatchers
from mmapmigrate.convert.tables.swapped import swapped_tables
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.workspace import OverlayProject, Workspace
from tests.drivers import GOOD_HOOK


def workspace(api: KernelApi, texts: Mapping[str, bytes] | None = None) -> Workspace:
    return Workspace(api, texts or {}, lambda path, offset: False, lambda after: ())


def tree(folder: Path) -> Path:
    """The landmarks of a kernel tree."""
    for name in ("MAINTAINERS", "Kconfig", "include/linux/mm.h", "drivers/foo.c"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("int a;\n")
    return folder


def test_each_tree_has_one_project(api: KernelApi, tmp_path: Path) -> None:
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    known = workspace(api)
    assert known.project(str(one / "drivers/foo.c")) is known.project(str(one / "MAINTAINERS"))
    assert known.project(str(one / "drivers/foo.c")).root == one
    assert known.project(str(two / "drivers/foo.c")).root == two


def test_code_outside_a_tree_has_a_project_without_root(api: KernelApi, tmp_path: Path) -> None:
    assert workspace(api).project(str(tmp_path / "foo.c")).root is None


def test_forget_leaves_the_converters_what_several_files_share(api: KernelApi, tmp_path: Path) -> None:
    (tmp_path / "foo.c").write_text(GOOD_HOOK)
    known = workspace(api)
    path = str(tmp_path / "foo.c")
    converter, file = known.converter(path), known.project(path).file(path)
    conversion = converter.conversion(file, file.entries()[0])
    assert converter.conversion(file, file.entries()[0]) is conversion
    known.forget()
    assert known.converter(path) is converter
    assert converter.conversion(file, file.entries()[0]) is not conversion


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.c").write_text("int foo;\n")
    (tmp_path / "b.c").write_text("int foo;\n")
    return tmp_path


def test_an_overlay_hands_out_the_new_text(folder: Path) -> None:
    path = str(folder / "a.c")
    project = OverlayProject(None, {path: b"int bar;\n"})
    assert project.file(path).unit.source.data == b"int bar;\n"
    assert project.file(path) is project.file(path)
    assert project.file(str(folder / "b.c")).unit.source.data == b"int foo;\n"


@pytest.mark.parametrize("as_folder", [True, False])
def test_an_overlay_is_searched_in_its_new_text(folder: Path, as_folder: bool) -> None:
    paths = [str(folder / name) for name in ("a.c", "b.c")]
    scope = [str(folder)] if as_folder else paths
    project = OverlayProject(None, {paths[0]: b"int bar;\n"})
    assert list(project.mentioning("foo", scope)) == [paths[1]]
    assert list(project.mentioning("bar", scope)) == [paths[0]]


def test_an_overlay_outside_the_scope_is_not_searched(folder: Path) -> None:
    project = OverlayProject(None, {str(folder / "a.c"): b"int bar;\n"})
    assert list(project.mentioning("bar", [str(folder / "b.c")])) == []


def test_a_caller_by_hand_that_a_fix_has_rewritten_is_none_any_more(tmp_path: Path) -> None:
    call = "int again(struct file *file)\n{{\n\treturn {}(file, 0);\n}}\n"
    path = tmp_path / "again.c"
    path.write_text(call.format("file->f_op->mmap"))
    (tmp_path / "foo.c").write_text("int foo;\n")
    for texts, lines in (({}, [3]), ({str(path): call.format("vfs_mmap").encode()}, [])):
        project = OverlayProject(None, texts)
        found = near_dispatchers(project.file(str(tmp_path / "foo.c")), project)
        assert [(one.path, one.line) for one in found] == [("again.c", line) for line in lines]


def test_a_table_that_a_new_text_puts_into_open_files_is_swapped(tmp_path: Path) -> None:
    (tmp_path / "foo.c").write_text("int foo;\n")
    path = str(tmp_path / "bar.c")
    text = b"static struct file_operations bar_fops = { .mmap = bar_mmap };\nx->f_op = &bar_fops;\n"
    project = OverlayProject(None, {path: text})
    assert swapped_tables(project.file(str(tmp_path / "foo.c")), project) == {"bar_fops": path}
