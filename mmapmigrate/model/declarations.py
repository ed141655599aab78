# SPDX-License-Identifier: GPL-2.0-only
"""Declarations read from tokens: which name has which type.

Only what an ops table needs of a type is kept: the struct's tag, the typedef's name or the members of a
struct without a tag, and whether a value of it is a function or a pointer to one. Attribute macros, known
or not, stand where C allows no second type name, so no list of them is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from mmapmigrate.model.tokens import TokenText

_AGGREGATES = frozenset({b"struct", b"union"})
_ARITHMETIC = frozenset(
    b"void char short int long float double signed unsigned bool _Bool __int128 __signed__"
    b" u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 size_t ssize_t loff_t"
    b" dma_addr_t phys_addr_t resource_size_t".split()
)
_QUALIFIERS = frozenset(
    b"const volatile static extern register auto inline restrict _Atomic typedef __extension__"
    b" __inline __inline__ __const __volatile__ _Noreturn _Thread_local constexpr".split()
)
_STATEMENT_WORDS = frozenset(
    b"return goto if else while for do switch case default break continue sizeof asm __asm__".split()
)
_TYPEOF = frozenset({b"typeof", b"__typeof__", b"__typeof", b"typeof_unqual", b"__auto_type"})

_MAX_DEPTH = 64


@dataclass(frozen=True)
class TypeRef:
    """What a declaration says of a type.

    ``tag`` is a struct's or union's tag; ``typedef`` the name of a type to look up; ``members`` those of a
    struct that is defined in place. ``callback`` is true for a function or a pointer to one, ``array`` for
    an array; pointers are not told from what they point to.
    """

    tag: str | None = None
    typedef: str | None = None
    members: Mapping[str, Member] | None = field(default=None, compare=False)
    callback: bool = False
    array: bool = False


class Member(Struct, frozen=True):
    """A struct's member: its type, and the text of its parameters where it is a callback."""

    name: str
    type: TypeRef
    parameters: str = ""


class StructDefinition(Struct, frozen=True):
    """A struct's or union's members by name (those of unnamed structs inside it included), and its place."""

    tag: str
    members: Mapping[str, Member]
    path: str = ""
    start: int = 0


class Declared(Struct, frozen=True):
    """A name that a declaration declares, and the index of its token."""

    name: str
    type: TypeRef
    token: int
    parameters: str = ""


def read_declaration(text: TokenText, start: int, end: int) -> list[Declared]:
    """What the declaration in tokens ``[start, end)`` (without its ``;``) declares; [] for a statement."""
    at, base = _specifiers(text, start, end)
    return [] if base is None else [one for one, _ in _declarators(text, at, end, base)]


Begun = dict[int, tuple[int, TypeRef, Declared]]
"""By a declaration's first token: the token behind the last comma that was read, the type, what is before."""


def last_declared(text: TokenText, start: int, end: int, begun: Begun) -> Declared | None:
    """The last name that the declaration in tokens ``[start, end)`` declares.

    ``begun`` is what is known of declarations whose earlier names were asked for, and learns of this one.
    """
    at, base, last = begun.get(start, (end, None, None))
    if at >= end:
        at, base = _specifiers(text, start, end)
        last = None
    if base is not None:
        for last, after in _declarators(text, at, end, base):
            if after < end:
                begun[start] = after, base, last
    return last


def _declarators(text: TokenText, at: int, end: int, base: TypeRef) -> Iterator[tuple[Declared, int]]:
    """What is declared from token ``at`` on, each with the index behind its comma; the last with the end."""
    while at < end:
        one, at = _declarator(text, at, end, base)
        if one is None:
            return
        more = text.text(at) == b","
        at = at + 1 if more else max(at, end)
        yield one, at


def read_type(text: TokenText, start: int, end: int) -> TypeRef | None:
    """The type that the type name in tokens ``[start, end)`` (of a cast, say) denotes, None if it is none."""
    at, base = _specifiers(text, start, end)
    if base is None:
        return None
    array = False
    while at < end:
        word = text.text(at)
        if word == b"[":
            array = True
            at = text.match.get(at, end)
        elif word == b"(":
            return TypeRef(callback=True)
        elif word != b"*" and not text.is_word(at):
            return None
        at += 1
    return TypeRef(base.tag, base.typedef, base.members, base.callback, array or base.array)


