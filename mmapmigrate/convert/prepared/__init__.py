# SPDX-License-Identifier: GPL-2.0-only
"""The paths of a function that gets a descriptor: which can be taken, and what happens on each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.body import Body
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.flow import Path
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.model.outcomes import walks_of
from mmapmigrate.model.prepare import Deed, Event, Prepare, events, prepare_functions
from mmapmigrate.model.walk import Ending, Worth
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 4
_MAX_CHOICES = 64
_CONSTANT = re.compile(r"-?\d\w*|[A-Z][A-Z0-9_]*")


class PreparedPath(Struct, frozen=True):
    """One path with its events, in order, and how it ends for the caller, who gets a value of ``worth``."""

    events: tuple[Event, ...]
    ending: Ending
    worth: Worth | None = None

    @property
    def may_succeed(self) -> bool:
        """Whether the mapping may come to be on this path."""
        return self.ending is not Ending.FAILURE


class Prepared:
    """Reads the paths of the functions of one file that get a descriptor, each once for all who ask."""

    def __init__(self, file: FileModel, api: KernelApi) -> None:
        self.file = file
        self.api = api
        self.functions = prepare_functions(file, api)
        self._paths = file.remember("paths that prepare", api, dict[int, tuple[PreparedPath, ...]])

    def paths(self, prepare: Prepare, depth: int = 0) -> tuple[PreparedPath, ...]:
        """The paths of a function; where there are too many, one with all that it does in file order.

        What the helpers of the same file do with the descriptor stands in the place of their call.
        """
        key = prepare.function.node.start_byte
        if key not in self._paths:
            self._paths[key] = tuple(dict.fromkeys(self._read(prepare, depth)))
        return self._paths[key]

    def _read(self, prepare: Prepare, depth: int) -> Iterator[PreparedPath]:
        hook = Body(self.file, prepare.function)
        if hook.flow.paths is None:
            yield PreparedPath(events(self.file, self.api, prepare, prepare.function.body), Ending.EITHER)
            return
        helpers = self._helpers(prepare, depth)
        seen: dict[int, tuple[Event, ...]] = {}
        for chosen in _choices(helpers):
            for walk in walks_of(hook, chosen):
                if not _consistent(hook, walk.path):
                    continue
                found: list[Event] = []
                for step in walk.path:
                    if step.node is None:
                        continue
                    if step.node.id not in seen:
                        seen[step.node.id] = events(self.file, self.api, prepare, step.node)
                    found += seen[step.node.id]
                for spliced in _splice(found, helpers, chosen):
                    yield PreparedPath(spliced, walk.ending, walk.worth)

    def _helpers(self, prepare: Prepare, depth: int) -> dict[int, tuple[PreparedPath, ...]]:
        """By call: the paths, cut down to what is done to the descriptor, of the helpers that get it."""
        found: dict[int, tuple[PreparedPath, ...]] = {}
        if depth >= _MAX_DEPTH:
            return found
        for event in events(self.file, self.api, prepare, prepare.function.body):
            if event.deed is not Deed.HANDED:
                continue
            paths = [
                replace(path, events=tuple(e for e in path.events if e.deed in (Deed.ACTION, Deed.PROT)))
                for helper in self.functions
                if helper.function.name == event.name != prepare.function.name
                for path in self.paths(helper, depth + 1)
            ]
            if any(path.events for path in paths):
                found[event.node.id] = tuple(dict.fromkeys(paths))
        return found


def _choices(helpers: dict[int, tuple[PreparedPath, ...]]) -> Iterator[dict[int, Worth | None]]:
    options = [sorted({path.worth for path in paths}, key=str) for paths in helpers.values()]
    for index, values in enumerate(product(*options)):
        if index >= _MAX_CHOICES:
            return
        yield dict(zip(helpers, values, strict=True))


def _splice(
    found: Sequence[Event], helpers: dict[int, tuple[PreparedPath, ...]], chosen: dict[int, Worth | None]
) -> Iterator[tuple[Event, ...]]:
    for place, event in enumerate(found):
        if event.node.id in helpers and event.deed is Deed.HANDED:
            rest = list(_splice(found[place + 1 :], helpers, chosen))
            for path in helpers[event.node.id]:
                if path.worth is chosen[event.node.id]:
                    inside = tuple(replace(one, through=event.node) for one in path.events)
                    for tail in rest:
                        yield (*found[:place], event, *inside, *tail)
            return
    yield tuple(found)


def _consistent(hook: Body, path: Path) -> bool:
    """Whether no test of the path is taken both ways while nothing that it names is assigned."""
    truths: dict[str, bool] = {}
    values: dict[str, str] = {}
    for step in path:
        if step.node is None or step.kind in (StepKind.RETURN, StepKind.END):
            continue
        for name in _assigned(hook, step.node):
            word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
            truths = {test: truth for test, truth in truths.items() if not word.search(test)}
            values = {test: value for test, value in values.items() if not word.search(test)}
        chosen = step.label if step.kind is StepKind.SWITCH else None
        if chosen is not None and not _agrees(values, hook.text(inner(step.node)), hook.text(chosen)):
            return False
        tested = step.kind is StepKind.TEST and not step.loops
        if tested and not _holds(hook, step.node, step.outcome, truths, values):
            return False
    return True


def _holds(
    hook: Body, test: Node, outcome: bool | None, truths: dict[str, bool], values: dict[str, str]
) -> bool:
    """Learn that ``test`` came out so; False when that contradicts what is known."""
    test = inner(test)
    symbol = operator(test)
    if outcome is None:
        return True
    if test.type == "unary_expression" and symbol == "!":
        return _holds(hook, field(test, "argument"), not outcome, truths, values)
    if test.type == "call_expression" and hook.text(field(test, "function")) in ("likely", "unlikely"):
        given = arguments(test)
        return not given or _holds(hook, given[0], outcome, truths, values)
    if test.type == "binary_expression":
        left, right = field(test, "left"), field(test, "right")
        if symbol == ("&&" if outcome else "||"):
            return _holds(hook, left, outcome, truths, values) and _holds(
                hook, right, outcome, truths, values
            )
        if symbol in ("==", "!="):
            constant = hook.text(inner(right))
            equal = outcome is (symbol == "==") and _CONSTANT.fullmatch(constant) is not None
            if equal and not _agrees(values, hook.text(inner(left)), constant):
                return False
            if symbol == "!=":
                text = f"{hook.text(left)} == {hook.text(right)}"
                return _fits(truths, text, not outcome)
    return _fits(truths, hook.text(test), outcome)


def _fits(truths: dict[str, bool], text: str, outcome: bool) -> bool:
    return truths.setdefault("".join(text.split()), outcome) is outcome


def _agrees(values: dict[str, str], text: str, value: str) -> bool:
    return values.setdefault("".join(text.split()), value) == value


def _assigned(hook: Body, step: Node) -> Iterator[str]:
    for node in find_all(step, "assignment_expression", "init_declarator", "update_expression"):
        target = node.child_by_field_name("left") or node.child_by_field_name("declarator")
        target = bare(target or field(node, "argument"))
        while target.type == "field_expression":
            yield hook.text(field(target, "field"))
            target = bare(field(target, "argument"))
            if target.type == "identifier":
                return
        for name in find_all(target, "identifier"):
            yield hook.text(name)
            break
