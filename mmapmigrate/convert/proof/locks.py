# SPDX-License-Identifier: GPL-2.0-only
"""Locks: an action maps its pages after the hook has returned, and so after it has unlocked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.events import Event, Happening, name_of_call
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.stateless import refuse_effect
from mmapmigrate.convert.traces import Trace
from mmapmigrate.syntax.nodes import arguments

if TYPE_CHECKING:
    from tree_sitter import Node


def prove_locks(trace: Trace) -> None:
    held: list[Event] = []
    action: Event | None = None
    unknown = False
    for _index, event in trace.events:
        unknown = unknown or event.kind is Happening.UNKNOWN
        if event.kind in (Happening.LOCK, Happening.GUARD):
            held.append(event)
        elif event.kind is Happening.UNLOCK and (lock := _released(held, event)) is not None:
            held.remove(lock)
        elif event.kind is Happening.UNLOCK and action is not None:
            # What took the lock is none that is known, and came before the action.
            name = _lock_text(event.plan, event.node)
            message = f"`{name}` released a lock after the pages were mapped; the action maps them later"
            action.plan.refuse(action.node, "lock-spans-action", message, Tier.BLOCKED)
        elif event.kind is Happening.UNLOCK and trace.may_succeed and not unknown:
            # A semaphore that somebody waits for, a lock that was taken elsewhere.
            refuse_effect(replace(event, kind=Happening.STATEFUL))
        elif event.kind in (Happening.ACTION, Happening.DELEGATE):
            action = event
            lock = next((lock for lock in reversed(held) if _still_held(lock, event)), None)
            if lock is None:
                continue
            name = _lock_text(lock.plan, lock.node)
            message = f"`{name}` held while the pages were mapped; the action maps them after it is released"
            event.plan.refuse(event.node, "lock-spans-action", message, Tier.BLOCKED)
    for lock in held:
        if lock.kind is Happening.LOCK and trace.may_succeed:
            # What is locked until the mapping goes away is state like any other.
            refuse_effect(replace(lock, kind=Happening.STATEFUL))


def _released(held: Sequence[Event], unlock: Event) -> Event | None:
    """The last lock of ``held`` that ``unlock`` may release, None where it is none of them."""
    released_by = tables().released_by
    name = name_of_call(unlock.plan, unlock.node)
    for lock in reversed(held):
        release = released_by.get(name_of_call(lock.plan, lock.node))
        if release is None or name not in tables().unlocks:
            # A macro of the driver's, or a block: what it locks is not known here.
            return lock
        if release == name and _may_be_one(lock, unlock):
            return lock
    return None


def _may_be_one(lock: Event, unlock: Event) -> bool:
    """Whether the objects of two calls may be the same, as far as their text tells."""
    if lock.plan is not unlock.plan:
        return True
    taken, given = (
        [lock.plan.hook.text(one) for one in arguments(call)] for call in (lock.node, unlock.node)
    )
    if len(taken) != len(given) or not taken:
        # srcu_read_lock(), drm_dev_enter(): what is given back is not what was named.
        return True
    return taken[0].split() == given[0].split()


def _lock_text(plan: Plan, node: Node) -> str:
    """A lock as it is written, with the name of the macro in front of its arguments."""
    text, holder = plan.hook.text(node), node.parent
    if holder is not None and holder.type in ("if_statement", "while_statement"):
        text = plan.hook.text(holder)[: node.end_byte - holder.start_byte]
    return " ".join(text.split())


def _still_held(lock: Event, action: Event) -> bool:
    """Whether a lock is not released by the end of a block between it and ``action``."""
    if lock.kind is not Happening.GUARD:
        return True
    if lock.site is not None and (action.site is None or action.site.id != lock.site.id):
        # The helper that took it has returned.
        return False
    if lock.site is not None and lock.plan is not action.plan:
        # Two helpers under one call: which of them calls the other is not known here.
        return True
    place = action.node if lock.site is not None or action.site is None else action.site
    block = lock.node.parent
    while block is not None and block.type not in ("compound_statement", "if_statement", "while_statement"):
        block = block.parent
    return block is None or not lock.node.start_byte <= block.end_byte <= place.start_byte
