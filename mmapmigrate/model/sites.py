# SPDX-License-Identifier: GPL-2.0-only
"""Where a struct's member is named in an expression, ``base->member``, with the struct's type."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from mmapmigrate.model.declarations import Member, StructDefinition, TypeRef
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.signs import is_member
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.model.types import Types
from mmapmigrate.syntax.unit import Item, ItemKind
from mmapmigrate.syntax.words import has_word, word_places


def _struct(tag: str, **members: str) -> tuple[str, StructDefinition]:
    return tag, StructDefinition(tag, {name: Member(name, TypeRef(tag=of)) for name, of in members.items()})


KNOWN: Mapping[str, StructDefinition] = dict(
    (
        _struct("file", f_op="file_operations"),
        _struct("inode", i_fop="file_operations"),
        _struct("cdev", ops="file_operations"),
        _struct("miscdevice", fops="file_operations"),
        _struct("drm_driver", fops="file_operations"),
        _struct("vm_area_struct", vm_file="file", vm_mm="mm_struct"),
        _struct("vm_area_desc", file="file", vm_file="file", action="mmap_action"),
        _struct("vm_fault", vma="vm_area_struct"),
    )
)
"""Members that lead to what the rules ask for, for code outside a tree; all of them old (include/linux/)."""

UNIQUE: Mapping[bytes, str] = {b"f_op": "file_operations"}
"""Members that one struct of the kernel has and no other: the name alone tells the type."""

_MEMBER = re.compile(rb"(?:->|\.)\s*([A-Za-z_]\w*)")
_NO_CALLS = frozenset(b"return if while for switch sizeof else case do typeof __typeof__".split())


class MemberSite(Struct, frozen=True, dict=True):
    """One ``base->member`` or ``base.member`` outside comments, literals and directives.

    ``[start, end)`` is the byte range of the whole; the base's is ``[start, base_end)``. ``arrow`` tells
    ``->`` from ``.``. ``text`` are the tokens of ``item``; ``first`` is the index of the site's first one,
    ``token`` that of the member.
    """

    member: str
    start: int
    base_end: int
    end: int
    arrow: bool
    item: Item
    text: TokenText
    token: int
    first: int
    types: Types

    @cached_property
    def struct(self) -> str | None:
        """The tag of the base's struct, None where it cannot be known. The first look may search headers."""
        ref = self.types.expression(self.text, self.first, self.token - 1)
        if ref is None and self.first < self.token - 2:
            return UNIQUE.get(self.text.text(self.token - 2))
        return ref.tag if ref is not None else None

    def base(self, file: FileModel) -> str:
        """The base as it is written."""
        return file.unit.source.data[self.start : self.base_end].decode("latin-1")

    @property
    def wrapped(self) -> bool:
        """Whether it is called as ``(*base->member)()``."""
        return self.text.text(self.first - 1) == b"*"


class _Fallback:
    """The types that a file sees, and KNOWN where it sees none."""

    def __init__(self, file: FileModel) -> None:
        self._types = file.types

    def find_struct(self, tag: str, path: str) -> StructDefinition | None:
        return self._types.struct(tag) or KNOWN.get(tag)

    def find_typedef(self, name: str, path: str) -> TypeRef | None:
        return self._types.resolve(TypeRef(typedef=name))

    def find_declared(self, name: str, path: str) -> TypeRef | None:
        return self._types.file_scope(name)


def member_sites(
    file: FileModel, *members: str, before: bytes = b"", within: bytes = b""
) -> Iterator[MemberSite]:
    """Every place in a function that names one of ``members`` through ``->`` or ``.``, in file order.

    ``before`` is a regular expression that must match what follows the name; ``within`` are bytes that the
    function must hold: what a caller does not want need not be read.
    """
    words = [name.encode() for name in members]
    following = re.compile(before)
    data = file.unit.source.data
    if within not in data or next(_named(data, words, following), None) is None:
        return
    yield from _sites(file, _named(file.unit.text, words, following), within)


