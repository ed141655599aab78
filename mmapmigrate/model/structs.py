# SPDX-License-Identifier: GPL-2.0-only
"""Struct definitions and typedefs, looked up by name in a file's text."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from mmapmigrate.model.declarations import StructDefinition, TypeRef, read_declaration, read_members
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.syntax.words import encoded, match_before, word_places

_KIND = re.compile(rb"\b(?:struct|union)\s+(?:__\w+\s+)?\Z")
_OPENED = re.compile(rb"\s*\{")
_REST = re.compile(rb"[^;{}=]*;")
_BRACES = re.compile(rb"[{}]")


class TypeLookup(Protocol):
    """Where types that a file does not define itself are looked up."""

    def find_struct(self, tag: str, path: str) -> StructDefinition | None:
        """The definition of ``struct tag`` that the file ``path`` sees."""

    def find_typedef(self, name: str, path: str) -> TypeRef | None:
        """What the typedef ``name`` that the file ``path`` sees stands for."""


@runtime_checkable
class DeclarationLookup(Protocol):
    """Where variables and functions that a file does not declare itself are looked up."""

    def find_declared(self, name: str, path: str) -> TypeRef | None:
        """The struct that a variable is, or that a function returns a pointer to, as ``path`` sees it."""


def struct_in(text: bytes, tag: str, path: str = "") -> StructDefinition | None:
    """The first definition of ``struct tag`` or ``union tag`` in ``text``, which has no comments."""
    found = struct_opening(text, encoded(tag))
    if found is None:
        return None
    start, brace = found
    tokens = TokenText(text, start, closing_brace(text, brace) + 1)
    opener = tokens.index_at(brace)
    return StructDefinition(tag, read_members(tokens, opener), path, start)


def struct_opening(text: bytes, tag: bytes) -> tuple[int, int] | None:
    """Where the first definition of ``struct tag`` or ``union tag`` begins, and where its ``{`` is."""
    for at in word_places(text, tag):
        opened = _OPENED.match(text, at + len(tag))
        if opened is not None:
            kind = match_before(_KIND, text, at)
            if kind is not None:
                return kind.start(), opened.end() - 1
    return None


def typedef_in(text: bytes, name: str) -> TypeRef | None:
    """What the first ``typedef`` of ``name`` in ``text`` stands for."""
    word = encoded(name)
    if word not in text or b"typedef" not in text:
        return None
    after = 0
    for at in word_places(text, word):
        found = _REST.match(text, at + len(word)) if at >= after else None
        if found is None:
            continue
        after = found.end()
        start = _typedef_start(text, at)
        if start is None:
            continue
        tokens = TokenText(text, start, found.end())
        for declared in read_declaration(tokens, 0, len(tokens) - 1):
            if declared.name == name:
                return declared.type
    return None


def closing_brace(text: bytes, opener: int) -> int:
    """The offset of the ``}`` that matches the ``{`` at ``opener``, or the end of the text."""
    depth = 0
    for found in _BRACES.finditer(text, opener):
        depth += 1 if found.group() == b"{" else -1
        if not depth:
            return found.start()
    return len(text) - 1


def _typedef_start(text: bytes, at: int) -> int | None:
    """The offset of the ``typedef`` of the declaration that holds ``at``, if it is one."""
    start = text.rfind(b"typedef", 0, at)
    if start < 0:
        return None
    depth = 0
    for byte in text[start:at]:
        if byte == 0x7B:
            depth += 1
        elif byte == 0x7D:
            depth -= 1
        elif byte == 0x3B and not depth:
            return None
    return start if not depth else None
