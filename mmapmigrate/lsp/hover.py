# SPDX-License-Identifier: GPL-2.0-only
"""What is shown over a finding: what it says, why its fix is not complete, and the rule's page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lsprotocol import types

from mmapmigrate.convert.catalog import reason_pages
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lsp.analysis import Analysis
from mmapmigrate.lsp.diagnostics import printable
from mmapmigrate.lsp.text import Text
from mmapmigrate.report.page import render_page

_MARKUP = re.compile(r"`[^`]+`|[`<\[\]\\&]")

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
        lines += (*_said(finding, _escaped if markdown else str), "")
    for code in dict.fromkeys(finding.rule for finding in found):
        lines += (*RULER, *render_page(pages[code]))
    kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
    return types.Hover(
        types.MarkupContent(kind, printable("\n".join(lines))),
        text.range(min(each.start for each in found), max(each.end for each in found)),
    )


def _escaped(text: str) -> str:
    """``text``, whose code stands between backticks, with no other markup: names of files may hold some."""
    return _MARKUP.sub(lambda found: found[0] if len(found[0]) > 1 else f"\\{found[0]}", text)


def _said(finding: Finding, escaped: Callable[[str], str]) -> Iterator[str]:
    yield f"**{finding.rule}** {escaped(finding.message)}"
    fix = finding.fix
    if fix is None:
        return
    yield ""
    yield f"fix: {fix.tier.value}"
    for reason in fix.reasons:
        yield ""
        yield f"- line {reason.line}: {escaped(reason.message)} (`{reason.code}`)"
        page = reason_pages().get(reason.code)
        if page is not None:
            yield f"  {page.remedy}"
