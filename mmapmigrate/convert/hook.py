# SPDX-License-Identifier: GPL-2.0-only
"""The hook under conversion: its function, its parameters and its locals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.flow import Flow, flow_of
from mmapmigrate.syntax.nodes import field, find_all, operator, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_WRITES = ("assignment_expression", "init_declarator", "update_expression", "pointer_expression")
_DESCRIPTOR_NAMES = ("desc", "vm_desc", "vma_desc", "mmap_desc")


@dataclass(frozen=True)
class Local:
    """A local variable of the hook.

    ``type`` is its type as text with the declarator's stars. ``definitions`` are the expressions assigned
    to it by ``=`` or its initialiser; ``written`` are the identifiers at which it may change otherwise
    (``+=``, ``++``, its address taken). ``reads`` are the other identifier nodes.
    """

    name: str
    type: str
    declaration: Node
    declarator: Node
    definitions: tuple[Node, ...]
    written: tuple[Node, ...]
    reads: tuple[Node, ...]

    @property
    def writes(self) -> int:
        """How many places change it otherwise than by a plain assignment."""
        return len(self.written)

    @property
    def single(self) -> Node | None:
        """The one expression that it ever holds, or None."""
        return self.definitions[0] if len(self.definitions) == 1 and not self.writes else None


class HookSource:
    """One hook's function with everything that recipes ask about its text."""

    def __init__(self, file: FileModel, function: Function) -> None:
        self.file = file
        self.function = function
        self.data = file.unit.source.data
        self.body = function.body
        self.vma = function.vma_parameter() or ""
        self._writes: dict[int, tuple[Node, ...]] = {}
        self.file_parameter = next(
            (p.name for p in function.parameters if _folded(p.type) == "structfile*"), ""
        )

    def writes_in(self, step: Node) -> tuple[Node, ...]:
        """What at or below ``step`` may write a local: assignments, initialisers, ``++`` and ``&``."""
        known = self._writes.get(step.id)
        if known is None:
            known = tuple(find_all(step, *_WRITES))
            self._writes[step.id] = known
        return known

    def text(self, node: Node) -> str:
        """The original text of ``node`` (Latin-1, so that every byte survives)."""
        return self.data[node.start_byte : node.end_byte].decode("latin-1")

    def line(self, node: Node) -> int:
        """The line of ``node``, from 1."""
        return self.file.unit.source.position(node.start_byte).line

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the function's text."""
        text = self.data[self.function.node.start_byte : self.function.node.end_byte]
        return frozenset(word.decode() for word in re.findall(rb"[A-Za-z_]\w*", text))

    @cached_property
    def desc(self) -> str:
        """The name of the descriptor parameter: one that the function does not use yet."""
        return next((name for name in _DESCRIPTOR_NAMES if name not in self.words), "mmap_prepare_desc")

    @cached_property
    def identifiers(self) -> tuple[Node, ...]:
        """All identifier nodes of the body, in order (field names, labels and tags are other types)."""
        return tuple(find_all(self.body, "identifier"))

    def uses_of(self, name: str) -> tuple[Node, ...]:
        """The identifier nodes of the body that spell ``name``."""
        encoded = name.encode()
        return tuple(node for node in self.identifiers if node.text == encoded)

    @cached_property
    def flow(self) -> Flow:
        """The paths through the body."""
        return flow_of(self.body, self.file.unit.conditions, lambda node: is_once(self, node))

    @cached_property
    def locals(self) -> dict[str, Local]:
        """The locals by name; a name that is declared twice, or means something else too, is left out."""
        declared: dict[str, list[tuple[Node, Node, str]]] = {}
        for declaration in find_all(self.body, "declaration"):
            base = declaration.child_by_field_name("type")
            for child in declaration.children_by_field_name("declarator"):
                name, stars = _declared(child)
                if name is not None:
                    text = ("" if base is None else self.text(base)) + stars
                    declared.setdefault(name, []).append((declaration, child, text))
        found: dict[str, Local] = {}
        for name, places in declared.items():
            if len(places) == 1:
                declaration, declarator, text = places[0]
                scope = declaration.parent or self.body
                if all(_within(scope, node) for node in self.uses_of(name)):
                    found[name] = self._local(name, text, declaration, declarator)
        return found

    def _local(self, name: str, text: str, declaration: Node, declarator: Node) -> Local:
        definitions: list[Node] = []
        reads: list[Node] = []
        written: list[Node] = []
        for node in self.uses_of(name):
            parent = node.parent
            if parent is None:
                continue
            if parent.type == "init_declarator" and _same(parent.child_by_field_name("declarator"), node):
                definitions.append(field(parent, "value"))
            elif parent.type == "assignment_expression" and _same(field(parent, "left"), node):
                if operator(parent) == "=":
                    definitions.append(field(parent, "right"))
                else:
                    written.append(node)
            elif parent.type == "update_expression" or (
                parent.type == "pointer_expression" and operator(parent) == "&"
            ):
                written.append(node)
            elif _within(declarator, node) and not any(
                _within(value, node) for value in declarator.children_by_field_name("value")
            ):
                # The declarator itself; a pointer's initialiser belongs to the init_declarator around it.
                holder = _initializer(declarator)
                if holder is not None and holder not in definitions:
                    definitions.append(holder)
            else:
                reads.append(node)
        return Local(name, text, declaration, declarator, tuple(definitions), tuple(written), tuple(reads))


def is_once(hook: HookSource, node: Node) -> bool:
    """Whether a loop is one only to the grammar: ``scoped_guard()`` runs its block exactly once."""
    return hook.text(node).startswith("scoped_guard")


def _initializer(declarator: Node) -> Node | None:
    return declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None


def _declared(declarator: Node) -> tuple[str | None, str]:
    """The name that a declarator declares, and its stars (``*``, ``[]``)."""
    stars = ""
    node: Node | None = declarator
    while node is not None and node.type != "identifier":
        if node.type == "pointer_declarator":
            stars += " *"
        elif node.type in ("array_declarator", "function_declarator"):
            stars += "[]"
        node = node.child_by_field_name("declarator")
    return (None if node is None or node.text is None else node.text.decode("latin-1")), stars


def _within(outer: Node, node: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def _same(first: Node | None, second: Node) -> bool:
    return first is not None and first.id == second.id


def _folded(text: str) -> str:
    return text.replace("const ", "").replace(" ", "")


def hook_functions(file: FileModel, name: str) -> Sequence[Function]:
    """The definitions of a hook in a file: those of that name that take a VMA."""
    return [function for function in file.functions(name) if function.takes_vma]


__all__ = ["HookSource", "Local", "hook_functions", "walk"]
