# SPDX-License-Identifier: GPL-2.0-only
"""What a hook does with the result of its remap, and what is left of it when an action runs instead.

    ret = remap(); if (ret) return -EAGAIN;       -> action; override -EAGAIN
    if ((ret = remap()) < 0) goto out;            -> action; ret = 0 where it is still read
    int ret = remap(); return ret;                -> action; return 0
    if (!remap()) vma->vm_ops = &foo_vm_ops;      -> action; desc->vm_ops = &foo_vm_ops
    if (busy || remap()) return -EAGAIN;          -> if (busy) return -EAGAIN; action; override -EAGAIN
    if (mem && remap()) return -EAGAIN;           -> if (mem) action; override -EAGAIN

An action fails after the hook has returned, so the hook's own checks of the result go (settled.py tells which
they are), and the errno that it returned instead becomes the action's error_override. Refuses a result that
is part of a larger expression, kept outside the hook's own variables, or taken for a success when it is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Line, Plan, Text
from mmapmigrate.convert.recipes.failure import OutcomeReason, holds_errno
from mmapmigrate.convert.settled import Settled, carrier, step_of, taken_arm
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.model.walk import Ending, Walk
from mmapmigrate.syntax.nodes import ancestors, enclosing_statement, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_QUIET = ("likely", "unlikely")


class Outcome(Struct, frozen=True):
    """How a remap's result is used.

    ``statement`` is replaced by ``head``, the action and ``lines``. ``override`` is a negative errno
    constant. ``direct`` tells that the hook returned at once when the call failed. ``under`` is the head of
    an if that the action then stands under.
    """

    statement: Node
    override: str | None = None
    lines: tuple[Line, ...] = ()
    head: tuple[Text, ...] = ()
    reasons: tuple[OutcomeReason, ...] = ()
    direct: bool = True
    under: Text | None = None


class _Place(Struct, frozen=True):
    """The statement that an action stands for, the lines in front of and behind it, the if around it."""

    statement: Node
    head: tuple[Text, ...] = ()
    lines: tuple[Line, ...] = ()
    under: Text | None = None


def outcome_of(plan: Plan, call: Node) -> Outcome | str:
    """The outcome of ``call``, or why its use has no recipe."""
    settled, helper = plan.settled, plan.hook.text(field(call, "function"))
    whole = carrier(plan.hook, call)
    name = _kept_in(plan, call, whole)
    errno = _errno(settled, call)
    place = _place(plan, settled, whole, name)
    if place is None:
        text = plan.short(enclosing_statement(call))
        return f"the result of `{helper}()` is part of `{text}`; an action has none when the hook runs"
    if name is not None and not holds_errno(plan, name):
        return f"`{name}`, which gets the result of `{helper}()`, is no local that can hold an errno"
    if errno is None:
        return f"when `{helper}()` fails the hook returns neither its error nor an errno that is known"
    direct = all(_returns_at_once(walk, call) for walk in settled.failed(call))
    told = _told(plan, call, whole)
    return Outcome(place.statement, errno or None, place.lines, place.head, told, direct, place.under)


def _place(plan: Plan, settled: Settled, whole: Node, name: str | None) -> _Place | None:
    """Where the action stands, None where it has no place."""
    parent = whole.parent
    if parent is not None and parent.type == "conditional_expression":
        if field(parent, "condition").id != whole.id:
            return None
        whole = parent
        while whole.parent is not None and whole.parent.type == "parenthesized_expression":
            whole = whole.parent
        parent = whole.parent
        if parent is None or parent.type != "return_statement":
            return None
    if parent is None:
        return None
    zero: tuple[Line, ...] = () if name is None else (plan.zero(name),)
    if parent.type == "return_statement":
        returned = settled.is_zero(parent) or settled.never_ran(parent)
        return _Place(parent, (), (lambda: "return 0;",)) if returned else None
    if parent.type == "expression_statement":
        return _Place(parent, (), zero if name is not None and settled.is_read(name, parent) else ())
    if parent.type == "init_declarator":
        return _declared(plan, settled, parent)
    if parent.type == "if_statement":
        outcome = settled.outcome(whole)
        if outcome is None:
            return None
        arm = taken_arm(parent, outcome)
        lines = zero if name is not None and settled.is_read(name, whole) else ()
        _drop_other(plan, parent, outcome)
        if arm is None or settled.is_dead_store(arm):
            plan.discard(*(() if arm is None else (arm,)))
            return _Place(parent, (), lines)
        return _Place(parent, (), (*lines, plan.contents(arm, parent)))
    if parent.type == "binary_expression" and (name is None or not settled.is_read(name, whole)):
        return _beside(plan, settled, inner(whole), parent)
    return None


def _beside(plan: Plan, settled: Settled, whole: Node, logical: Node) -> _Place | None:
    """A remap as the last side of the whole condition of an if without else: ``a || remap()``."""
    symbol, right = operator(logical), inner(field(logical, "right"))
    holder = logical.parent
    while holder is not None and holder.type == "parenthesized_expression":
        holder = holder.parent
    outcome = settled.outcome(whole)
    if holder is None or holder.type != "if_statement" or right.id != whole.id or outcome is None:
        return None
    if inner(field(holder, "condition")).id != logical.id or taken_arm(holder, False) is not None:
        return None
    if not plan.hook.is_whole(logical):
        return None
    first, arm = field(logical, "left"), field(holder, "consequence")
    start, data = holder.start_byte, plan.hook.data

    def head(last: int) -> str:
        before, after = data[start : logical.start_byte], data[logical.end_byte : last]
        return before.decode("latin-1") + plan.render(first) + after.decode("latin-1")

    condition_end = field(holder, "condition").end_byte
    if symbol == "||" and not outcome and _leaves(arm):
        return _Place(holder, (lambda: head(arm.start_byte) + plan.render(arm),))
    if symbol == "&&" and not outcome and next(find_all(arm, "labeled_statement"), None) is None:
        plan.discard(arm)
        return _Place(holder, under=lambda: head(condition_end))
    return None


def _leaves(arm: Node) -> bool:
    """Whether an arm ends with a jump."""
    last = arm
    if arm.type == "compound_statement":
        parts = [part for part in arm.named_children if part.type != "comment"]
        last = parts[-1] if parts else arm
    return last.type in ("return_statement", "goto_statement")


def _drop_other(plan: Plan, statement: Node, outcome: bool) -> None:
    other = taken_arm(statement, not outcome)
    if other is not None:
        plan.discard(other)


def _declared(plan: Plan, settled: Settled, declarator: Node) -> _Place | None:
    """``int ret = remap();`` as the last declaration of its block."""
    declaration = declarator.parent
    target = declarator.child_by_field_name("declarator")
    if (
        declaration is None
        or declaration.type != "declaration"
        or target is None
        or target.type != "identifier"
    ):
        return None
    if len(declaration.children_by_field_name("declarator")) != 1:
        return None
    follow = declaration.next_named_sibling
    while follow is not None and follow.type == "comment":
        follow = follow.next_named_sibling
    if follow is None or follow.type == "declaration":
        return None
    name = plan.hook.text(target)
    local = plan.hook.locals.get(name)
    if local is None:
        return None
    kind = plan.hook.text(declaration)[: target.start_byte - declaration.start_byte].strip()
    if settled.is_read(name, declaration):
        return _Place(declaration, (lambda: f"{kind} {name} = 0;\n",))
    if settled.is_used(name):
        return _Place(declaration, (lambda: f"{kind} {name};\n",))
    before = declaration.prev_named_sibling
    if before is not None and before.type == "declaration":
        # A blank line, without the blanks that stand in front of the declaration.
        line = plan.hook.data.rfind(b"\n", 0, declaration.start_byte) + 1
        if plan.hook.data[line : declaration.start_byte].isspace():
            plan.deleted.append((line, declaration.start_byte))
        return _Place(declaration, (lambda: "",))
    return _Place(declaration)


def _kept_in(plan: Plan, call: Node, whole: Node) -> str | None:
    """The variable that gets the result on the way from ``call`` to ``whole``."""
    for node in ancestors(call):
        if node.start_byte < whole.start_byte or node.end_byte > whole.end_byte:
            return None
        if node.type == "assignment_expression":
            return plan.hook.text(inner(field(node, "left")))
    return None


def _errno(settled: Settled, call: Node) -> str | None:
    """The errno constant that stood for the call's own error, "" if none did.

    None if the hook went on, or returned what is no errno: as an override it would fail every mmap().
    """
    found: list[str] = []
    for walk in settled.failed(call):
        same = settled.returned.get(walk.number, ())
        if walk.ending is not Ending.FAILURE or not walk.returned:
            if not same:
                return None
        elif walk.returned not in same:
            found.append(walk.returned)
    constants = [text for text in found if not text.startswith("@")]
    if not all(text.startswith("-") for text in constants):
        return None
    return constants[0] if constants and len(constants) == len(found) else ""


def _returns_at_once(walk: Walk, call: Node) -> bool:
    """Whether a path does nothing after ``call`` but ask and return."""
    step = step_of(walk.path, call)
    quiet = (StepKind.TEST, StepKind.RETURN, StepKind.GOTO)
    return step is not None and all(later.kind in quiet for later in walk.path[step + 1 :])


def _told(plan: Plan, call: Node, whole: Node) -> tuple[OutcomeReason, ...]:
    """The warnings that the result was handed to."""
    return tuple(
        reason
        for node in find_all(whole, "call_expression")
        if node.start_byte <= call.start_byte
        and call.end_byte <= node.end_byte
        and node.id != call.id
        and (reason := warned(plan, node)) is not None
    )


def warned(plan: Plan, macro: Node) -> OutcomeReason | None:
    """The reason that comes with a warning about a failed remap, None for a mere hint."""
    name = plan.hook.text(field(macro, "function"))
    if name in _QUIET:
        return None
    if name == "BUG_ON":
        message = (
            "`BUG_ON()` stopped the kernel when the remap failed; an action that fails undoes the mapping"
        )
        return OutcomeReason(macro, "unchecked-remap", message, Tier.REVIEW)
    message = f"`{name}()` told of the failed remap; an action fails after the hook has returned"
    return OutcomeReason(macro, "failure-message", message, Tier.REVIEW)
