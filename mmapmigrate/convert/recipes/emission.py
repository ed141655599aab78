# SPDX-License-Identifier: GPL-2.0-only
"""Writing an action, with what is left of the old call's outcome, in the place of the old statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Action, Line, Plan, Text
from mmapmigrate.convert.recipes.outcome import Outcome
from mmapmigrate.convert.text.layout import call as lay_out_call
from mmapmigrate.convert.text.layout import column

if TYPE_CHECKING:
    from tree_sitter import Node


def emit_action(
    plan: Plan,
    action: Action,
    outcome: Outcome,
    name: str,
    arguments: Sequence[Text],
    before: Sequence[Text] = (),
    after: Sequence[Text] = (),
) -> None:
    """Put ``name(desc, arguments)`` in the place of ``outcome``'s statement, with its errno and its reasons.

    ``before`` and ``after`` are lines around the action; ``action`` is recorded for the proof.
    """
    for reason in outcome.reasons:
        plan.refuse(reason.node, reason.code, reason.message, reason.tier)
    desc, place = plan.hook.desc, outcome.statement

    def text() -> str:
        start = column(plan.lead(place)) + (0 if outcome.under is None else column("\t"))
        return lay_out_call(start, name, [desc, *(argument() for argument in arguments)], ";")

    lines: list[Line] = [*outcome.head, *before, text, *after]
    if outcome.override is not None:
        lines += _override(plan, action.call, outcome.override)
    lines += outcome.lines
    plan.replace_statement(
        place, lines if outcome.under is None else [_under(plan, place, outcome.under, lines)]
    )
    plan.actions.append(action)


def _under(plan: Plan, place: Node, head: Text, lines: Sequence[Line]) -> Text:
    """An if with ``lines`` for its arm."""

    def text() -> str:
        lead = plan.lead(place)
        left = [text for line in lines if (text := line()) is not None]
        inside = "".join(f"\n{lead}\t{line}" for line in left)
        return f"{head()}{inside}" if len(left) == 1 else f"{head()} {{{inside}\n{lead}}}"

    return text


def _override(plan: Plan, call: Node, errno: str) -> list[Text]:
    if "error_override" in plan.api.action_fields:
        return [lambda: f"{plan.hook.desc}->action.error_override = {errno};"]
    message = f"Linux {plan.api.release} has no error_override: the action's own errno is returned"
    plan.refuse(call, "errno-changed", message, Tier.REVIEW)
    return []
