# SPDX-License-Identifier: GPL-2.0-only
"""Every skeleton that ``fix --skeleton`` leaves in a kernel tree: it builds, and changes no tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.kernel.lab.conversions import Row, TreeFixes, fixed_again, tree_fixes
from tests.kernel.lab.figures import note
from tests.kernel.lab.objects import Built, compare_objects, missing_compilers

pytestmark = pytest.mark.kernel

HELD = ("skeleton", "blocked")


def held(rows: Sequence[Row]) -> Counter[tuple[str, str, str]]:
    """Path, hook and tier of what no tier converts."""
    return Counter((row["path"], row["hook"]["handler"], row["tier"]) for row in rows if row["tier"] in HELD)


def codes(row: Row) -> set[str]:
    return {reason["code"] for reason in row["reasons"]}


@pytest.fixture(scope="module")
def fixes(tree: Path) -> TreeFixes:
    """What ``fix --skeleton`` makes of the whole tree, its conversions of tier complete included."""
    made = tree_fixes(tree, "--skeleton")
    note("skeletons in the tree", sum(made.applied(tier) for tier in HELD))
    return made


@pytest.fixture(scope="module")
def again(tree: Path, fixes: TreeFixes) -> tuple[str, Sequence[Row]]:
    """The diff and the conversions of a second run, over what the first one changed."""
    return fixed_again(tree, fixes.texts, "--skeleton")


@pytest.fixture(scope="module")
def built(tree: Path, fixes: TreeFixes) -> list[Built]:
    """Each changed C file, built before and after."""
    return compare_objects(tree, fixes.texts)


def test_a_hook_that_has_a_function_gets_a_skeleton(fixes: TreeFixes) -> None:
    left = [row for row in fixes.conversions if row["tier"] in HELD and not row["applied"]]
    assert fixes.applied("skeleton") > 0
    assert fixes.applied("blocked") > 0
    assert [
        row["path"] for row in left if "no-skeleton" not in {each["code"] for each in row["reasons"]}
    ] == []


def test_every_object_that_was_built_before_is_built_after(built: Sequence[Built]) -> None:
    assert [each.path for each in built if not each.after_built] == []


def test_nothing_new_is_said_of_any_object(built: Sequence[Built]) -> None:
    assert [message.printed for each in built for message in each.new] == []


def test_nearly_every_changed_file_is_built_by_some_architecture(built: Sequence[Built]) -> None:
    unbuilt = [each.path for each in built if each.architecture is None]
    note("files with skeletons that are no object by themselves", len(unbuilt))
    if unbuilt and missing_compilers():
        pytest.skip(f"NOT BUILT: {', '.join(unbuilt)}: install {' '.join(missing_compilers())}")
    # A file that the Makefile of another folder names cannot be asked for by its own path.
    assert len(unbuilt) * 20 <= len(built)


def test_a_second_run_changes_nothing(again: tuple[str, Sequence[Row]]) -> None:
    assert again[0] == ""


def test_a_skeleton_changes_no_tier(fixes: TreeFixes, again: tuple[str, Sequence[Row]]) -> None:
    assert held(again[1]) == held(fixes.conversions)


def test_a_second_run_says_what_is_left_in_each_skeleton(
    again: tuple[str, Sequence[Row]],
) -> None:
    silent = [
        row["path"]
        for row in again[1]
        if row["tier"] in HELD and not codes(row) & {"skeleton", "no-skeleton"}
    ]
    assert silent == []
