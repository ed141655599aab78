# SPDX-License-Identifier: GPL-2.0-only
"""What a piece of code takes and gives back: memory, references, counts, power (facts: state.toml).

effects.py says whether a call changes state; here is which state, so that what takes can be matched with
what gives back.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.convert.effects.sites import lent_arguments, lent_names
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.stores import base_name, lent_object, local_objects
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.prepare import Deed, Event
from mmapmigrate.syntax.nodes import arguments, bare, counted, field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 4
_UNPAIRED = "state"


class Pair(Struct, frozen=True):
    """A kind of state: what takes it, and what gives it back."""

    what: str
    unsafe: bool
    takes: re.Pattern[str]
    gives: re.Pattern[str]


class Change(Struct, frozen=True):
    """State is taken, or given back, at ``node`` (``gives``).

    ``kind`` is the same for what takes and what gives it back. ``what`` says it in words, ``name`` what does
    it: a callee or a counter. ``known`` is false where only the words of the name speak for it.
    """

    kind: str
    what: str
    name: str
    node: Node
    gives: bool
    unsafe: bool = False
    known: bool = True


class StateTables(Struct, frozen=True):
    """state.toml, ready to ask."""

    pairs: tuple[Pair, ...]
    words: Mapping[str, frozenset[str]]
    ignores_private_data: frozenset[str]
    by_address: re.Pattern[str]
    brackets: Mapping[str, frozenset[str]]
    by_arguments: re.Pattern[str]
    file_changes: frozenset[str]
    fixed_file_flags: frozenset[str]


@cache
def state_tables() -> StateTables:
    """The bundled facts."""
    facts = tomllib.loads(Path(__file__).with_name("state.toml").read_text("utf-8"))
    return StateTables(
        tuple(
            Pair(one["what"], one["unsafe"], _any(one["takes"]), _any(one["gives"])) for one in facts["pair"]
        ),
        {take: frozenset(gives) for take, gives in facts["words"].items()},
        frozenset(facts["ignores_private_data"]),
        _any(facts["by_address"]),
        {take: frozenset(gives) for take, gives in facts["brackets"].items()},
        _any(facts["by_arguments"]),
        frozenset(facts["file_changes"]),
        frozenset(facts["fixed_file_flags"]),
    )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(patterns)})$")


def changes_of_events(file: FileModel, function: Function, events: Iterable[Event]) -> list[Change]:
    """The changes of state among ``events`` of ``function``, in order, those in its callees at their call."""
    found: list[Change] = []
    own = _own(file, function)
    for event in events:
        if event.through is not None:
            continue
        if event.deed is Deed.COUNT:
            found += _count(file, own, event.node)
        elif event.deed is Deed.CALL:
            found += _call(file, event.node, event.name, 0)
    return found


def changes_at(file: FileModel, function: Function, node: Node, *, far: bool = False) -> Iterator[Change]:
    """The changes of state that one call, ``++`` or assignment of ``function`` makes.

    ``far`` asks for the bodies of what it calls in the driver's other files too.
    """
    if node.type == "call_expression":
        yield from _call(file, node, text(file, bare(field(node, "function"))), 0, far)
    elif counted(node, text_of(file)):
        yield from _count(file, _own(file, function), node)


def left_over(changes: Sequence[Change]) -> list[Change]:
    """What is taken and not given back afterwards, and what is given back without having been taken."""
    open_changes: list[Change] = []
    for change in changes:
        partner = next(
            (
                one
                for one in reversed(open_changes)
                if change.gives and not one.gives and one.kind == change.kind
            ),
            None,
        )
        if partner is not None:
            open_changes.remove(partner)
        else:
            open_changes.append(change)
    return open_changes


def kind_of(name: str, *, gives: bool) -> str:
    """The kind of state that a function of the kernel takes, or ``gives`` back; "" where no pair knows it."""
    for pair in state_tables().pairs:
        if (pair.gives if gives else pair.takes).match(name):
            return pair.what
    return ""


def are_opposite(take: str, give: str) -> bool:
    """Whether two names differ in nothing but words of which the second undoes the first."""
    facts = state_tables()
    words = list(zip(take.lower().split("_"), give.lower().split("_"), strict=False))
    if len(take.split("_")) != len(give.split("_")) or take == give:
        return False
    return all(
        first == second
        or second in facts.words.get(first, frozenset())
        or second in facts.brackets.get(first, frozenset())
        for first, second in words
    )


@cache
def _one_for_all() -> Mapping[str, str]:
    """One word of the tables for all that undo each other, or what undoes the same."""
    groups: dict[str, set[str]] = {}
    for take, gives in (*state_tables().words.items(), *state_tables().brackets.items()):
        group = {take, *gives}.union(*(groups.get(word, ()) for word in (take, *gives)))
        groups |= dict.fromkeys(group, group)
    return {word: min(group) for word, group in groups.items()}


def likeness(name: str) -> tuple[str, ...]:
    """What all names have in common that are_opposite() to this one."""
    return tuple(_one_for_all().get(word, word) for word in name.lower().split("_"))


def evens_out(file: FileModel, function: Function) -> bool:
    """Whether a body gives back each kind of state that it takes, and not just where something failed."""
    last = {
        change.kind
        for change in _all_changes(file, function)
        if change.gives and _is_last_word(change.node, function)
    }
    return not _changes_in(file, function, 0, far=False) and taken_by(file, function) <= last


def _is_last_word(node: Node, function: Function) -> bool:
    """Whether a call is a statement of the function's own block."""
    statement = node.parent
    block = None if statement is None else statement.parent
    return block is not None and block.id == function.body.id


