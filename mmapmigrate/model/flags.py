# SPDX-License-Identifier: GPL-2.0-only
"""VMA flags in expressions: legacy masks (``VM_IO | VM_PFNMAP``), their bits, and who takes which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.kernel.api import Helper, KernelApi
from mmapmigrate.model.calls import calls, text
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.functions import Function, functions_in
from mmapmigrate.syntax.nodes import bare, operator

if TYPE_CHECKING:
    from tree_sitter import Node

FLAG_HELPERS: Mapping[str, tuple[str, ...]] = {
    "vm_flags_init": (),
    "vm_flags_reset": (),
    "vm_flags_reset_once": (),
    "vm_flags_set": ("vma_desc_set_flags",),
    "vm_flags_clear": ("vma_desc_clear_flags",),
    "vm_flags_mod": ("vma_desc_set_flags", "vma_desc_clear_flags"),
    "__vm_flags_mod": ("vma_desc_set_flags", "vma_desc_clear_flags"),
}
"""What writes a VMA's flags (include/linux/mm.h), and what does the same to a descriptor."""

_HELPER = re.compile(rb"vm_flags_(?:init|reset|reset_once|set|clear|mod)\s*\(")
_LEGACY = re.compile(r"VM_[A-Z][A-Z0-9_]*\Z")


class Takes(Enum):
    """What a parameter of a flag helper takes."""

    BIT = auto()
    """One bit: ``VMA_IO_BIT``."""
    BITS = auto()
    """One bit; more may follow as further arguments."""
    MASK = auto()
    """A vma_flags_t."""


class LegacyMask(Struct, frozen=True):
    """Legacy flags joined by ``|`` and nothing else: their names in order; ``[start, end)`` is its place."""

    names: tuple[str, ...]
    start: int
    end: int

    def bits(self, api: KernelApi) -> tuple[str, ...] | None:
        """``VMA_x_BIT`` for each name, None when one of them does not translate in this kernel."""
        bits = [api.flag(name) for name in self.names]
        return None if None in bits else tuple(f"VMA_{bit.name}_BIT" for bit in bits if bit is not None)


def flag_calls(file: FileModel, body: Node) -> Iterator[tuple[Node, Node]]:
    """The calls under ``body`` that write a VMA's flags, each with the identifier that is called."""
    for call, name in calls(body):
        if text(file, name) in FLAG_HELPERS:
            yield call, name


def flag_writers(file: FileModel) -> Iterator[Function]:
    """The functions of the file that may call a flag helper, without the helpers; in file order."""
    last = None
    for found in _HELPER.finditer(file.unit.text) if file.holds(b"vm_flags_") else ():
        item = file.unit.item_at(found.start())
        if item is None or item == last:
            continue
        last = item
        yield from (one for one in functions_in(file.unit, item) if one.name not in FLAG_HELPERS)


def flag_remedy(api: KernelApi, helper: str) -> str:
    """One line: what takes the place of ``helper`` on a descriptor of this kernel."""
    offered = [f"{name}()" for name in FLAG_HELPERS[helper] if api.has(name)]
    if offered:
        return f"under mmap_prepare use {' and '.join(offered)} with VMA_x_BIT"
    return "under mmap_prepare change desc->vma_flags with the vma_desc_*() helpers"


def taken(helper: Helper) -> Mapping[int, Takes]:
    """What the parameters of ``helper`` take, by index; those that take no flags are left out."""
    kinds: dict[int, Takes] = {}
    for index, parameter in enumerate(helper.parameters):
        if parameter.type == "vma_flag_t":
            kinds[index] = Takes.BIT
        elif parameter.type == "vma_flags_t":
            kinds[index] = Takes.MASK
    if helper.macro and helper.variadic and not helper.name.endswith("_masks"):
        kinds[len(helper.parameters)] = Takes.BITS
    return kinds


def legacy_mask(file: FileModel, node: Node) -> LegacyMask | None:
    """``node`` as legacy flags joined by ``|``, None when it is anything else."""
    names: list[str] = []
    stack = [node]
    while stack:
        part = bare(stack.pop())
        if part.type == "binary_expression" and operator(part) == "|":
            stack += [side for field in ("right", "left") if (side := part.child_by_field_name(field))]
        elif part.type == "identifier" and is_legacy_flag(text(file, part)):
            names.append(text(file, part))
        else:
            return None
    return LegacyMask(tuple(names), node.start_byte, node.end_byte) if names else None


def mentions_legacy(file: FileModel, node: Node) -> str | None:
    """The first legacy flag that is an operand of ``node``, not of a call in it; None if there is none."""
    stack = [node]
    while stack:
        part = stack.pop()
        if part.type == "identifier" and is_legacy_flag(text(file, part)):
            return text(file, part)
        if part.type in _TRANSPARENT:
            stack.extend(reversed(part.named_children))
    return None


_TRANSPARENT = frozenset(
    (
        "binary_expression",
        "unary_expression",
        "parenthesized_expression",
        "cast_expression",
        "conditional_expression",
    )
)


def is_legacy_flag(name: str) -> bool:
    """Whether ``name`` looks like a VMA flag mask of old: ``VM_IO``, but not ``VM_FAULT_RETRY``."""
    return _LEGACY.match(name) is not None and not name.startswith(_FOREIGN)


_FOREIGN = ("VM_FAULT_", "VM_BUG_", "VM_WARN_", "VM_EVENT_", "VM_UNMAP_ALIASES_")
"""Prefixes of other families (vm_fault_t, assertions, vmstat) that no flags helper takes."""
