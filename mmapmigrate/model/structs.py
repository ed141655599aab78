# SPDX-License-Identifier: GPL-2.0-only
"""Struct definitions and typedefs, looked up by name in a file's text."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from mmapmigrate.model.declarations import StructDefinition, TypeRef, read_declaration, read_members
from mmapmigrate.model.tokens import TokenText

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
    word = tag.encode("utf-8", "surrogateescape")
    if word not in text:
        return None
    pattern = rb"\b(?:struct|union)\s+(?:__\w+\s+)?" + re.escape(word) + rb"\s*\{"
    found = re.search(pattern, text)
    if found is None:
        return None
    tokens = TokenText(text, found.start(), closing_brace(text, found.end() - 1) + 1, directives=False)
    opener = tokens.index_at(found.end() - 1)
    return StructDefinition(tag, read_members(tokens, opener), path, found.start())


def typedef_in(text: bytes, name: str) -> TypeRef | None:
    """What the first ``typedef`` of ``name`` in ``text`` stands for."""
    word = name.encode("utf-8", "surrogateescape")
    if word not in text or b"typedef" not in text:
        return None
    pattern = rb"\b" + re.escape(word) + rb"\b[^;{}=]*;"
    for found in re.finditer(pattern, text):
        start = _typedef_start(text, found.start())
        if start is None:
            continue
        tokens = TokenText(text, start, found.end(), directives=False)
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
