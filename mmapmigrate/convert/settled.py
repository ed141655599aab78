# SPDX-License-Identifier: GPL-2.0-only
"""What is settled in a function once an action, which returns nothing, stands where a remap was checked.

The paths on which the remap failed are gone: tests that told failure from success come out one way, what only
failure ran is never reached, and a result that is always 0 need not be kept. All of this is read off the
paths through the function, with the old calls and with each of them worth 0; text plays no part in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from mmapmigrate.model.body import Body, is_once
from mmapmigrate.model.flow import Path, Step
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.model.outcomes import TELLING, Results, is_always_run, walks_of, walks_through
from mmapmigrate.model.walk import Ending, Walk, Worth
from mmapmigrate.syntax.nodes import ancestors, arguments, encloses, field, find_all, inner, is_lent, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_LOOPS = ("for_statement", "while_statement", "do_statement")
_DOING = ("call_expression", "assignment_expression", "update_expression")
# What acts until the end of its block (include/linux/cleanup.h), read as an expression by the grammar.
_SCOPED = re.compile(r"guard\b|CLASS\b|\w*_guard\b")
_BLOCKS = ("compound_statement", "case_statement")


class Settled:
    """Answers about a function in which ``calls`` succeed for good."""

    def __init__(self, body: Body, calls: Sequence[Node]) -> None:
        self._body = body
        self._calls = {call.id: call for call in calls}
        zero: dict[int, Worth | None] = dict.fromkeys(self._calls, Worth.ZERO)
        self._zero = zero
        self._new = walks_of(body, zero)
        self._old = walks_of(body, {})
        self._reached = {step.node.id for walk in self._new for step in walk.path if step.node is not None}
        self._reached_before = {
            step.node.id for walk in self._old for step in walk.path if step.node is not None
        }
        self._outcomes = _outcomes(self._new)
        self._outcomes_before = _outcomes(self._old)
        self._returns = _returns(self._new)
        self._returns_before = _returns(self._old)
        self._round = _goes_back(body)
        self._asked: set[int] = set()
        self._idle: dict[int, bool] = {}
        self._followed: dict[str, bool] = {}
        self._setting: dict[tuple[int, str], bool] = {}
        self._reading: dict[tuple[int, str, bool], bool] = {}

    def serves(self, calls: Collection[int]) -> bool:
        """Whether ``calls``, nodes' ids, are all that must succeed for the answers to hold."""
        return set(self._calls) <= set(calls)

    def failed(self, call: Node) -> tuple[Walk, ...]:
        """The paths on which ``call`` fails."""
        return walks_through(self._body, self._zero | {call.id: Worth.ERROR}, call)

    @cached_property
    def returned(self) -> Mapping[int, Collection[str]]:
        """What the paths return, by the walks' numbers."""
        found: dict[int, set[str]] = {}
        for walk in self._new:
            found.setdefault(walk.number, set()).add(walk.returned)
        return found

    def outcome(self, test: Node) -> bool | None:
        """How a test always comes out now; None where it has both outcomes, was settled before, or stays."""
        settled = self._settled(test)
        return None if settled is None or not self._may_fold(test, settled) else settled

    def unfolded(self) -> Iterator[Node]:
        """The if statements whose test always comes out one way now, and that stay nevertheless."""
        for statement in find_all(self._body.body, "if_statement"):
            test = field(statement, "condition")
            settled = self._settled(test)
            if settled is not None and not self._may_fold(test, settled):
                yield statement

    def _settled(self, test: Node) -> bool | None:
        now = self._outcomes.get(test.id, set())
        if len(now) != 1 or len(self._outcomes_before.get(test.id, set())) < 2 or self._in_loop(test):
            return None
        return next(iter(now)) if self._is_pure(test) else None

    def _may_fold(self, test: Node, outcome: bool) -> bool:
        """Whether of an if statement the arm that is taken can stand alone.

        Its declarations, and what its end releases, are its own; nothing jumps into the other arm.
        """
        statement = test.parent
        if statement is None or statement.type != "if_statement":
            return True
        arm, other = taken_arm(statement, outcome), taken_arm(statement, not outcome)
        if other is not None and self._is_entered(other):
            return False
        if arm is None or arm.type != "compound_statement":
            return True
        return not any(
            part.type == "declaration" or _SCOPED.match(self._body.text(part)) for part in arm.named_children
        )

    def _is_entered(self, statement: Node) -> bool:
        """Whether a jump from outside leads into ``statement``: one that is taken, or never was and stays."""
        labels = {self._body.text(field(node, "label")) for node in find_all(statement, "labeled_statement")}
        return bool(labels) and any(
            (jump.id in self._reached or jump.id not in self._reached_before)
            and not encloses(statement, jump)
            and (target := jump.child_by_field_name("label")) is not None
            and self._body.text(target) in labels
            for jump in self._jumps
        )

    @cached_property
    def _jumps(self) -> tuple[Node, ...]:
        return tuple(find_all(self._body.body, "goto_statement"))

    def is_zero(self, statement: Node) -> bool:
        """Whether a return statement that gave more than one value now always gives 0."""
        if self._in_loop(statement) or not self._is_pure(statement):
            return False
        now, before = (known.get(statement.id) for known in (self._returns, self._returns_before))
        return now == {Ending.SUCCESS} and before != now

    def never_ran(self, statement: Node) -> bool:
        """Whether no path came to a statement with the old calls either (``if (0)``)."""
        entry = _entry(statement)
        return bool(self._old) and entry is not None and entry.id not in self._reached_before

    def is_dead(self, statement: Node) -> bool:
        """Whether a statement that was reached is not any more."""
        entry = _entry(statement)
        if entry is None or self._in_loop(statement):
            return False
        gone = entry.id in self._reached_before and entry.id not in self._reached
        return gone and not self._is_entered(statement)

    def tests(self) -> Iterator[tuple[Node, bool]]:
        """The if statements whose test always comes out so now, those in dead ones left out."""
        for statement in find_all(self._body.body, "if_statement"):
            outcome = self.outcome(field(statement, "condition"))
            if outcome is not None:
                yield statement, outcome

    def dead(self) -> Iterator[Node]:
        """The outermost statements of blocks that are not reached any more."""
        stack = [self._body.body]
        while stack:
            node = stack.pop()
            parent = node.parent
            if parent is not None and parent.type in _BLOCKS and self.is_dead(node):
                yield node
                continue
            outcome = self.outcome(field(node, "condition")) if node.type == "if_statement" else None
            arm = None if outcome is None else taken_arm(node, outcome)
            if outcome is None:
                stack.extend(reversed(node.named_children))
            elif arm is not None:
                stack.append(arm)

    def zero_returns(self) -> Iterator[Node]:
        """The return statements that always give 0 now."""
        return (node for node in find_all(self._body.body, "return_statement") if self.is_zero(node))

    def dead_stores(self) -> Iterator[Node]:
        """The statements of blocks that do nothing but set a local, which is set again before it is read."""
        for statement in find_all(self._body.body, "expression_statement"):
            held = statement.parent is not None and statement.parent.type in _BLOCKS
            if held and statement.id in self._reached and self.is_dead_store(statement):
                yield statement

    def is_dead_store(self, statement: Node) -> bool:
        """Whether a statement only sets a local that was read, and now is not before it is set again."""
        if statement.id not in self._idle:
            self._idle[statement.id] = self._is_idle(statement)
        return self._idle[statement.id]

    def _is_idle(self, statement: Node) -> bool:
        store = next((part for part in statement.named_children if part.type != "comment"), None)
        if store is None or store.type != "assignment_expression" or operator(store) != "=":
            return False
        name, value = self._body.text(field(store, "left")), field(store, "right")
        local = self._body.locals.get(name)
        if local is None or local.static:
            return False
        if self._in_loop(statement) or next(find_all(value, *_DOING), None) is not None:
            return False
        return not self.is_read(name, statement) and self._was_read(name, statement)

    def is_read(self, name: str, statement: Node) -> bool:
        """Whether the value that ``statement`` gives to ``name`` is still read on some path."""
        return not self._is_followed(name) or self._read_after(name, statement, self._zero, self._is_settled)

    def _was_read(self, name: str, statement: Node) -> bool:
        return self._read_after(name, statement, {}, lambda _step: False)

    def _is_followed(self, name: str) -> bool:
        """Whether the paths show all reads of a variable: lent to nobody, in no loop, in no macro's text."""
        if name not in self._followed:
            self._followed[name] = self._shows_all(name)
        return self._followed[name]

    def _shows_all(self, name: str) -> bool:
        local = self._body.locals.get(name)
        if self._body.is_in_a_macro(name) or self._body.unread(name):
            return False
        if local is None or any(self._in_loop(n) for n in (*local.reads, *local.written)):
            return False
        return not any(map(is_lent, local.written))

    def _read_after(
        self, name: str, statement: Node, results: Results, settled: Callable[[Step], bool]
    ) -> bool:
        return any(
            self._read_on(walk.path[index + 1 :], name, settled)
            for walk in walks_through(self._body, results, statement)
            for index, step in enumerate(walk.path)
            if step.node is not None and encloses(step.node, statement)
        )

    def is_used(self, name: str) -> bool:
        """Whether any value of ``name`` is still read on some path."""
        if name not in self._body.locals or not self._is_followed(name):
            return True
        return any(self._reads(step, name, self._is_settled) for walk in self._new for step in walk.path)

    def _reads(self, step: Step, name: str, settled: Callable[[Step], bool]) -> bool:
        """Whether a step reads a variable; of one that is ``settled`` only what its calls get is left."""
        if step.node is None or not self._holds_a_read(step.node, name, settled=False):
            return False
        return not settled(step) or self._holds_a_read(step.node, name, settled=True)

    def _holds_a_read(self, node: Node, name: str, *, settled: bool) -> bool:
        # A step is on many paths.
        key = (node.id, name, settled)
        if key not in self._reading:
            local = self._body.locals[name]
            self._reading[key] = any(
                encloses(node, read)
                and (not settled or any(encloses(call, read) for call in self._calls.values()))
                for read in (*local.reads, *local.written)
            )
        return self._reading[key]

    def _sets(self, node: Node, name: str) -> bool:
        """Whether a step always gives a variable a new value."""
        key = (node.id, name)
        if key not in self._setting:
            values = self._body.locals[name].definitions
            self._setting[key] = any(encloses(node, value) and is_always_run(value, node) for value in values)
        return self._setting[key]

    def _is_settled(self, step: Step) -> bool:
        if step.node is None:
            return False
        if step.kind is StepKind.TEST:
            return self.outcome(step.node) is not None
        if step.kind is StepKind.EXPRESSION and step.node.id not in self._asked:
            self._asked.add(step.node.id)
            idle = self.is_dead_store(step.node)
            self._asked.remove(step.node.id)
            return idle
        return step.kind is StepKind.RETURN and self.is_zero(step.node)

    def _read_on(self, path: Path, name: str, settled: Callable[[Step], bool]) -> bool:
        for step in path:
            if self._reads(step, name, settled):
                return True
            if step.node is not None and self._sets(step.node, name):
                return False
        return False

    def _in_loop(self, node: Node) -> bool:
        return self._round or any(
            above.type in _LOOPS and not is_once(self._body, above) for above in (node, *ancestors(node))
        )

    def _is_pure(self, expression: Node) -> bool:
        """Whether nothing is lost with an expression but the calls, and where their result goes."""
        for part in find_all(expression, *_DOING):
            if part.id in self._calls:
                continue
            if part.type == "call_expression" and self._body.text(field(part, "function")) in TELLING:
                continue
            if part.type == "assignment_expression" and operator(part) == "=":
                target, value = inner(field(part, "left")), inner(field(part, "right"))
                if target.type == "identifier" and value.id in self._calls:
                    continue
            if any(encloses(call, part) for call in self._calls.values()):
                continue
            return False
        return True


