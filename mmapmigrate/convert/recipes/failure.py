# SPDX-License-Identifier: GPL-2.0-only
"""What an ``if`` in a loop does with the failure of a call: the loop goes, and its errno is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import is_logging
from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import arguments, field, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_SIGNED = frozenset(
    {
        "int", "signed", "signed int", "long", "long int", "long long",
        "ssize_t", "s32", "s64", "int32_t", "int64_t",
    }
)  # fmt: skip


class OutcomeReason(Struct, frozen=True):
    """A reason that comes with the way a result is used."""

    node: Node
    code: str
    message: str
    tier: Tier


class Failure(Struct, frozen=True):
    """What the arm taken on failure does: it returns ``errno`` (None: the result itself)."""

    errno: str | None
    reasons: tuple[OutcomeReason, ...] = ()


def failure_of(plan: Plan, check: Node, result: Node | str) -> Failure | None:
    """What an ``if`` that asks whether ``result`` (a call, or a local's name) tells of an error does then."""
    if check.child_by_field_name("alternative") is not None:
        return None
    if not _is_failure(plan, inner(field(check, "condition")), result):
        return None
    return _failure(plan, field(check, "consequence"), result if isinstance(result, str) else None)


def holds_errno(plan: Plan, name: str) -> bool:
    """Whether ``name`` is a local of a type that keeps a negative errno as it is."""
    local = plan.hook.locals.get(name)
    return local is not None and " ".join(local.type.split()) in _SIGNED


def returns_errno(plan: Plan) -> bool:
    """Whether the function of ``plan`` returns nothing, or a type that keeps a negative errno as it is."""
    kind = " ".join(plan.hook.text(field(plan.hook.function.node, "type")).split())
    return kind == "void" or kind in _SIGNED


def _failure(plan: Plan, arm: Node, name: str | None) -> Failure | None:
    """Read the arm that a failed remap takes; ``name`` is the local that holds the result."""
    statements = [arm]
    if arm.type == "compound_statement":
        statements = [child for child in arm.named_children if child.type != "comment"]
    if not statements or statements[-1].type != "return_statement":
        return None
    last, reasons = statements[-1], []
    for statement in statements[:-1]:
        if not is_logging(plan.hook, statement):
            return None
        message = (
            f"`{plan.short(statement)}` told of the failed remap; an action fails after the hook has returned"
        )
        reasons.append(OutcomeReason(statement, "failure-message", message, Tier.REVIEW))
    value = next((child for child in last.named_children if child.type != "comment"), None)
    if value is None:
        return None
    if name is not None and plan.hook.text(inner(value)) == name:
        return Failure(None, tuple(reasons))
    text = "".join(plan.hook.text(inner(value)).split())
    return Failure(text, tuple(reasons)) if plan.hook.is_errno(text) else None


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
