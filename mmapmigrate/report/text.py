# SPDX-License-Identifier: GPL-2.0-only
"""Findings for people: excerpt, caret, remedy, the fix's tier, and a table at the end."""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.excerpt import excerpt
from mmapmigrate.report.fold import folded
from mmapmigrate.report.statistics import render_statistics
from mmapmigrate.report.style import Style, printable
from mmapmigrate.report.summary import fitting_columns, plain_table, rich_table, summary_rows, totals


def render_text(
    result: CheckResult,
    style: Style,
    *,
    summary: bool = True,
    statistics: bool = False,
    width: int | None = None,
) -> Iterator[str]:
    """The lines of a report, without newlines.

    ``statistics`` leaves the single findings out and counts their fixes' reasons and blockers instead;
    ``summary`` adds the table and the totals, drawn for a terminal of ``width`` columns when that is given.
    """
    if not statistics:
        for finding in result.findings:
            yield from render_finding(finding, style)
            yield ""
    if not summary and not statistics:
        return
    rows = summary_rows(result)
    if rows:
        if width is None:
            yield from plain_table(rows)
        else:
            shown = fitting_columns(rows, width)
            left = 2 if len(shown[0]) == len(rows[0]) else 1
            yield from rich_table(shown, color=style.color, width=width, left=left)
        yield ""
    if statistics:
        yield from folded(render_statistics(result.conversions), width)
    yield from folded([totals(result)], width)


def render_finding(finding: Finding, style: Style) -> Iterator[str]:
    """One finding's lines."""
    place = style.bold(printable(f"{finding.path}:{finding.line}:{finding.column}:"))
    severity = _severity(finding.severity, style)
    yield f"{place} {severity} {printable(finding.message)} [{finding.rule} {finding.name}]"
    end = finding.end_column - 1 if finding.end_line == finding.line else len(finding.excerpt)
    yield from excerpt(finding.excerpt, finding.line, finding.column - 1, end, style)
    if finding.remedy:
        yield f"   {style.cyan('remedy:')} {printable(finding.remedy)}"
    if finding.fix is not None:
        yield f"   {style.cyan('fix:')} {tier_text(finding.fix.tier, finding.fix.reasons, style)}"


def tier_text(tier: Tier, reasons: tuple[Reason, ...], style: Style) -> str:
    """The tier and its first reason, the worst one, with how many more there are."""
    text = style.green(tier.value) if tier is Tier.COMPLETE else style.yellow(tier.value)
    if not reasons:
        return text
    # The reason that decides: the first in the file of those that allow no better tier.
    first = next((reason for reason in reasons if reason.tier is tier), None)
    first = first or max(reasons, key=lambda reason: reason.tier.rank)
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{text}: {reason_text(first)}{more}"


def reason_text(reason: Reason) -> str:
    """``path:line: sentence (code)``."""
    return printable(f"{reason.path}:{reason.line}: {reason.message} ({reason.code})")


def _severity(severity: Severity, style: Style) -> str:
    word = f"{severity.value}:"
    return style.red(word) if severity is Severity.ERROR else style.yellow(word)
