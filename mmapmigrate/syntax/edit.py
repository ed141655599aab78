# SPDX-License-Identifier: GPL-2.0-only
"""Edits as byte ranges of the original: what is not edited is not touched."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class OverlappingEditsError(ValueError):
    """Two edits claim the same bytes."""


class Edit(Struct, frozen=True, order=True):
    """Replace the half-open byte range ``[start, end)`` by ``text``; an insertion has start == end."""

    start: int
    end: int
    text: bytes


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return ``data`` with all ``edits`` applied; equal edits count once.

    Raises OverlappingEditsError when two different edits share a byte or insert at one place.
    """
    pieces: list[bytes] = []
    at = 0
    last: Edit | None = None
    for edit in sorted(set(edits)):
        if last is not None and (edit.start < last.end or edit.start == last.start):
            raise OverlappingEditsError(f"{last} and {edit}")
        pieces += (data[at : edit.start], edit.text)
        at = edit.end
        last = edit
    pieces.append(data[at:])
    return b"".join(pieces)
