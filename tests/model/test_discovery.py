# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mmapmigrate.model.discovery import DiscoveryError, candidate, discover

Tree = Callable[[Mapping[str, str]], Path]


def found(*paths: str) -> list[str | DiscoveryError]:
    return list(discover(paths))


def test_a_folder_gives_its_c_and_h_files_in_the_order_of_their_paths(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ["b.c", "a/z.h", "a/b/c.c", "a.c", "a-b.c", "a/x.S", "a/y.c.orig", "Kconfig", "c", ".hidden/d.c"]
    monkeypatch.chdir(tree(dict.fromkeys(files, "")))
    assert found(".") == ["./.hidden/d.c", "./a-b.c", "./a.c", "./a/b/c.c", "./a/z.h", "./b.c"]


def test_paths_come_out_as_they_were_given(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"drivers/a.c": "", "x.c": ""})
    monkeypatch.chdir(root)
    assert found("drivers") == ["drivers/a.c"]
    assert found("drivers/") == ["drivers/a.c"]
    assert found("./x.c") == ["./x.c"]
    assert found(f"{root}/drivers") == [f"{root}/drivers/a.c"]


def test_a_path_that_is_named_twice_comes_once(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree({"d/a.c": "", "d/b.c": ""}))
    assert found("d/b.c", "d") == ["d/b.c", "d/a.c"]


def test_a_file_that_is_named_is_taken_whatever_its_name(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree({"driver.inc": ""}))
    assert found("driver.inc") == ["driver.inc"]


def test_gitignore_is_not_obeyed_and_git_is_not_searched(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree({".gitignore": "/*\n", "a.c": "", ".git/hooks/b.c": ""}))
    assert found(".") == ["./a.c"]


def test_a_missing_path_is_an_error_and_the_others_are_found(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree({"a.c": ""}))
    assert found("nowhere", "a.c") == [DiscoveryError("nowhere", "no such file or folder"), "a.c"]


def test_a_fifo_is_an_error_when_named_and_passed_over_in_a_folder(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree({"d/a.c": ""}))
    os.mkfifo("d/pipe.c")
    assert found("d/pipe.c") == [DiscoveryError("d/pipe.c", "neither a file nor a folder")]
    assert found("d") == ["d/a.c"]


def test_a_device_is_an_error() -> None:
    assert found("/dev/null") == [DiscoveryError("/dev/null", "neither a file nor a folder")]


def test_links_to_folders_are_not_followed_and_loops_are_harmless(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree({"d/a.c": ""})
    monkeypatch.chdir(root)
    (root / "d/up").symlink_to("..")
    (root / "d/loop.c").symlink_to("loop.c")
    (root / "d/gone.c").symlink_to("nothing")
    (root / "d/b.c").symlink_to("a.c")
    assert found("d") == ["d/a.c", "d/b.c"]
    (error,) = found("d/loop.c")
    assert isinstance(error, DiscoveryError)
    assert found("d/gone.c") == [DiscoveryError("d/gone.c", "no such file or folder")]
    assert found("d/up") == ["d/up/d/a.c", "d/up/d/b.c"]


def test_a_name_that_is_no_utf_8_is_found(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.c")).touch()
    except OSError:
        pytest.skip("the file system wants UTF-8")
    assert found(str(tmp_path)) == [f"{tmp_path}/caf\udce9.c"]


def test_a_path_with_a_nul_byte_is_an_error() -> None:
    assert found("a\0b") == [DiscoveryError("a\0b", "not a path")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_an_error(tree: Tree) -> None:
    root = tree({"d/e/a.c": "", "d/b.c": ""})
    (root / "d/e").chmod(0)
    try:
        assert found(f"{root}/d") == [f"{root}/d/b.c", DiscoveryError(f"{root}/d/e", "permission denied")]
    finally:
        (root / "d/e").chmod(0o755)


@pytest.mark.parametrize(
    "data",
    [
        b".mmap = foo",
        b"struct vm_area_struct *vma",
        b"vm_flags_set(v, VM_IO)",
        b"vma_desc_set_flags(desc, x)",
        b"VMA_IO_BIT",
        b"v->vm_flags |= 1",
    ],
)
def test_a_file_that_could_matter_is_a_candidate(data: bytes) -> None:
    assert candidate(b"int x;\n" + data)


@pytest.mark.parametrize("data", [b"", b"int remap_pfn;", b"#define VM_IO 1\n", b"regmap_read(map)"])
def test_a_file_that_cannot_matter_is_none(data: bytes) -> None:
    assert not candidate(data)
