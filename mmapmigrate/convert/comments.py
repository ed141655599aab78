# SPDX-License-Identifier: GPL-2.0-only
"""The comment above a hook: its parameters' descriptions must be those of the new signature.

scripts/kernel-doc warns (W=1) about a description of a parameter that a function does not have.
"""

from __future__ import annotations

import re

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.syntax.edit import Edit


def comment_edits(hook: HookSource) -> list[Edit]:
    """Turn ``@vma:`` into ``@desc:`` and drop ``@file:`` in the comment right above the hook."""
    data = hook.data
    start = hook.function.node.start_byte
    end = len(data[:start].rstrip())
    if not data[:end].endswith(b"*/"):
        return []
    begin = data.rfind(b"/*", 0, end)
    if begin < 0:
        return []
    edits: list[Edit] = []
    names = {parameter.name for parameter in hook.function.parameters}
    for found in re.finditer(
        rb"^[ \t]*\*[ \t]*@(\w+):[^\n]*\n(?:[ \t]*\*[ \t]{2,}(?!@)[^\n]*\n)*", data[begin:end], re.M
    ):
        name = found[1].decode()
        if name == hook.vma:
            at = begin + found.start(1)
            edits.append(Edit(at, at + len(name), hook.desc.encode()))
        elif name in names:
            edits.append(Edit(begin + found.start(), begin + found.end(), b""))
    return edits
