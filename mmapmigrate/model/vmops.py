# SPDX-License-Identifier: GPL-2.0-only
"""Tables of ``struct vm_operations_struct``: what is in them, and which function gives them to a mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.syntax.nodes import bare, field, find_all, operator
from mmapmigrate.syntax.unit import ItemKind
from mmapmigrate.syntax.words import behind_last, match_before, word_places

if TYPE_CHECKING:
    from tree_sitter import Node

_STRUCT = b"vm_operations_struct"
_MEMBER_SET = re.compile(rb"\s*+\.\s*+(\w++)\s*+=(?!=)([^;]*+);")
_SET = re.compile(rb"\s*=\s*[^={\s]")
"""What stands behind the name of a table that is assigned."""
_NAME = re.compile(rb"&?\s*(\w+)")
_ADDRESS = re.compile(rb"&\s*\Z")
# What stands before an address of which nothing but a mapping's vm_ops becomes, or a comparison.
_ONLY_SET = re.compile(rb"(?:[!=]=\s*|vm_ops\s*=(?!=)[^;{}]*)\Z")
_CONST_POINTER = re.compile(rb"\bconst\s+struct\s+vm_operations_struct\s*\*[^;{}]*\Z")
_CAST = re.compile(rb"\(\s*struct\s+vm_operations_struct\s*\*\s*\)\s*\Z")


class VmOpsMember(Struct, frozen=True):
    """One ``.member = handler`` of a table, or ``table.member = handler;``; ``[start, end)`` is all of it.

    ``handler`` is the function's name, None where the value is no plain name.
    """

    name: str
    handler: str | None
    start: int
    end: int


class VmOpsTable(Struct, frozen=True):
    """A table that a file defines; where the preprocessor chooses, the members of all arms.

    ``readable`` is false where an entry does not name its member, or by a macro, or the table is written over
    as a whole or by way of its address: it may have members then that are not listed.
    """

    name: str
    static: bool
    members: tuple[VmOpsMember, ...]
    readable: bool = True

    def named(self, member: str) -> tuple[VmOpsMember, ...]:
        """The entries of one member that name a function."""
        return tuple(one for one in self.members if one.name == member and one.handler not in (None, "NULL"))


class VmOpsSetter(Struct, frozen=True):
    """``base->vm_ops = &table`` in ``function``, at ``node``; ``prepares`` where the base is a descriptor."""

    function: Function
    node: Node
    table: str
    prepares: bool


def vm_ops_tables(file: FileModel) -> tuple[VmOpsTable, ...]:
    """The tables that ``file`` defines, in file order."""
    if not file.holds(_STRUCT):
        return ()
    return file.once(vm_ops_tables, lambda: _tables(file))


def _tables(file: FileModel) -> tuple[VmOpsTable, ...]:
    found: list[VmOpsTable] = []
    seen: set[int] = set()
    for hit in word_places(file.unit.text, _STRUCT):
        item = file.unit.item_at(hit)
        if item is None or item.kind is ItemKind.DEFINE:
            continue
        tokens = TokenText.of(file.unit, hit, item.end)
        at = 1
        while tokens.is_word(at) and tokens.is_word(at + 1):
            at += 1
        opener = at + 2
        if not tokens.is_word(at) or (tokens.text(at + 1), tokens.text(opener)) != (b"=", b"{"):
            continue
        name = at
        # What stands behind the name is an attribute (__ro_after_init).
        while name > 1 and tokens.text(name).startswith(b"__"):
            name -= 1
        if tokens.start(name) in seen:
            continue
        seen.add(tokens.start(name))
        word = tokens.text(name).decode("latin-1")
        static = b"static" in file.unit.code[item.start : hit].split()
        members = (*_members(tokens, opener), *_assigned(file, word))
        begun = file.unit.code[item.start : tokens.start(name)].split()
        written = _written_over(file, word) or _goes_astray(file, word, const=b"const" in begun)
        if not static and b"const" not in begun:
            written = written or any(_is_filled(other, word) for other in file.beside(word))
        disguised = any(one.parameters is None for each in members for _, one in file.macros_seen(each.name))
        readable = _names_all(tokens, opener) and not written and not disguised
        found.append(VmOpsTable(word, static, members, readable))
    return tuple(found)


def vm_ops_setters(file: FileModel) -> tuple[VmOpsSetter, ...]:
    """Every assignment of a table's address to the vm_ops of a VMA or a descriptor, in file order."""
    return file.once(vm_ops_setters, lambda: _setters(file))


