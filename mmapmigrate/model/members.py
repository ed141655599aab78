# SPDX-License-Identifier: GPL-2.0-only
"""Names of members that macros are handed: ``container_of(p, struct foo, file)`` uses no ``file``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mmapmigrate.syntax.nodes import arguments, field, find_all, inner

if TYPE_CHECKING:
    from tree_sitter import Node

_BLOCKS = ("while_statement", "if_statement", "for_statement")
_WORD = re.compile(r"[A-Za-z_]\w*")


@cache
def _patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    facts = tomllib.loads(Path(__file__).with_name("members.toml").read_text("utf-8"))
    return tuple((int(place), re.compile("|".join(names))) for place, names in facts["arguments"].items())


@cache
def member_argument(macro: str) -> int | None:
    """Which argument of the kernel's macro is a member's name, None where none is."""
    return next((place for place, pattern in _patterns() if pattern.fullmatch(macro)), None)


def member_names(body: Node, text: Callable[[Node], str]) -> Iterator[Node]:
    """The identifiers under ``body`` that name a member; ``text`` is the file's own text of a node."""
    for call in find_all(body, "call_expression", *_BLOCKS):
        if call.type == "call_expression":
            name, given = text(field(call, "function")), arguments(call)
        else:
            # A macro in front of a block is a loop or an if to the grammar.
            word = _WORD.match(text(call))
            name, given = "" if word is None else word[0], list(_listed(call))
        place = member_argument(name)
        if place is not None and place < len(given):
            node = given[place]
            while node.type in ("field_expression", "subscript_expression"):
                node = field(node, "argument")
            if node.type == "identifier":
                yield node


def _listed(block: Node) -> Iterator[Node]:
    condition = block.child_by_field_name("condition")
    pending = [] if condition is None else [inner(condition)]
    while pending:
        node = pending.pop()
        if node.type == "comma_expression":
            pending += [field(node, "right"), field(node, "left")]
        else:
            yield node
