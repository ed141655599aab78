# SPDX-License-Identifier: GPL-2.0-only
"""The drawing of what blocks what."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from mmapmigrate.convert.conversion import HookRef, Tier
from mmapmigrate.migration.graph import Blocker, BlockerKind
from mmapmigrate.migration.state import Hook, Migration, Ranked
from mmapmigrate.report.plan.svg import SHOWN, draw

SVG = "{http://www.w3.org/2000/svg}"


def blocker(name: str, *needs: str) -> Ranked:
    return Ranked(Blocker(name, BlockerKind.FUNCTION, name, "foo.c", 1, needs), "FOO", 1, 1)


def migration(*blockers: Ranked, hooks: tuple[tuple[str, ...], ...] = ()) -> Migration:
    ref = HookRef("foo_ops", "mmap", "foo", "foo_mmap")
    found = tuple(
        Hook("foo.c", line, ref, "MM105", "FOO", Tier.BLOCKED, blockers=ids) for line, ids in enumerate(hooks)
    )
    return Migration(found, (), (), blockers, (), ())


def places(text: str) -> dict[str, tuple[int, int]]:
    """Where the node of each name stands."""
    root = ElementTree.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    found = {}
    for node in root.iter(f"{SVG}g"):
        at = re.findall(r"\d+", node.get("transform") or "")
        name = node.find(f"{SVG}text")
        assert name is not None
        found[name.text or ""] = (int(at[0]), int(at[1]))
    return found


def test_what_must_move_first_stands_to_the_left() -> None:
    text = draw(
        migration(blocker("top", "middle"), blocker("middle", "root"), blocker("root"), hooks=(("top",),))
    )
    found = places(text)
    columns = [found[name][0] for name in ("root()", "middle()", "top()", "foo_ops.mmap")]
    assert columns == sorted(set(columns))


def test_no_two_nodes_lie_over_each_other() -> None:
    found = places(draw(migration(*(blocker(f"b{number}") for number in range(9)), hooks=(("b1",),))))
    assert len(set(found.values())) == 10
    for column in {x for x, _ in found.values()}:
        rows = sorted(y for x, y in found.values() if x == column)
        assert all(below - above >= 40 for above, below in pairwise(rows))


def test_only_the_largest_blockers_are_drawn() -> None:
    assert len(places(draw(migration(*(blocker(f"b{number:03}") for number in range(99)))))) == SHOWN


def test_functions_that_need_each_other_are_drawn() -> None:
    assert places(draw(migration(blocker("a", "b"), blocker("b", "a")))).keys() == {"a()", "b()"}


def test_names_are_escaped() -> None:
    assert "a<b>()" in places(draw(migration(blocker("a<b>"))))


def test_nothing_blocked_is_no_drawing() -> None:
    assert draw(migration()) == ""
