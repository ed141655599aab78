# SPDX-License-Identifier: GPL-2.0-only
"""What is shown over a finding: what it says, why its fix is not complete, and the rule's page."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from mmapmigrate.convert.catalog import reason_pages
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lsp.analysis import Analysis
from mmapmigrate.lsp.diagnostics import printable
from mmapmigrate.lsp.text import Text
from mmapmigrate.report.page import render_page

RULER = ("", "---", "")


def hover(analysis: Analysis, text: Text, position: types.Position, *, markdown: bool) -> types.Hover | None:
    """The hover at ``position`` of ``text``, the analysed one; None where no finding stands there."""
    offset = text.offset(position)
    found = [each for each in analysis.result.findings if each.start <= offset <= each.end]
    if not found or analysis.settings is None:
        return None
    pages = {loaded.code: loaded for loaded in analysis.settings.rules}
    lines: list[str] = []
    for finding in found:
        lines += (*_said(finding), "")
    for code in dict.fromkeys(finding.rule for finding in found):
        lines += (*RULER, *render_page(pages[code]))
    kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
    return types.Hover(
        types.MarkupContent(kind, printable("\n".join(lines))),
        text.range(min(each.start for each in found), max(each.end for each in found)),
    )


def _said(finding: Finding) -> Iterator[str]:
    yield f"**{finding.rule}** {finding.message}"
    fix = finding.fix
    if fix is None:
        return
    yield ""
    yield f"fix: {fix.tier.value}"
    for reason in fix.reasons:
        yield ""
        yield f"- line {reason.line}: {reason.message} (`{reason.code}`)"
        page = reason_pages().get(reason.code)
        if page is not None:
            yield f"  {page.remedy}"
