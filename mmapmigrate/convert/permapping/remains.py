# SPDX-License-Identifier: GPL-2.0-only
"""What is left of a hook that is split, and what a reviewer has to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.permapping.changes import Taking, is_value
from mmapmigrate.convert.permapping.pair import Pair
from mmapmigrate.convert.permapping.sides import Split
from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import find_all

if TYPE_CHECKING:
    from tree_sitter import Node


def take_out(plan: Plan, sides: Split, *, moved_private: bool, comments: list[tuple[int, int]]) -> None:
    """Take out of the hook what mapped does now, and what nobody needs any more."""
    hook = plan.hook
    gone = [*sides.gone, *(sides.private if moved_private else ())]
    for node in _outermost(gone):
        plan.claim_below(node)
        if node.type == "else_clause":
            before = node.prev_sibling
            start = node.start_byte if before is None else before.end_byte
            plan.deleted.append((start, node.end_byte))
            plan.discard(node)
        else:
            plan.delete_statement(node)
    plan.moved += sides.gone
    plan.deleted += comments
    plan.moved_comments += comments
    for node in sides.ended:
        plan.discard(node)
        plan.replace(node, "return 0;")
    reader = text_of(hook.file)
    for local in hook.locals.values():
        for value in local.definitions:
            for call in find_all(value, "call_expression"):
                if effect_of_call(hook.file, reader, call) is Effect.NONE:
                    plan.pure_calls.add(call.id)


def _outermost(nodes: list[Node]) -> list[Node]:
    found: list[Node] = []
    for node in sorted(
        {one.id: one for one in nodes}.values(), key=lambda one: (one.start_byte, -one.end_byte)
    ):
        if not found or node.start_byte >= found[-1].end_byte:
            found.append(node)
    return found


def state_move(plan: Plan, pair: Pair, ours: list[Taking], sides: Split, name: str, marked: bool) -> None:
    """Say what a reviewer has to look at."""
    taken = next((one for one in ours if not is_value(one)), ours[0])
    what = plan.short(taken.node)
    message = f"`{what}` moves to {name}(), once the mapping exists; `{pair.table.name}.close` gives it back"
    plan.refuse(taken.node, "moved-to-mapped", message, Tier.REVIEW)
    if sides.fallible:
        plan.fails_late.append(taken.node)
        message = f"what {name}() refuses is undone by an munmap(): what MAP_FIXED replaced is gone by then"
        plan.refuse(taken.node, "fails-late", message, Tier.REVIEW)
    if marked:
        close = pair.close.function.name
        message = f"{close}() gives nothing back while vm_private_data is not set, which {name}() does last"
        plan.refuse(taken.node, "close-guarded", message, Tier.REVIEW)
    for node in sides.late_reads[:1] if taken.change.kind != "memory" else ():
        if node.start_byte > taken.node.start_byte:
            message = f"`{plan.short(node)}` ran with what {name}() takes, and now runs before it"
            plan.refuse(node, "runs-before-taking", message, Tier.REVIEW)
