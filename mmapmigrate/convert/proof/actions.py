# SPDX-License-Identifier: GPL-2.0-only
"""One action a path: a descriptor takes one, and a second overwrites the first without a word.

Source: include/linux/mm.h and mm/util.c, where each ``mmap_action_*()`` sets the whole of ``desc->action``.
"""

from __future__ import annotations

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.events import Happening, name_of_call
from mmapmigrate.convert.traces import Trace


def prove_one_action(trace: Trace) -> None:
    found = [event for _index, event in trace.events if event.kind in (Happening.ACTION, Happening.DELEGATE)]
    if len(found) > 1:
        names = [name_of_call(event.plan, event.node) for event in found[:2]]
        message = f"`{names[1]}()` follows `{names[0]}()` on one path: a descriptor takes one action"
        found[1].plan.refuse(found[1].node, "two-actions", message, Tier.BLOCKED)
