# SPDX-License-Identifier: GPL-2.0-only
"""Locals and labels that nothing uses any more once the new text stands: they go, or the build would warn.

A size that only the remap read, a result that only its check read, a label that only that check jumped to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.body import Local
from mmapmigrate.syntax.nodes import encloses, field, find_all, inner

if TYPE_CHECKING:
    from tree_sitter import Node


def drop_unused(plan: Plan) -> None:
    """Delete the locals whose last reader was discarded, with what was assigned to them, and such labels."""
    _drop_labels(plan)
    changed, dropped = True, plan.dropped
    while changed:
        changed = False
        for name, local in plan.hook.locals.items():
            if name in dropped or local.declaration.id in plan.texts or not _lost_its_readers(plan, local):
                continue
            dropped.add(name)
            changed = True
            _drop(plan, local)
    for name, local in plan.hook.locals.items():
        if name not in dropped and _is_read_in_some_builds(plan, local):
            message = f"`{name}` would be used in some builds only, and the others would warn"
            plan.refuse(local.declaration, "unused-local", message, Tier.SKELETON)


def _is_read_in_some_builds(plan: Plan, local: Local) -> bool:
    """Whether all that still reads a local stands under a conditional, which was not so before."""
    here = len(plan.hook.file.unit.conditions(local.declaration.start_byte))

    def always(node: Node) -> bool:
        return len(plan.hook.file.unit.conditions(node.start_byte)) <= here

    if plan.hook.is_in_a_macro(local.name) or plan.hook.unread(local.name) or local.written:
        return False
    if "unused" in plan.hook.text(local.declaration):
        return False
    left = [node for node in local.reads if not plan.is_discarded(node)]
    gone = [node for node in local.reads if plan.is_discarded(node)]
    return bool(left) and not any(always(node) for node in left) and any(always(node) for node in gone)


def _lost_its_readers(plan: Plan, local: Local) -> bool:
    if plan.hook.is_in_a_macro(local.name) or plan.hook.unread(local.name):
        return False
    if not all(plan.is_discarded(node) for node in local.written):
        return False
    touched = any(plan.is_discarded(node) for node in (*local.reads, *local.definitions, *local.written))
    touched = touched or any(_acted(plan, value) for value in local.definitions)
    return touched and all(plan.is_discarded(node) for node in local.reads)


def _drop(plan: Plan, local: Local) -> None:
    for value in local.definitions:
        if plan.is_discarded(value) or encloses(local.declaration, value) or _acted(plan, value):
            continue
        statement = value.parent.parent if value.parent is not None else None
        if statement is not None and plan.is_discarded(statement):
            # The value alone is kept, elsewhere.
            continue
        if statement is None or not _may_go(statement) or _calls(plan, value):
            message = f"`{local.name}` would be set but not used after the conversion"
            plan.refuse(value, "unused-local", message, Tier.SKELETON)
            return
        plan.delete_statement(statement)
    if any(_calls(plan, value) for value in local.definitions if encloses(local.declaration, value)):
        plan.refuse(
            local.declaration, "unused-local", f"`{local.name}` would not be used any more", Tier.SKELETON
        )
        return
    _drop_declarator(plan, local)


def _may_go(statement: Node) -> bool:
    """Whether a statement can be taken out without leaving a hole: it is one of a block."""
    parent = statement.parent
    held = parent is not None and parent.type in ("compound_statement", "case_statement")
    return statement.type == "expression_statement" and held


def _drop_labels(plan: Plan) -> None:
    """Delete the labels to which every goto is gone."""
    jumps: dict[str, list[Node]] = {}
    for jump in find_all(plan.hook.body, "goto_statement"):
        target = jump.child_by_field_name("label")
        if target is not None:
            jumps.setdefault(plan.hook.text(target), []).append(jump)
    data = plan.hook.data
    for labeled in find_all(plan.hook.body, "labeled_statement"):
        if plan.is_discarded(labeled):
            continue
        gone = jumps.get(plan.hook.text(field(labeled, "label")))
        if not gone or not all(plan.is_discarded(jump) for jump in gone):
            continue
        line = data.rfind(b"\n", 0, labeled.start_byte) + 1
        stop = data.find(b"\n", labeled.start_byte) + 1
        if data[line:stop].split() == [plan.hook.text(field(labeled, "label")).encode() + b":"]:
            plan.deleted.append((line, stop))
            _drop_unreached(plan, labeled)
        else:
            message = f"nothing would jump to `{plan.hook.text(field(labeled, 'label'))}` any more"
            plan.refuse(labeled, "unused-label", message, Tier.SKELETON)


def _drop_unreached(plan: Plan, labeled: Node) -> None:
    """Delete what only a label led to that is gone: what stands behind a jump, up to the next label."""
    before = labeled.prev_named_sibling
    while before is not None and before.type in ("comment", "labeled_statement"):
        before = before.prev_named_sibling
    if before is None or before.type not in ("return_statement", "goto_statement"):
        return
    inside = labeled.named_children[-1]
    if inside.type == "labeled_statement":
        return
    node: Node | None = inside
    while node is not None and node.type != "labeled_statement":
        if node.type != "comment" and not plan.is_discarded(node):
            plan.delete_statement(node)
        node = labeled.next_named_sibling if node.id == inside.id else node.next_named_sibling


def _acted(plan: Plan, value: Node) -> bool:
    """Whether ``value`` is a call that an action has replaced, statement and all."""
    return any(inner(value).id == action.call.id for action in plan.actions)


def _calls(plan: Plan, value: Node) -> bool:
    """Whether an expression does more than compute."""
    return any(
        part.id not in plan.pure_calls and plan.values.rounded(part) is None
        for part in find_all(value, "call_expression", "assignment_expression", "update_expression")
    )


def _drop_declarator(plan: Plan, local: Local) -> None:
    declarators = local.declaration.children_by_field_name("declarator")
    left = [node for node in declarators if not plan.is_discarded(node) and node.id != local.declarator.id]
    if not left:
        for start, end in [span for span in plan.deleted if _spans(local.declaration, span)]:
            plan.deleted.remove((start, end))
        plan.delete_statement(local.declaration)
        return
    data = plan.hook.data
    node = local.declarator
    after = node.end_byte
    while data[after : after + 1].isspace():
        after += 1
    if data[after : after + 1] == b",":
        after += 1
        while data[after : after + 1].isspace():
            after += 1
        span = (node.start_byte, after)
    else:
        before = node.start_byte
        while data[before - 1 : before].isspace() or data[before - 1 : before] == b",":
            before -= 1
        span = (before, node.end_byte)
    plan.deleted.append(span)
    plan.discarded.append(node)


def _spans(node: Node, span: tuple[int, int]) -> bool:
    return node.start_byte <= span[0] and span[1] <= node.end_byte
