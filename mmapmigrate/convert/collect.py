# SPDX-License-Identifier: GPL-2.0-only
"""Collects a hook with the helpers that it hands its VMA to, in its file and in others of the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.helpers import ConversionSet
from mmapmigrate.convert.permapping.caller import Caller
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.tables.private import PrivateSlot
from mmapmigrate.model.file import FileModel, Function

if TYPE_CHECKING:
    from tree_sitter import Node

MakePlan = Callable[[FileModel, Function, Caller | None], Plan]
"""Makes the plan of a function, told who hands it its VMA where that is a call by name."""

Place = tuple[FileModel, str]
"""A function: the file that defines it, and its name."""

Spot = tuple[str, int]
"""A definition or a mention: the path of its file, and where in it the name begins."""


def spot_of(plan: Plan) -> Spot:
    """Where the function of ``plan`` is defined."""
    return plan.hook.file.path, plan.hook.function.name_start


def collect(make_plan: MakePlan, file: FileModel, function: Function) -> ConversionSet:
    """The plans of a hook and of the helpers that it hands its VMA to, transitively."""
    hook = make_plan(file, function, None)
    helpers: dict[str, tuple[Plan, ...]] = {}
    pending = [hook]
    while pending:
        caller = pending.pop()
        for call, name in caller.helper_calls.values():
            if name == function.name:
                caller.refuse(call, "recursion", f"`{name}()` calls itself", Tier.SKELETON)
                continue
            slot = caller.dispatched.get(name)
            if slot is not None:
                pending += _dispatched(make_plan, slot, helpers, caller, call)
                continue
            places = caller.hook.file.definitions(name)
            if name not in helpers:
                by = Caller(caller, call, is_hook=caller is hook) if len(places) == 1 else None
                helpers[name] = tuple(make_plan(where, one, by) for where, one in places)
                pending += helpers[name]
            elif {spot_of(plan) for plan in helpers[name]} != {(w.path, one.name_start) for w, one in places}:
                message = f"`{name}()` is another function here than elsewhere in the conversion"
                caller.refuse(call, "helper", message, Tier.SKELETON)
    members = ConversionSet(hook, helpers)
    _check_calls(members)
    if _recursive(hook, helpers):
        hook.refuse(
            hook.hook.body, "recursion", "the hook's helpers call each other in a circle", Tier.SKELETON
        )
        for plan in members.plans:
            plan.helper_calls.clear()
    return members


def _dispatched(
    make_plan: MakePlan,
    slot: PrivateSlot,
    helpers: dict[str, tuple[Plan, ...]],
    caller: Plan,
    call: Node,
) -> list[Plan]:
    """The plans of the hooks of a private slot, which are ``helpers`` by its key and by their own names."""
    if slot.key in helpers:
        return []
    if any(function.name in helpers for _where, function in slot.hooks):
        message = f"a hook in .{slot.slot.member} of struct {slot.slot.struct} is also called by name"
        caller.refuse(call, "nested-hook", message, Tier.SKELETON)
    plans = [make_plan(where, function, None) for where, function in slot.hooks]
    helpers[slot.key] = tuple(plans)
    for plan in plans:
        name = plan.hook.function.name
        helpers[name] = (*helpers.get(name, ()), plan)
    return plans


def _check_calls(members: ConversionSet) -> None:
    """Every call of a private slot's member is one of the set's."""
    spans = [
        (p.hook.file.path, p.hook.function.node.start_byte, p.hook.function.node.end_byte)
        for p in members.plans
    ]
    for slot in members.private:
        for file, site in slot.calls():
            if any(path == file.path and start <= site.start < end for path, start, end in spans):
                continue
            line = file.unit.source.position(site.start).line
            message = f"{file.path}:{line} calls .{slot.slot.member} of struct {slot.slot.struct} too"
            members.hook.refuse(members.hook.hook.body, "nested-hook", message, Tier.SKELETON)


def _recursive(hook: Plan, helpers: Mapping[str, Sequence[Plan]]) -> bool:
    """Whether the calls among a set's functions go round."""
    done: set[str] = set()

    def circles(plan: Plan, above: frozenset[str]) -> bool:
        for _call, name in plan.helper_calls.values():
            if name in above:
                return True
            if name not in done and any(circles(one, above | {name}) for one in helpers.get(name, ())):
                return True
            done.add(name)
        return False

    return circles(hook, frozenset({hook.hook.function.name}))
