# SPDX-License-Identifier: GPL-2.0-only
"""Parts and multiples of a tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.copies import doubled, part
from benchmarks.files import sources
from mmapmigrate.kernel.tree import find_tree


def size(tree: Path) -> int:
    return sum(Path(path).stat().st_size for path in sources(str(tree)))


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_part_has_about_its_share_and_says_how_much(tree: Path, tmp_path: Path, share: float) -> None:
    target = tmp_path / "part"
    found = part(tree, target, share)
    assert found == size(target)
    assert abs(found - share * size(tree)) <= 1200
    assert find_tree(target / "fs") == target


def test_a_part_is_the_same_each_time(tree: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        part(tree, tmp_path / name, 0.5)
    first, second = (
        {path.relative_to(top) for path in top.rglob("*")}
        for top in (tmp_path / "first", tmp_path / "second")
    )
    assert first == second


def test_the_whole_is_all_of_it(tree: Path, tmp_path: Path) -> None:
    assert part(tree, tmp_path / "one", 1.0) == size(tree) == size(tmp_path / "one")


def test_a_doubled_tree_has_twice_the_bytes_and_is_one_tree(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "two"
    assert doubled(tree, target) == size(target) == 2 * size(tree)
    assert find_tree(target / "second" / "drivers" / "char" / "foo.c") == target


def test_files_are_linked(tree: Path, tmp_path: Path) -> None:
    part(tree, tmp_path / "one", 1.0)
    driver = Path("drivers", "char", "foo.c")
    assert (tmp_path / "one" / driver).samefile(tree / driver)


def test_symbolic_links_are_left_behind(tree: Path, tmp_path: Path) -> None:
    (tree / "fs" / "link.c").symlink_to(tree / "drivers" / "char" / "foo.c")
    part(tree, tmp_path / "one", 1.0)
    assert not (tmp_path / "one" / "fs" / "link.c").exists()
