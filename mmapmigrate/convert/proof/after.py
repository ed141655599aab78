# SPDX-License-Identifier: GPL-2.0-only
"""What follows an action on its path runs before the mapping exists, and must not depend on it.

Sources: mm/util.c and mm/memory.c (the action's prepare step sets flags and the offset after the hook).
"""

from __future__ import annotations

from collections.abc import Collection

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import is_guessed
from mmapmigrate.convert.events import Event, Happening, name_of_call
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.plan import Action
from mmapmigrate.convert.prepared.results import result_tables
from mmapmigrate.convert.traces import Trace
from mmapmigrate.model.walk import Ending

_PAGES = "mmap_action_map_kernel_pages"
# What decides whether a mapping is copy-on-write, which an action's prepare step asks after the hook.
COW_FLAGS = frozenset({"VM_SHARED", "VM_MAYWRITE"})
# What the prepare step of an action of pages warns of, with CONFIG_DEBUG_VM (map_kernel_pages_prepare()).
_NO_PAGES_FLAGS = frozenset({"VM_PFNMAP"})


def prove_after_action(trace: Trace, kept: Collection[int] = ()) -> None:
    """State what follows an action on ``trace`` and needs the mapping, or makes the hook fail after all.

    ``kept`` are nodes of what the hook does with state of its own, which no action reads.
    """
    action: Action | None = None
    where: Event | None = None
    for _index, event in trace.events:
        if event.kind is Happening.ACTION:
            action, where = event.action, event
            continue
        if action is None or event.node.id in kept:
            continue
        problem = _late(event, action)
        if problem is not None:
            # What pages an array holds is read last of all: what follows may free it.
            read = action.kind == _PAGES and problem[0] == "result-after-action"
            event.plan.refuse(event.node, problem[0], problem[1], Tier.SKELETON if read else Tier.REVIEW)
    if where is not None and trace.walk.ending is not Ending.SUCCESS:
        text = name_of_call(where.plan, where.node)
        message = f"the hook may fail after `{text}()`, whose own failure came first and now comes last"
        where.plan.refuse(where.node, "failure-after-action", message, Tier.REVIEW)


def _late(event: Event, action: Action) -> tuple[str, str] | None:
    text = " ".join(event.plan.hook.text(event.node).split())[:60]
    if event.kind is Happening.MESSAGE:
        return "message-after-action", f"`{text}` tells of a mapping that does not exist yet"
    if event.kind is Happening.PROT_WRITE:
        return "late-page-prot", f"`{text}` changes page_prot after the action"
    if event.kind is Happening.OFFSET_WRITE:
        return "late-offset", f"`{text}` changes the offset after the remap, which the action reads later"
    if event.kind is Happening.OFFSET_READ:
        return "late-offset", f"`{text}` reads the offset after the remap, which may have changed it"
    if event.kind is Happening.FLAGS_READ:
        return "late-flags", f"`{text}` reads the flags after the remap, which sets some of them"
    if event.kind is Happening.FLAGS_WRITE and event.flags is not None:
        what, names = event.flags
        asked = COW_FLAGS | _NO_PAGES_FLAGS if action.kind == _PAGES else COW_FLAGS
        if what != "set" or names is None or names & asked:
            return (
                "late-flags",
                f"`{text}` changes flags after the remap, which the action sets or asks later",
            )
    if event.kind in (Happening.UNKNOWN, Happening.STORE, Happening.STATEFUL) or (
        # A name may say that a call takes nothing; not that it does not want the mapping, or its pages.
        event.kind is Happening.ASKED
        and (
            is_guessed(event.plan.hook.file, text_of(event.plan.hook.file), event.node)
            or name_of_call(event.plan, event.node) in result_tables().user | result_tables().mapping
        )
    ):
        return "result-after-action", f"`{text}` runs after the remap, and now before the mapping exists"
    return None
