# SPDX-License-Identifier: GPL-2.0-only
"""What a hook does with the result of its remap, and what is left of it when an action runs instead.

An action fails after the hook has returned, so the hook's own check of the result goes; the errno that it
returned instead becomes the action's error_override.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import is_logging
from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import arguments, enclosing_statement, field, find_all, inner, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_ERRNO = re.compile(r"-E[A-Z0-9]+$")
_SIGNED = frozenset(
    {
        "int",
        "signed",
        "signed int",
        "long",
        "long int",
        "long long",
        "ssize_t",
        "s32",
        "s64",
        "int32_t",
        "int64_t",
    }
)


@dataclass(frozen=True)
class OutcomeReason:
    """A reason that comes with the way a result is used."""

    node: Node
    code: str
    message: str
    tier: Tier


@dataclass(frozen=True)
class Outcome:
    """How a remap's result is used.

    ``statement`` is replaced by the action and ``lines``; ``deleted`` statements go; ``rewritten`` nodes get
    the given text; ``settled`` are the tests of the result. ``override`` is a negative errno constant.
    ``direct`` tells that the hook returned at once when the call failed.
    """

    statement: Node
    override: str | None = None
    lines: tuple[str, ...] = ()
    deleted: tuple[Node, ...] = ()
    rewritten: tuple[tuple[Node, str], ...] = ()
    settled: tuple[Node, ...] = ()
    reasons: tuple[OutcomeReason, ...] = ()
    direct: bool = True


@dataclass(frozen=True)
class Failure:
    """What the arm taken on failure does: it returns ``errno`` (None: the result itself)."""

    errno: str | None
    reasons: tuple[OutcomeReason, ...] = ()
    falls: bool = False


def outcome_of(plan: Plan, call: Node) -> Outcome | None:
    """The outcome of ``call``, or None when its use has no recipe."""
    whole = outer(call)
    parent = whole.parent
    if parent is None:
        return None
    if parent.type == "return_statement":
        return Outcome(parent, lines=("return 0;",))
    if parent.type == "conditional_expression":
        return _conditional(plan, parent, whole)
    if parent.type == "expression_statement":
        name = plan.hook.text(field(call, "function"))
        message = f"the result of `{name}()` was ignored; an action that fails undoes the mapping"
        return Outcome(
            parent, reasons=(OutcomeReason(call, "unchecked-remap", message, Tier.REVIEW),), direct=False
        )
    if parent.type == "assignment_expression" and operator(parent) == "=":
        statement = parent.parent
        left = inner(field(parent, "left"))
        if statement is not None and statement.type == "expression_statement" and left.type == "identifier":
            return _assigned(plan, statement, plan.hook.text(left))
        return None
    return _tested(plan, call)


def _conditional(plan: Plan, conditional: Node, test: Node) -> Outcome | None:
    """``return remap() ? -EAGAIN : 0;``"""
    statement = outer(conditional).parent
    condition = field(conditional, "condition")
    consequence = conditional.child_by_field_name("consequence")
    if (
        statement is None
        or statement.type != "return_statement"
        or condition.id != test.id
        or consequence is None
    ):
        return None
    errno = _errno(plan, consequence)
    if errno is None or plan.hook.text(inner(field(conditional, "alternative"))) != "0":
        return None
    return Outcome(statement, errno, ("return 0;",))


def _tested(plan: Plan, call: Node) -> Outcome | None:
    """``if (remap()) return -EAGAIN;``"""
    statement = enclosing_statement(call)
    if statement.type != "if_statement":
        return None
    condition = field(statement, "condition")
    if statement.child_by_field_name("alternative") is not None or not _is_failure(
        plan, inner(condition), call
    ):
        return None
    failure = _failure(plan, field(statement, "consequence"), None)
    if failure is None or failure.errno is None:
        return None
    return Outcome(statement, failure.errno, settled=(condition,), reasons=failure.reasons)


def _assigned(plan: Plan, statement: Node, name: str) -> Outcome | None:
    """``ret = remap();`` and what follows it."""
    if not holds_errno(plan, name):
        return None
    follow = _next(statement)
    if follow is None:
        return _carried(plan, statement, name)
    if follow.type == "return_statement":
        value = next((child for child in follow.named_children if child.type != "comment"), None)
        if value is None:
            return None
        value = inner(value)
        if plan.hook.text(value) == name:
            return Outcome(statement, rewritten=((follow, "return 0;"),))
        if value.type == "conditional_expression":
            errno = _errno(plan, value.child_by_field_name("consequence"))
            test = inner(field(value, "condition"))
            zero = plan.hook.text(inner(field(value, "alternative"))) == "0"
            if errno is not None and zero and plan.hook.text(test) == name:
                return Outcome(statement, errno, rewritten=((follow, "return 0;"),))
        return _carried(plan, statement, name) if plan.hook.text(value) == "0" else None
    if follow.type != "if_statement" or follow.child_by_field_name("alternative") is not None:
        return _carried(plan, statement, name)
    condition = field(follow, "condition")
    if not _is_failure(plan, inner(condition), name):
        return _carried(plan, statement, name)
    failure = _failure(plan, field(follow, "consequence"), name)
    if failure is None:
        return None
    ending = _ending(plan, follow, name)
    if ending is None:
        return None
    lines, rewritten = ending
    direct = not failure.falls
    return Outcome(
        statement, failure.errno, lines, (follow,), rewritten, (condition,), failure.reasons, direct
    )


def _ending(
    plan: Plan, check: Node, name: str
) -> tuple[tuple[str, ...], tuple[tuple[Node, str], ...]] | None:
    """How the value of ``name``, 0 from here on, reaches its later reads."""
    local = plan.hook.locals.get(name)
    if local is None:
        return None
    later = [node for node in local.reads if node.start_byte >= check.end_byte]
    if not later:
        return (), ()
    follow = _next(check)
    while follow is not None and follow.type not in ("return_statement", "labeled_statement"):
        follow = _next(follow)
    if follow is not None and follow.type == "return_statement" and len(later) == 1:
        value = next((child for child in follow.named_children if child.type != "comment"), None)
        if value is not None and inner(value).id == later[0].id:
            return (), ((follow, "return 0;"),)
    return (f"{name} = 0;",), ()


def _carried(plan: Plan, statement: Node, name: str) -> Outcome | None:
    """The result is kept in a local that later code returns; nothing here tests it."""
    local = plan.hook.locals.get(name)
    if local is None:
        return None
    later = [node for node in local.reads if node.start_byte >= statement.end_byte]
    for node in later:
        holder = outer(node).parent
        if holder is None or holder.type != "return_statement":
            return None
    return Outcome(statement, lines=(f"{name} = 0;",) if later else (), direct=False)


def _failure(plan: Plan, arm: Node, name: str | None) -> Failure | None:
    """Read the arm that a failed remap takes; ``name`` is the local that holds the result."""
    statements = [arm]
    if arm.type == "compound_statement":
        statements = [child for child in arm.named_children if child.type != "comment"]
    if not statements or statements[-1].type not in ("return_statement", "goto_statement"):
        return None
    last, reasons = statements[-1], []
    for statement in statements[:-1]:
        text = " ".join(plan.hook.text(statement).split())
        if not is_logging(plan.hook, statement):
            return None
        message = f"`{text[:60]}` told of the failed remap; an action fails after the hook has returned"
        reasons.append(OutcomeReason(statement, "failure-message", message, Tier.REVIEW))
    if last.type == "goto_statement":
        return _followed(plan, last, name, tuple(reasons))
    value = next((child for child in last.named_children if child.type != "comment"), None)
    if value is None:
        return None
    if name is not None and plan.hook.text(inner(value)) == name:
        return Failure(None, tuple(reasons))
    errno = _errno(plan, value)
    return None if errno is None else Failure(errno, tuple(reasons))


def failure_of(plan: Plan, check: Node, result: Node | str) -> Failure | None:
    """What an ``if`` that asks whether ``result`` (a call, or a local's name) tells of an error does then."""
    if check.child_by_field_name("alternative") is not None:
        return None
    if not _is_failure(plan, inner(field(check, "condition")), result):
        return None
    return _failure(plan, field(check, "consequence"), result if isinstance(result, str) else None)


def _followed(plan: Plan, jump: Node, name: str | None, reasons: Sequence[OutcomeReason]) -> Failure | None:
    """A goto on failure is nothing but a return when what it leads to does what success does too."""
    target = jump.child_by_field_name("label")
    if target is None or name is None:
        return None
    labels = [
        node
        for node in find_all(plan.hook.body, "labeled_statement")
        if plan.hook.text(field(node, "label")) == plan.hook.text(target)
    ]
    if len(labels) != 1:
        return None
    label = labels[0]
    before = _previous(label)
    # Success must run into the label, or the label does something that only failure needs.
    if before is not None and before.type in ("return_statement", "goto_statement"):
        return None
    last: Node | None = label
    while last is not None and last.type != "return_statement":
        inside = list(find_all(last, "return_statement")) if last.type == "labeled_statement" else []
        last = inside[-1] if inside else _next(last)
    value = None if last is None else next((c for c in last.named_children if c.type != "comment"), None)
    if value is None or plan.hook.text(inner(value)) != name:
        return None
    return Failure(None, tuple(reasons), falls=True)


def holds_errno(plan: Plan, name: str) -> bool:
    """Whether ``name`` is a local of a type that keeps a negative errno as it is."""
    local = plan.hook.locals.get(name)
    return local is not None and " ".join(local.type.split()) in _SIGNED


def _is_failure(plan: Plan, test: Node, result: Node | str) -> bool:
    """Whether ``test`` is true exactly when ``result`` (a call, or a local's name) tells of an error."""
    test = inner(test)
    if test.type == "call_expression" and not _is(plan, test, result):
        given = arguments(test)
        hint = plan.hook.text(field(test, "function")) in ("unlikely", "likely")
        return hint and len(given) == 1 and _is_failure(plan, given[0], result)
    if _is(plan, test, result):
        return True
    if test.type == "binary_expression" and operator(test) in ("<", "!="):
        return _is(plan, field(test, "left"), result) and plan.hook.text(inner(field(test, "right"))) == "0"
    return False


def _is(plan: Plan, node: Node, result: Node | str) -> bool:
    node = inner(node)
    if isinstance(result, str):
        return node.type == "identifier" and plan.hook.text(node) == result
    return node.id == result.id


def _errno(plan: Plan, node: Node | None) -> str | None:
    if node is None:
        return None
    text = "".join(plan.hook.text(inner(node)).split())
    return text if _ERRNO.match(text) else None


def _next(statement: Node) -> Node | None:
    node = statement.next_named_sibling
    while node is not None and node.type == "comment":
        node = node.next_named_sibling
    return node


def _previous(statement: Node) -> Node | None:
    node = statement.prev_named_sibling
    while node is not None and node.type == "comment":
        node = node.prev_named_sibling
    return node
