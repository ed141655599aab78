# SPDX-License-Identifier: GPL-2.0-only
"""Which paths of a function can be taken, and whether a path ends in success, failure or either.

Follows the constants that it keeps in its int locals (``ret = -EINVAL``, ``if (ret)``), no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.model.assigning import may_assign
from mmapmigrate.model.body import Body, loops_around
from mmapmigrate.model.flow import Step
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.model.walk import Ending, Value, Walk, Worth
from mmapmigrate.syntax.nodes import ancestors, arguments, field, find_all, inner, is_lent, operator

if TYPE_CHECKING:
    from tree_sitter import Node


# What comes out as true as its first argument is (include/linux/compiler.h, include/asm-generic/bug.h).
TELLING = frozenset({"likely", "unlikely", "WARN_ON", "WARN_ON_ONCE", "WARN", "WARN_ONCE"})

Results = Mapping[int, Worth | None]


def walks_of(body: Body, results: Results) -> tuple[Walk, ...]:
    """The feasible paths of a function; none when there are too many.

    ``results`` gives the worth of calls by their node's id.
    """
    asked = frozenset(results.items())
    if asked not in body.walks:
        body.walks[asked] = tuple(_walks(body, results))
    return body.walks[asked]


def walks_through(body: Body, results: Results, node: Node) -> tuple[Walk, ...]:
    """Those of the feasible paths with a step that holds ``node``: no other is followed."""
    asked = (frozenset(results.items()), node.id)
    if asked not in body.walks_through:
        body.walks_through[asked] = tuple(_walks(body, results, body.flow.through(node)))
    return body.walks_through[asked]


def _walks(body: Body, results: Results, only: Sequence[int] | None = None) -> Iterator[Walk]:
    """The feasible paths, or those with the numbers ``only``.

    Steps that a path shares with the one before it are not followed again.
    """
    types = {name: local.type for name, local in body.locals.items()}
    known = _Known(frozenset(body.names("own", ask=lambda: _own(body))), types)
    for name in body.nonnull:
        known[name] = Value(Worth.NONZERO)
    trail: list[_Known | None] = []
    paths, shared = body.flow.paths or (), body.flow.shared
    last = 0
    for at in range(len(paths)) if only is None else only:
        del trail[min(shared[last + 1 : at + 1], default=0) :]
        last = at
        walk = _follow(body, at, results, known, trail)
        if walk is not None:
            yield walk


class _Known(dict[str, Value]):
    """What is known of variables; of those that others may change, nothing is."""

    def __init__(self, own: frozenset[str], types: Mapping[str, str]) -> None:
        super().__init__()
        self._own = own
        self._types = types

    def __setitem__(self, name: str, value: Value) -> None:
        if name in self._own:
            super().__setitem__(name, _held(value, self._types.get(name, "int")))

    def copy(self) -> _Known:
        """The same knowledge, to learn more apart from this."""
        other = _Known(self._own, self._types)
        other.update(self)
        return other


def _held(value: Value, kind: str) -> Value:
    """What is left of a value in a variable of type ``kind``: no errno in a bool, none below 0 in a u32."""
    words = set(kind.split())
    if words & _NARROW:
        return value if value.worth is Worth.ZERO else Value(Worth.NONZERO)
    unsigned = "unsigned" in words or any(
        re.fullmatch(r"(__)?u\d+|uint\d*(_t)?|ulong|size_t", w) for w in words
    )
    return Value(Worth.NONZERO, value.text) if unsigned and value.worth is Worth.ERROR else value


_NARROW = frozenset(
    {
        "bool",
        "_Bool",
        "char",
        "short",
        "u8",
        "u16",
        "s8",
        "s16",
        "__u8",
        "__u16",
        "__s8",
        "__s16",
        "int8_t",
        "int16_t",
        "uint8_t",
        "uint16_t",
    }
)


def _own(body: Body) -> Iterator[str]:
    """The variables that only the function's own statements change: it gives their address to nobody."""
    for parameter in body.function.parameters:
        if not any(is_lent(node) for node in body.uses_of(parameter.name)):
            yield parameter.name
    for name, local in body.locals.items():
        if not local.static and not any(is_lent(node) for node in local.written):
            yield name


