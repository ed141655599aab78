# SPDX-License-Identifier: GPL-2.0-only
"""The cover letter: what the series moves, and what remains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.fixed import FixOutcome
from mmapmigrate.report.series.words import items, made_by, paragraph, why
from mmapmigrate.report.style import printable
from mmapmigrate.report.summary import count, plain_table
from mmapmigrate.series.drivers import Driver

_MEANING = {
    Tier.COMPLETE: "it needs a file outside the paths looked at",
    Tier.REVIEW: "whole, but a stated behaviour differs or is not proven to stay",
    Tier.SKELETON: "a person must finish it",
    Tier.BLOCKED: "this kernel has no counterpart of something that the hook does",
}

_LONGEST = 36
"""Characters of a subsystem's title."""


def blurb(
    drivers: Sequence[Driver],
    subjects: Sequence[str],
    outcomes: Sequence[FixOutcome],
    subsystem: Callable[[str], str],
    command: str,
    root: Path,
) -> str:
    """The text of the cover letter; ``subsystem`` says whose a path is, ``outcomes`` are all of the run."""
    structs = (hook.struct for driver in drivers for outcome in driver.outcomes for hook in outcome.hooks)
    each = "The patch is" if len(drivers) == 1 else "The patches do not depend on each other: each is"
    parts = [
        why(structs),
        paragraph(f"{each} the conversion of one driver, and takes all of its hooks that can move now."),
        paragraph("Hooks by subsystem in the paths looked at, converted here and left by tier:"),
        "\n".join(f"  {line}" for line in plain_table(_rows(outcomes, drivers, subsystem), left=1)),
    ]
    left = {outcome.tier for outcome in outcomes if not outcome.applied and outcome.handler}
    meant = "; ".join(f"{tier.value}: {_MEANING[tier]}" for tier in Tier if tier in left)
    if meant:
        parts.append(paragraph(f"({meant}.)"))
    review = [
        subject for driver, subject in zip(drivers, subjects, strict=True) if driver.tier is not Tier.COMPLETE
    ]
    if review:
        parts += [paragraph("What a reviewer should look at is said in:"), items(review)]
    parts.append(made_by(command, root, patch=False))
    return "\n\n".join(parts)


def _rows(
    outcomes: Sequence[FixOutcome], drivers: Sequence[Driver], subsystem: Callable[[str], str]
) -> list[list[str]]:
    moved: Counter[str] = Counter()
    left: dict[str, Counter[Tier]] = defaultdict(Counter)
    here = {outcome for driver in drivers for outcome in driver.outcomes}
    for outcome in outcomes:
        if outcome in here:
            moved[subsystem(outcome.path)] += len(outcome.hooks)
        elif outcome.handler:
            left[subsystem(outcome.path)][outcome.tier] += len(outcome.hooks)
    tiers = [tier for tier in Tier if any(each[tier] for each in left.values())]
    rows = [
        [_short(name), *_cells(number, left.get(name, Counter()), tiers)]
        for name, number in sorted(moved.items(), key=lambda each: (-each[1], each[0]))
    ]
    others = [each for name, each in left.items() if name not in moved]
    if others:
        title = count(len(others), "other subsystem")
        rows.append([title, *_cells(0, sum(others, Counter()), tiers)])
    if len(rows) > 1:
        rows.append(["total", *_cells(moved.total(), sum(left.values(), Counter()), tiers)])
    return [["subsystem", "converted", *(tier.value for tier in tiers)], *rows]


def _cells(moved: int, left: Counter[Tier], tiers: Sequence[Tier]) -> list[str]:
    return [str(number or "-") for number in (moved, *(left[tier] for tier in tiers))]


def _short(title: str) -> str:
    title = printable(title)
    return title if len(title) <= _LONGEST else title[: _LONGEST - 3] + "..."
