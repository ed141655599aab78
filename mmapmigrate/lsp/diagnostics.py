# SPDX-License-Identifier: GPL-2.0-only
"""Findings as an editor shows them."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lsp.analysis import Analysis
from mmapmigrate.lsp.places import Places
from mmapmigrate.report import style

SOURCE = "mmapmigrate"

SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def diagnostics(analysis: Analysis, places: Places, *, related: bool) -> Iterator[types.Diagnostic]:
    """The findings of an analysis, then the suppression comments that suppress nothing.

    ``related`` tells whether the editor shows other places beside a diagnostic.
    """
    path = analysis.path
    text = places.text(path)
    if text is None:
        return
    for finding in analysis.result.findings:
        yield types.Diagnostic(
            range=text.range(finding.start, finding.end),
            message=message(finding),
            severity=SEVERITIES[finding.severity],
            code=finding.rule,
            source=SOURCE,
            related_information=list(_related(finding, places)) if related else None,
        )
    for note in analysis.result.notes:
        yield types.Diagnostic(
            range=places.line(note.path, note.line).range,
            message=printable(note.message),
            severity=types.DiagnosticSeverity.Hint,
            source=SOURCE,
            tags=[types.DiagnosticTag.Unnecessary],
        )


def message(finding: Finding) -> str:
    """A finding in up to three lines: what, the remedy, and how far its fix may be trusted."""
    lines = [finding.message]
    if finding.remedy:
        lines.append(f"remedy: {finding.remedy}")
    if finding.fix is not None:
        lines.append(f"fix: {finding.fix.tier.value}")
    return printable("\n".join(lines))


def printable(text: str) -> str:
    """``text`` without controls, and what stands for bytes that are no UTF-8: some editors refuse these."""
    lines = map(style.printable, text.split("\n"))
    return "\n".join(lines).encode("utf-8", "replace").decode("utf-8")


def _related(finding: Finding, places: Places) -> Iterator[types.DiagnosticRelatedInformation]:
    text = places.text(finding.path)
    if text is not None:
        for start, end in finding.related:
            where = types.Location(places.uri(finding.path), text.range(start, end))
            yield types.DiagnosticRelatedInformation(where, "belongs to it")
    for reason in finding.fix.reasons if finding.fix is not None else ():
        said = printable(f"{reason.code}: {reason.message}")
        yield types.DiagnosticRelatedInformation(places.line(reason.path, reason.line), said)