def _follow(body: Body, at: int, results: Results, start: _Known, trail: list[_Known | None]) -> Walk | None:
    """The walk along the path with the number ``at``, None where it cannot be taken.

    ``start`` is what is known in front of it. ``trail`` is what is known behind each of its first steps, None
    behind one that cannot come out so, and gets the same for the others.
    """
    behind = trail[-1] if trail else start
    if behind is None:
        return None
    path, number = (body.flow.paths or ())[at], body.flow.alike[at]
    worth = behind
    nodes = (path[index].node for index in range(len(trail) - 1, -1, -1))
    last = next((node for node in nodes if node is not None), None)
    around = () if last is None else loops_around(body, last)
    for step in path[len(trail) :]:
        node = step.node
        if step.kind is StepKind.END or node is None:
            trail.append(worth)
            continue
        # A path goes round a loop once, and stands for every round.
        before, around = around, loops_around(body, node)
        worth = worth.copy()
        for name in _changed_by_rounds(body, step, before, around):
            worth.pop(name, None)
        if step.kind is StepKind.RETURN:
            value = next((child for child in node.named_children if child.type != "comment"), None)
            known = None if value is None else _worth(body, value, worth, results)
            if known is None:
                return Walk(path, Ending.EITHER, number=number)
            handed = _held(known, body.text(field(body.function.node, "type")))
            return Walk(path, _ending(known), known.text, handed.worth, number)
        if step.kind is StepKind.TEST:
            # What a test writes it may also read, before or after.
            for name in _written(body, node):
                worth.pop(name, None)
        if step.kind is StepKind.TEST and not _possible(body, node, step.outcome, worth, results):
            trail.append(None)
            return None
        _assign(body, step, worth, results)
        trail.append(worth)
    return Walk(path, Ending.EITHER, number=number)


def _ending(value: Value | None) -> Ending:
    if value is None:
        return Ending.EITHER
    return Ending.SUCCESS if value.worth is Worth.ZERO else Ending.FAILURE


def _worth(body: Body, node: Node, worth: dict[str, Value], results: Results) -> Value | None:
    node = inner(node)
    if node.id in results:
        result = results[node.id]
        return None if result is None else Value(result, f"@{node.id}")
    if node.type == "assignment_expression" and operator(node) == "=":
        return _worth(body, field(node, "right"), worth, results)
    truth = _truth(body, node, worth, results)
    if truth is not None:
        return Value(Worth.NONZERO if truth else Worth.ZERO)
    text = "".join(body.text(node).split())
    if text in ("0", "false"):
        return Value(Worth.ZERO, text)
    if text in ("1", "true"):
        return Value(Worth.NONZERO, text)
    if body.is_errno(text):
        return Value(Worth.ERROR, text)
    if node.type == "identifier":
        return worth.get(text)
    if node.type == "conditional_expression":
        consequence = node.child_by_field_name("consequence")
        condition = _worth(body, field(node, "condition"), worth, results)
        if condition is not None:
            arm = field(node, "alternative") if condition.worth is Worth.ZERO else consequence
            return condition if arm is None else _worth(body, arm, worth, results)
        arms = [
            None if arm is None else _worth(body, arm, worth, results)
            for arm in (consequence, field(node, "alternative"))
        ]
        if arms[0] is not None and arms[1] is not None and arms[0].worth is arms[1].worth:
            return arms[0] if arms[0] == arms[1] else Value(arms[0].worth)
    return None


def _assigned_by_macros(body: Body, step: Node) -> Iterator[str]:
    """The variables that a macro is given by name and may assign to, and what assembly writes."""
    for node in find_all(step, "call_expression", "gnu_asm_expression"):
        if node.type == "call_expression":
            if not may_assign(body.text(field(node, "function"))):
                continue
            given = [inner(argument) for argument in arguments(node)]
            named = [one for one in given if one.type == "identifier" and not body.is_printed(one)]
            yield from map(body.text, named)
        else:
            yield from (body.text(one) for one in find_all(node, "identifier"))


def _truth(body: Body, node: Node, worth: dict[str, Value], results: Results) -> bool | None:
    """What a comparison with 0, a negation or a hint comes to, None where that is not known."""
    if node.type == "unary_expression" and operator(node) == "!":
        known = _worth(body, field(node, "argument"), worth, results)
        return None if known is None else known.worth is Worth.ZERO
    if node.type == "call_expression" and body.text(field(node, "function")) in TELLING:
        given = arguments(node)
        known = _worth(body, given[0], worth, results) if given else None
        return None if known is None else known.worth is not Worth.ZERO
    if node.type == "binary_expression" and body.text(inner(field(node, "right"))) == "0":
        known = _worth(body, field(node, "left"), worth, results)
        if known is not None and operator(node) in ("==", "!="):
            return (known.worth is Worth.ZERO) == (operator(node) == "==")
        if known is not None and operator(node) == "<" and known.worth is not Worth.NONZERO:
            return known.worth is Worth.ERROR
    return None


def _assign(body: Body, step: Step, worth: dict[str, Value], results: Results) -> None:
    if step.node is None:
        return
    given = step.node
    for name in body.names("macros", given.id, ask=lambda: _assigned_by_macros(body, given)):
        worth.pop(name, None)
    for node in body.writes_in(step.node):
        if node.type == "pointer_expression":
            if operator(node) == "&":
                worth.pop(body.text(inner(field(node, "argument"))), None)
            continue
        target = node.child_by_field_name("left") or node.child_by_field_name("declarator")
        target = target or node.child_by_field_name("argument")
        if target is None or inner(target).type != "identifier":
            continue
        name = body.text(inner(target))
        value = node.child_by_field_name("right") or node.child_by_field_name("value")
        plain = node.type == "init_declarator" or (
            node.type == "assignment_expression" and operator(node) == "="
        )
        now = _worth(body, value, worth, results) if plain and value is not None else None
        if now is None or not is_always_run(node, step.node):
            worth.pop(name, None)
        else:
            worth[name] = now


