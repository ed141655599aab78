# SPDX-License-Identifier: GPL-2.0-only
"""Which names and expressions are worth the same each time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.syntax.nodes import field, inner

if TYPE_CHECKING:
    from tree_sitter import Node

# In a macro's text: the size of something, a type's name.
_STEADY = re.compile(
    r"\bsizeof\s*\([^()]*\)|\b(?:const|void|char|short|int|long|signed|unsigned|struct\s+\w+|u\d+|\w+_t)\b"
)

# In a constant's text: a cast to a type, which may cut it, and a number that an int may not hold.
_LARGE_OR_CUT = re.compile(
    r"\(\s*(?:const\s+)?(?:unsigned|signed|char|short|int|(?:__)?[us]\d+|\w+_t)\b|\b(?:0x)?[\da-fA-F]{8}",
    re.A,
)


def is_constant(hook: HookSource, name: str) -> bool:
    """Whether a name is spelled as a constant, and is no macro in sight that computes."""
    return re.fullmatch(r"[A-Z0-9_]+", name) is not None and not is_computed(hook, name)


def is_computed(hook: HookSource, name: str) -> bool:
    """Whether a name is a macro in sight whose text may be worth something else each time."""
    return any(
        macro.parameters is not None or re.search(r"\b[A-Z_]*[a-z]\w*", _STEADY.sub(" ", macro.body))
        for _where, macro in hook.file.macros_seen(name)
    )


def is_small(hook: HookSource, node: Node) -> bool:
    """Whether an expression is made of constants that are no larger than an int, as far as is seen."""
    node = inner(node)
    if node.type == "binary_expression":
        return is_small(hook, field(node, "left")) and is_small(hook, field(node, "right"))
    text = hook.text(node)
    if node.type == "number_literal":
        return _LARGE_OR_CUT.search(text) is None
    return (
        node.type == "identifier"
        and is_constant(hook, text)
        and not any(_LARGE_OR_CUT.search(macro.body) for _where, macro in hook.file.macros_seen(text))
    )