def taken_arm(statement: Node, outcome: bool) -> Node | None:
    """The statement that an if statement runs when its test comes out so, None where there is none."""
    if outcome:
        return field(statement, "consequence")
    clause = statement.child_by_field_name("alternative")
    if clause is None or clause.type != "else_clause":
        return clause
    return next((part for part in clause.named_children if part.type != "comment"), None)


def step_of(path: Path, node: Node) -> int | None:
    """The index of the last step of ``path`` that holds ``node``."""
    start, end = node.start_byte, node.end_byte
    for index in range(len(path) - 1, -1, -1):
        held = path[index].node
        if held is not None and held.start_byte <= start and end <= held.end_byte:
            return index
    return None


def carrier(body: Body, call: Node) -> Node:
    """The expression that is worth the same as ``call``, or tells whether it failed: the outermost such."""
    node = call
    while True:
        parent = node.parent
        if parent is None:
            return node
        if parent.type == "parenthesized_expression" or parent.type == "cast_expression":
            pass
        elif parent.type == "assignment_expression" and operator(parent) == "=":
            if field(parent, "right").id != node.id or inner(field(parent, "left")).type != "identifier":
                return node
        elif parent.type == "unary_expression" and operator(parent) == "!":
            pass
        elif parent.type == "binary_expression" and operator(parent) in ("==", "!=", "<"):
            if field(parent, "left").id != node.id or body.text(inner(field(parent, "right"))) != "0":
                return node
        elif parent.type == "argument_list" and parent.parent is not None:
            outside = parent.parent
            given = arguments(outside)
            if not given or given[0].id != node.id:
                return node
            if body.text(field(outside, "function")) not in (*TELLING, "BUG_ON"):
                return node
            parent = outside
        else:
            return node
        node = parent


