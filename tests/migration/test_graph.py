# SPDX-License-Identifier: GPL-2.0-only
"""What a blocker is worth: hooks that it is in the way of, hooks that it frees, and in which order."""

from __future__ import annotations

from mmapmigrate.migration.graph import Blocker, BlockerKind, Graph, Step


def blockers(*names: str, **needs: tuple[str, ...]) -> dict[str, Blocker]:
    return {
        name: Blocker(name, BlockerKind.FUNCTION, name, needs=needs.get(name, ()))
        for name in (*names, *needs)
    }


def test_a_hook_with_one_blocker_is_freed_by_it() -> None:
    graph = Graph(blockers("a", "b"), [{"a"}, {"a", "b"}, set()])
    assert graph.in_the_way(["a"]) == {0, 1}
    assert graph.freed(["a"]) == {0}
    assert graph.freed(["a", "b"]) == {0, 1}
    assert graph.freed(["b"]) == set()


def test_a_blocker_is_in_the_way_through_those_that_need_it() -> None:
    graph = Graph(blockers("root", middle=("root",), top=("middle",)), [{"top"}, {"middle"}])
    assert graph.in_the_way(["root"]) == {0, 1}
    assert graph.in_the_way(["top"]) == {0}


def test_what_only_passes_on_moves_with_what_it_needs() -> None:
    graph = Graph(blockers("root", middle=("root",), top=("middle",)), [{"top"}])
    assert graph.moved(["root"]) == {"root", "middle", "top"}
    assert graph.freed(["root"]) == {0}


def test_what_needs_two_waits_for_both() -> None:
    graph = Graph(blockers("a", "b", top=("a", "b")), [{"top"}])
    assert graph.freed(["a"]) == set()
    assert graph.freed(["a", "b"]) == {0}


def test_functions_that_need_each_other_end() -> None:
    graph = Graph(blockers(a=("b",), b=("a",)), [{"a"}])
    assert graph.in_the_way(["b"]) == {0}
    assert graph.freed(["b"]) == {0}
    assert graph.order() == ()


def test_the_order_frees_many_hooks_early() -> None:
    graph = Graph(blockers("few", "many"), [{"few"}, {"many"}, {"many"}])
    assert graph.order() == (Step("many", 2, 2), Step("few", 1, 3))


def test_two_that_free_many_together_come_before_one_that_frees_few() -> None:
    hooks = [{"one"}, *[{"left", "right"}] * 10]
    steps = Graph(blockers("left", "one", "right"), hooks).order()
    assert [step.blocker for step in steps] == ["left", "right", "one"]
    assert [step.total for step in steps] == [0, 10, 11]


def test_the_order_names_what_waits_for_nothing() -> None:
    graph = Graph(blockers("root", top=("root",)), [{"top"}])
    assert graph.order() == (Step("root", 1, 1),)


def test_what_a_hook_does_itself_is_no_step() -> None:
    known = {**blockers("a"), "loop": Blocker("loop", BlockerKind.CODE, "insert-loop")}
    graph = Graph(known, [{"a"}, {"a", "loop"}])
    assert graph.order() == (Step("a", 1, 1),)
    assert graph.freed(["loop"]) == set()


def test_the_order_does_not_depend_on_that_of_the_hooks() -> None:
    hooks = [{"a"}, {"b"}, {"a", "c"}, {"c", "b"}]
    known = blockers("a", "b", "c")
    assert Graph(known, hooks).order() == Graph(known, hooks[::-1]).order()
