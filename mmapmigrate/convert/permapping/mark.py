# SPDX-License-Identifier: GPL-2.0-only
"""What mapped leaves in vm_private_data, by which close can tell that it has run.

A hook's own value serves where it is never NULL for a mapping of which something was taken: close would give
nothing back for it. Where the hook leaves none, what it takes from serves, if nobody reads the field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.changes import Taking, is_value
from mmapmigrate.convert.permapping.places import Places, within
from mmapmigrate.convert.permapping.sides import Split, UnsplitError, given_value
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.state import state_tables
from mmapmigrate.convert.vmops import PlacedTable
from mmapmigrate.model.flow import Step
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.model.walk import Ending, Walk
from mmapmigrate.syntax.nodes import bare, field, find_all, operator

if TYPE_CHECKING:
    from tree_sitter import Node


def mark_of(
    plan: Plan,
    placed: PlacedTable,
    places: Places,
    ours: Sequence[Taking],
    sides: Split,
    walks: Sequence[Walk],
    *,
    asked: bool,
) -> Node | str:
    """What mapped sets vm_private_data to: the hook's own value, or what it takes it from.

    ``asked`` tells that close asks for it. Raises UnsplitError where nothing serves.
    """
    hook = plan.hook
    uses = [
        one for one in find_all(hook.body, "field_expression") if plan.values.is_field(one, "vm_private_data")
    ]
    gone = [one.id for node in sides.gone for one in find_all(node, "field_expression")]
    uses = [one for one in uses if one.id not in gone]
    if len(uses) != len(sides.private):
        raise UnsplitError(uses[0], "vm_private_data is not just set, on every path that succeeds")
    if sides.private:
        values = [given_value(one) for one in sides.private]
        if len({places.of(one) for one in values}) != 1 or len({hook.text(one) for one in values}) != 1:
            raise UnsplitError(sides.private[0], "vm_private_data has no one value")
        if hook.text(bare(values[0])) in ("NULL", "0"):
            message = "vm_private_data is NULL, so that close cannot tell by it what was taken"
            raise UnsplitError(values[0], message)
        if asked and not _is_there(places, values[0], ours, walks):
            message = "vm_private_data may be NULL, so that close cannot tell by it what was taken"
            raise UnsplitError(values[0], message)
        return values[0]
    refuse_readers(hook, placed)
    return own_mark(places, ours, walks)


def own_mark(places: Places, ours: Sequence[Taking], walks: Sequence[Walk]) -> Node | str:
    """A pointer that the function has, or the address of what it takes from, which is never NULL.

    Raises UnsplitError where there is none.
    """
    hook = places.hook
    for taking in ours:
        for use in find_all(taking.node, "identifier"):
            name = hook.text(use)
            local = hook.locals.get(name)
            pointer = local is not None and local.type.rstrip().endswith("*")
            if (pointer or name in places.given) and places.of(use):
                if _is_there(places, use, ours, walks):
                    return use
                continue
            ours_too = any(re.match(rf"{name}(\W|$)", place) for place in taking.places)
            if local is None and ours_too and not name.isupper():
                return f"&{name}"
    where = ours[0].node if ours else hook.body
    raise UnsplitError(where, "nothing of it could tell close, by vm_private_data, that it was taken")


def refuse_readers(hook: HookSource, placed: PlacedTable) -> None:
    """Refuse where somebody may read the field that the hook left as NULL."""
    files = {file.path: file for file in (hook.file, placed.file)}
    for member in placed.table.members:
        name = member.handler or ""
        functions = placed.file.definitions(name)
        files |= {file.path: file for file, _function in functions}
        known = name in state_tables().ignores_private_data or name == "NULL"
        if not known and not functions:
            message = f"`{placed.name}.{member.name}` may read vm_private_data, which the hook does not set"
            raise UnsplitError(hook.body, message)
    around = hook.function.node
    for path, file in files.items():
        for at in file.occurrences("vm_private_data"):
            if path != hook.file.path or not around.start_byte <= at < around.end_byte:
                where = "line " if path == hook.file.path else f"{path}:"
                line = file.unit.source.position(at).line
                message = f"{where}{line} may read vm_private_data, which the hook does not set"
                raise UnsplitError(hook.body, message)


def _is_there(places: Places, value: Node, ours: Sequence[Taking], walks: Sequence[Walk]) -> bool:
    """Whether ``value`` is not NULL where something was taken."""
    node = bare(value)
    if node.type == "pointer_expression" and operator(node) == "&":
        return True
    place = places.of(node)
    if (place and place[0] != "$") or place.startswith("$file"):
        deeper = [
            any(one != place and within(one, place) for one in each.places)
            for each in ours
            if not is_value(each)
        ]
        whole = [any(within(one, place) for one in each.places) for each in ours]
        if any(deeper) or all(whole):
            return True
    text = places.hook.text(node)
    return all(
        any(shows(places, step, text, place) for step in walk.path)
        for walk in walks
        if walk.ending is not Ending.FAILURE
    )


def shows(places: Places, step: Step, text: str, place: str) -> bool:
    """Whether a step of a path shows that a pointer is not NULL: it follows it, or asks for it."""
    if step.node is None:
        return False
    hook = places.hook
    if step.kind is StepKind.TEST and step.outcome is not None:
        asked = "".join(hook.text(bare(step.node)).split())
        if asked in (f"!{text}", f"{text}==NULL"):
            return not step.outcome
        if asked in (text, f"{text}!=NULL"):
            return step.outcome
        if "&&" in asked or "||" in asked or "?" in asked:
            return False
    for one in find_all(step.node, "field_expression"):
        holder = bare(field(one, "argument"))
        if operator(one) == "->" and (
            hook.text(holder) == text or (place != "" and places.of(holder) == place)
        ):
            return True
    return False
