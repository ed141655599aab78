# SPDX-License-Identifier: GPL-2.0-only
"""The locals that a function for mapped declares: those of the hook that its statements need."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.permapping.rendering import Rendering
from mmapmigrate.convert.permapping.sides import UnsplitError
from mmapmigrate.model.body import Local
from mmapmigrate.syntax.nodes import encloses, field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node


_LOOKUPS = frozenset({"xa_load", "mtree_load", "idr_find", "radix_tree_lookup"})
"""What finds an object that another may have put there by the time it is asked again."""


class Given(Struct, frozen=True):
    """What the parameters of a helper are: expressions of its caller, for which ``writer`` writes."""

    writer: Declared
    values: Mapping[str, Node]


class Declared:
    """Writes the declarations for one hook, or for a helper with what it is ``given``."""

    def __init__(self, rendering: Rendering, given: Given | None = None) -> None:
        self.hook = rendering.hook
        self.rendering = rendering
        self.given = given
        self.outer_lines: list[str] = []
        """The lines that declare a helper's parameters, as its caller would write them."""

    def lines_for(self, nodes: Sequence[Node], moved: Sequence[Node], result: str) -> list[str]:
        """The locals that ``nodes`` spell, each with its value, in the order in which they get them."""
        signature = self.rendering.signature
        needed: dict[str, Local] = {}
        pending = [self.hook.text(one) for node in nodes for one in find_all(node, "identifier")]
        pending += [result] if result else []
        values: dict[str, Node | None] = {}
        asked: set[str] = set()
        while pending:
            name = pending.pop()
            if self.given is not None and name in self.rendering.others:
                asked.add(name)
                continue
            local = self.hook.locals.get(name)
            if local is None or name in needed:
                if local is None and self.hook.declares(name):
                    raise UnsplitError(nodes[0], f"`{name}` is declared more than once")
                continue
            if name in (signature.start, signature.end, signature.pgoff, signature.file):
                if name in self.rendering.clashes:
                    raise UnsplitError(local.declaration, f"`{name}` is the name of a parameter of mapped")
                continue
            needed[name] = local
            values[name] = self._value(local, moved)
            value = values[name]
            if value is not None:
                pending += [self.hook.text(one) for one in find_all(value, "identifier")]
        lines: list[tuple[int, str]] = []
        for name, local in needed.items():
            value = values[name]
            at = local.declaration.start_byte if value is None else value.start_byte
            lines.append((at, self._declaration(local, value)))
        return [*self._parameters(asked), *(text for _at, text in sorted(lines))]

    def value(self, node: Node, *, again: bool = False) -> tuple[list[str], str]:
        """The lines that declare what an expression of the hook needs, and its text.

        ``again`` tells that the hook asks for it too. Raises UnsplitError.
        """
        if again:
            self._check_asked_again(node)
        lines = self.lines_for([node], [], "")
        return lines, self.rendering.render(node, node.start_byte, node.end_byte)

    def _parameters(self, names: Collection[str]) -> list[str]:
        """The lines that declare parameters of a helper, and what their values need of the caller."""
        lines: dict[str, None] = {}
        for parameter in self.hook.function.parameters if self.given is not None else ():
            if parameter.name not in names or self.given is None:
                continue
            more, text = self.given.writer.value(self.given.values[parameter.name], again=True)
            lines |= dict.fromkeys(more)
            if text != parameter.name:
                kind = parameter.type.replace(" *", "*")
                stars = len(kind) - len(kind.rstrip("*"))
                lines[f"\t{kind.rstrip('*').rstrip()} {'*' * stars}{parameter.name} = {text};"] = None
        declared = [
            found[1] for line in lines if (found := re.search(r"\b(\w++)(?= = |;)", line)) is not None
        ]
        for name in declared:
            if declared.count(name) > 1 or name in self.hook.locals:
                raise UnsplitError(self.hook.body, f"`{name}` is another in {self.hook.function.name}()")
        self.outer_lines = list(lines)
        return self.outer_lines

    def _value(self, local: Local, moved: Sequence[Node]) -> Node | None:
        """The value with which mapped declares a local: None where its own statements give it one."""
        own = [one for one in local.definitions if any(encloses(node, one) for node in moved)]
        own += [one for one in local.written if any(encloses(node, one) for node in moved)]
        initial = local.declarator.child_by_field_name("value")
        outside = [one for one in local.definitions if one not in own and one != initial]
        constant = [one for one in outside if not any(find_all(one, "identifier", "call_expression"))]
        if own:
            first = min(node.start_byte for node in moved)
            if any(one.start_byte < first for one in outside):
                raise UnsplitError(local.declaration, f"`{local.name}` has got another value before")
            # Its first value counts where it has one that is a constant.
            if initial is not None and not any(find_all(initial, "call_expression", "field_expression")):
                return initial
            return None
        if local.written or len(local.definitions) != 1:
            if initial is not None and len(outside) == len(constant) and not local.written:
                return initial
            raise UnsplitError(
                local.declaration, f"`{local.name}` has no one value that mapped could find again"
            )
        value = local.definitions[0]
        self._again(local, value)
        return value

    def _again(self, local: Local, value: Node) -> None:
        """Refuse what mapped cannot ask once more: what a lookup or a loop has found."""
        self._check_asked_again(value)
        for held in _around(local, value.parent):
            raise UnsplitError(held, f"`{local.name}` has no one value that mapped could find again")

    def _check_asked_again(self, value: Node) -> None:
        """Refuse what does something, or may find something else by then."""
        reader = text_of(self.hook.file)
        for call in find_all(value, "call_expression"):
            if (
                effect_of_call(self.hook.file, reader, call) is not Effect.NONE
                or self.hook.text(field(call, "function")) in _LOOKUPS
            ):
                raise UnsplitError(
                    value, f"`{self.hook.short(value)}` cannot be asked for again once the mapping exists"
                )

    def _declaration(self, local: Local, value: Node | None) -> str:
        base = local.declaration.child_by_field_name("type")
        qualifiers = [
            self.hook.text(child) for child in local.declaration.children if child.type == "type_qualifier"
        ]
        if any(self.hook.text(child) == "static" for child in local.declaration.children):
            raise UnsplitError(local.declaration, f"`{local.name}` is static")
        declarator = local.declarator
        if declarator.type == "init_declarator":
            declarator = field(declarator, "declarator")
        kind = " ".join([*qualifiers, "" if base is None else " ".join(self.hook.text(base).split())])
        text = f"\t{kind} {self.hook.text(declarator)}"
        if value is None:
            return f"{text};"
        rendered = " ".join(self.rendering.render(value, value.start_byte, value.end_byte).split())
        return f"{text} = {rendered};"


def _around(local: Local, statement: Node | None) -> list[Node]:
    """The loops and decisions around the statement that gives a local its value."""
    found: list[Node] = []
    node = statement
    scope = local.declaration.parent
    while node is not None and scope is not None and node.id != scope.id:
        if node.type in (
            "if_statement",
            "for_statement",
            "while_statement",
            "do_statement",
            "switch_statement",
        ):
            found.append(node)
        node = node.parent
    return found
