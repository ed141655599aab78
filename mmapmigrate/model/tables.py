# SPDX-License-Identifier: GPL-2.0-only
"""Finds the members of ops tables that may hold an mmap hook.

The text is searched for ``.mmap =`` and its kin; only the items around a hit are read, as tokens. So a
member under ``#ifdef``, in either arm, or behind a macro that no grammar knows is seen all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from msgspec.structs import replace

from mmapmigrate.model.declarations import Begun, TypeRef, last_declared, read_type
from mmapmigrate.model.fragments import struct_with
from mmapmigrate.model.macro_lists import Use, structs_of_lists
from mmapmigrate.model.macros import Macro, macro_at
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.model.signs import LOOK_BACK, begins_element, may_set
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.model.types import Types
from mmapmigrate.syntax.unit import ItemKind, SourceUnit

_SET = re.compile(rb"mmap(_\w+)?(?:\s|\\\r?\n)*(=(?!=)|:(?!:))")
"""The end of a member's name and what gives it a value; it begins with a literal, and so is found fast."""
_NOT_CALLS = frozenset({b"if", b"while", b"for", b"switch", b"return", b"sizeof"})
_CONSTANTS = frozenset({b"true", b"false"})
_OPENERS = frozenset({b"(", b"[", b"{"})
_AGGREGATES = frozenset({b"struct", b"union"})
_TYPE_WORDS = _AGGREGATES | {b"const", b"void"}
_BEFORE_LITERAL = frozenset({b"=", b"&", b",", b"(", b"return", b"?", b":"})
_CALLBACKS = ("_operations", "_ops", "_funcs")
_MAX_DEPTH = 64
_PLAIN = frozenset({b"(", b")", b"&", b"*", b"?", b":", b".", b"->", b"[", b"]", b"##"})


def find_entries(unit: SourceUnit, types: Types) -> tuple[OpsEntry, ...]:
    """Every member of the file that may hold an mmap hook, in file order."""
    if not may_set(unit.source.data):
        return ()
    found: list[OpsEntry] = []
    readers: dict[int, TableReader] = {}
    for hit in _SET.finditer(unit.code):
        offset = _word_start(unit.code, hit.start(), suffixed=hit[1] is not None, colon=hit[2] == b":")
        if offset is None:
            continue
        reader = _reader_at(unit, types, offset, readers)
        at = None if reader is None else reader.text.beginning_at(offset)
        if reader is not None and at is not None:
            found += reader.entries(at)
    unknown = [entry for entry in found if _is_of_macro(entry)]
    if not unknown:
        return tuple(found)

    def use_at(offset: int) -> Use:
        reader = _reader_at(unit, types, offset, readers)
        at = None if reader is None else reader.text.beginning_at(offset)
        if reader is None or at is None:
            return None, None
        struct = reader.list_struct(at)
        return struct, None if reader.macro is None else reader.macro.name

    used = structs_of_lists(unit, [entry.object for entry in unknown if entry.object is not None], use_at)
    fitting: dict[frozenset[str], str | None] = {}
    for index, entry in enumerate(found):
        if _is_of_macro(entry):
            struct = used.get(entry.object or "")
            reader = _reader_at(unit, types, entry.start, readers)
            if struct is None and reader is not None:
                members = reader.member_names
                if members not in fitting:
                    fitting[members] = struct_with(unit, types, members)
                struct = fitting[members]
            found[index] = replace(entry, struct=struct)
    return tuple(found)


def _is_of_macro(entry: OpsEntry) -> bool:
    """Whether ``entry`` stands in a macro that does not say of which struct it is."""
    return entry.form is EntryForm.MACRO and entry.struct is None and entry.object is not None


def _reader_at(
    unit: SourceUnit, types: Types, offset: int, readers: dict[int, TableReader]
) -> TableReader | None:
    """The reader of the macro's body, or of the top-level item, that holds ``offset``."""
    directive = unit.directive_before(offset)
    known = readers.get(directive.start) if directive is not None else None
    if known is not None and known.macro is not None and known.macro.body_start <= offset < known.macro.end:
        return known
    macro = macro_at(unit, offset)
    if macro is not None:
        text = TokenText(unit.code, macro.body_start, macro.end)
        readers[macro.start] = TableReader(unit, types, text, macro)
        return readers[macro.start]
    item = unit.item_at(offset)
    if item is None or item.kind is ItemKind.DEFINE:
        return None
    if item.start not in readers:
        readers[item.start] = TableReader(unit, types, TokenText.of(unit, item.start, item.end), None)
    return readers[item.start]