def _outcomes(walks: Sequence[Walk]) -> dict[int, set[bool]]:
    found: dict[int, set[bool]] = {}
    for walk in walks:
        for step in walk.path:
            if step.kind is StepKind.TEST and step.node is not None and step.outcome is not None:
                found.setdefault(step.node.id, set()).add(step.outcome)
    return found


def _returns(walks: Sequence[Walk]) -> dict[int, set[Ending]]:
    found: dict[int, set[Ending]] = {}
    for walk in walks:
        last = walk.path[-1]
        if last.kind is StepKind.RETURN and last.node is not None:
            found.setdefault(last.node.id, set()).add(walk.ending)
    return found


def _goes_back(body: Body) -> bool:
    """Whether a goto jumps to a label in front of it."""
    labels = {
        body.text(field(node, "label")): node.start_byte for node in find_all(body.body, "labeled_statement")
    }
    return any(
        labels.get(body.text(target), jump.start_byte) < jump.start_byte
        for jump in find_all(body.body, "goto_statement")
        if (target := jump.child_by_field_name("label")) is not None
    )


def _entry(statement: Node) -> Node | None:
    """The step with which a statement begins, None where it has none of its own."""
    kind = statement.type
    if kind in ("expression_statement", "declaration", "return_statement", "goto_statement"):
        return statement
    if kind in ("if_statement", "switch_statement", "while_statement"):
        return statement.child_by_field_name("condition")
    if kind in ("labeled_statement", "compound_statement"):
        parts = [
            part for part in statement.named_children if part.type not in ("comment", "statement_identifier")
        ]
        return _entry(parts[0]) if parts else None
    return None
