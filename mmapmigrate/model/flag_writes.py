# SPDX-License-Identifier: GPL-2.0-only
"""Assignments to a VMA's flags that go past the helpers, and the helper's call that says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.flags import FLAG_HELPERS
from mmapmigrate.model.functions import functions_in
from mmapmigrate.model.sites import MemberSite, member_sites, types_with_known
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.unit import Item, ItemKind

_ASSIGNMENTS = frozenset((b"=", b"|=", b"&=", b"^="))
_WRITTEN = rb"\s*(?:[|&^]=|=(?!=)|,)"
_PRIVATE = re.compile(rb"\bACCESS_PRIVATE\s*\(")
_BPF = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[\"<]vmlinux\.h[\">]", re.M)
# Of anything else ~ may be too narrow: that of an unsigned int clears all upper bits too.
_NAMED = re.compile(rb"VM_[A-Z0-9_]+|[|()]")
_STATEMENT_STARTS = frozenset((b";", b"{", b"}", b")", b"else", b":"))
_VMA = "vm_area_struct"


class FlagWrite(Struct, frozen=True):
    """One assignment; ``[start, end)`` is the byte range of what is assigned to, ``target`` its text.

    ``helper`` is the helper that does the same, "" where none simply does; ``edit`` writes its call, where
    the assignment is a whole statement. ``function`` is the name of the function around it, "" if unknown.
    """

    start: int
    end: int
    target: str
    function: str
    helper: str = ""
    edit: Edit | None = None


def flag_writes(file: FileModel) -> Iterator[FlagWrite]:
    """Every assignment to the vm_flags of a ``struct vm_area_struct`` outside the helpers themselves.

    A BPF program has the kernel's types and none of its helpers: the verifier judges what it writes.
    """
    if file.holds(b"vmlinux.h") and _BPF.search(file.unit.source.data) is not None:
        return
    found = [*_plain_writes(file), *_private_writes(file)]
    for write in sorted(found, key=lambda one: one.start):
        if write.function not in FLAG_HELPERS:
            yield write


def _plain_writes(file: FileModel) -> Iterator[FlagWrite]:
    for site in member_sites(file, "vm_flags", "__vm_flags", before=_WRITTEN):
        once = site.text.text(site.first - 2) == b"WRITE_ONCE" and site.text.text(site.first - 1) == b"("
        assigned = site.text.text(site.token + 1)
        if not (assigned in _ASSIGNMENTS or (once and assigned == b",")) or site.struct != _VMA:
            continue
        target = file.unit.source.data[site.start : site.end].decode("latin-1")
        helper, edit = _rewritten(file, site) if assigned in (b"|=", b"&=") else ("", None)
        yield FlagWrite(site.start, site.end, target, _function(file, site.item), helper, edit)


def _private_writes(file: FileModel) -> Iterator[FlagWrite]:
    """``ACCESS_PRIVATE(vma, __vm_flags) = ...``, also as WRITE_ONCE()'s first argument."""
    if not file.holds(b"ACCESS_PRIVATE"):
        return
    for found in _PRIVATE.finditer(file.unit.text):
        item = file.unit.item_at(found.start())
        if item is None or item.kind is not ItemKind.FUNCTION:
            continue
        text = TokenText.of(file.unit, item.start, item.end)
        first = text.index_at(found.start())
        opener = first + 1
        closer = text.match.get(opener)
        if closer is None or text.text(closer - 1) not in (b"vm_flags", b"__vm_flags"):
            continue
        once = text.text(first - 2) == b"WRITE_ONCE" and text.text(closer + 1) == b","
        if text.text(closer + 1) not in _ASSIGNMENTS and not once:
            continue
        ref = types_with_known(file).expression(text, opener + 1, closer - 2)
        if ref is None or ref.tag != _VMA:
            continue
        start, end = found.start(), text.end(closer)
        target = file.unit.source.data[start:end].decode("latin-1")
        yield FlagWrite(start, end, target, _function(file, item))


def _rewritten(file: FileModel, site: MemberSite) -> tuple[str, Edit | None]:
    """``vma->vm_flags |= A;`` as vm_flags_set(), ``vma->vm_flags &= ~A;`` as vm_flags_clear()."""
    text, data = site.text, file.unit.source.data
    start = site.token + 2
    end = text.statement_end(site.token)
    helper = "vm_flags_set"
    if text.text(site.token + 1) == b"&=":
        operand = text.match.get(start + 1, start + 1)
        if text.text(start) != b"~" or operand != end - 1:
            return "", None
        helper, start = "vm_flags_clear", start + 1
        if text.text(start) == b"(":
            start, end = start + 1, end - 1
        if not all(_NAMED.fullmatch(text.text(at)) for at in range(start, end)):
            return "", None
    whole = text.text(site.first - 1) in _STATEMENT_STARTS and start < end
    level = text.outer[site.token]
    several = any(text.text(at) in (b",", b"=") and text.outer[at] == level for at in range(start, end))
    if not whole or several:
        return helper, None
    base = site.base(file) if site.arrow else f"&{site.base(file)}"
    flags = data[text.start(start) : text.end(end - 1)]
    last = text.statement_end(site.token) - 1
    call = f"{helper}({base}, ".encode("latin-1") + flags + b")"
    return helper, Edit(site.start, text.end(last), call)


def _function(file: FileModel, item: Item) -> str:
    return next((function.name for function in functions_in(file.unit, item)), "")
