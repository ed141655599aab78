# SPDX-License-Identifier: GPL-2.0-only
"""The new name of a hook, and every place of its file that spells the old one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.model.file import FileModel, Macro
from mmapmigrate.syntax.nodes import ancestors
from mmapmigrate.syntax.unit import ItemKind
from mmapmigrate.syntax.words import encoded, match_before, word_places

if TYPE_CHECKING:
    from tree_sitter import Node


def prepared(name: str) -> str:
    """The name of a hook's new form, as the kernel's own conversions chose theirs.

    ``foo_mmap`` is ``foo_mmap_prepare``, ``foo_mmap_bar`` is ``foo_mmap_prepare_bar``, and any other name
    gets the word at its end (``mmap_mem_prepare``, ``foo_mmap_file_mmap_prepare``).
    """
    # Something stands before the word, and something other behind it.
    at = -1 if name.endswith("_mmap") else name.rfind("_mmap_", 1, -1)
    return f"{name}_prepare" if at < 0 else f"{name[:at]}_mmap_prepare_{name[at + len('_mmap_') :]}"


_TYPEOF = re.compile(rb"\b_*typeof\w*\s*\(\s*\Z")
_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include\b[^\n]*\Z", re.M)
_TAGGED = re.compile(rb"\b(?:struct|union|enum)\s+\Z")


class MentionKind(StrEnum):
    """What an occurrence of a hook's name is."""

    DEFINITION = "definition"
    PROTOTYPE = "prototype"
    VALUE = "value"
    NULL_MACRO = "null-macro"
    """A #define of the name to NULL, for builds without the hook."""
    ALIAS_MACRO = "alias-macro"
    """A #define of the name to another function, for builds without the hook; the engine looks it up."""
    EXPORT = "export"
    """EXPORT_SYMBOL() and its kin."""
    COMMENT = "comment"
    OTHER_NAME = "other-name"
    """A struct tag, a field, a label, or a word in a string: not the function."""
    SYMBOL = "symbol"
    """A string that is the name and no more, or assembly: something may look the function up by it."""
    CALL = "call"
    REFERENCE = "reference"
    MACRO_TEXT = "macro-text"
    """In the body of a macro."""


class Mention(Struct, frozen=True):
    """One whole-word occurrence of a hook's name; ``node`` is the prototype's declarator for PROTOTYPE."""

    kind: MentionKind
    offset: int
    node: Node | None = None


def mentions(file: FileModel, name: str) -> Sequence[Mention]:
    """Every occurrence of ``name`` in ``file``, with what it is."""
    return file.once(("mentions", name), lambda: tuple(_mentions(file, name)))


def _mentions(file: FileModel, name: str) -> Iterator[Mention]:
    values = {entry.value_start for entry in file.entries()}
    spans = [(entry.value_start, entry.value_end) for entry in file.entries() if entry.handler == name]
    code = file.unit.code
    tagged = any(match_before(_TAGGED, code, at) for at in word_places(code, encoded(name)))
    for offset in file.occurrences(name):
        if offset in values or any(start <= offset < end for start, end in spans):
            yield Mention(MentionKind.VALUE, offset)
        else:
            yield _classify(file, name, offset, tagged)


def _classify(file: FileModel, name: str, offset: int, tagged: bool) -> Mention:
    unit = file.unit
    end = offset + len(name)
    in_code = unit.code[offset:end] == name.encode()
    item = unit.item_at(offset)
    if not in_code:
        return _in_prose(file, name, offset, end, tagged)
    if item is not None and item.kind is ItemKind.DEFINE:
        for macro in file.macros(name):
            if macro.name_start == offset:
                return Mention(_macro_kind(macro), offset)
        return Mention(MentionKind.MACRO_TEXT, offset)
    if _INCLUDE.search(unit.code, unit.code.rfind(b"\n", 0, offset) + 1, offset):
        return Mention(MentionKind.OTHER_NAME, offset)
    if re.search(rb"\bEXPORT_\w*SYMBOL\w*\s*\(\s*$", unit.code[max(0, offset - 80) : offset]):
        return Mention(MentionKind.EXPORT, offset)
    if item is None or _TYPEOF.search(unit.code, max(0, offset - 80), offset):
        return Mention(MentionKind.REFERENCE, offset)
    node = unit.parse(item).root.descendant_for_byte_range(offset, end)
    if node is None:
        return Mention(MentionKind.REFERENCE, offset)
    if node.type in ("type_identifier", "field_identifier", "statement_identifier"):
        return Mention(MentionKind.OTHER_NAME, offset)
    if node.type == "comment":
        return Mention(MentionKind.COMMENT, offset)
    parent = node.parent
    if parent is not None and parent.type == "function_declarator":
        for holder in ancestors(parent):
            if holder.type == "function_definition":
                return Mention(MentionKind.DEFINITION, offset, parent)
            if holder.type == "declaration":
                return Mention(MentionKind.PROTOTYPE, offset, parent)
    if parent is not None and parent.type == "call_expression":
        return Mention(MentionKind.CALL, offset, parent)
    return Mention(MentionKind.REFERENCE, offset, node)


def _macro_kind(macro: Macro) -> MentionKind:
    body = macro.body.strip()
    if macro.parameters is not None:
        return MentionKind.MACRO_TEXT
    if body == "NULL":
        return MentionKind.NULL_MACRO
    return MentionKind.ALIAS_MACRO if body.isidentifier() else MentionKind.MACRO_TEXT


def _in_prose(file: FileModel, name: str, offset: int, end: int, tagged: bool) -> Mention:
    """Text that ``code`` blanks: a comment, or a string, whose quotes it keeps."""
    unit = file.unit
    line = unit.code.rfind(b"\n", 0, offset) + 1
    data = unit.source.data
    if unit.code[line:offset].count(b'"') % 2:
        alone = data[offset - 1 : offset] == data[end : end + 1] == b'"'
        assembly = re.search(rb"\basm\b[^;{}]*$", unit.code[:offset][-200:]) is not None
        return Mention(MentionKind.SYMBOL if alone or assembly else MentionKind.OTHER_NAME, offset)
    follows = data[end : end + 1] == b"("
    return Mention(MentionKind.COMMENT if follows or not tagged else MentionKind.OTHER_NAME, offset)
