# SPDX-License-Identifier: GPL-2.0-only
"""What the tests on the way to a call prove of a size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mmapmigrate.convert.values import Size, Values
from mmapmigrate.convert.values.steady import is_steady
from mmapmigrate.convert.values.widths import is_narrow, is_signed
from mmapmigrate.model.flow import Path
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.syntax.nodes import arguments, encloses, field, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

# Whether an expression is all of the VMA, in one unit or the other.
Whole = Callable[["Node"], bool]


def is_proven(values: Values, call: Node, size: Node) -> bool:
    """Whether the tests on every path to ``call`` prove that ``size`` is the VMA's size in bytes.

    That is, when it is rounded up to pages, as every remap does.
    """
    return _tested(values, call, size, within=False)


def is_within(values: Values, call: Node, size: Node) -> bool:
    """Whether the tests on every path to ``call`` prove that ``size`` ends no later than the VMA."""
    return _tested(values, call, size, within=True)


def are_proven_pages(values: Values, call: Node, count: Node) -> bool:
    """Whether the tests on every path to ``call`` prove that ``count`` is the VMA's number of pages."""
    return _proven(values, call, count, values.is_pages)


def _tested(values: Values, call: Node, size: Node, *, within: bool) -> bool:
    pages = _pages_of(values, size)
    return _proven(values, call, size, lambda node: values.size(node) is Size.FULL, within=within) or (
        pages is not None and _proven(values, call, pages, values.is_pages, within=within)
    )


def _proven(values: Values, call: Node, size: Node, is_full: Whole, *, within: bool = False) -> bool:
    reached = False
    for path in values.hook.flow.paths or ():
        for index, step in enumerate(path):
            node = step.node
            if node is not None and encloses(node, call):
                reached = True
                if not _proven_on(values, size, path, index, is_full, within=within):
                    return False
                break
    return reached


def _proven_on(values: Values, size: Node, path: Path, before: int, is_full: Whole, *, within: bool) -> bool:
    """Whether the tests on ``path``, before step ``before``, prove that ``size`` is what is full.

    ``within`` asks no more than that it is not greater.
    """
    meant = values.kept(size)
    computed = _computed(meant, path, before)
    for index in range(before):
        step = path[index]
        if step.kind is not StepKind.TEST or step.node is None or step.outcome is None:
            continue
        for small, great, equal in _relations(values, inner(step.node), step.outcome):
            if not (equal or within):
                continue
            for one, other in ((great, small), (small, great)) if equal else ((great, small),):
                if not is_full(one) or (
                    not equal and (is_signed(values.hook, one) or is_signed(values.hook, other))
                ):
                    continue
                if values.spelling(other) in _aligned(values, size, equal):
                    start = index
                elif values.spelling(other) in _aligned(values, meant, equal) and computed is not None:
                    # The size was taken from there into a local: nothing may change it since.
                    start = min(index, computed)
                else:
                    continue
                if is_steady(values.hook, other, path, start, before, size):
                    return True
    return False


def _computed(value: Node, path: Path, before: int) -> int | None:
    """The step of ``path`` before ``before`` that computes ``value``."""
    for index in range(before):
        node = path[index].node
        if node is not None and encloses(node, value):
            return index
    return None


def _pages_of(values: Values, size: Node) -> Node | None:
    """The factor of a size that is so many pages: what is multiplied with PAGE_SIZE, which is wide."""
    node = values.kept(size)
    if node.type != "binary_expression":
        return None
    left, right = field(node, "left"), field(node, "right")
    if operator(node) == "*" and values.hook.text(inner(right)) == "PAGE_SIZE":
        return left
    if operator(node) == "*" and values.hook.text(inner(left)) == "PAGE_SIZE":
        return right
    return None


def _aligned(values: Values, size: Node, equal: bool) -> tuple[str, ...]:
    """How a size may be spelled in a test: as it is, or rounded up to pages.

    Rounded up in a type that does not hold the result it is 0: less than any VMA, and equal to none.
    """
    key = values.spelling(size)
    return (key,) if not equal and is_narrow(values.hook, size) else (key, f"PAGE_ALIGN({key})")


def _relations(values: Values, test: Node, outcome: bool) -> list[tuple[Node, Node, bool]]:
    """The pairs of expressions whose first is not greater when ``test`` came out so; if equal, True."""
    test = inner(test)
    if test.type == "unary_expression" and operator(test) == "!":
        return _relations(values, field(test, "argument"), not outcome)
    if test.type == "call_expression" and values.hook.text(field(test, "function")) in (
        "likely",
        "unlikely",
    ):
        given = arguments(test)
        return _relations(values, given[0], outcome) if given else []
    if test.type != "binary_expression":
        return []
    symbol = operator(test)
    left, right = field(test, "left"), field(test, "right")
    if (symbol, outcome) in (("&&", True), ("||", False)):
        return _relations(values, left, outcome) + _relations(values, right, outcome)
    if (symbol, outcome) in (("==", True), ("!=", False)):
        return [(left, right, True)]
    if symbol in ("<", "<=", ">", ">="):
        return [(left, right, False) if (symbol[0] == "<") is outcome else (right, left, False)]
    return []
