# SPDX-License-Identifier: GPL-2.0-only
"""Proof that a planned conversion behaves the same, path by path; what cannot be proven is a reason.

Sources: mm/vma.c (__mmap_region(): hook, merge, new VMA, action, vm_ops->mapped; a failure after the VMA
exists calls vm_ops->close), mm/util.c (mmap_action_complete()), mm/memory.c (what an action sets).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.actions import prove_one_action
from mmapmigrate.convert.proof.after import prove_after_action
from mmapmigrate.convert.proof.balanced import given_back
from mmapmigrate.convert.proof.callers import prove_callers
from mmapmigrate.convert.proof.captures import prove_captures
from mmapmigrate.convert.proof.dispatched import prove_dispatched
from mmapmigrate.convert.proof.failures import prove_failures
from mmapmigrate.convert.proof.file_count import prove_file_count
from mmapmigrate.convert.proof.inserted import prove_inserted
from mmapmigrate.convert.proof.locks import prove_locks
from mmapmigrate.convert.proof.merging import prove_merging
from mmapmigrate.convert.proof.nommu import prove_no_mmu
from mmapmigrate.convert.proof.redefined import prove_meanings
from mmapmigrate.convert.proof.scopes import prove_scope_ends
from mmapmigrate.convert.proof.sizes import prove_size
from mmapmigrate.convert.proof.stacked import prove_stacked
from mmapmigrate.convert.proof.stateless import prove_stateless
from mmapmigrate.convert.proof.unasked import prove_asked
from mmapmigrate.convert.proof.unreached import prove_reached
from mmapmigrate.convert.proof.vmops import prove_seeds, prove_vm_ops
from mmapmigrate.convert.traces import traces_of
from mmapmigrate.syntax.nodes import find_all


def prove(plan: Plan, helpers: Mapping[str, Sequence[Plan]]) -> None:
    """Add to ``plan``, a hook's, a reason for whatever its paths and its ``helpers``' do not prove."""
    plans = [plan, *(one for definitions in helpers.values() for one in definitions)]
    for each in plans:
        prove_captures(each)
        prove_meanings(each)
        for node in each.hook.flow.irregular:
            text = each.short(node)
            each.refuse(
                node, "irregular-flow", f"the control flow at `{text}` cannot be followed", Tier.SKELETON
            )
        if _hidden_jump(each):
            each.refuse(
                each.hook.body, "irregular-flow", "a goto in the hook cannot be followed", Tier.SKELETON
            )
            return
    if any(each.hook.flow.irregular for each in plans):
        return
    if any(_comes_back(each, helpers) for each in plans):
        # Stated where the set is collected.
        return
    traces = None
    if all(each.hook.flow.paths is not None for each in plans):
        traces = traces_of(plan, helpers)
    if traces is None:
        plan.refuse(plan.hook.body, "too-many-paths", "the hook has too many paths to follow", Tier.SKELETON)
        return
    kept = given_back(traces)
    for trace in traces:
        prove_one_action(trace)
        prove_locks(trace)
        prove_after_action(trace, kept)
    for each in plans:
        for action in each.actions:
            prove_size(each, action)
        prove_reached(each)
        prove_callers(each, helpers)
        prove_failures(each)
    prove_scope_ends(plans)
    refused = {node for each in plans for node in each.refused}
    prove_stateless(plan, traces, refused, kept)
    prove_merging(plan, traces)
    prove_vm_ops(traces)
    prove_inserted(traces)
    prove_dispatched(plan, plans, traces)
    prove_stacked(plans, traces)
    prove_seeds(plans)
    for each in plans:
        prove_no_mmu(each)
        prove_file_count(each)
    prove_asked(plan, traces, helpers, kept)


def _hidden_jump(plan: Plan) -> bool:
    """Whether the text has a goto that the grammar did not read as one (``goto *target``, ``asm goto``)."""
    body = plan.hook.body
    written = re.findall(rb"\bgoto\b", plan.hook.file.unit.code[body.start_byte : body.end_byte])
    return len(written) != len(list(find_all(body, "goto_statement")))


def _comes_back(plan: Plan, helpers: Mapping[str, Sequence[Plan]]) -> bool:
    """Whether a helper comes back to itself through its calls."""
    straight: set[str] = set()

    def circles(one: Plan, above: frozenset[str]) -> bool:
        for _call, name in one.helper_calls.values():
            if name in above:
                return True
            if name not in straight and any(circles(each, above | {name}) for each in helpers[name]):
                return True
            straight.add(name)
        return False

    return circles(plan, frozenset())
