# SPDX-License-Identifier: GPL-2.0-only
"""Every conversion that ``fix --review`` makes in a kernel tree, built before and after: nothing new is said.

W=1 and sparse, allmodconfig: for x86-64, and for other architectures what x86-64 does not build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.kernel.lab.conversions import TreeFixes, tree_fixes
from tests.kernel.lab.figures import note
from tests.kernel.lab.objects import Built, compare_objects, missing_compilers

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def fixes(tree: Path) -> TreeFixes:
    """What ``fix --review`` makes of the whole tree."""
    made = tree_fixes(tree, "--review")
    for tier in ("complete", "review"):
        note(f"conversions of tier {tier} in the tree", made.applied(tier))
    note("files that they change", len(made.texts))
    return made


@pytest.fixture(scope="module")
def built(tree: Path, fixes: TreeFixes) -> list[Built]:
    """Each changed C file, built before and after."""
    results = compare_objects(tree, fixes.texts)
    for architecture, count in sorted(Counter(str(each.architecture) for each in results).items()):
        note(f"objects built before and after for {architecture}", count)
    note("new warnings and errors", sum(len(each.new) for each in results))
    return results


def test_the_tool_converts_hooks_of_the_tree(fixes: TreeFixes) -> None:
    assert fixes.applied("complete") > 0
    assert fixes.applied("review") > 0


def test_every_object_that_was_built_before_is_built_after(built: Sequence[Built]) -> None:
    assert [each.path for each in built if not each.after_built] == []


def test_nothing_new_is_said_of_any_object(built: Sequence[Built]) -> None:
    assert [message.printed for each in built for message in each.new] == []


def test_every_changed_file_is_built_by_some_architecture(built: Sequence[Built]) -> None:
    unbuilt = [each.path for each in built if each.architecture is None]
    if unbuilt and missing_compilers():
        pytest.skip(f"NOT BUILT: {', '.join(unbuilt)}: install {' '.join(missing_compilers())}")
    assert unbuilt == []


def test_a_new_warning_would_be_seen(tree: Path, built: Sequence[Built]) -> None:
    path = next(each.path for each in built if each.architecture == "x86_64")
    text = (tree / path).read_bytes() + b"\nstatic int never_used;\n"
    [result] = compare_objects(tree, {path: text})
    assert ["never_used" in message.text for message in result.new] == [True]