def read_members(text: TokenText, opener: int) -> dict[str, Member]:
    """The members of the struct whose body opens at token ``opener``; the arms of conditionals united."""
    members: dict[str, Member] = {}
    end = text.match.get(opener, len(text))
    start = opener + 1
    while start < end:
        stop = min(text.statement_end(start), end)
        _read_member(text, start, stop, members)
        start = stop + 1
    return members


def statements(text: TokenText, opener: int, stop: int) -> Iterator[tuple[int, int]]:
    """Half-open token ranges of the statements directly inside ``opener`` that start before ``stop``.

    A block ends the statement that it belongs to.
    """
    start = opener + 1
    for index in text.inside(opener, stop):
        if index < start:
            continue
        word = text.text(index)
        if word == b";":
            if start < index:
                yield start, index
            start = index + 1
        elif word == b"}" and text.text(index + 1) not in (b";", b",") and not _is_type_body(text, index):
            start = index + 1
    if start < stop:
        yield start, stop


def _is_type_body(text: TokenText, closer: int) -> bool:
    opener = text.match.get(closer, closer)
    return any(text.text(opener - back) in (b"struct", b"union", b"enum") for back in (1, 2, 3))


def _read_member(text: TokenText, start: int, stop: int, members: dict[str, Member]) -> None:
    if text.is_word(start) and text.text(start + 1) == b"(" and text.text(start + 2) != b"*":
        # struct_group(name, members...) and its kin: the members stand inside the parentheses.
        inner = text.match.get(start + 1, stop)
        for begin, finish in statements(text, start + 1, inner):
            for index in range(begin, finish):
                if text.outer[index] == start + 1 and text.text(index) == b",":
                    begin = index + 1
                    break
            _read_member(text, begin, finish, members)
        return
    declared = read_declaration(text, start, stop)
    for one in declared:
        members.setdefault(one.name, Member(one.name, one.type, one.parameters))
    if not declared:
        _, base = _specifiers(text, start, stop)
        if base is not None and base.members is not None and base.tag is None:
            for name, member in base.members.items():
                members.setdefault(name, member)


def _specifiers(text: TokenText, at: int, end: int) -> tuple[int, TypeRef | None]:
    """Read declaration specifiers from token ``at``; the index after them and the type, None for none."""
    base: TypeRef | None = None
    while at < end:
        word = text.text(at)
        if word in _AGGREGATES or word == b"enum":
            at, base = _tagged(text, at, end)
        elif word in _TYPEOF:
            base = TypeRef()
            at += 1
            if text.text(at) == b"(":
                at = text.match.get(at, end) + 1
        elif word in (b"__attribute__", b"__attribute", b"__aligned", b"_Alignas", b"__printf"):
            at += 1
            if text.text(at) == b"(":
                at = text.match.get(at, end) + 1
        elif word in _QUALIFIERS:
            at += 1
        elif word in _ARITHMETIC:
            base = base or TypeRef()
            at += 1
        elif word in _STATEMENT_WORDS or not text.is_word(at):
            break
        elif base is None:
            following = text.text(at + 1) if at + 1 < end else b""
            if following in _AGGREGATES or following in _QUALIFIERS or following in _ARITHMETIC:
                base = TypeRef(typedef=word.decode()) if following in _QUALIFIERS else None
            elif (
                at + 1 >= end or following == b"*" or text.is_word(at + 1) or _opens_declarator(text, at + 1)
            ):
                base = TypeRef(typedef=word.decode())
            else:
                break
            at += 1
        elif not _is_name(text, at, end):
            at += 1  # an attribute macro between the type and the declarator, or a second typedef name
        else:
            break
    return at, base


def _opens_declarator(text: TokenText, at: int) -> bool:
    """Whether ``(`` at token ``at`` begins ``(*name)(`` or ``(*name[n])(``."""
    closer = text.match.get(at)
    if text.text(at) != b"(" or closer is None:
        return text.text(at) == b"["
    return text.text(at + 1) == b"*" and text.text(closer + 1) in (b"(", b"[")


