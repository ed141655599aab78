# SPDX-License-Identifier: GPL-2.0-only
"""Ops tables: which struct's which member names which hook, and where it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from mmapmigrate.syntax.unit import Condition


class EntryForm(StrEnum):
    """How an ops table's member is written."""

    INITIALIZER = "initializer"
    """``.mmap = foo`` in an initialiser list or compound literal."""
    ASSIGNMENT = "assignment"
    """``fops.mmap = foo;`` or ``ops->mmap = foo;``."""
    MACRO = "macro"
    """``.mmap = foo`` in the body of a #define."""


class OpsEntry(Struct, frozen=True):
    """One place where an ops struct's member gets a value.

    Offsets are half-open byte ranges of the file: ``start``/``end`` the whole of ``.mmap = foo`` (or of the
    assignment expression), ``member_*`` the member's name, ``value_*`` the value. ``struct`` is the struct's
    tag, or None where the type cannot be known. ``object`` is the table's variable (``ops[1]`` for array
    elements is just ``ops``), the macro's name for MACRO, None for a compound literal without one.
    ``handler`` is the function's name, "NULL", or None where the value is no plain name (``&f`` and casts
    are looked through; a macro's parameter is no name). ``list_start`` is the offset of the ``{`` of the
    initialiser list that holds it, None where there is none.
    """

    struct: str | None
    member: str
    object: str | None
    handler: str | None
    form: EntryForm
    start: int
    end: int
    member_start: int
    member_end: int
    value_start: int
    value_end: int
    conditions: tuple[Condition, ...] = ()
    list_start: int | None = None


def by_handler(entries: Iterable[OpsEntry]) -> Mapping[str, tuple[OpsEntry, ...]]:
    """The entries that name a hook, by the hook's name, in file order; those of NULL are left out."""
    grouped: dict[str, list[OpsEntry]] = {}
    for entry in entries:
        if entry.handler is not None and entry.handler != "NULL":
            grouped.setdefault(entry.handler, []).append(entry)
    return {handler: tuple(group) for handler, group in grouped.items()}
