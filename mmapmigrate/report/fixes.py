# SPDX-License-Identifier: GPL-2.0-only
"""What fix did, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.fixed import DECLINED, OUTSIDE_PATHS, FixOutcome, FixResult
from mmapmigrate.report.style import Style, printable
from mmapmigrate.report.summary import count
from mmapmigrate.report.text import reason_text


def render_fixes(result: FixResult, style: Style, *, summary: bool = True) -> Iterator[str]:
    """One entry a conversion or own fix, with every reason, then the totals; lines without newlines."""
    for outcome in result.outcomes:
        yield from _outcome(outcome, style)
    if summary:
        if result.outcomes:
            yield ""
        yield fix_totals(result)


def fix_totals(result: FixResult) -> str:
    """One line: what changed and what is left."""
    applied = [outcome for outcome in result.outcomes if outcome.applied]
    skeletons = sum(outcome.is_skeleton for outcome in applied)
    fixes = count(len(applied) - skeletons, "fix").replace("fixs", "fixes")
    more = f" and {count(skeletons, 'skeleton')}" if skeletons else ""
    parts = [f"{fixes}{more} in {count(len(result.changes), 'file')}"]
    left = Counter(outcome.tier for outcome in result.outcomes if not outcome.applied)
    if left:
        tiers = ", ".join(f"{left[tier]} {tier.value}" for tier in Tier if left[tier])
        parts.append(f"{sum(left.values())} not applied: {tiers}")
    parts.append(f"{count(len(result.left.findings), 'finding')} left")
    if result.left.errors:
        parts.append(count(len(result.left.errors), "error"))
    return "; ".join(parts)


def render_proposal(outcome: FixOutcome, style: Style) -> Iterator[str]:
    """A fix that is asked about: what it changes, and every reason."""
    yield from _entry(outcome, style, style.cyan("skeleton:" if outcome.is_skeleton else "fix:"))


def _outcome(outcome: FixOutcome, style: Style) -> Iterator[str]:
    word = "skeleton:" if outcome.is_skeleton else "fixed:"
    yield from _entry(outcome, style, style.green(word) if outcome.applied else style.yellow("not fixed:"))
    if not outcome.applied and outcome.tier is Tier.REVIEW and not _otherwise(outcome):
        yield f"   {style.cyan('hint:')} --review applies it"


def _entry(outcome: FixOutcome, style: Style, done: str) -> Iterator[str]:
    what = f"{outcome.handler}()" if outcome.handler else "this"
    place = style.bold(printable(f"{outcome.path}:{outcome.line}:"))
    tables = len(outcome.hooks)
    more = f", {tables} ops tables" if tables > 1 else ""
    yield f"{place} {done} {what}{more} ({outcome.tier.value}) [{outcome.rule}]"
    for path in outcome.files:
        if outcome.applied and path != outcome.path:
            yield f"   {style.cyan('also in:')} {printable(path)}"
    for reason in outcome.reasons:
        yield f"   {style.cyan('reason:')} {reason_text(reason)}"
    for note in outcome.notes:
        yield f"   {style.cyan('note:')} {printable(note)}"


def _otherwise(outcome: FixOutcome) -> bool:
    return any(reason.code in (OUTSIDE_PATHS, DECLINED) for reason in outcome.reasons)
