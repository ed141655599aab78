# SPDX-License-Identifier: GPL-2.0-only
"""Function definitions of a file, found by name or by what they mention, parsed on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.syntax.unit import Condition, Item, ItemKind, ParsedItem, SourceUnit

if TYPE_CHECKING:
    from tree_sitter import Node

_QUALIFIER = re.compile(r"\b(?:const|volatile|restrict|__restrict)\b|\s")


class FunctionParameter(Struct, frozen=True):
    """A parameter: its type as text with the stars (``struct file *``), its name ("" if none)."""

    type: str
    name: str

    @property
    def plain(self) -> str:
        """The type without qualifiers and blanks (``structfile*``)."""
        return _QUALIFIER.sub("", self.type)


class Function(Struct, frozen=True):
    """A function's definition.

    ``node`` is tree-sitter's function_definition; ``name_start``/``name_end`` the byte range of the name in
    its declarator; ``conditions`` the preprocessor conditionals around it.
    """

    name: str
    item: Item
    parsed: ParsedItem
    node: Node
    body: Node
    static: bool
    parameters: tuple[FunctionParameter, ...]
    name_start: int
    name_end: int
    conditions: tuple[Condition, ...] = ()

    @property
    def takes_vma(self) -> bool:
        """Whether a parameter of it is a ``struct vm_area_struct *``, named or not."""
        return any(_is_vma(parameter) for parameter in self.parameters)

    def vma_parameter(self) -> str | None:
        """The name of its ``struct vm_area_struct *`` parameter, or None."""
        return next((parameter.name or None for parameter in self.parameters if _is_vma(parameter)), None)


def _is_vma(parameter: FunctionParameter) -> bool:
    return parameter.plain == "structvm_area_struct*"


def functions_in(unit: SourceUnit, item: Item) -> Iterator[Function]:
    """Every function definition in ``item``: one, as a rule."""
    if item.kind is not ItemKind.FUNCTION:
        return
    parsed = unit.parse(item)
    stack = [parsed.root]
    while stack:
        node = stack.pop()
        if node.type == "function_definition":
            function = _function(unit, item, parsed, node)
            if function is not None:
                yield function
        elif node.type in ("translation_unit", "ERROR", "linkage_specification", "declaration_list"):
            stack.extend(reversed(node.named_children))


def declarator_name(node: Node | None) -> Node | None:
    """The identifier that a declarator declares, through stars, brackets, parentheses and parameters."""
    while node is not None and node.type not in ("identifier", "field_identifier", "type_identifier"):
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next(
                (
                    child
                    for child in node.named_children
                    if child.type.endswith("declarator") or child.type == "identifier"
                ),
                None,
            )
        node = inner
    return node


def _function(unit: SourceUnit, item: Item, parsed: ParsedItem, node: Node) -> Function | None:
    body = node.child_by_field_name("body")
    name = declarator_name(node.child_by_field_name("declarator"))
    if body is None or name is None:
        return None
    data = unit.source.data
    declarator = _function_declarator(node.child_by_field_name("declarator"))
    parameters = declarator.child_by_field_name("parameters") if declarator is not None else None
    static = any(
        child.type == "storage_class_specifier" and data[child.start_byte : child.end_byte] == b"static"
        for child in node.children
    )
    return Function(
        name=_text(data, name),
        item=item,
        parsed=parsed,
        node=node,
        body=body,
        static=static,
        parameters=tuple(_parameters(unit, parameters)) if parameters is not None else (),
        name_start=name.start_byte,
        name_end=name.end_byte,
        conditions=unit.conditions(name.start_byte),
    )


def _function_declarator(node: Node | None) -> Node | None:
    while node is not None and node.type != "function_declarator":
        node = node.child_by_field_name("declarator") or next(
            (child for child in node.named_children if child.type.endswith("declarator")), None
        )
    return node


def _parameters(unit: SourceUnit, node: Node) -> Iterator[FunctionParameter]:
    code = unit.text
    for child in node.named_children:
        if child.type == "variadic_parameter":
            yield FunctionParameter("...", "")
        if child.type != "parameter_declaration":
            continue
        declarator = child.child_by_field_name("declarator")
        name = declarator_name(declarator)
        start, end = child.start_byte, child.end_byte
        if name is None:
            spelled = _folded(code[start:end])
            if spelled != "void":
                yield FunctionParameter(spelled, "")
            continue
        spelled = _folded(code[start : name.start_byte] + b" " + code[name.end_byte : end])
        yield FunctionParameter(spelled, _text(code, name))


def _folded(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "surrogateescape").split())


def _text(data: bytes, node: Node) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")
