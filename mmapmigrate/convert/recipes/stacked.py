# SPDX-License-Identifier: GPL-2.0-only
"""A hook that makes a descriptor of its VMA for the hook that it calls, which had moved first.

    struct vm_area_desc desc;                     -> (gone)

    compat_set_desc_from_vma(&desc, file, vma);   -> (gone)
    err = foo->ops->mmap_prepare(foo, &desc);     -> return foo->ops->mmap_prepare(foo, desc);
    if (err)                                      -> (gone)
            return err;
    return __compat_vma_mmap(&desc, vma);         -> (gone)

The twin in the middle is the hook's last word on the mapping: what it sets counts now, and what the compat
layer passed over counts too. See proof/stacked.py.
Source: compat_set_desc_from_vma() and __compat_vma_mmap() in mm/util.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import arguments, call_given, field, find_all, inner, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

OPENING = "compat_set_desc_from_vma"
CLOSING = "__compat_vma_mmap"


class _Stack(Struct, frozen=True):
    """The statements of one sequence; ``result`` is the local that holds what the twin returned."""

    opening: Node
    twin: Node
    called: Node
    result: str
    check: Node
    closing: Node
    closed: Node
    desc: str


def stacked_call(plan: Plan, use: Node) -> bool:
    """Let the twin that ``use``'s compat call belongs to take the hook's own descriptor."""
    call = call_given(use)
    name = "" if call is None else plan.hook.text(field(call, "function"))
    if call is None or name not in (OPENING, CLOSING):
        return False
    plan.claim(use)
    stack = _stack(plan, call) if name == OPENING else None
    if stack is None:
        message = f"`{name}()` is part of a nested call that is not written as one sequence"
        plan.refuse(call, "stacked-call", message, Tier.SKELETON)
        return True
    plan.claim_below(stack.closed)
    plan.stacked.add(stack.called.id)
    plan.delegates.add(stack.called.id)
    _rewrite(plan, stack)
    return True


def _stack(plan: Plan, call: Node) -> _Stack | None:
    """The sequence that ``call`` opens: four statements in a row, and no other use of the descriptor."""
    given = arguments(call)
    opening = outer(call).parent
    if len(given) != 3 or opening is None or opening.type != "expression_statement":
        return None
    desc = _addressed(plan, given[0])
    local = plan.hook.locals.get(desc)
    if local is None or local.type != "struct vm_area_desc" or local.definitions:
        return None
    if len(local.written) != 3 or local.reads or not plan.hook.is_own_file(given[1]):
        return None
    twin, check, closing = (_after(opening, count) for count in (1, 2, 3))
    if twin is None or check is None or closing is None:
        return None
    result, called = _kept(plan, twin)
    closed = next((one for one in find_all(closing, "call_expression") if _closes(plan, one, desc)), None)
    given = [] if called is None else arguments(called)
    if called is None or closed is None or [_addressed(plan, one) for one in given].count(desc) != 1:
        return None
    if not _checks(plan, check, result):
        return None
    whole = outer(closed).parent
    returned = whole is not None and whole.type == "return_statement" and whole.id == closing.id
    if not returned and _kept(plan, closing) != (result, closed):
        return None
    return _Stack(opening, twin, called, result, check, closing, closed, desc)


def _addressed(plan: Plan, node: Node) -> str:
    """The local whose address ``node`` is, "" if it is none."""
    node = inner(node)
    if node.type != "pointer_expression" or operator(node) != "&":
        return ""
    target = inner(field(node, "argument"))
    return plan.hook.text(target) if target.type == "identifier" else ""


def _after(node: Node, count: int) -> Node | None:
    found: Node | None = node
    for _step in range(count):
        found = None if found is None else found.next_named_sibling
        while found is not None and found.type == "comment":
            found = found.next_named_sibling
    return found


def _kept(plan: Plan, statement: Node) -> tuple[str, Node | None]:
    """The local that a statement assigns the value of one call, and the call."""
    parts = [part for part in statement.named_children if part.type != "comment"]
    if statement.type != "expression_statement" or len(parts) != 1:
        return "", None
    part = parts[0]
    if part.type != "assignment_expression" or operator(part) != "=":
        return "", None
    left, right = inner(field(part, "left")), inner(field(part, "right"))
    if left.type != "identifier" or right.type != "call_expression":
        return "", None
    name = plan.hook.text(left)
    return (name, right) if name in plan.hook.locals else ("", None)


def _closes(plan: Plan, call: Node, desc: str) -> bool:
    given = arguments(call)
    return (
        plan.hook.text(field(call, "function")) == CLOSING
        and len(given) == 2
        and _addressed(plan, given[0]) == desc
        and plan.hook.text(inner(given[1])) == plan.hook.vma
    )


def _checks(plan: Plan, statement: Node, result: str) -> bool:
    """Whether a statement is ``if (result)`` and a jump: behind it the result is 0."""
    if statement.type != "if_statement" or statement.child_by_field_name("alternative") is not None:
        return False
    if plan.hook.text(inner(field(statement, "condition"))) != result:
        return False
    return _jump(statement).type in ("return_statement", "goto_statement")


def _jump(check: Node) -> Node:
    """The one statement of a check's arm, or the arm."""
    arm = field(check, "consequence")
    inside = [child for child in arm.named_children if child.type != "comment"]
    return inside[0] if arm.type == "compound_statement" and len(inside) == 1 else arm


def _rewrite(plan: Plan, stack: _Stack) -> None:
    local = plan.hook.locals[stack.desc]
    declarators = local.declaration.children_by_field_name("declarator")
    if len(declarators) > 1:
        plan.refuse(
            local.declaration, "stacked-call", f"`{stack.desc}` is declared among others", Tier.SKELETON
        )
        return
    plan.delete_statement(local.declaration)
    plan.delete_statement(stack.opening)
    given = next(one for one in arguments(stack.called) if _addressed(plan, one) == stack.desc)
    plan.replace(given, plan.hook.desc)
    jump = _jump(stack.check)
    returns = stack.closing.type == "return_statement"
    if returns and plan.hook.text(jump).split() == ["return", f"{stack.result};"]:
        plan.replace(stack.twin, lambda: f"return {plan.render(stack.called)};")
        plan.discard(stack.twin)
        plan.kept.append(stack.called)
        plan.delete_statement(stack.check)
        plan.delete_statement(stack.closing)
        return
    if returns:
        plan.replace(stack.closing, "return 0;")
        plan.discard(stack.closing)
        return
    following = _after(stack.closing, 1)
    again = (plan.hook.text(jump).split(), plan.hook.text(stack.check).split())
    if following is not None and plan.hook.text(following).split() in again:
        plan.delete_statement(stack.check)
    plan.delete_statement(stack.closing)