def _tagged(text: TokenText, at: int, end: int) -> tuple[int, TypeRef]:
    aggregate = text.text(at) in _AGGREGATES
    at += 1
    tag: bytes | None = None
    while at < end and text.text(at) == b"__attribute__":
        at = text.match.get(at + 1, end) + 1
    # struct __packed tag {: the tag is the last word before the body, else the first.
    if at < end and text.is_word(at):
        tag = text.text(at)
        at += 1
        if at + 1 < end and text.is_word(at) and text.text(at + 1) == b"{":
            tag = text.text(at)
            at += 1
    members: Mapping[str, Member] | None = None
    if at < end and text.text(at) == b"{":
        if aggregate:
            members = read_members(text, at) if _depth(text, at) <= _MAX_DEPTH else {}
        at = text.match.get(at, end) + 1
    name = tag.decode() if tag is not None and aggregate else None
    return at, TypeRef(tag=name, members=members)


def _depth(text: TokenText, at: int) -> int:
    """How many brackets are open around token ``at``."""
    depth = 0
    while text.outer[at] >= 0:
        at = text.outer[at]
        depth += 1
    return depth


def _declarator(text: TokenText, at: int, end: int, base: TypeRef) -> tuple[Declared | None, int]:
    """Read one declarator from token ``at``; it and the index of the ``,`` after it, or of the end."""
    while at < end and (text.text(at) == b"*" or _is_pointer_qualifier(text, at, end)):
        at += 1
    callback = base.callback
    array = False
    parameters = ""
    if text.text(at) == b"(" and at < end:
        closer = text.match.get(at)
        if closer is None or closer >= end:
            return None, end
        name_at = next(
            (i for i in range(at + 1, closer) if text.is_word(i) and not _is_attribute(text, i)), None
        )
        if name_at is None:
            return None, end
        array = text.text(name_at + 1) == b"["
        at = closer + 1
        if text.text(at) == b"(":
            callback = True
    elif at < end and text.is_word(at):
        name_at = at
        at += 1
    else:
        return None, end
    while at < end and text.text(at) != b",":
        word = text.text(at)
        if word == b"[":
            array = True
        elif word == b"(" and not parameters and (text.text(at - 1) == b")" or at - 1 == name_at):
            callback = True
            closer = text.match.get(at, end - 1)
            parameters = _spelled(text, at + 1, closer)
        elif word == b"=":
            at = _after_initializer(text, at, end)
            continue
        at = text.match[at] if word in (b"[", b"(", b"{") and text.match.get(at, 0) > at else at
        at += 1
    ref = TypeRef(base.tag, base.typedef, base.members, callback, array)
    return Declared(text.text(name_at).decode(), ref, name_at, parameters), at


def _is_attribute(text: TokenText, at: int) -> bool:
    return text.text(at) in _QUALIFIERS or (text.text(at).startswith(b"__") and text.is_word(at + 1))


def _is_pointer_qualifier(text: TokenText, at: int, end: int) -> bool:
    return text.text(at) in _QUALIFIERS or (
        text.is_word(at) and text.text(at - 1) == b"*" and not _is_name(text, at, end)
    )


def _is_name(text: TokenText, at: int, end: int) -> bool:
    """Whether the word at token ``at``, which follows a type, is the declared name and no attribute macro.

    Of several words in a row it is the last one that does not begin with two underscores.
    """
    following = at + 1
    while following < end and text.is_word(following):
        if not text.text(following).startswith(b"__"):
            return False
        following += 1
    if following < end and text.text(following) == b"*":
        return False
    return following == at + 1 or not text.text(at).startswith(b"__")


def _after_initializer(text: TokenText, at: int, end: int) -> int:
    level = text.outer[at]
    at += 1
    while at < end and not (text.text(at) == b"," and text.outer[at] == level):
        at = text.match[at] if text.match.get(at, 0) > at else at
        at += 1
    return at


def _spelled(text: TokenText, start: int, end: int) -> str:
    if start >= end:
        return ""
    code = text.code[text.start(start) : text.end(end - 1)]
    return re.sub(rb"\s+", b" ", code).decode("utf-8", "surrogateescape")
