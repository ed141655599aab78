# SPDX-License-Identifier: GPL-2.0-only
"""What an expression of the hook is known to be worth: the VMA's size, its start, a page-aligned size.

That is, by itself; ``tested.py`` knows what the tests before it prove.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.values.widths import NARROW_TYPES, WIDE_TYPES, spelled
from mmapmigrate.syntax.nodes import arguments, field, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node


class Size(StrEnum):
    """What is known of a size against the VMA's."""

    FULL = "full"
    """It is the VMA's size."""
    PART = "part"
    """It is page-aligned and at most the VMA's size."""
    ALIGNED = "aligned"
    """It is page-aligned; it may pass the VMA's end."""
    UNKNOWN = "unknown"


class Values:
    """Answers about one hook's expressions."""

    def __init__(self, hook: HookSource) -> None:
        self.hook = hook

    def resolve(self, node: Node) -> Node:
        """``node`` without parentheses; a local that only ever holds one expression is that expression."""
        for _hop in range(8):
            node = inner(node)
            if node.type != "identifier":
                return node
            local = self.hook.locals.get(self.hook.text(node))
            if local is None or local.single is None or "[]" in local.type:
                return node
            node = local.single
        return node

    def is_field(self, node: Node, name: str) -> bool:
        """Whether ``node`` is the VMA's field ``name``, itself or through a local."""
        node = self.resolve(node)
        return (
            node.type == "field_expression"
            and operator(node) == "->"
            and self.hook.text(field(node, "field")) == name
            and self.hook.text(inner(field(node, "argument"))) == self.hook.vma
        )

    def is_start(self, node: Node) -> bool:
        """Whether ``node`` is vma->vm_start, itself or through locals that hold any address."""
        node = self._uncast(node)
        for _hop in range(8):
            local = self.hook.locals.get(self.hook.text(node)) if node.type == "identifier" else None
            if local is None or local.single is None:
                break
            if spelled(local.type) not in WIDE_TYPES:
                return False
            node = self._uncast(local.single)
        return self.is_field(node, "vm_start")

    def is_prot(self, node: Node) -> bool:
        """Whether ``node`` is vma->vm_page_prot, written so."""
        node = inner(node)
        return node.type == "field_expression" and self.is_field(node, "vm_page_prot")

    def size(self, node: Node) -> Size:
        """What is known of a size expression by itself, without the tests that lead to it."""
        narrow = False
        for _hop in range(8):
            node = inner(node)
            if node.type == "cast_expression":
                kind = spelled(self.hook.text(field(node, "type")))
                if kind in NARROW_TYPES:
                    narrow = True
                elif kind not in WIDE_TYPES:
                    return Size.UNKNOWN
                node = field(node, "value")
            elif node.type == "identifier":
                local = self.hook.locals.get(self.hook.text(node))
                if local is None or local.single is None:
                    break
                kind = spelled(local.type)
                if kind in NARROW_TYPES:
                    narrow = True
                elif kind not in WIDE_TYPES:
                    return Size.UNKNOWN
                node = local.single
            else:
                break
        if self.is_vma_size(node):
            return Size.PART if narrow else Size.FULL
        text = self.hook.text(node)
        if text == "PAGE_SIZE":
            return Size.PART
        if self.rounded(node) is not None:
            return Size.ALIGNED
        if node.type == "binary_expression":
            left, right = (self.hook.text(inner(field(node, side))) for side in ("left", "right"))
            symbol = operator(node)
            if symbol == "<<" and right == "PAGE_SHIFT":
                return Size.ALIGNED
            if symbol == "*" and "PAGE_SIZE" in (left, right):
                return Size.ALIGNED
        return Size.UNKNOWN

    def rounded(self, node: Node) -> Node | None:
        """What ``node`` rounds up to whole pages, if it is PAGE_ALIGN()."""
        if node.type != "call_expression" or self.hook.text(field(node, "function")) != "PAGE_ALIGN":
            return None
        given = arguments(node)
        return given[0] if len(given) == 1 else None

    def is_vma_size(self, node: Node) -> bool:
        """Whether ``node`` is written as the VMA's size in bytes: end - start, or its pages shifted.

        To round it up to pages changes nothing: a mapping is made of whole ones (mm/mmap.c, do_mmap()).
        """
        node = inner(node)
        rounded = self.rounded(node)
        if rounded is not None:
            return self.size(rounded) is Size.FULL
        if node.type != "binary_expression":
            return False
        left, right, symbol = field(node, "left"), field(node, "right"), operator(node)
        if symbol == "-":
            return self._is_bound(left, "vm_end") and self._is_bound(right, "vm_start")
        if symbol == "<<" and self.hook.text(inner(right)) == "PAGE_SHIFT":
            return self.is_pages(left)
        if symbol == "*":
            pages = {self.hook.text(inner(left)), self.hook.text(inner(right))}
            return "PAGE_SIZE" in pages and (self.is_pages(left) or self.is_pages(right))
        return False

    def _is_bound(self, node: Node, name: str) -> bool:
        """Whether ``node`` is the VMA's start or end, itself or through locals that hold any address."""
        kept = self.kept(node)
        return kept.type == "field_expression" and self.is_field(kept, name)

    def is_pages(self, node: Node) -> bool:
        """Whether ``node`` is the VMA's number of pages in a type that holds it."""
        node = inner(node)
        if node.type == "identifier":
            local = self.hook.locals.get(self.hook.text(node))
            if local is None or local.single is None or spelled(local.type) not in WIDE_TYPES:
                return False
            return self.is_pages(local.single)
        if node.type == "call_expression":
            given = arguments(node)
            return (
                self.hook.text(field(node, "function")) == "vma_pages"
                and len(given) == 1
                and self.hook.text(inner(given[0])) == self.hook.vma
            )
        if node.type == "binary_expression":
            symbol, right = operator(node), self.hook.text(inner(field(node, "right")))
            return self.is_vma_size(field(node, "left")) and (symbol, right) in (
                (">>", "PAGE_SHIFT"),
                ("/", "PAGE_SIZE"),
            )
        return False

    def kept(self, node: Node) -> Node:
        """As ``resolve()``, through locals that hold the value whole: a narrow one would cut it."""
        for _hop in range(8):
            node = inner(node)
            local = self.hook.locals.get(self.hook.text(node)) if node.type == "identifier" else None
            if local is None or local.single is None or spelled(local.type) not in WIDE_TYPES:
                break
            node = local.single
        return node

    def spelling(self, node: Node) -> str:
        """The text of ``node`` without blanks: two expressions that are spelled alike are one."""
        return "".join(self.hook.text(inner(node)).split())

    def _uncast(self, node: Node) -> Node:
        node = inner(node)
        if node.type == "cast_expression" and spelled(self.hook.text(field(node, "type"))) in WIDE_TYPES:
            return field(node, "value")
        return node
