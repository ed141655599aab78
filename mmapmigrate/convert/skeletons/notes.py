# SPDX-License-Identifier: GPL-2.0-only
"""What is said of the statements that stay: once for those in a row of which the same is true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from tree_sitter import Node


class Note(Struct):
    """A statement that stays, and what is to be said of it."""

    statement: Node
    messages: list[str] = field(default_factory=list)


def folded(notes: Sequence[Note]) -> list[Note]:
    """The notes with those on statements in a row that say the same joined in one above the first."""
    result: list[Note] = []
    run: list[Note] = []
    for note in notes:
        told = _predicate(note)
        last = run[-1].statement if run else None
        follows = last is not None and last.next_named_sibling == note.statement
        if not (follows and told and told == _predicate(run[0])):
            result += _joined(run)
            run = []
        run.append(note)
    return result + _joined(run)


def _joined(run: list[Note]) -> list[Note]:
    if len(run) < 2:
        return run
    return [Note(run[0].statement, [f"each of the next {len(run)} statements {_predicate(run[0])}"])]


def _predicate(note: Note) -> str:
    """What the one message of a note says of the code that it begins with."""
    if len(note.messages) != 1:
        return ""
    found = re.fullmatch(r"`[^`]*` (.*)", note.messages[0])
    return "" if found is None else found[1]
