# SPDX-License-Identifier: GPL-2.0-only
"""Whether ``close`` of a vm_ops gives back just what its ``mapped`` takes.

``close`` runs for each VMA that goes, also for one whose action failed before ``mapped`` could run, or whose
``mapped`` failed (mmap_action_finish() in mm/util.c).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.prepared import Prepared
from mmapmigrate.convert.state import Change, changes_of_events, left_over
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.body import Body
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.mentions import UnreadError
from mmapmigrate.model.prepare import Deed, Event, Prepare, descriptor_parameter, events, member_of
from mmapmigrate.model.project import Project
from mmapmigrate.model.vmops import VmOpsSetter, VmOpsTable, vm_ops_setters
from mmapmigrate.model.walk import Ending
from mmapmigrate.syntax.nodes import ancestors, arguments, bare, field, find_all, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_PRIVATE = "vm_private_data"
_NO_NAMES: frozenset[str] = frozenset()


class Leak(Struct, frozen=True):
    """``change`` in ``mapped`` is not given back; ``close`` is the function that does not, or None."""

    mapped: Function
    close: str | None
    change: Change


class Underrun(Struct, frozen=True):
    """``change`` in ``close`` gives back what ``mapped`` may never have taken, because of ``cause``."""

    mapped: Function
    close: Function
    change: Change
    cause: str
    unsafe: bool


class MappedPair:
    """The ``mapped``, or the member that takes in its place, and the ``close`` of one table of a file."""

    def __init__(
        self, file: FileModel, api: KernelApi, project: Project, table: VmOpsTable, taker: str = "mapped"
    ) -> None:
        self.file = file
        self.api = api
        self.project = project
        self.table = table
        self._prepared = Prepared(file, api)
        self._mapped = self._functions(taker)
        self._close = self._functions("close")

    def leaks(self) -> Iterator[Leak]:
        """What ``mapped`` takes and ``close`` does not give back, as far as both can be read."""
        named = self.table.named("close")
        if (named and not self._close) or any(self._opaque(function) for function in self._close):
            return
        given = {
            change.kind for function in self._close for change in self._changes(function) if change.gives
        }
        for function in self._mapped:
            for change in self._taken(function):
                if change.kind not in given and (change.known or not named):
                    yield Leak(function, named[0].handler if named else None, change)

    def underruns(self) -> Iterator[Underrun]:
        """For each ``close``, the first of what it gives back untested that ``mapped`` may not have taken."""
        for mapped in self._mapped:
            taken = {change.kind: change for change in self._taken(mapped)}
            cause = self._cause(mapped) if taken else None
            if cause is None:
                continue
            marks = self._sets_private(mapped) and not self._hook_sets_private()
            for close in self._close:
                if marks and self._tests_private(close):
                    continue
                late = [
                    change
                    for change in self._changes(close)
                    if change.gives
                    and change.kind in taken
                    and not (marks and self._bears_null(close, change))
                ]
                if late:
                    unsafe = any(change.unsafe or taken[change.kind].unsafe for change in late)
                    yield Underrun(mapped, close, late[0], cause, unsafe)

    def _functions(self, member: str) -> tuple[Function, ...]:
        names = dict.fromkeys(one.handler for one in self.table.named(member))
        return tuple(function for name in names if name for function in self.file.functions(name))

    def _taken(self, function: Function) -> list[Change]:
        """What is taken on some path on which ``function`` succeeds, each kind once."""
        found: dict[str, Change] = {}
        for path in self._prepared.paths(Prepare(function, _NO_NAMES, _NO_NAMES)):
            if path.may_succeed:
                for change in left_over(changes_of_events(self.file, function, path.events)):
                    if not change.gives and change.what != "state":
                        found.setdefault(change.kind, change)
        return list(found.values())

    def _changes(self, function: Function) -> list[Change]:
        return changes_of_events(self.file, function, self._events(function))

    def _events(self, function: Function) -> Sequence[Event]:
        return events(self.file, self.api, Prepare(function, _NO_NAMES, _NO_NAMES), function.body)

    def _opaque(self, function: Function) -> bool:
        """Whether a function calls what may give back anything."""
        read = {change.node.id for change in self._changes(function) if change.known}
        facts = tables()
        return any(
            event.deed is Deed.CALL
            and event.node.id not in read
            and event.name not in facts.harmless | facts.filling_last
            and effect_of_call(self.file, text_of(self.file), event.node) is Effect.UNKNOWN
            for event in self._events(function)
        )

    def _cause(self, mapped: Function) -> str | None:
        """Why ``close`` may run although ``mapped`` took nothing, None if it cannot."""
        for setter in vm_ops_setters(self.file):
            if setter.table == self.table.name and setter.prepares and self._acts(setter):
                return f"the action of {setter.function.name}() fails"
        paths = self._prepared.paths(Prepare(mapped, _NO_NAMES, _NO_NAMES))
        if any(path.ending is not Ending.SUCCESS for path in paths):
            return f"{mapped.name}() fails"
        return None

    def _acts(self, setter: VmOpsSetter) -> bool:
        prepare = self._prepare(setter)
        if prepare is None:
            return False
        for path in self._prepared.paths(prepare):
            for event in path.events if path.may_succeed else ():
                if event.deed is Deed.ACTION or (
                    event.deed is Deed.HANDED and self._acts_elsewhere(event.name)
                ):
                    return True
        return False

    def _prepare(self, setter: VmOpsSetter) -> Prepare | None:
        start = setter.function.node.start_byte
        return next((one for one in self._prepared.functions if one.function.node.start_byte == start), None)

    def _acts_elsewhere(self, name: str) -> bool:
        """Whether a function of another file of the folder chooses an action."""
        if self.file.functions(name) or name in self.api.helpers:
            return False
        try:
            others = self.project.mentioning_beside(name, self.file.path)
        except UnreadError:
            return False
        for path in others:
            other = Prepared(self.project.file(path), self.api)
            for prepare in other.functions:
                if prepare.function.name == name:
                    return any(e.deed is Deed.ACTION for p in other.paths(prepare) for e in p.events)
        return False

    def _sets_private(self, mapped: Function) -> bool:
        """Whether ``mapped`` writes through its last parameter."""
        name = mapped.parameters[-1].name if mapped.parameters else ""
        return any(
            (target := bare(field(node, "left"))).type == "pointer_expression"
            and operator(target) == "*"
            and text(self.file, bare(field(target, "argument"))) == name
            for node in find_all(mapped.body, "assignment_expression")
        )

    def _hook_sets_private(self) -> bool:
        """Whether a hook that sets this table gives private_data a value, which makes it no mark."""
        for setter in vm_ops_setters(self.file):
            name = descriptor_parameter(setter.function)
            if setter.table != self.table.name or name is None:
                continue
            prepare = Prepare(setter.function, frozenset({name}), _NO_NAMES)
            for node in find_all(setter.function.body, "assignment_expression"):
                written = member_of(self.file, prepare, field(node, "left")) == "private_data"
                if written and text(self.file, bare(field(node, "right"))) != "NULL":
                    return True
        return False

    def _tests_private(self, close: Function) -> bool:
        """Whether ``close`` asks whether vm_private_data is set."""
        return any(_asks(node) for node in self._private(close))

    def _bears_null(self, close: Function, change: Change) -> bool:
        """Whether what gives back is a call that a NULL vm_private_data does no harm to."""
        if change.kind != "memory" or change.node.type != "call_expression":
            return False
        private = {node.id for node in self._private(close)}
        return any(bare(argument).id in private for argument in arguments(change.node))

    def _private(self, close: Function) -> Iterator[Node]:
        """Each place of ``close`` that reads vm_private_data, itself or through a local."""
        hook = Body(self.file, close)
        held = {
            local.name
            for local in hook.locals.values()
            if local.single is not None and text(self.file, bare(local.single)).endswith(_PRIVATE)
        }
        for node in find_all(close.body, "field_expression", "identifier"):
            if node.type == "identifier":
                if text(self.file, node) in held:
                    yield node
            elif text(self.file, field(node, "field")) == _PRIVATE:
                yield node


def _asks(node: Node) -> bool:
    """Whether ``node`` stands where only NULL or not matters."""
    whole = outer(node)
    parent = whole.parent
    if parent is None:
        return False
    if parent.type == "unary_expression":
        return operator(parent) == "!"
    if parent.type == "binary_expression":
        return operator(parent) in ("&&", "||", "==", "!=")
    if parent.type == "conditional_expression":
        return parent.child_by_field_name("condition") == whole
    if parent.type == "argument_list":
        # IS_ERR_OR_NULL(p), likely(p), WARN_ON(!p): asked for by a condition.
        above = next(ancestors(parent), None)
        holder = above.parent if above is not None else None
        return holder is not None and holder.type in ("unary_expression", "parenthesized_expression")
    return parent.type == "parenthesized_expression"
