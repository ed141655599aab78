# SPDX-License-Identifier: GPL-2.0-only
"""Which declaration an identifier denotes: C's block scopes in one function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmapmigrate.model.functions import Function, declarator_name

if TYPE_CHECKING:
    from tree_sitter import Node

# Where a name that looks like the wanted one is a label, a member or a tag, in name spaces of their own.
_OTHER_NAMES = frozenset({"field_identifier", "statement_identifier"})
_TAGGED = frozenset({"struct_specifier", "union_specifier", "enum_specifier"})
_BLOCKS = frozenset({"compound_statement", "for_statement", "function_definition", "parameter_list"})


@dataclass(frozen=True)
class Occurrence:
    """One place in a function's body that spells a name.

    ``declared_at`` is the offset of the name in the declaration that it denotes, None for a parameter or
    what the function does not declare. ``declares`` is true for the name in that declaration itself.
    """

    node: Node
    declared_at: int | None
    declares: bool = False


def occurrences_of(function: Function, data: bytes, name: str) -> Iterator[Occurrence]:
    """Every identifier of the function's body that spells ``name``, in file order."""
    word = name.encode("utf-8", "surrogateescape")
    blocks: list[tuple[int, int | None]] = [(function.body.end_byte, None)]
    stack: list[Node] = [function.body]
    declarators: set[int] = set()
    while stack:
        node = stack.pop()
        while len(blocks) > 1 and node.start_byte >= blocks[-1][0]:
            blocks.pop()
        if node.type in _BLOCKS:
            blocks.append((node.end_byte, blocks[-1][1]))
        elif node.type in ("declaration", "parameter_declaration"):
            declarators |= {
                declared.start_byte
                for child in node.children_by_field_name("declarator")
                if (declared := _declared(child)) is not None
            }
        if not node.child_count:
            if data[node.start_byte : node.end_byte] != word or not _may_denote(node):
                continue
            declares = node.start_byte in declarators
            if declares:
                blocks[-1] = (blocks[-1][0], node.start_byte)
            yield Occurrence(node, blocks[-1][1], declares)
            continue
        stack.extend(reversed(node.children))


def _declared(declarator: Node) -> Node | None:
    """The name that a declarator of a declaration declares."""
    if declarator.type == "init_declarator":
        return declarator_name(declarator.child_by_field_name("declarator"))
    return declarator_name(declarator)


def _may_denote(node: Node) -> bool:
    if node.type in _OTHER_NAMES:
        return False
    parent = node.parent
    if node.type == "type_identifier":
        return parent is None or parent.type not in _TAGGED
    return node.type == "identifier"
