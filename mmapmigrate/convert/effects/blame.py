# SPDX-License-Identifier: GPL-2.0-only
"""What in a function of another file may stay behind: for the message of a reason, never for its tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect, callee
from mmapmigrate.convert.effects.sites import lent_arguments
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.stores import lent_object, local_objects, stores_locally
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.syntax.nodes import bare, field, inner, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_BLAMED = (Effect.STATEFUL, Effect.STORE, Effect.UNKNOWN)
_DEPTH = 3


def blamed(hook: HookSource, call: Node) -> str | None:
    """The first thing that the callee's body does and that may stay behind, with its place.

    None where the callee is no function of another file, or its body shows nothing by itself.
    """
    function = inner(field(call, "function")) if call.type == "call_expression" else None
    if function is None or function.type != "identifier":
        return None
    found: list[tuple[int, str]] = []
    for where, one in hook.file.definitions(hook.text(function)):
        if where.path == hook.file.path:
            return None
        found += _doings(where, one, lent_arguments(hook.file, call))
    return min(found, key=lambda doing: doing[0])[1] if found else None


def _doings(file: FileModel, function: Function, handed: tuple[bool, ...]) -> list[tuple[int, str]]:
    """What a body does that is not harmless by itself: how sure that is, 0 first, and a text for it.

    ``handed`` tells which of its parameters point to the caller's own variables.
    """
    text = text_of(file)
    lent = {one.name for one, is_lent in zip(function.parameters, handed, strict=False) if is_lent}
    values = {parameter.name for parameter in function.parameters if "*" not in parameter.type}
    own = local_objects(file, function.body) | values
    parameters = {parameter.name for parameter in function.parameters}
    found: list[tuple[int, str]] = []
    for node in walk(function.body):
        at = f"{file.path}:{file.unit.source.position(node.start_byte).line}"
        if node.type == "call_expression":
            effect = effect_of_call(file, text, node, _DEPTH)
            if effect in _BLAMED:
                name = callee(text(field(node, "function")))
                found.append((_BLAMED.index(effect), f"`{name}()` at {at}"))
        elif node.type in ("assignment_expression", "update_expression"):
            target = bare(node.child_by_field_name("left") or field(node, "argument"))
            local = target.type == "identifier" and text(target) in parameters
            if not local and not stores_locally(target, own, text) and lent_object(target, text) not in lent:
                shown = " ".join(text(target).split())
                found.append((_BLAMED.index(Effect.STORE), f"the store to `{shown}` at {at}"))
    return found
