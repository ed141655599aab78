# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.tree import find_tree, is_tree, read_release

MakeTree = Callable[..., Path]


def test_a_file_s_tree_is_found_upwards(make_tree: MakeTree) -> None:
    root = make_tree({"drivers/char/foo.c": ""})
    assert find_tree(root / "drivers" / "char" / "foo.c") == root
    assert find_tree(root / "drivers") == root
    assert find_tree(root) == root


def test_a_path_that_does_not_exist_may_lie_in_a_tree(make_tree: MakeTree) -> None:
    root = make_tree()
    assert find_tree(root / "drivers" / "new" / "bar.c") == root


def test_a_relative_path_is_seen_from_the_current_folder(
    make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_tree({"mm/a.c": ""})
    monkeypatch.chdir(root / "mm")
    assert find_tree("a.c") == root
    assert find_tree("../include") == root


def test_nothing_is_found_outside_a_tree(tmp_path: Path) -> None:
    assert find_tree(tmp_path) is None


@pytest.mark.parametrize("name", ["MAINTAINERS", "Kconfig", "include/linux/mm.h"])
def test_each_landmark_is_needed(make_tree: MakeTree, name: str) -> None:
    assert not is_tree(make_tree({name: None}))


@pytest.mark.parametrize(
    ("makefile", "release"),
    [
        ("VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\n", "7.3.4"),
        ("VERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc2\n", "7.4.0-rc2"),
        ("VERSION=7\nPATCHLEVEL=4\n", "7.4"),
    ],
)
def test_the_release_is_the_makefile_s(make_tree: MakeTree, makefile: str, release: str) -> None:
    assert read_release(make_tree({"Makefile": makefile})) == release


@pytest.mark.parametrize("makefile", ["", "VERSION = $(X)\nPATCHLEVEL = 1\n", "all:\n\techo\n", b"\xff\x00"])
def test_a_makefile_without_a_version_is_one_clear_line(make_tree: MakeTree, makefile: str) -> None:
    with pytest.raises(KernelError, match="names no kernel version"):
        read_release(make_tree({"Makefile": makefile}))


@pytest.mark.parametrize("target", ["fifo", "/dev/zero"])
def test_a_makefile_that_is_no_file_is_not_waited_for(make_tree: MakeTree, target: str) -> None:
    root = make_tree({"Makefile": None})
    if target == "fifo":
        os.mkfifo(root / "Makefile")
    else:
        (root / "Makefile").symlink_to(target)
    with pytest.raises(KernelError, match="Makefile"):
        read_release(root)


def test_a_missing_makefile_is_one_clear_line(make_tree: MakeTree) -> None:
    with pytest.raises(KernelError, match=r"cannot read .*Makefile"):
        read_release(make_tree({"Makefile": None}))
