# SPDX-License-Identifier: GPL-2.0-only
"""Places: which object an expression of a hook, or of its close, leads to.

A hook and its close reach one object by ways of their own: from the file, or from vm_private_data, which the
hook has set. A place is such a way as text, the locals on it followed: two equal texts are one object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.sight import is_own
from mmapmigrate.syntax.nodes import arguments, bare, field, operator

if TYPE_CHECKING:
    from tree_sitter import Node

FILE = "$file"
PRIVATE = "$private"
OBJECT = "@"
"""Begins the name of a local that holds what the function itself made."""

_HANDED = {
    "vm_file": FILE,
    "vm_private_data": PRIVATE,
    "vm_start": "$start",
    "vm_end": "$end",
    "vm_pgoff": "$pgoff",
}
_CONSTANT = re.compile(r"[A-Z_][A-Z0-9_]*|-?\d\w*|NULL|true|false")
_STEADY = r"(\$file(->(private_data|f_inode|f_mapping))?|file_inode\(\$file\)|[A-Za-z_]\w*)(\.\w+)*"
_MAX_DEPTH = 12


class Places:
    """The places of one function.

    ``private`` is the place that vm_private_data holds, where it is known; ``made`` are the locals that hold
    what the function itself allocated; ``stored`` maps a place to what was stored there. ``far`` tells that
    places of two files are compared: what is static in one is nobody's place then. ``given`` are the places
    of parameters.
    """

    def __init__(
        self,
        hook: HookSource,
        private: str = PRIVATE,
        made: frozenset[str] = frozenset(),
        stored: Mapping[str, str] | None = None,
        *,
        far: bool = False,
        given: Mapping[str, str] | None = None,
    ) -> None:
        self.hook = hook
        self.given = given or {}
        self.far = far
        self.private = private
        self.made = made
        self.stored = stored or {}

    def of(self, node: Node, depth: int = 0) -> str:
        """The place that ``node`` leads to, "" where it is not known or no place."""
        node = bare(node)
        if depth > _MAX_DEPTH:
            return ""
        if node.type == "pointer_expression":
            # The address of a member and the member are one object.
            inside = self.of(field(node, "argument"), depth + 1)
            return inside if operator(node) == "&" or not inside else f"*{inside}"
        if node.type == "identifier":
            return self._named(node, depth)
        if node.type == "field_expression":
            return self._member(node, depth)
        if node.type == "call_expression":
            given = [self.of(one, depth + 1) or self._constant(one) for one in arguments(node)]
            name = self.hook.text(field(node, "function"))
            return f"{name}({', '.join(given)})" if all(given) else ""
        if node.type == "subscript_expression":
            base, index = (self.of(field(node, side), depth + 1) for side in ("argument", "index"))
            index = index or self._constant(field(node, "index"))
            return f"{base}[{index}]" if base and index else ""
        if node.type == "binary_expression":
            sides = [self.of(one, depth + 1) or self._constant(one) for one in map(bare, _sides(node))]
            return f"{sides[0]} {operator(node)} {sides[1]}" if all(sides) else ""
        return ""

    def is_common(self, place: str) -> bool:
        """Whether the text of a place means the same in the other function's file."""
        words = re.findall(r"(?<![>.$@\w])[A-Za-z_]\w*", place) if self.far else ()
        return not any(is_own(self.hook.file, word) for word in words)

    def constants(self, call: Node) -> str:
        """The arguments of a call as text where all are constants, "" where one is not."""
        given = [self._constant(one) for one in arguments(call)]
        return ", ".join(given) if all(given) else ""

    def _constant(self, node: Node) -> str:
        text = " ".join(self.hook.text(bare(node)).split())
        return text if _CONSTANT.fullmatch(text) or text.startswith("struct ") else ""

    def _named(self, node: Node, depth: int) -> str:
        name = self.hook.text(node)
        if _CONSTANT.fullmatch(name):
            return ""
        if name == self.hook.file_parameter:
            return FILE
        if name in self.made:
            return f"{OBJECT}{name}"
        local = self.hook.locals.get(name)
        if local is not None:
            values = [one for one in local.definitions if self.hook.text(bare(one)) not in ("NULL", "0")]
            return self.of(values[0], depth + 1) if len(values) == 1 and not local.written else ""
        if name in self.given:
            return self.given[name]
        known = {parameter.name for parameter in self.hook.function.parameters}
        # A parameter, or a name that is declared twice, is no place; what is left is the file's own.
        return "" if name in known or self.hook.declares(name) or name == "current" else name

    def _member(self, node: Node, depth: int) -> str:
        name = self.hook.text(field(node, "field"))
        holder = bare(field(node, "argument"))
        if self.hook.vma and self.hook.text(holder) == self.hook.vma:
            return self.private if name == "vm_private_data" else _HANDED.get(name, "")
        inside = self.of(holder, depth + 1)
        if not inside:
            return ""
        place = f"{inside}{operator(node)}{name}"
        return self.stored.get(place, place)


def _sides(node: Node) -> tuple[Node, Node]:
    return field(node, "left"), field(node, "right")


def steady(place: str) -> bool:
    """Whether a place is one object for as long as the file is open: the file's own, or an address."""
    return re.fullmatch(_STEADY, place) is not None


def same(one: str, other: str) -> bool:
    """Whether two places are one object."""
    return bool(one) and one == other


def within(one: str, other: str) -> bool:
    """Whether a place is the other, or a part of it."""
    return same(one, other) or (bool(other) and one.startswith((f"{other}->", f"{other}.")))
