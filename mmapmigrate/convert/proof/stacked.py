# SPDX-License-Identifier: GPL-2.0-only
"""A nested call that loses its compat layer: what that layer kept from happening, or did itself.

The compat layer passes error_override over, merges nothing, calls no close after a failure, and puts the
twin's private data, or NULL, in the place of what the hook had stored. It also did the action at once: what
follows ran after it.
Source: compat_set_desc_from_vma(), __compat_vma_mmap() and mmap_action_finish() in mm/util.c.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.events import Event, Happening, name_of_call
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.prepared import Prepared
from mmapmigrate.convert.stores import local_objects, stores_locally
from mmapmigrate.convert.traces import Trace
from mmapmigrate.model.prepare import Deed
from mmapmigrate.model.prepare import Event as Deeds
from mmapmigrate.syntax.nodes import ancestors, bare, field, inner

if TYPE_CHECKING:
    from tree_sitter import Node

_HARMLESS = (Happening.LOCK, Happening.UNLOCK, Happening.GUARD, Happening.ASKED)
_MORE = re.compile(rb"\b(?:error_override|vm_ops|private_data|vma_flags|\w*_flags\w*)\b")


def prove_stacked(plans: Sequence[Plan], traces: Sequence[Trace]) -> None:
    """Add to the plans what the twins of nested calls may now do differently."""
    for plan in plans:
        gone = [node.start_byte for node in plan.discarded]
        for local in plan.hook.locals.values():
            if "vm_area_desc" in local.type and local.declaration.start_byte not in gone:
                message = f"`{local.name}` is a descriptor that the hook makes itself"
                plan.refuse(local.declaration, "own-descriptor", message, Tier.SKELETON)
    if not any(plan.stacked for plan in plans):
        return
    for trace in traces:
        twin: Event | None = None
        stored: Event | None = None
        for _index, event in trace.events:
            if event.kind is Happening.DELEGATE and event.node.id in event.plan.stacked:
                twin = event
                _twin(event)
                if stored is not None:
                    name = name_of_call(event.plan, event.node)
                    message = (
                        f"the compat layer took `{stored.plan.short(stored.node)}` back; it stays now unless "
                        f"`{name}()` stores something else"
                    )
                    stored.plan.refuse(stored.node, "stacked-private-data", message, Tier.REVIEW)
            elif event.kind is Happening.PRIVATE_DATA and twin is None:
                stored = event
            elif twin is not None and event.kind not in _HARMLESS:
                _late(event, failed=not trace.may_succeed)


def _twin(event: Event) -> None:
    plan, call = event.plan, event.node
    if acts_alone(plan, call):
        left = _left_behind(plan, call)
        if left is not None:
            message = (
                f"`{left}` in {name_of_call(plan, call)}() stays behind if the mapping never comes to be"
            )
            plan.refuse(call, "unproven-effect", message, Tier.REVIEW)
        return
    message = (
        f"`{name_of_call(plan, call)}()` was called through the compat layer, which passes error_override "
        "over and merges nothing: both count now if the nested hook sets the one or allows the other"
    )
    plan.refuse(call, "stacked-call", message, Tier.REVIEW)


def _late(event: Event, *, failed: bool) -> None:
    """State what comes behind a twin: the pages are not there yet, or the failure to map them comes later."""
    text = event.plan.short(event.node)
    if not failed:
        message = f"`{text}` ran after the nested hook had mapped its pages"
        event.plan.refuse(event.node, "result-after-action", message, Tier.REVIEW)
    elif event.kind is Happening.MESSAGE:
        message = f"`{text}` told of a nested mapping that failed"
        event.plan.refuse(event.node, "failure-message", message, Tier.REVIEW)
    elif event.kind in (Happening.UNKNOWN, Happening.STATEFUL, Happening.STORE):
        message = f"`{text}` ran when the nested mapping failed"
        event.plan.refuse(event.node, "failure-cleanup", message, Tier.SKELETON)


def acts_alone(plan: Plan, call: Node) -> bool:
    """Whether a twin of this file sets an action whenever it succeeds, and nothing else of the descriptor."""
    function = inner(field(call, "function"))
    if function.type != "identifier":
        return False
    file, name = plan.hook.file, plan.hook.text(function)
    prepared = Prepared(file, plan.api)
    twins = [one for one in prepared.functions if one.function.name == name]
    if not twins or len(twins) != len(file.functions(name)) or file.macros(name):
        return False
    for twin in twins:
        node = twin.function.node
        if _MORE.search(file.unit.code[node.start_byte : node.end_byte]):
            return False
        for path in prepared.paths(twin):
            deeds = [one.deed for one in path.events if not _only_reads(plan, one)]
            if path.may_succeed and (Deed.ACTION not in deeds or Deed.HANDED in deeds or Deed.RAW in deeds):
                return False
    return True


def _left_behind(plan: Plan, call: Node) -> str | None:
    """What a twin of this file leaves behind when it succeeds: no VMA is there yet, which once was."""
    file = plan.hook.file
    text = text_of(file)
    name = plan.hook.text(inner(field(call, "function")))
    prepared = Prepared(file, plan.api)
    for twin in (one for one in prepared.functions if one.function.name == name):
        for path in prepared.paths(twin):
            for event in path.events if path.may_succeed else ():
                if _stays(plan, event):
                    return " ".join(text(event.node).split())
    return None


def _stays(plan: Plan, event: Deeds) -> bool:
    file = plan.hook.file
    text = text_of(file)
    if event.deed is Deed.CALL:
        effect = effect_of_call(file, text, event.node)
        return effect in (Effect.UNKNOWN, Effect.STATEFUL, Effect.STORE)
    if event.deed not in (Deed.COUNT, Deed.STORE):
        return False
    around = next((node for node in ancestors(event.node) if node.type == "function_definition"), None)
    target = event.node.child_by_field_name("left") or field(event.node, "argument")
    if around is None or bare(target).type != "identifier":
        return around is None or not stores_locally(target, local_objects(file, field(around, "body")), text)
    declared = {name.strip("*[]") for name in local_objects(file, field(around, "body"))}
    return text(bare(target)) not in declared


def _only_reads(plan: Plan, event: Deeds) -> bool:
    """Whether a function that is handed the descriptor is one of the kernel's that cannot change it."""
    helper = plan.api.helpers.get(event.name)
    given = [] if helper is None else [one.type for one in helper.parameters if "vm_area_desc" in one.type]
    return event.deed is Deed.HANDED and bool(given) and all(one.startswith("const ") for one in given)
