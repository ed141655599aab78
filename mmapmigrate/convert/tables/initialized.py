# SPDX-License-Identifier: GPL-2.0-only
"""Which struct an initialiser list is for, by the text in front of a place in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmapmigrate.model.file import FileModel


def initialized_tag(file: FileModel, head: bytes) -> str | None:
    """The tag of the struct whose initialiser is open at the end of ``head``, None where it is not known."""
    members: list[str] = []
    depth = 0
    for found in reversed(list(re.finditer(rb"[{}]", head))):
        depth += 1 if found[0] == b"}" else -1
        if depth >= 0:
            continue
        depth = 0
        before = head[: found.start()].rstrip()
        literal = re.search(rb"\(\s*(?:const\s+)?struct\s+(\w+)\s*\)$", before)
        variable = re.search(rb"\bstruct\s+(\w+)\s+\**\w+(?:\s*\[[^\]]*\])?(?:\s+\w+)*\s*=$", before)
        named = literal or variable
        if named is not None:
            return _member_tag(file, named[1].decode(), members[::-1])
        nested = re.search(rb"\.\s*(\w+)\s*=$", before)
        if nested is not None:
            members.append(nested[1].decode())
        elif not re.search(rb"(?:[{,]|\]\s*=)$", before):
            return None
    return None


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
