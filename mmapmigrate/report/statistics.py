# SPDX-License-Identifier: GPL-2.0-only
"""Counts instead of single findings: why conversions are not complete, and what blocks them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from mmapmigrate.convert.conversion import Conversion, Tier
from mmapmigrate.report.style import printable
from mmapmigrate.report.summary import plain_table


def render_statistics(conversions: Iterable[Conversion]) -> Iterator[str]:
    """Two tables, the most frequent first, each row counting the conversions that have it.

    The blocker of a reason of tier blocked is what it names, such as a function without a counterpart, else
    the reason's code.
    """
    known = list(conversions)
    yield from _table("reason", ({reason.code for reason in each.reasons} for each in known))
    yield from _table(
        "blocker",
        (
            {reason.subject or reason.code for reason in each.reasons if reason.tier is Tier.BLOCKED}
            for each in known
        ),
    )


def _table(head: str, found: Iterable[set[str]]) -> Iterator[str]:
    counts = Counter(name for names in found for name in names)
    if not counts:
        return
    rows = [[head, "conversions"]]
    rows += [
        [printable(name), str(number)]
        for name, number in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    ]
    yield from plain_table(rows, left=1)
    yield ""
