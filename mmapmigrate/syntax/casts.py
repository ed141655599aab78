# SPDX-License-Identifier: GPL-2.0-only
"""Operands in parentheses that the grammar takes for casts: ``(foo_get(foo)) && size > limit``.

Where an operator that binds tighter follows, it reads ``(a) && b == c`` as ``((a) &&b) == c``: the type
``a``, and the address of a label. So it does with ``-``, ``+``, ``*`` and ``&``, which may have one operand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmapmigrate.syntax.dialect import TYPEOF
from mmapmigrate.syntax.nodes import find_all

if TYPE_CHECKING:
    from tree_sitter import Node

# A name in parentheses, perhaps with arguments or a place in an array, in front of an operator.
_DOUBTFUL = re.compile(
    rb"(?<![\w)\]])\(\s*+[A-Za-z_][\w\s*]*+(?:[(\[](?>[^()\[\]]++|[(\[][^()\[\]]*+[)\]])*[)\]]\s*+)*+"
    rb"\)\s*+(?:&&|[-+*&])"
)
_OF_NO_VALUE = ("abstract_function_declarator", "abstract_array_declarator")


def without_false_casts(mask: bytes, root: Node, start: int) -> bytes:
    """``mask`` without the parentheses that only look like casts; ``root`` is its tree from ``start`` on.

    Nothing is cast to a function or to an array, and no type stands in front of ``&&``: the parentheses are
    around an operand, and not needed, as what they hold binds tighter.
    """
    if _DOUBTFUL.search(mask) is None:
        return mask
    out = bytearray(mask)
    for cast in find_all(root, "cast_expression"):
        closing = next((child for child in cast.children if child.type == ")"), None)
        if closing is not None and _is_operand(cast, mask, start):
            for bracket in (cast.start_byte, closing.start_byte):
                out[bracket - start] = 0x20
    return bytes(out)


def _is_operand(cast: Node, mask: bytes, start: int) -> bool:
    named, value = cast.child_by_field_name("type"), cast.child_by_field_name("value")
    kind = None if named is None else named.child_by_field_name("type")
    if named is None or value is None or kind is None or kind.type != "type_identifier":
        return False
    if any(child.type == "type_qualifier" for child in named.children):
        return False
    spelled = mask[named.start_byte - start : named.end_byte - start].rstrip()
    if mask[kind.start_byte - start : kind.end_byte - start] in TYPEOF:
        return False
    if mask.startswith(b"&&", value.start_byte - start):
        return not spelled.endswith(b"*")
    declarator = named.child_by_field_name("declarator")
    return declarator is not None and declarator.type in _OF_NO_VALUE
