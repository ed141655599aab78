# SPDX-License-Identifier: GPL-2.0-only
"""Fixes as an editor applies them: one finding's, or all that are complete."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lsprotocol import types

from mmapmigrate.convert.conversion import Conversion, Tier
from mmapmigrate.disk.scan import read
from mmapmigrate.lint.finding import Finding, Fix
from mmapmigrate.lint.fixed import FileChange
from mmapmigrate.lsp.analysis import Analysis
from mmapmigrate.lsp.diagnostics import SOURCE, printable
from mmapmigrate.lsp.places import Places
from mmapmigrate.lsp.text import Text
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.source import LARGEST_FILE

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{SOURCE}"
FIX_ALL_TITLE = "mmapmigrate: apply all fixes of tier complete in this file"

Edits = Mapping[str, Sequence[Edit]]


def quick_fixes(
    analysis: Analysis, places: Places, params: types.CodeActionParams, *, versions: bool
) -> Iterator[types.CodeAction]:
    """The fixes of the findings that the asked range touches, each once; those of tier complete first.

    ``versions`` tells whether the editor takes edits with the versions of the documents that they are for.
    """
    text = places.text(analysis.path)
    if text is None:
        return
    asked = (text.offset(params.range.start), text.offset(params.range.end))
    offered: set[int] = set()
    found = [
        finding
        for finding in analysis.result.findings
        if finding.fix is not None and finding.start <= asked[1] and asked[0] <= finding.end
    ]
    for finding in sorted(found, key=lambda finding: finding.fix.tier.rank if finding.fix else 0):
        fix = finding.fix
        if fix is None or fix.tier not in (Tier.COMPLETE, Tier.REVIEW):
            continue
        conversion = analysis.conversion_of(finding)
        edits = _edits(finding, fix, conversion)
        edit = workspace_edit(edits, places, versions=versions) if edits else None
        if edit is None:
            continue
        title = printable(_title(finding, fix, conversion))
        solved = [
            each
            for each in params.context.diagnostics
            if each.source == SOURCE
            and each.code == finding.rule
            and each.range == text.range(finding.start, finding.end)
        ]
        # Two findings may have one conversion.
        if id(conversion or finding) in offered:
            continue
        offered.add(id(conversion or finding))
        yield types.CodeAction(
            title=title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=solved or None,
            edit=edit,
            is_preferred=True if fix.tier is Tier.COMPLETE else None,
        )


def fix_all_edit(
    changes: Iterable[FileChange], places: Places, *, versions: bool
) -> types.WorkspaceEdit | None:
    """``changes`` as one edit; None where there is none, or a file is no longer what it was."""
    edits = {change.path: line_edits(change.old, change.new) for change in changes}
    return workspace_edit(edits, places, versions=versions) if edits else None


def workspace_edit(edits: Edits, places: Places, *, versions: bool) -> types.WorkspaceEdit | None:
    """``edits`` of all their files; None where one of them is not the text that they were made for."""
    by_uri: dict[str, list[types.TextEdit]] = {}
    versioned: list[types.TextDocumentEdit] = []
    for path, each in sorted(edits.items()):
        text = places.text(path)
        document = places.document(path)
        now = read(path, LARGEST_FILE) if document is None else document.text.data
        if text is None or now != text.data or not _same_result(text, each):
            return None
        uri = places.uri(path)
        by_uri[uri] = text.text_edits(each)
        identifier = types.OptionalVersionedTextDocumentIdentifier(
            uri=uri, version=None if document is None else document.version
        )
        versioned.append(types.TextDocumentEdit(identifier, list(by_uri[uri])))
    if versions:
        return types.WorkspaceEdit(document_changes=list(versioned))
    return types.WorkspaceEdit(changes=by_uri)


def line_edits(old: bytes, new: bytes) -> list[Edit]:
    """Edits of whole lines that make ``new`` of ``old``."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    return [
        Edit(starts[first], starts[last], b"".join(after[new_first:new_last]))
        for kind, first, last, new_first, new_last in difflib.SequenceMatcher(
            None, before, after, autojunk=False
        ).get_opcodes()
        if kind != "equal"
    ]


def _same_result(text: Text, edits: Sequence[Edit]) -> bool:
    """Whether an editor that applies the edits gets what ``fix`` would write, to the byte."""
    made = text.data
    for edit in reversed(text.text_edits(edits)):
        start, end = text.offset(edit.range.start), text.offset(edit.range.end)
        try:
            new = edit.new_text.encode(text.charset, "surrogatepass" if text.charset == "utf-8" else "strict")
        except UnicodeEncodeError:
            return False
        made = made[:start] + new + made[end:]
    return made == apply_edits(text.data, edits)


def _edits(finding: Finding, fix: Fix, conversion: Conversion | None) -> Edits:
    if conversion is not None:
        return {} if conversion.defect is not None else conversion.edits
    return {finding.path: fix.edits} if fix.edits else {}


def _title(finding: Finding, fix: Fix, conversion: Conversion | None) -> str:
    if conversion is None:
        title = f"Fix {finding.rule} {finding.name}"
    else:
        title = f"Convert {conversion.handler}() to mmap_prepare"
        others = [Path(path).name for path in conversion.files if path != finding.path]
        if others:
            title += f" (edits {', '.join(others)} too)"
    if fix.tier is Tier.REVIEW:
        why = "; ".join(dict.fromkeys(reason.message for reason in fix.reasons))
        title += f" - needs review: {why}"
    return title
