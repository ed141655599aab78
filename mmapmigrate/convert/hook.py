# SPDX-License-Identifier: GPL-2.0-only
"""The hook under conversion: its function, its VMA, its file, and the name of its descriptor to be."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mmapmigrate.convert.tables.members import VFS_SLOT, Slot
from mmapmigrate.model.body import Body
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.functions import declarator_name
from mmapmigrate.syntax.nodes import find_all, inner, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_DESCRIPTOR_NAMES = ("desc", "vm_desc", "vma_desc", "mmap_desc")


class HookSource(Body):
    """One hook's function, or one of its helpers', with what recipes ask of it.

    ``slot`` is the member that the hook stands in.
    """

    def __init__(self, file: FileModel, function: Function, slot: Slot = VFS_SLOT) -> None:
        super().__init__(file, function)
        self.slot = slot
        self.vma = function.vma_parameter() or ""
        # Nobody calls a hook without a VMA (mm/vma.c, mm/util.c).
        self.nonnull = frozenset({self.vma}) if self.vma else frozenset()
        files = (p.name for p in function.parameters if p.plain == "structfile*")
        # A file that stays a parameter need not be the descriptor's.
        self.file_parameter = "" if slot.keeps else next(files, "")

    @cached_property
    def own_file(self) -> str:
        """The name of the file parameter if it is the descriptor's file throughout, else ""."""
        if self.file_parameter in self.locals or self.file_parameter in self.ambiguous:
            return ""
        for node in self.uses_of(self.file_parameter):
            whole = outer(node)
            parent = whole.parent
            if parent is None or parent.type not in ("assignment_expression", "pointer_expression"):
                continue
            first = parent.child_by_field_name("left") or parent.child_by_field_name("argument")
            if first is not None and first.id == whole.id and operator(parent) != "*":
                return ""
        return self.file_parameter

    def is_own_file(self, node: Node) -> bool:
        """Whether an expression is the file of the descriptor that takes the VMA's place.

        Not in a nested hook: whoever calls it may describe the mapping of one file with another.
        """
        text = self.text(inner(node))
        return bool(text) and not self.slot.nested and text in (self.own_file, f"{self.vma}->vm_file")

    def short(self, node: Node) -> str:
        """The text of ``node`` on one line, for a message."""
        text = " ".join(self.text(node).split())
        return text if len(text) <= 60 else f"{text[:57]}..."

    def is_used_behind(self, name: str, node: Node) -> bool:
        """Whether a variable is named behind ``node``, where that has left a value in it."""
        return any(use.start_byte >= node.end_byte for use in self.uses_of(name))

    def declares(self, name: str) -> bool:
        """Whether a variable of this name is declared, once or more often."""
        return any(
            (found := declarator_name(declarator)) is not None and self.text(found) == name
            for declaration in find_all(self.body, "declaration")
            for declarator in declaration.children_by_field_name("declarator")
        )

    @cached_property
    def returns_nothing(self) -> bool:
        """Whether it is a void function."""
        kind = self.function.node.child_by_field_name("type")
        declarator = self.function.node.child_by_field_name("declarator")
        plain = declarator is not None and declarator.type == "function_declarator"
        return kind is not None and plain and self.text(kind) == "void"

    @cached_property
    def desc(self) -> str:
        """The name of the descriptor parameter: one that the function does not use yet.

        That of a descriptor which it makes itself is free: the hook's own takes its place.
        """
        own = {name for name, local in self.locals.items() if local.type == "struct vm_area_desc"}
        free = (name for name in _DESCRIPTOR_NAMES if name in own or self.is_free(name))
        names = (name for name in free if not self.file.macros_seen(name))
        return next(names, "mmap_prepare_desc")
