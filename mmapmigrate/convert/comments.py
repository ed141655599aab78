# SPDX-License-Identifier: GPL-2.0-only
"""Comments: those above a hook describe the new signature, those in what is replaced are kept.

scripts/kernel-doc warns (W=1) about a description of a parameter that a function does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mmapmigrate.convert import layout
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import enclosing_statement

_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.S)


def comment_edits(hook: HookSource) -> list[Edit]:
    """Turn ``@vma:`` into ``@desc:`` and drop ``@file:`` in the comment right above the hook."""
    data = hook.data
    start = hook.function.node.start_byte
    end = len(data[:start].rstrip())
    if not data[:end].endswith(b"*/"):
        return []
    begin = data.rfind(b"/*", 0, end)
    if begin < 0:
        return []
    edits: list[Edit] = []
    names = {parameter.name for parameter in hook.function.parameters}
    gone: list[tuple[int, int]] = []
    for found in re.finditer(
        rb"^[ \t]*\*[ \t]*@(\w+):[^\n]*\n(?:(?:[ \t]*\*[ \t]*\n)*[ \t]*\*[ \t]{2,}(?!@)[^\n]*\n)*",
        data[begin:end],
        re.M,
    ):
        if found[1].decode() in names - {hook.vma}:
            gone.append((begin + found.start(), begin + found.end()))
    edits += [Edit(start, stop, b"") for start, stop in gone]
    for found in re.finditer(rb"@%s\b" % re.escape(hook.vma.encode()), data[begin:end]):
        at = begin + found.start() + 1
        if not any(start <= at < stop for start, stop in gone):
            edits.append(Edit(at, at + len(hook.vma), hook.desc.encode()))
    return edits


def keep_comments(hook: HookSource, edits: Sequence[Edit]) -> list[Edit]:
    """The same edits of a function, with each comment that they would drop put above its statement."""
    kept: list[Edit] = []
    above: dict[int, list[bytes]] = {}
    for edit in edits:
        lost = [text for text in _comments(hook, edit.start, edit.end) if text not in edit.text]
        if not lost:
            kept.append(edit)
            continue
        node = hook.body.descendant_for_byte_range(edit.start, edit.start)
        statement = edit.start if node is None else enclosing_statement(node).start_byte
        line = hook.data.rfind(b"\n", 0, min(statement, edit.start) + 1) + 1
        if not edit.text and hook.data[edit.start - 1 : edit.start] == b"\n":
            lead = _lead(hook.data, edit.start)
            kept.append(Edit(edit.start, edit.end, b"".join(lead + text + b"\n" for text in lost)))
        elif line == edit.start:
            kept.append(Edit(line, edit.end, b"".join(text + b"\n" for text in lost) + edit.text))
        else:
            kept.append(edit)
            above.setdefault(line, []).extend(lost)
    for line, texts in above.items():
        lead = _lead(hook.data, line)
        kept.append(Edit(line, line, b"".join(lead + text + b"\n" for text in texts)))
    return kept


def _comments(hook: HookSource, start: int, end: int) -> Iterator[bytes]:
    """The comments of the file in ``[start, end)``, their first line's indentation left out."""
    code = hook.file.unit.code
    for found in _COMMENT.finditer(hook.data, start, end):
        # In a string the code keeps the quotes around blanks, and so does the text in front of it.
        if not code[found.start() : found.end()].strip() and code.count(b'"', start, found.start()) % 2 == 0:
            yield found[0].rstrip(b"\r")


def _lead(data: bytes, line: int) -> bytes:
    return layout.indentation(data[line : data.find(b"\n", line)].decode("latin-1")).encode("latin-1")
