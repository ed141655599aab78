# SPDX-License-Identifier: GPL-2.0-only
"""The struct type of a name or an expression, from the declarations that it can see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mmapmigrate.model.declarations import (
    Declared,
    StructDefinition,
    TypeRef,
    read_declaration,
    read_type,
    statements,
)
from mmapmigrate.model.macros import macros_named
from mmapmigrate.model.structs import DeclarationLookup, TypeLookup, struct_in, typedef_in
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.syntax.unit import Item, ItemKind, SourceUnit
from mmapmigrate.syntax.words import encoded, word_places

_TYPEDEF_DEPTH = 8
_MAX_DEPTH = 64
_CONTAINERS = frozenset({b"container_of", b"container_of_const", b"list_entry", b"list_first_entry"})
_SAME = frozenset({b"READ_ONCE", b"rcu_dereference", b"rcu_dereference_raw", b"smp_load_acquire"})
"""Macros that yield their argument, or what it points at (include/asm-generic/rwonce.h, rcupdate.h)."""
_CONTAINER_BODY = re.compile(
    r"\bcontainer_of(?:_const)?\s*+\([^;]*,\s*+(struct\s++\w++|\w++)\s*+,[^,]*\)[\s)]*+\Z"
)


class _Local(NamedTuple):
    """A declaration in a block, and the token where its scope ends."""

    declared: Declared
    end: int


class Types:
    """Types as one file sees them; ``lookup`` serves those that it does not define itself."""

    def __init__(self, unit: SourceUnit, lookup: TypeLookup | None = None) -> None:
        self._unit = unit
        self._lookup = lookup
        self._structs: dict[str, StructDefinition | None] = {}
        self._typedefs: dict[str, TypeRef | None] = {}
        self._globals: dict[str, TypeRef | None] = {}
        self._declared: dict[Item, tuple[Declared, ...]] = {}
        self._scopes: dict[tuple[TokenText, int], list[_Local]] = {}

    def struct(self, tag: str) -> StructDefinition | None:
        """The definition of ``struct tag``, in this file or through the lookup."""
        if tag not in self._structs:
            path = self._unit.source.path
            found = struct_in(self._unit.text, tag, path)
            if found is None and self._lookup is not None:
                found = self._lookup.find_struct(tag, path)
            self._structs[tag] = found
        return self._structs[tag]

    def resolve(self, ref: TypeRef | None) -> TypeRef | None:
        """``ref`` with its typedefs followed, None where one is unknown."""
        for _ in range(_TYPEDEF_DEPTH):
            if ref is None or ref.typedef is None:
                return ref
            inner = self._typedef(ref.typedef)
            if inner is None:
                return None
            ref = TypeRef(
                inner.tag,
                inner.typedef,
                inner.members,
                inner.callback or ref.callback,
                inner.array or ref.array,
            )
        return None

    def member(self, ref: TypeRef | None, name: str) -> TypeRef | None:
        """The type of the member ``name`` of a struct (or what points to one)."""
        ref = self.resolve(ref)
        if ref is None:
            return None
        members = ref.members
        if members is None and ref.tag is not None:
            definition = self.struct(ref.tag)
            members = definition.members if definition is not None else None
        found = members.get(name) if members is not None else None
        return self.resolve(found.type) if found is not None else None

    def nth_member(self, ref: TypeRef | None, index: int) -> TypeRef | None:
        """The type of the member in place ``index`` (from 0) of a struct."""
        ref = self.resolve(ref)
        if ref is None or ref.tag is None:
            return None
        definition = self.struct(ref.tag)
        members = list(definition.members.values()) if definition is not None else []
        return self.resolve(members[index].type) if index < len(members) else None

    def variable(self, name: str, text: TokenText, at: int) -> TypeRef | None:
        """The type of the variable ``name`` where token ``at`` uses it: local, parameter or file scope."""
        level = text.outer[at] if at < len(text) else -1
        while level >= 0:
            key = (text, level)
            if key not in self._scopes:
                self._scopes[key] = _scope(text, level)
            for local in reversed(self._scopes[key]):
                if local.declared.name == name and local.declared.token < at < local.end:
                    return local.declared.type
            level = text.outer[level]
        return self.file_scope(name)

    def file_scope(self, name: str) -> TypeRef | None:
        """The type of a variable or function that this file declares."""
        if name not in self._globals:
            found = next(self._global_types(name), None)
            if found is None and isinstance(self._lookup, DeclarationLookup):
                found = self._lookup.find_declared(name, self._unit.source.path)
            self._globals[name] = found
        return self._globals[name]

    def expression(self, text: TokenText, start: int, end: int, depth: int = 0) -> TypeRef | None:
        """The type of the expression in tokens ``[start, end)``, None where it cannot be known."""
        while text.text(start) == b"(" and text.match.get(start) == end - 1:
            start, end = start + 1, end - 1
        if start >= end or depth > _MAX_DEPTH:
            return None
        depth += 1
        first, last = text.text(start), end - 1
        if first in (b"*", b"&"):
            return self.expression(text, start + 1, end, depth)
        closer = text.match.get(start, end)
        if (
            first == b"("
            and closer < last
            and (text.is_word(closer + 1) or text.text(closer + 1) in (b"(", b"&"))
        ):
            return self.resolve(read_type(text, start + 1, closer))
        if text.text(last) == b"]":
            return self.expression(text, start, text.match.get(last, start), depth)
        if text.text(last) == b")":
            return self._call(text, start, text.match.get(last, start), depth)
        if text.is_word(last) and last > start and text.text(last - 1) in (b".", b"->"):
            base = self.expression(text, start, last - 1, depth)
            return self.member(base, text.text(last).decode())
        if last == start and text.is_word(last):
            return self.resolve(self.variable(text.text(last).decode(), text, last))
        return None

    def _typedef(self, name: str) -> TypeRef | None:
        if name not in self._typedefs:
            found = typedef_in(self._unit.text, name)
            if found is None and self._lookup is not None:
                found = self._lookup.find_typedef(name, self._unit.source.path)
            self._typedefs[name] = found
        return self._typedefs[name]

    def _call(self, text: TokenText, start: int, opener: int, depth: int) -> TypeRef | None:
        """The type of a call: of a declared function, of container_of() or of a macro that is one."""
        if opener - start == 1 and text.is_word(start):
            name = text.text(start)
            if name in _CONTAINERS:
                commas = [i for i in text.inside(opener) if text.text(i) == b","]
                return self.resolve(read_type(text, commas[0] + 1, commas[1])) if len(commas) == 2 else None
            if name in _SAME and opener in text.match:
                return self.expression(text, opener + 1, text.match[opener], depth)
            container = self._container_macro(name)
            if container is not None:
                return container
        called = self.expression(text, start, opener, depth) if opener > start else None
        if called is None:
            return None
        return TypeRef(called.tag, called.typedef, called.members)

    def _container_macro(self, name: bytes) -> TypeRef | None:
        """The type that ``#define name(x) container_of(x, type, member)`` yields."""
        for macro in macros_named(self._unit, name.decode()):
            found = _CONTAINER_BODY.search(macro.body)
            if found is not None:
                spelled = found.group(1).encode("utf-8", "surrogateescape")
                tokens = TokenText(spelled, 0, len(spelled))
                return self.resolve(read_type(tokens, 0, len(tokens)))
        return None

    def _global_types(self, name: str) -> Iterator[TypeRef]:
        after = 0
        for at in word_places(self._unit.text, encoded(name)):
            if at < after:
                continue
            item = self._unit.item_at(at)
            if item is None or item.kind is ItemKind.DEFINE:
                continue
            after = item.end
            if item not in self._declared:
                self._declared[item] = self._declared_by(item)
            for declared in self._declared[item]:
                if declared.name == name:
                    yield declared.type

    def _declared_by(self, item: Item) -> tuple[Declared, ...]:
        """What a top-level item declares at file scope."""
        text = TokenText(self._unit.text, item.start, item.end)
        end = text.statement_end(0)
        if item.kind is ItemKind.FUNCTION:
            end = next((i for i in text.inside(-1) if text.text(i) == b"{"), end)
        return tuple(read_declaration(text, 0, end))


def _scope(text: TokenText, level: int) -> list[_Local]:
    """What is declared directly inside bracket ``level``: a block, a body or the parentheses of a for."""
    found: list[_Local] = []
    opener = text.text(level)
    closer = text.match.get(level, len(text))
    if opener == b"{" or text.text(level - 1) == b"for":
        for start, end in statements(text, level, closer):
            found += (_Local(one, closer) for one in read_declaration(text, start, end))
            for at in range(start, end):
                if text.outer[at] == level and text.text(at) == b"for" and text.text(at + 1) == b"(":
                    declared = read_declaration(text, at + 2, text.statement_end(at + 2))
                    found += (_Local(one, end + 1) for one in declared)
    if opener == b"{" and text.text(level - 1) == b")":
        for start, end in _comma_separated(text, text.match.get(level - 1, -1)):
            found += (_Local(one, closer) for one in read_declaration(text, start, end))
    return found


def _comma_separated(text: TokenText, opener: int) -> Iterator[tuple[int, int]]:
    if opener < 0:
        return
    start = opener + 1
    for index in text.inside(opener):
        if text.text(index) == b",":
            yield start, index
            start = index + 1
    yield start, text.match.get(opener, len(text))
