# SPDX-License-Identifier: GPL-2.0-only
"""The entry of an ops table: the edits that give it its new form."""

from __future__ import annotations

from mmapmigrate.convert.tables.members import Slot
from mmapmigrate.convert.text import layout
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.syntax.edit import Edit


def entry_edits(file: FileModel, entry: OpsEntry, slot: Slot, handler: str) -> list[Edit]:
    """Rename the member to its new form and its value to ``handler``, keeping the column of the ``=``."""
    data = file.unit.source.data
    edits = [_value_edit(data, entry, handler)]
    start, end = entry.member_start, entry.member_end
    gap_end = end
    while data[gap_end : gap_end + 1] in (b" ", b"\t"):
        gap_end += 1
    gap = data[end:gap_end].decode()
    new = slot.prepare
    if entry.form is EntryForm.INITIALIZER and (len(gap) > 1 or "\t" in gap):
        line = data.rfind(b"\n", 0, start) + 1
        before = layout.column(data[line:start].decode("latin-1"))
        target = layout.column(data[line:gap_end].decode("latin-1"))
        gap = layout.fill(before + len(new), target, "\t" if "\t" in gap else " ")
    edits.append(Edit(start, gap_end, (new + gap).encode()))
    sign = data.find(b"=", gap_end)
    if entry.form is EntryForm.INITIALIZER and sign == gap_end and data[sign + 1 : sign + 2] == b"\t":
        edits.append(_after_sign(data, start, new + gap, sign, entry.value_start))
    return edits


def _after_sign(data: bytes, start: int, member: str, sign: int, value: int) -> Edit:
    """Keep the column of a value that tabs align behind the ``=``."""
    line = data.rfind(b"\n", 0, start) + 1
    target = layout.column(data[line:value].decode("latin-1"))
    at = layout.column(member + "=", layout.column(data[line:start].decode("latin-1")))
    return Edit(sign + 1, value, layout.fill(at, target, "\t").encode())


def _value_edit(data: bytes, entry: OpsEntry, handler: str) -> Edit:
    old = (entry.handler or "").encode()
    text = data[entry.value_start : entry.value_end]
    at = text.find(old)
    start = entry.value_start + max(at, 0)
    return Edit(start, start + len(old), handler.encode())
