# SPDX-License-Identifier: GPL-2.0-only
"""What a hook takes for each mapping, and what close of its vm_ops gives back: of one kind, at one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.pair import Pair
from mmapmigrate.convert.permapping.places import OBJECT, PRIVATE, Places, same, within
from mmapmigrate.convert.state import Change, changes_at
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_VALUE = "value"


class Taking(Struct, frozen=True):
    """A change of state and the places that it is about.

    ``through`` tells that a function of the driver makes it, so that the place may be of a part only.
    """

    change: Change
    places: tuple[str, ...]
    through: bool

    @property
    def node(self) -> Node:
        """The call, or the assignment."""
        return self.change.node

    def pairs(self, other: Taking) -> bool:
        """Whether one gives back what the other takes, or both take the same."""
        if self.change.kind != other.change.kind:
            return False
        wide = self.through or other.through
        return any(
            same(mine, theirs) or (wide and (within(mine, theirs) or within(theirs, mine)))
            for mine in self.places
            for theirs in other.places
        )


def takings(places: Places, root: Node) -> Iterator[Taking]:
    """The changes of state at or below ``root``, in file order, with their places.

    A value that is stored outside the function counts too: what it is about is the place it is stored to.
    """
    hook = places.hook
    for node in find_all(root, "call_expression", "update_expression", "assignment_expression"):
        found = list(changes_at(hook.file, hook.function, node, far=places.far))
        for change in found:
            about = tuple(place for place in _about(places, node) if places.is_common(place))
            yield Taking(change, about, _through(places, change))
        if not found and node.type == "assignment_expression" and operator(node) == "=":
            target = bare(field(node, "left"))
            place = places.of(target) if target.type != "identifier" else _global(places, target)
            if place and not place.startswith((OBJECT, "$private")) and places.is_common(place):
                text = hook.text(target)
                yield Taking(Change(_VALUE, "a value", text, node, gives=False, known=False), (place,), False)


def changes_of(hook: HookSource, pair: Pair, given: Mapping[str, str]) -> tuple[Places, list[Taking]]:
    """The places of the hook, and what close gives back, in terms of the same.

    ``given`` are those of a helper's parameters.
    """
    made = frozenset(
        name
        for name, local in hook.locals.items()
        if any(
            not change.gives and change.kind == "memory"
            for value in local.definitions
            for call in find_all(value, "call_expression")
            for change in changes_at(hook.file, hook.function, call)
        )
    )
    plain = Places(hook, made=made, far=pair.far, given=given)
    stored: dict[str, str] = {}
    private: set[str] = set()
    for node in find_all(hook.body, "assignment_expression"):
        target, value = bare(field(node, "left")), plain.of(field(node, "right"))
        if operator(node) != "=" or target.type != "field_expression":
            continue
        place = plain.of(target)
        if place == PRIVATE:
            private.add(value)
        elif place.startswith(OBJECT) and value:
            stored[place] = value
    known = next(iter(private)) if len(private) == 1 and "" not in private else PRIVATE
    here = Places(hook, known, made, stored, far=pair.far, given=given)
    there = Places(pair.close, known, stored=stored, far=pair.far)
    return here, list(takings(there, pair.close.body))


def is_value(taking: Taking) -> bool:
    """Whether a taking only stores a value, of which nobody knows what it stands for."""
    return taking.change.kind == _VALUE


def matched(taken: Iterable[Taking], given: Sequence[Taking]) -> list[Taking]:
    """Those of ``taken`` that something of ``given`` gives back."""
    return [
        one
        for one in taken
        if not one.change.gives
        and any((other.change.gives or is_value(other)) and one.pairs(other) for other in given)
    ]


def _about(places: Places, node: Node) -> Iterator[str]:
    if node.type == "call_expression":
        given = [places.of(argument) for argument in arguments(node)]
        yield from (place for place in given if place)
        if not any(given) and places.constants(node):
            yield places.constants(node)
        holder = outer(node).parent
        if holder is not None and holder.type == "cast_expression":
            holder = outer(holder).parent
        if holder is not None and holder.type in ("assignment_expression", "init_declarator"):
            target = holder.child_by_field_name("left") or holder.child_by_field_name("declarator")
            while target is not None and target.type == "pointer_declarator":
                target = target.child_by_field_name("declarator")
            place = "" if target is None else places.of(target)
            if place:
                yield place
        return
    target = bare(node.child_by_field_name("left") or field(node, "argument"))
    place = _global(places, target) if target.type == "identifier" else places.of(target)
    if place:
        yield place


def _global(places: Places, target: Node) -> str:
    """A variable that is not the function's own."""
    name = places.hook.text(target)
    return "" if name in places.hook.locals else places.of(target)


def _through(places: Places, change: Change) -> bool:
    if change.node.type != "call_expression":
        return False
    return places.hook.text(bare(field(change.node, "function"))) != change.name