def taken_by(file: FileModel, function: Function) -> frozenset[str]:
    """The kinds of state that a body takes, also where it gives them back on another path.

    Of what it calls, the bodies in its own file are read.
    """
    return frozenset(change.kind for change in _all_changes(file, function) if not change.gives)


def given_by(file: FileModel, function: Function) -> frozenset[str]:
    """The kinds of state that a body gives back; see taken_by()."""
    return frozenset(change.kind for change in _all_changes(file, function) if change.gives)


def _all_changes(file: FileModel, function: Function, depth: int = 0) -> Iterator[Change]:
    own = _own(file, function)
    for node in find_all(function.body, "call_expression", "update_expression", "assignment_expression"):
        if node.type != "call_expression":
            if counted(node, text_of(file)):
                yield from _count(file, own, node)
            continue
        name = text(file, bare(field(node, "function")))
        bodies = file.functions(name) if depth == 0 else ()
        if bodies:
            for body in bodies:
                yield from _all_changes(file, body, depth + 1)
        else:
            yield from _call(file, node, name, _MAX_DEPTH)


def _changes_in(
    file: FileModel, function: Function, depth: int, far: bool, handed: tuple[bool, ...] = ()
) -> list[Change]:
    """What is left over of the changes in a function's body, in file order; not in what is lent to it."""
    question = ("changes", function.name_start, depth, far, handed)
    return file.once(question, lambda: _read_changes(file, function, depth, far, handed))


def _read_changes(
    file: FileModel, function: Function, depth: int, far: bool, handed: tuple[bool, ...]
) -> list[Change]:
    own, lent = _own(file, function), lent_names(file, function, handed)
    found: list[Change] = []
    for node in find_all(function.body, "call_expression", "update_expression", "assignment_expression"):
        if node.type == "call_expression":
            found += _call(file, node, text(file, bare(field(node, "function"))), depth, far)
        elif counted(node, text_of(file)) and lent_object(_target(node), text_of(file)) not in lent:
            found += _count(file, own, node)
    return [one for one in left_over(found) if not _returns_both(one, found)]


def _returns_both(change: Change, all_changes: Sequence[Change]) -> bool:
    """Whether a body holds both sides of a kind: which of them a call of it comes to is not known."""
    return any(one.kind == change.kind and one.gives is not change.gives for one in all_changes)


def _call(file: FileModel, call: Node, name: str, depth: int, far: bool = False) -> Iterator[Change]:
    name = re.split(r"->|\.", name)[-1]
    facts = tables()
    if name in facts.stateless or facts.logging.match(name):
        return
    for pair in state_tables().pairs:
        gives = pair.gives.match(name) is not None
        if gives or pair.takes.match(name):
            if any(text(file, argument).startswith("-") for argument in arguments(call)):
                gives = not gives
            yield Change(pair.what, pair.what, name, call, gives, pair.unsafe)
            return
    if facts.stateful.match(name):
        yield Change(_UNPAIRED, _UNPAIRED, name, call, gives=False)
        return
    places = [(file, function) for function in file.functions(name)]
    if far and not places:
        places += file.definitions(name)
    if places and depth < _MAX_DEPTH:
        seen: set[tuple[str, bool]] = set()
        handed = lent_arguments(file, call)
        for where, function in places:
            # What the arms of a conditional define, each build takes one of.
            changes = _changes_in(where, function, depth + 1, far, handed)
            yield from (replace(one, node=call) for one in changes if (one.kind, one.gives) not in seen)
            seen |= {(one.kind, one.gives) for one in changes}
        return
    yield from _by_words(call, name)


def _by_words(call: Node, name: str) -> Iterator[Change]:
    words = name.lower().split("_")
    for take, gives in state_tables().words.items():
        for place, word in enumerate(words):
            if word == take or word in gives:
                rest = "_".join([*words[:place], "*", *words[place + 1 :]])
                # Several words may have taken what "release" gives back: one kind for each of them.
                yield Change(f"{take}: {rest}", f"what {name}() takes", name, call, word != take, known=False)


def _count(file: FileModel, own: frozenset[str], node: Node) -> Iterator[Change]:
    target = _target(node)
    base = base_name(target, text_of(file))
    if base in own or (target.type == "identifier" and f"*{base}" in own):
        return
    spelled = "".join(text(file, target).split())
    member = re.split(r"->|\.", spelled)[-1]
    yield Change(f"count {member}", "a count", spelled, node, gives=counted(node, text_of(file)) == "-")


def _target(node: Node) -> Node:
    return bare(node.child_by_field_name("left") or field(node, "argument"))


def _own(file: FileModel, function: Function) -> frozenset[str]:
    """The names of the function's locals and parameters; with a star where they are pointers."""
    names = local_objects(file, function.body)
    return names | {f"*{one.name}" if "*" in one.type else one.name for one in function.parameters}
