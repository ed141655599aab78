# SPDX-License-Identifier: GPL-2.0-only
"""Effects: what a hook does on a path that may succeed must leave nothing behind.

A hook may run for a mapping that never comes to be (Documentation/filesystems/mmap_prepare.rst). What is not
known to be harmless still is when the old hook itself left it behind on failure (evidence.py).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects.blame import blamed
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.events import Event, Happening, name_of_call
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.evidence import Evidence
from mmapmigrate.convert.proof.merging import merges_as_before
from mmapmigrate.convert.state import changes_at, evens_out
from mmapmigrate.convert.traces import Trace, succeeding
from mmapmigrate.syntax.nodes import field, inner

EFFECTS = (Happening.UNKNOWN, Happening.STATEFUL, Happening.STORE)


def prove_stateless(
    plan: Plan, traces: Sequence[Trace], refused: Collection[int], kept: Collection[int]
) -> None:
    """Every effect on a path that may succeed is stateless, or the old hook shows that it may stay behind.

    ``refused`` are calls that stand in the way themselves: what else they do need not be said. ``kept`` are
    nodes of what the hook does with state that it gives back itself.
    """
    judged: set[int] = set()
    evidence = Evidence(plan, traces)
    for trace in succeeding(traces):
        for _index, event in trace.events:
            if event.node.id in judged or event.kind not in EFFECTS:
                continue
            judged.add(event.node.id)
            if event.node.id in kept:
                continue
            if event.kind is Happening.UNKNOWN and event.node.id in refused:
                continue
            if not _takes_state(event) and evidence.stays_behind(event):
                repeated = any(event.node.id in one.places and merges_as_before(one) for one in traces)
                if repeated:
                    _refuse_repeated(event)
                continue
            refuse_effect(event, stayed=_stayed(event, traces))
    if any(succeeding(traces)):
        return
    # A helper that takes a descriptor serves whoever calls it: that this hook never succeeds says nothing.
    for event in (event for trace in traces for _index, event in trace.events):
        if event.plan is plan or event.node.id in judged or event.kind not in EFFECTS:
            continue
        judged.add(event.node.id)
        if event.node.id not in kept and _takes_state(event):
            refuse_effect(event)


def _takes_state(event: Event) -> bool:
    """Whether an effect is known to take or count something: what leaked on failure would leak more."""
    if event.kind is Happening.STATEFUL:
        return True
    hook = event.plan.hook
    return any(
        change.known and (not change.gives or change.kind.startswith("count "))
        for change in changes_at(hook.file, hook.function, event.node, far=True)
    )


def _refuse_repeated(event: Event) -> None:
    """A mapping that merged left another's value: its hook was not called, and now is (mm/vma.c)."""
    message = f"`{event.plan.short(event.node)}` was not run for a mapping that merged, and now is"
    event.plan.refuse(event.node, "runs-for-merged", message, Tier.REVIEW)


def _stayed(event: Event, traces: Sequence[Trace]) -> bool:
    """Whether what a function of the driver does stayed behind when the old hook's remap failed after it."""
    called = event.node.type == "call_expression"
    if not called or tables().stateful.match(name_of_call(event.plan, event.node)):
        return False
    for trace in traces:
        places = [place for place, (_step, one) in enumerate(trace.events) if one.node.id == event.node.id]
        for _step, later in trace.events[places[0] :] if places else ():
            if later.kind is Happening.ACTION:
                return not any(reason.code == "failure-cleanup" for reason in later.plan.reasons)
    return False


def refuse_effect(event: Event, *, stayed: bool = False) -> None:
    """State that ``event`` leaves something behind, or may; ``stayed``: it did when the remap failed."""
    text, name = event.plan.short(event.node), name_of_call(event.plan, event.node)
    if event.kind is Happening.STATEFUL and tables().page_tables.match(name):
        release = event.plan.api.release
        message = (
            f"`{name}()` works on page tables of the mapping, which does not exist yet, "
            f"and has no mmap_prepare counterpart in Linux {release}"
        )
        event.plan.refuse(event.node, "no-counterpart", message, Tier.BLOCKED, name)
    elif event.kind is Happening.STATEFUL and not _evens_out(event):
        message = f"`{text}` changes state that stays behind if the mapping never comes to be"
        table = event.plan.unreturned.get(event.node.id)
        if table is not None:
            message += f"; `{table}.close` does not give it back, so it is no state of the mapping"
        if stayed:
            message += ", as it did when the remap failed"
        event.plan.refuse(event.node, "stateful", message, Tier.REVIEW if stayed else Tier.SKELETON)
    elif event.kind is Happening.STORE:
        message = f"`{text}` stores outside the hook, also for a mapping that never comes to be"
        event.plan.refuse(event.node, "store", message, Tier.REVIEW)
    else:
        what = name + ("()" if event.node.type == "call_expression" else "")
        message = f"`{what}` is not known to leave nothing behind if the mapping never comes to be"
        cause = blamed(event.plan.hook, event.node)
        message += f": see {cause}" if cause is not None else ""
        event.plan.refuse(event.node, "unproven-effect", message, Tier.REVIEW)


def _evens_out(event: Event) -> bool:
    """Whether a call's body, in its own file, gives back each kind of state that it takes.

    On which path it does is not known: enough for a person to look, and not for more.
    """
    function = inner(field(event.node, "function")) if event.node.type == "call_expression" else None
    if function is None or function.type != "identifier" or event.node.id in event.plan.unreturned:
        return False
    file = event.plan.hook.file
    bodies = file.functions(event.plan.hook.text(function))
    return bool(bodies) and all(evens_out(file, body) for body in bodies)
