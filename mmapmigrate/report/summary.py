# SPDX-License-Identifier: GPL-2.0-only
"""The table at the end of a text report: findings by rule and by the tier of their fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from io import StringIO

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.result import CheckResult

NO_FIX = "no fix"

_LEAST = 10
"""Columns that words to the left are to have, at the least, on a terminal."""


def summary_rows(result: CheckResult) -> list[list[str]]:
    """A head and one row a rule: code, name, findings, and how many of them have a fix of each tier.

    A tier that no fix has is left out; the list is empty when there is no finding.
    """
    if not result.findings:
        return []
    counts = Counter(
        (finding.rule, finding.fix.tier.value if finding.fix is not None else NO_FIX)
        for finding in result.findings
    )
    names = {finding.rule: finding.name for finding in result.findings}
    used = [
        tier for tier in (*(tier.value for tier in Tier), NO_FIX) if any(key[1] == tier for key in counts)
    ]
    rows = [["rule", "name", "findings", *used]]
    for rule, total in result.by_rule().items():
        rows.append([rule, names[rule], str(total), *(str(counts[rule, tier] or "-") for tier in used)])
    return rows


def plain_table(rows: Sequence[Sequence[str]], *, left: int = 2) -> list[str]:
    """``rows`` in columns: the first ``left`` of them to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def fitting_columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """``rows`` of ``summary_rows`` without the names where a terminal has room for the codes alone."""
    needed = sum(max(map(len, column)) + 2 for column in zip(*rows, strict=True))
    return [list(row) if needed <= width else [row[0], *row[2:]] for row in rows]


def rich_table(rows: Sequence[Sequence[str]], *, color: bool, width: int, left: int = 2) -> list[str]:
    """``plain_table`` for a terminal of ``width`` columns; words to the left may be folded."""
    # Loaded here: most runs print no table on a terminal, and rich takes longer to load than to draw.
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    # A number is short: its heading is broken between words where there is room for these.
    needed = sum(max(map(len, head.split())) + 2 for head in rows[0][left:])
    roomy = needed + left * _LEAST <= width
    for index, head in enumerate(rows[0]):
        if index < left:
            table.add_column(head, overflow="fold")
        else:
            least = max(map(len, head.split())) if roomy else None
            table.add_column(head, justify="right", overflow="fold", min_width=least)
    for row in rows[1:]:
        table.add_row(*row)
    out = StringIO()
    console = Console(
        file=out,
        force_terminal=color,
        no_color=not color,
        width=width,
        # What stands in a file is no markup of ours.
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    console.print(table)
    return [line.rstrip() for line in out.getvalue().strip("\n").split("\n")]


def totals(result: CheckResult) -> str:
    """One line: how much was found in how much."""
    parts = [
        f"{count(len(result.findings), 'finding')} in {count(result.files, 'file')} ({result.parsed} parsed)"
    ]
    tiers = result.by_tier()
    if tiers:
        parts.append(
            f"{count(sum(tiers.values()), 'conversion')}: "
            + ", ".join(f"{number} {tier}" for tier, number in tiers.items())
        )
    if result.unparsed:
        parts.append(f"{count(len(result.unparsed), 'region')} not read")
    if result.errors:
        parts.append(count(len(result.errors), "error"))
    return "; ".join(parts)


def count(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