def _word_start(code: bytes, at: int, *, suffixed: bool, colon: bool) -> int | None:
    """The offset of the member's name (mmap, mmap_x or x_mmap) whose ``mmap`` is at ``at``.

    None where none can stand: it follows ``.`` or ``->``, or, with a colon, begins an element of a list.
    """
    start = at
    while start and (code[start - 1 : start].isalnum() or code[start - 1] == 0x5F):
        start -= 1
    if start < at and (code[at - 1] != 0x5F or suffixed):
        return None
    before = code[max(0, start - LOOK_BACK) : start]
    fits = begins_element(before) if colon else before.rstrip(b" \t\r\n\\").endswith((b".", b"->"))
    return start if fits else None


class TableReader:
    """Reads the member at one token of an item or a macro's body."""

    def __init__(self, unit: SourceUnit, types: Types, text: TokenText, macro: Macro | None) -> None:
        self._unit = unit
        self._types = types
        self.text = text
        self.macro = macro
        self._begun: Begun = {}

    def entries(self, at: int) -> Iterator[OpsEntry]:
        """The entry whose member's name is token ``at``, one for each arm that gives it a value."""
        text = self.text
        if not text.is_word(at):
            return
        given = [(value, end) for value, end in self._values(at) if value < end]
        plain = [(value, end) for value, end in given if self._may_be_hook(value, end)]
        # A hook may be computed: what else the member holds, its struct tells.
        exact = text.text(at) == b"mmap"
        values = [each for each in given if each in plain or (exact and not self._is_literal(*each))]
        if not values:
            # Nor need the struct be looked for, which may take many headers.
            return
        old_style = text.text(at + 1) == b":"
        target = at if old_style else self._target_start(at)
        if (
            text.text(target) not in (b".", b"[")
            and text.text(at - 1) == b"."
            and self._is_list(text.outer[at])
        ):
            # A macro that brings its own comma stands before the member.
            target = at - 1
        designated = old_style or text.text(target) in (b".", b"[")
        if designated:
            ref, name = self._list(text.outer[at], target)
            ref = self._path(ref, target, at - 1)
        else:
            ref, name = self._types.expression(text, target, at - 1), self._root(target, at - 1)
        ref = self._types.resolve(ref)
        if old_style and ref is None:
            return
        form = EntryForm.INITIALIZER if designated else EntryForm.ASSIGNMENT
        if self.macro is not None:
            form, name = EntryForm.MACRO, self.macro.name
        member = text.text(at).decode()
        for value, end in values:
            handler = self._handler(value, end)
            if ref is not None and self._is_data(ref, member, handler, designated=designated):
                continue
            if (value, end) not in plain and not self._has_callback(ref, member):
                continue
            yield OpsEntry(
                struct=ref.tag if ref is not None else None,
                member=member,
                object=name,
                handler=handler,
                form=form,
                start=text.start(target),
                end=text.end(end - 1),
                member_start=text.start(at),
                member_end=text.end(at),
                value_start=text.start(value),
                value_end=text.end(end - 1),
                conditions=self._unit.conditions(text.start(value)),
                list_start=self._list_start(at) if designated else None,
            )

    def list_struct(self, at: int) -> str | None:
        """The struct in whose initialiser list token ``at`` stands, or that it is the whole list of."""
        whole = self.text.text(at - 1) == b"="
        found = self._initialized(at) if whole else self._list(self.text.outer[at], at)
        ref = self._types.resolve(found[0])
        return ref.tag if ref is not None else None

    @cached_property
    def member_names(self) -> frozenset[str]:
        """The members that a macro's body gives values outside all brackets."""
        text = self.text
        return frozenset(
            text.text(at).decode()
            for at in text.inside(-1)
            if text.is_word(at) and text.text(at - 1) == b"." and text.text(at + 1) == b"="
        )

    def _target_start(self, at: int) -> int:
        """The first token of the designator or of the expression that ends in member token ``at``."""
        text = self.text
        operator = at - 1
        while True:
            before = operator - 1
            word = text.text(before)
            if word == b"]" and before in text.match:
                operator = text.match[before]
                if text.text(operator - 1) not in (b"]", b")") and not text.is_word(operator - 1):
                    return operator
                continue
            if word == b")" and before in text.match:
                opener = text.match[before]
                if not text.is_word(opener - 1) or text.text(opener - 1) in _NOT_CALLS:
                    return opener
                before = opener - 1
            elif not text.is_word(before):
                return operator
            if text.text(before - 1) not in (b".", b"->"):
                return before
            operator = before - 1

    def _values(self, at: int) -> Iterator[tuple[int, int]]:
        """The token ranges of the values of member token ``at``: several where arms of an #if choose."""
        text = self.text
        value, end = self._value(at + 2)
        yield value, end
        outside = self._unit.conditions(text.start(at))
        while end + 1 < len(text) and text.text(end) in (b",", b";"):
            here = self._unit.conditions(text.start(value))
            following = self._unit.conditions(text.start(end + 1))
            if len(here) != len(outside) + 1 or len(following) != len(here) or here == following:
                return
            if here[-1].group != following[-1].group or text.text(end + 1) in (b".", b"[", b"}"):
                return
            value, end = self._value(end + 1)
            yield value, end

    def _value(self, start: int) -> tuple[int, int]:
        """The token range of the value that begins at token ``start``: behind the last ``=`` of a chain."""
        text = self.text
        level = text.outer[start] if start < len(text) else -1
        closer = text.match.get(level, len(text)) if level >= 0 else len(text)
        at = start
        while at < closer and text.text(at) not in (b",", b";", b"}"):
            if text.text(at) == b"=":
                start = at + 1
            if text.text(at) in _OPENERS and at not in text.match:
                # It ends nowhere; what follows is no part of a value.
                return start, at + 1
            partner = text.match.get(at, at)
            at = max(partner, at) + 1
        return start, min(at, len(text))

    def _may_be_hook(self, start: int, end: int) -> bool:
        """Whether a value can be a function's address: no literal, no call, no arithmetic."""
        text = self.text
        for at in range(start, end):
            word = text.text(at)
            if text.is_word(at):
                if word in _CONSTANTS:
                    return False
            elif word not in _PLAIN and not (word == b"0" and end - start == 1):
                return self._is_conditional(start, end)
        return not any(self._is_call(at) for at in range(start, end)) or self._is_conditional(start, end)

    def _is_literal(self, start: int, end: int) -> bool:
        word = self.text.text(start)
        return end - start == 1 and (word in _CONSTANTS or word[:1].isdigit() or word[:1] in (b'"', b"'"))

    def _is_conditional(self, start: int, end: int) -> bool:
        """Whether the value is ``condition ? f : g``, whatever the condition."""
        text = self.text
        for at in range(end - 1, start - 1, -1):
            if text.text(at) == b"?":
                return True
            if not text.is_word(at) and text.text(at) not in _PLAIN:
                break
        return False

    def _is_call(self, at: int) -> bool:
        return self.text.text(at) == b"(" and self.text.is_word(at - 1)

    def _handler(self, start: int, end: int) -> str | None:
        """The function that the value names, "NULL", or None."""
        text = self.text
        while end - start > 1:
            first, closer = text.text(start), text.match.get(start, start)
            if first == b"&":
                start += 1
            elif first == b"(" and closer == end - 1:
                start, end = start + 1, end - 1
            elif first == b"(" and start < closer < end:
                start = closer + 1
            else:
                return None
        if end - start != 1:
            return None
        if text.text(start) == b"0":
            return "NULL"
        name = text.text(start).decode() if text.is_word(start) else None
        if self.macro is not None and name in (self.macro.parameters or ()):
            return None
        return name

    def _is_data(self, ref: TypeRef, member: str, handler: str | None, *, designated: bool) -> bool:
        """Whether the member is known to be no callback."""
        if designated and (member in ("mmap", "mmap_prepare") or _looks_like_function(handler)):
            return False
        if member == "mmap" and handler not in (None, "NULL"):
            return False
        kind = self._types.member(ref, member)
        return kind is not None and not kind.callback

    def _has_callback(self, ref: TypeRef | None, member: str) -> bool:
        """Whether the member is known for a callback, or its struct is named as those that have them."""
        if ref is None or ref.tag is None:
            return False
        if ref.tag.endswith(_CALLBACKS):
            return True
        kind = self._types.member(ref, member)
        return kind is not None and kind.callback

    def _root(self, start: int, end: int) -> str | None:
        """The variable at the root of an assigned expression."""
        text = self.text
        for at in range(start, end):
            if text.text(at) in _TYPE_WORDS or text.text(at - 1) in _AGGREGATES:
                continue
            if text.is_word(at) and text.text(at + 1) != b"(":
                return text.text(at).decode()
        return None

    def _path(self, ref: TypeRef | None, start: int, stop: int) -> TypeRef | None:
        """The type that a designator's steps in tokens ``[start, stop)`` lead to."""
        text = self.text
        at = start
        while at < stop and ref is not None:
            word = text.text(at)
            if word == b"[":
                ref = TypeRef(ref.tag, ref.typedef, ref.members, ref.callback)
                at = text.match.get(at, stop)
            elif text.is_word(at):
                ref = self._types.member(ref, word.decode())
            at += 1
        return ref

    def _list(self, opener: int, at: int, depth: int = 0) -> tuple[TypeRef | None, str | None]:
        """The type that the initialiser list at bracket ``opener`` initialises, and its variable."""
        if opener < 0 or self.text.text(opener) != b"{" or depth > _MAX_DEPTH:
            return None, None
        return self._initialized(opener, depth)

    def _initialized(self, opener: int, depth: int = 0) -> tuple[TypeRef | None, str | None]:
        """The same for the list that begins at token ``opener``, which may be a macro's name."""
        text = self.text
        before = opener - 1
        word = text.text(before)
        if word == b"=":
            start = self._designator_start(before)
            if start is not None:
                ref, name = self._list(text.outer[opener], start, depth + 1)
                return self._path(ref, start, before), name
            return self._declared(before)
        if word == b")" and before in text.match:
            paren = text.match[before]
            return read_type(text, paren + 1, before), self._literal_name(paren)
        if word in (b"{", b","):
            outer = text.outer[opener]
            ref, name = self._list(outer, opener, depth + 1)
            ref = self._types.resolve(ref)
            if ref is None or ref.array:
                return (TypeRef(ref.tag, ref.typedef, ref.members) if ref is not None else None), name
            index = sum(1 for i in text.inside(outer, opener) if text.text(i) == b",")
            return self._types.nth_member(ref, index), name
        return None, None

    def _is_list(self, opener: int, depth: int = 0) -> bool:
        """Whether the bracket ``opener`` opens an initialiser list and no block."""
        text = self.text
        if opener < 0 or text.text(opener) != b"{" or depth > _MAX_DEPTH:
            return False
        before = text.text(opener - 1)
        if before == b")" and opener - 1 in text.match:
            paren = text.match[opener - 1]
            return text.text(paren + 1) in _TYPE_WORDS and text.text(paren - 1) in _BEFORE_LITERAL
        return before == b"=" or (before in (b"{", b",") and self._is_list(text.outer[opener], depth + 1))

    def _list_start(self, at: int) -> int | None:
        opener = self.text.outer[at]
        return self.text.start(opener) if self.text.text(opener) == b"{" else None

    def _designator_start(self, equals: int) -> int | None:
        """The first token of the designator before ``=``, None where a declaration stands there."""
        text = self.text
        level = text.outer[equals]
        if level < 0 or text.text(level) != b"{":
            if level < 0 and self.macro is not None and text.text(equals - 2) == b".":
                return equals - 2
            return None
        at = equals
        while at - 1 > level and text.text(at - 1) not in (b",", b"{", b";", b"}"):
            at -= 1
            if text.text(at) in (b"]", b")") and at in text.match:
                at = text.match[at]
        return at if text.text(at) in (b".", b"[") else None

    def _declared(self, equals: int) -> tuple[TypeRef | None, str | None]:
        """Type and name of the variable whose initialiser follows token ``equals``."""
        text = self.text
        start = text.statement_start(equals)
        declared = last_declared(text, start, equals, self._begun)
        return (None, None) if declared is None else (declared.type, declared.name)

    def _literal_name(self, paren: int) -> str | None:
        """The variable that a compound literal initialises, if it is one's whole initialiser."""
        text = self.text
        before = paren - 1
        while text.text(before) in (b"&", b"("):
            before -= 1
        if text.text(before) != b"=" or self._designator_start(before) is not None:
            return None
        return self._declared(before)[1]


def _looks_like_function(handler: str | None) -> bool:
    """Whether a name is written as functions are and constants are not; saves the search for the struct."""
    return handler is not None and not handler.isupper()