def all_member_sites(file: FileModel, within: bytes, known: Collection[str]) -> Iterator[MemberSite]:
    """Every place in a function that holds ``within`` at which a member that is not ``known`` is named."""
    code = file.unit.text
    others = {name.encode() for name in known}
    items = dict.fromkeys(file.unit.item_at(at) for at in word_places(code, within))
    named = (
        found.start(1)
        for item in items
        if item is not None
        for found in _MEMBER.finditer(code, item.start, item.end)
        if found[1] not in others and is_member(code, found.start(1))
    )
    return _sites(file, named, within)


def _sites(file: FileModel, offsets: Iterable[int], within: bytes) -> Iterator[MemberSite]:
    code = file.unit.text
    types = types_with_known(file)
    texts: dict[Item, TokenText] = {}
    for at in offsets:
        item = file.unit.item_at(at)
        if item is None or item.kind is not ItemKind.FUNCTION or code.find(within, item.start, item.end) < 0:
            continue
        if item not in texts:
            texts[item] = TokenText.of(file.unit, item.start, item.end)
        site = _site(texts[item], types, item, at)
        if site is not None:
            yield site


def _named(data: bytes, words: Iterable[bytes], following: re.Pattern[bytes]) -> Iterator[int]:
    """Where ``data`` names one of ``words`` as a member, and ``following`` matches behind it, in order."""
    for at, end in sorted((at, at + len(word)) for word in words for at in word_places(data, word)):
        if is_member(data, at) and following.match(data, end):
            yield at


def types_with_known(file: FileModel) -> Types:
    """Types as the file sees them, with KNOWN behind."""
    return Types(file.unit, _Fallback(file))


def _site(text: TokenText, types: Types, item: Item, offset: int) -> MemberSite | None:
    token = text.beginning_at(offset)
    if token is None:
        # In what no compiler reads either, such as a quote that nothing closes.
        return None
    first = _chain_start(text, token - 1)
    if first is None:
        return None
    return MemberSite(
        member=text.text(token).decode(),
        start=text.start(first),
        base_end=text.end(token - 2),
        end=text.end(token),
        arrow=text.text(token - 1) == b"->",
        item=item,
        text=text,
        token=token,
        first=first,
        types=types,
    )


def _chain_start(text: TokenText, operator: int) -> int | None:
    """The first token of the postfix expression before token ``operator``, None for a designator."""
    at = operator - 1
    while True:
        while text.text(at) in (b"]", b")"):
            opener = text.match.get(at)
            if opener is None:
                return None
            before = opener - 1
            called = text.is_word(before) and text.text(before) not in _NO_CALLS
            if text.text(opener) == b"(" and not called and text.text(before) not in (b")", b"]"):
                return opener
            at = before
        if not text.is_word(at):
            return None
        if text.text(at - 1) not in (b".", b"->"):
            return at
        at -= 2


def names_in(item: Item, file: FileModel, name: str) -> bool:
    """Whether the code of ``item`` holds ``name`` as a word."""
    return has_word(file.unit.code, name.encode(), item.start, item.end)


def call_arguments(site: MemberSite, file: FileModel) -> list[str] | None:
    """The arguments of the site's call (``p->f(x)`` or ``(*p->f)(x)``) as written, None if it is none."""
    text = site.text
    opener = site.token + 1
    if text.text(opener) == b")" and site.wrapped:
        opener += 1
    if text.text(opener) != b"(" or opener not in text.match:
        return None
    arguments: list[str] = []
    start = opener + 1
    for at in [*(i for i in text.inside(opener) if text.text(i) == b","), text.match[opener]]:
        if start < at:
            written = file.unit.source.data[text.start(start) : text.end(at - 1)]
            arguments.append(written.decode("latin-1"))
        start = at + 1
    return arguments


def is_tested(site: MemberSite) -> bool:
    """Whether the site stands where only zero or not matters: a condition or an operand of !, && or ||."""
    text = site.text
    before, after = text.text(site.first - 1), text.text(site.token + 1)
    if before in (b"!", b"&&", b"||"):
        return after in (b")", b"&&", b"||", b"?", b";", b",")
    if after in (b"&&", b"||", b"?"):
        return before in (b"(", b"=", b"return", b"&&", b"||")
    condition = text.outer[site.first]
    return (before, after) == (b"(", b")") and text.text(condition - 1) in (b"if", b"while")