def _setters(file: FileModel) -> tuple[VmOpsSetter, ...]:
    found: list[VmOpsSetter] = []
    for function in file.functions_with("vm_ops"):
        code = file.unit.code[function.node.start_byte : function.node.end_byte]
        for node in find_all(function.body, "assignment_expression"):
            target = bare(field(node, "left"))
            if operator(node) != "=" or target.type != "field_expression":
                continue
            if text(file, field(target, "field")) != "vm_ops":
                continue
            prepares = _prepares(code, text(file, field(target, "argument")))
            if prepares is None:
                continue
            found += (
                VmOpsSetter(function, node, name, prepares) for name in _addressed(file, field(node, "right"))
            )
    return tuple(found)


def _members(tokens: TokenText, opener: int) -> Iterator[VmOpsMember]:
    inside = list(tokens.inside(opener))
    for place, at in enumerate(inside):
        if tokens.text(at) != b"." or tokens.text(at + 2) != b"=" or not tokens.is_word(at + 1):
            continue
        rest = inside[place + 3 :]
        value = []
        for index in rest:
            if tokens.text(index) == b",":
                break
            value.append(index)
        if value:
            start, end = tokens.start(at), tokens.end(value[-1])
            name = tokens.text(at + 1).decode("latin-1")
            yield VmOpsMember(name, _plain([tokens.text(index) for index in value]), start, end)


def _plain(value: list[bytes]) -> str | None:
    if value[:1] == [b"&"]:
        value = value[1:]
    return value[0].decode("latin-1") if len(value) == 1 else None


def _names_all(tokens: TokenText, opener: int) -> bool:
    """Whether each entry of an initialiser list begins with ``.member =``."""
    begins = True
    for at in tokens.inside(opener):
        if begins and (tokens.text(at) != b"." or tokens.text(at + 2) != b"="):
            return False
        begins = tokens.text(at) == b","
    return True


def _assigned(file: FileModel, table: str) -> Iterator[VmOpsMember]:
    """The members that a function fills in at run time."""
    code, word = file.unit.code, table.encode("latin-1")
    after = 0
    for at in word_places(code, word):
        found = _MEMBER_SET.match(code, at + len(word))
        if found is None or at < after or code[at - 1 : at] in (b".", b">"):
            continue
        after = found.end()
        value = _NAME.fullmatch(found[2].strip())
        handler = None if value is None else value[1].decode()
        yield VmOpsMember(found[1].decode(), handler, at, found.end() - 1)


def _written_over(file: FileModel, table: str) -> bool:
    """Whether a function assigns the whole table."""
    code, word = file.unit.code, table.encode("latin-1")
    return any(
        code[at - 1 : at] not in (b".", b">", b"*") and _SET.match(code, at + len(word)) is not None
        for at in word_places(code, word)
    )


def _goes_astray(file: FileModel, table: str, *, const: bool) -> bool:
    """Whether something gets the address of a table that may write to it; to a ``const`` one by a cast."""
    code, word = file.unit.code, table.encode("latin-1")
    for at in word_places(code, word):
        address = match_before(_ADDRESS, code, at)
        if address is None:
            continue
        before = code[behind_last(code, address.start(), b";{}") : address.start()]
        if _CAST.search(before) is not None:
            return True
        if not const and _ONLY_SET.search(before) is None and _CONST_POINTER.search(before) is None:
            return True
    return False


def _is_filled(file: FileModel, table: str) -> bool:
    """Whether another file may write to a table that it can name."""
    return (
        next(_assigned(file, table), None) is not None
        or _written_over(file, table)
        or _goes_astray(file, table, const=False)
    )


def _prepares(code: bytes, base: str) -> bool | None:
    """Whether ``base`` is declared a descriptor (True) or a VMA (False) in a function, None if neither."""
    declared = re.search(
        rb"\bstruct\s++vm_area_(desc|struct)\s*+(?:const\b\s*+)?(?:\*\s*+)?(?:const\s++)?%s\b"
        % re.escape(base.encode()),
        code,
    )
    return None if declared is None else declared[1] == b"desc"


def _addressed(file: FileModel, value: Node) -> Iterator[str]:
    for node in find_all(value, "pointer_expression"):
        argument = bare(field(node, "argument"))
        if operator(node) == "&" and argument.type == "identifier":
            yield text(file, argument)
