# SPDX-License-Identifier: GPL-2.0-only
"""FileModel: one C file, as the rules and the recipes see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.syntax.unit import Condition, Item, ParsedItem, SourceUnit

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True)
class FunctionParameter:
    """A parameter: its type as text with the declarator's stars (``struct file *``), its name ("" if none)."""

    type: str
    name: str


@dataclass(frozen=True)
class Function:
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

    def vma_parameter(self) -> str | None:
        """The name of its ``struct vm_area_struct *`` parameter, or None."""
        for parameter in self.parameters:
            if parameter.type.replace("const ", "").replace(" ", "") == "structvm_area_struct*":
                return parameter.name or None
        return None


@dataclass(frozen=True)
class Macro:
    """A ``#define``: ``parameters`` is None for an object-like one; offsets are byte ranges of the file."""

    name: str
    parameters: tuple[str, ...] | None
    body: str
    start: int
    end: int
    name_start: int
    name_end: int
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class UnparsedRegion:
    """Bytes that mention a VMA or a hook and could not be read. ``matters``: it could hold part of a hook."""

    start: int
    end: int
    message: str
    matters: bool


class FileModel:
    """One file's model, computed lazily and cached. Contract; implemented in this module's final form."""

    unit: SourceUnit

    def __init__(self, unit: SourceUnit) -> None:
        raise NotImplementedError

    @property
    def path(self) -> str:
        return self.unit.source.path

    def entries(self) -> Sequence[OpsEntry]:
        """Every ops table member of this file that may hold an mmap hook (``.mmap``, ``.mmap_*``, ``*_mmap``)."""
        raise NotImplementedError

    def functions(self, name: str) -> Sequence[Function]:
        """The definitions of ``name`` in this file; several where the preprocessor chooses."""
        raise NotImplementedError

    def vma_functions(self) -> Sequence[Function]:
        """Every function of this file that has a ``struct vm_area_struct *`` parameter or local."""
        raise NotImplementedError

    def macros(self, name: str) -> Sequence[Macro]:
        """The ``#define``s of ``name`` in this file."""
        raise NotImplementedError

    def occurrences(self, name: str) -> Sequence[int]:
        """Offsets of every whole-word occurrence of ``name``, in code, comments and directives alike."""
        raise NotImplementedError

    def unparsed(self) -> Sequence[UnparsedRegion]:
        """What could not be read among the items that mention a VMA or an mmap hook."""
        raise NotImplementedError
