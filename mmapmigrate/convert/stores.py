# SPDX-License-Identifier: GPL-2.0-only
"""Which objects are a function's own, and whether a store stays in them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from mmapmigrate.convert.node_text import TextOf, text_of
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.nodes import bare, field, find_all, operator, pointed_function

if TYPE_CHECKING:
    from tree_sitter import Node


def local_objects(file: FileModel, body: Node) -> frozenset[str]:
    """Names declared in ``body`` that are objects, not pointers (storing to them stays in the function).

    Pointers are there as ``*name``, arrays also as ``name[]``, those of arrays as ``name[][]``. A name that
    also means something else, outside of the block that declares it, is left out.
    """
    question = ("local objects", body.start_byte, body.end_byte)
    return file.once(question, lambda: frozenset(_local_objects(body, text_of(file))))


def _local_objects(body: Node, text: TextOf) -> set[str]:
    names: set[str] = set()
    scopes: dict[str, list[Node]] = {}
    for declaration in find_all(body, "declaration"):
        if any(
            text(child) in ("static", "extern")
            for child in declaration.children
            if child.type == "storage_class_specifier"
        ):
            continue
        for declarator in declaration.children_by_field_name("declarator"):
            node: Node | None = declarator
            pointer, dimensions = False, 0
            while node is not None and node.type != "identifier":
                pointer = pointer or node.type == "pointer_declarator"
                dimensions += node.type == "array_declarator"
                node = pointed_function(node) or node.child_by_field_name("declarator")
            if node is None:
                continue
            scopes.setdefault(text(node), []).append(declaration.parent or body)
            names.add(text(node) if not pointer or dimensions else f"*{text(node)}")
            # An element further down is behind a pointer.
            names.update(f"{text(node)}{'[]' * deep}" for deep in range(1, dimensions + 1))
    strangers = {
        text(node)
        for node in find_all(body, "identifier")
        if text(node) in scopes
        and not any(s.start_byte <= node.start_byte < s.end_byte for s in scopes[text(node)])
    }
    return {name for name in names if name.strip("*[]") not in strangers}


def stores_locally(target: Node, own: Collection[str], text: TextOf) -> bool:
    """Whether a store to ``target`` changes only a local of the function."""
    target = bare(target)
    if target.type == "identifier":
        return text(target) in own or f"*{text(target)}" in own
    while target.type == "field_expression":
        if operator(target) != ".":
            return False
        target = bare(field(target, "argument"))
    deep = ""
    while target.type == "subscript_expression":
        # Of a member it may be the target of a pointer, and of a name the pointer: only arrays are known.
        target, deep = bare(field(target, "argument")), f"{deep}[]"
        if target.type == "identifier":
            return f"{text(target)}{deep}" in own
    return target.type == "identifier" and text(target) in own


def base_name(target: Node, text: TextOf) -> str:
    """The identifier that an lvalue starts from, "" if none."""
    target = bare(target)
    while target.type in ("field_expression", "subscript_expression", "pointer_expression"):
        target = bare(field(target, "argument"))
    return text(target) if target.type == "identifier" else ""


def lent_object(target: Node, text: TextOf) -> str:
    """The pointer whose own object an lvalue is in (``p->x.y``, ``*p``), "" where it leads any further."""
    target = bare(target)
    while target.type == "field_expression" and operator(target) == ".":
        target = bare(field(target, "argument"))
    if target.type not in ("field_expression", "pointer_expression"):
        return ""
    base = bare(field(target, "argument"))
    return text(base) if base.type == "identifier" else ""