def _changed_by_rounds(
    body: Body, step: Step, before: tuple[Node, ...], around: tuple[Node, ...]
) -> Iterator[str]:
    """The variables of which another round may have left something else, where a step begins one or asks."""
    if step.node is None:
        return
    old = {loop.id for loop in before}
    for loop in around:
        condition = loop.child_by_field_name("condition")
        asks = loop.id == step.node.id or (condition is not None and condition.id == step.node.id)
        if asks or loop.id not in old:
            yield from _written_between(body, loop.start_byte, loop.end_byte)
    if step.kind is StepKind.GOTO:
        yield from body.names("jump", step.node.id, ask=lambda: _changed_since_label(body, step.node))


def _changed_since_label(body: Body, jump: Node | None) -> Iterator[str]:
    """The variables that the text between a goto and its label, where that stands above, may change."""
    label = None if jump is None else jump.child_by_field_name("label")
    if jump is None or label is None:
        return
    for target in find_all(body.body, "labeled_statement"):
        same = body.text(field(target, "label")) == body.text(label)
        if same and target.start_byte < jump.start_byte:
            yield from _written_between(body, target.start_byte, jump.end_byte)


def _written_between(body: Body, start: int, end: int) -> tuple[str, ...]:
    """The variables that the text between two offsets may change, the variables of iterators too."""
    return body.names("writes", start, end, ask=lambda: _changed_between(body, start, end))


def _changed_between(body: Body, start: int, end: int) -> Iterator[str]:
    for node in body.writes_in(body.body):
        if start <= node.start_byte < end:
            yield from _target(body, node)
    for name, local in body.locals.items():
        if any(start <= node.start_byte < end for node in local.written):
            yield name


def _target(body: Body, write: Node) -> Iterator[str]:
    target = (
        write.child_by_field_name("left")
        or write.child_by_field_name("declarator")
        or write.child_by_field_name("argument")
    )
    if target is not None:
        yield body.text(inner(target))


def _written(body: Body, step: Node) -> set[str]:
    """The variables that an expression assigns to."""
    targets = [
        node.child_by_field_name("left") or node.child_by_field_name("argument")
        for node in body.writes_in(step)
    ]
    return {body.text(inner(target)) for target in targets if target is not None}


def is_always_run(part: Node, step: Node) -> bool:
    """Whether ``part`` is run whenever ``step`` is: it does not hang on a ``&&``, ``||`` or ``?:`` in it."""
    below = part
    for above in ancestors(part):
        if below.id == step.id:
            break
        first = {"conditional_expression": "condition", "binary_expression": "left"}.get(above.type)
        hangs = above.type == "conditional_expression" or operator(above) in ("&&", "||")
        if first is not None and hangs and field(above, first).id != below.id:
            return False
        below = above
    return True


def _possible(
    body: Body, test: Node, outcome: bool | None, worth: dict[str, Value], results: Results
) -> bool:
    """Whether a test can come out so; learns what it tells of a local."""
    test = inner(test)
    if outcome is None:
        return True
    if test.type == "unary_expression" and operator(test) == "!":
        return _possible(body, field(test, "argument"), not outcome, worth, results)
    if test.type == "call_expression" and body.text(field(test, "function")) in TELLING:
        given = arguments(test)
        return not given or _possible(body, given[0], outcome, worth, results)
    if test.type == "assignment_expression" and operator(test) == "=":
        return _possible(body, field(test, "right"), outcome, worth, results)
    if test.type == "binary_expression":
        symbol, zero = operator(test), body.text(inner(field(test, "right"))) == "0"
        left = inner(field(test, "left"))
        if symbol == "&&" and outcome:
            return all(_possible(body, field(test, side), True, worth, results) for side in ("left", "right"))
        if symbol == "||" and not outcome:
            return all(
                _possible(body, field(test, side), False, worth, results) for side in ("left", "right")
            )
        if symbol in ("!=", "==") and zero:
            return _possible(body, left, outcome if symbol == "!=" else not outcome, worth, results)
        if symbol == "<" and zero:
            known = _worth(body, left, worth, results)
            if known is not None and known.worth in (Worth.ZERO, Worth.ERROR):
                return (known.worth is Worth.ERROR) == outcome
            if outcome and left.type == "identifier":
                worth[body.text(left)] = Value(Worth.ERROR)
        return True
    known = _worth(body, test, worth, results)
    if known is not None:
        return (known.worth is not Worth.ZERO) == outcome
    if test.type == "identifier":
        worth[body.text(test)] = Value(Worth.NONZERO) if outcome else Value(Worth.ZERO, "0")
    return True
