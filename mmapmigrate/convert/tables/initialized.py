# SPDX-License-Identifier: GPL-2.0-only
"""Which struct an initialiser list is for, by the text in front of a place in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.words import behind_text, match_before, open_bracket

_STRUCT = re.compile(
    rb"(?:\(\s*+(?:const\s++)?struct\s++(?P<literal>\w++)\s*+\)"
    rb"|\bstruct\s++(?P<variable>\w++)\s++\**+\w++(?:\s*+\[[^\]]*+\])?(?:\s++\w++)*+\s*+=)\s*+\Z"
)
_MEMBER = re.compile(rb"\.\s*+(\w++)\s*+=\s*+\Z")
_ELEMENT = re.compile(rb"(?:,|\]\s*+=)\s*+\Z")


def initialized_tag(file: FileModel, item: int, at: int) -> str | None:
    """The tag of the struct whose initialiser is open at ``at``, None where it is not known.

    ``item`` is the offset at which the item begins that the initialiser stands in.
    """
    code = file.unit.code
    members: list[str] = []
    opener = _open_brace(code, at, item)
    while opener is not None:
        named = match_before(_STRUCT, code, opener)
        if named is not None:
            return _member_tag(file, (named["literal"] or named["variable"]).decode(), members[::-1])
        nested = match_before(_MEMBER, code, opener)
        if nested is not None:
            members.append(nested[1].decode())
        elif not _is_element(code, opener):
            return None
        opener = _open_brace(code, opener, item)
    return None


def _open_brace(code: bytes, at: int, first: int) -> int | None:
    """The offset, not before ``first``, of the brace that is open at ``at``."""
    opener = open_bracket(code, at, at - first)
    while opener is not None and code[opener : opener + 1] != b"{":
        opener = open_bracket(code, opener, opener - first)
    return opener


def _is_element(code: bytes, opener: int) -> bool:
    """Whether the list that begins at ``opener`` is an element of another one."""
    before = behind_text(code, opener)
    return code[before - 1 : before] == b"{" or match_before(_ELEMENT, code, opener) is not None


def _member_tag(file: FileModel, tag: str, members: Sequence[str]) -> str | None:
    """The tag of the struct that ``members``, one in the other, lead to from ``struct tag``."""
    for name in members:
        definition = file.types.struct(tag)
        member = None if definition is None else definition.members.get(name)
        inner = None if member is None else file.types.resolve(member.type)
        if inner is None or inner.tag is None:
            return None
        tag = inner.tag
    return tag
