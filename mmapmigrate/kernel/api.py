# SPDX-License-Identifier: GPL-2.0-only
"""KernelApi: what one kernel offers to an mmap_prepare hook.

Filled by ``kernel.reader`` from a tree's headers, or by ``kernel.snapshot`` from a bundled file that the
same reader wrote. Frozen, cheap to pickle; nothing here is remembered from another release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct


class Parameter(Struct, frozen=True):
    """One parameter of a helper: its C type as text (white space folded) and its name."""

    type: str
    name: str


class Helper(Struct, frozen=True):
    """A function or function-like macro of the API.

    ``condition`` is the preprocessor condition under which the name exists ("" when always), as text.
    ``variadic`` is true for a macro that ends in ``...`` (its fixed parameters are listed).
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    variadic: bool = False
    macro: bool = False
    condition: str = ""
    header: str = ""


class FlagBit(Struct, frozen=True):
    """A ``VMA_<name>_BIT``.

    ``legacy`` is true when ``VM_<name>`` is defined, unconditionally, to exactly this bit: only then do the
    two translate (include/linux/mm.h defines several VM_x as VM_NONE under some configurations while the
    bit is declared always), the bit has one meaning in every configuration, and lies in the first 32.
    ``condition`` is the bit's own; ``legacy_condition`` that under which VM_<name> is this bit ("never" when
    there is no such VM_<name>). ``bit`` is its number, None for an alias of the bits ``aliases``.
    """

    name: str
    condition: str = ""
    legacy: bool = False
    legacy_condition: str = ""
    bit: int | None = None
    aliases: tuple[str, ...] = ()


class Field(Struct, frozen=True):
    """A struct's member: name, C type as text, and its preprocessor condition."""

    name: str
    type: str
    condition: str = ""


class OpsMember(Struct, frozen=True):
    """A member of an ops struct in include/ that takes a ``struct vm_area_struct *``.

    ``prepare`` is the member that takes a ``struct vm_area_desc *`` in its stead, if this kernel has one
    (``mmap`` -> ``mmap_prepare``, ``mmap_X`` -> ``mmap_prepare_X``). ``removed`` is true where only the
    prepare form is left in this kernel; ``member`` and ``parameters`` are then derived from that form.
    """

    struct: str
    member: str
    parameters: tuple[Parameter, ...]
    prepare: str | None = None
    prepare_parameters: tuple[Parameter, ...] = ()
    removed: bool = False
    header: str = ""

    @property
    def is_hook(self) -> bool:
        """Whether the member is an mmap hook by its name, and not another callback that gets a VMA."""
        return "mmap" in self.member and "munmap" not in self.member


class Dispatcher(Struct, frozen=True):
    """A place that calls ``->mmap()`` by hand through a ``struct file_operations *``.

    ``struct`` and ``member`` say where that pointer was kept (``drm_driver``, ``fops``); ``struct`` is None
    where the type of what holds it is not known. ``path`` is relative to the tree's root; lines count from 1.
    """

    struct: str | None
    member: str
    path: str
    line: int


@dataclass(frozen=True)
class KernelApi:
    """The API of one kernel.

    ``release`` is like "7.3.4" (Makefile's VERSION.PATCHLEVEL.SUBLEVEL + EXTRAVERSION); ``source`` is
    "tree" or "snapshot"; ``origin`` the tree's path or the snapshot's name. ``root`` is the tree's folder or
    None. ``has_mmap_prepare`` tells whether file_operations has the member at all.

    ``counterparts`` maps a function that takes a VMA to the Helper that takes a descriptor in its stead
    (``generic_file_mmap`` -> ``generic_file_mmap_prepare``, ``vma_pages`` -> ``vma_desc_pages``,
    ``vma_is_cow_mapping``/``is_cow_mapping`` -> ``vma_desc_is_cow_mapping``), found by reading include/.

    ``masks`` maps a VM_x mask to the VMA_x mask of the same bits, both unconditional (``VM_ACCESS_FLAGS`` ->
    ``VMA_ACCESS_FLAGS``); ``mask_bits`` maps each unconditional mask, of either kind, whose content is known
    to the names of its bits (``VMA_REMAP_FLAGS`` -> IO, PFNMAP, DONTEXPAND, DONTDUMP).
    ``vma_takers`` are the functions of include/ that are handed a ``struct vm_area_struct *``.
    ``action_types`` are the enumerators of mmap_action_type. ``dispatchers`` is None where no .c file was
    searched; ``locate.choose_api`` searches those of a tree in which a bundled release had one.
    ``dispatchers_complete`` tells that the whole tree was searched, as it was for a snapshot; else
    ``dispatch.read_dispatchers`` may find more. ``stamp`` tells one state of the sources from
    another; "" where it was not taken.
    """

    release: str
    source: str
    origin: str
    root: str | None = None
    has_mmap_prepare: bool = False
    flags: Mapping[str, FlagBit] = field(default_factory=dict)
    helpers: Mapping[str, Helper] = field(default_factory=dict)
    counterparts: Mapping[str, Helper] = field(default_factory=dict)
    desc_fields: Mapping[str, Field] = field(default_factory=dict)
    action_fields: Mapping[str, Field] = field(default_factory=dict)
    vm_ops_fields: Mapping[str, Field] = field(default_factory=dict)
    ops_members: tuple[OpsMember, ...] = ()
    vma_fields: Mapping[str, Field] = field(default_factory=dict)
    action_types: tuple[str, ...] = ()
    masks: Mapping[str, str] = field(default_factory=dict)
    mask_bits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dispatchers: tuple[Dispatcher, ...] | None = None
    dispatchers_complete: bool = False
    vma_takers: frozenset[str] = frozenset()
    stamp: str = field(default="", compare=False)

    def has(self, name: str) -> bool:
        """Whether a helper of this name exists in every configuration."""
        helper = self.helpers.get(name)
        return helper is not None and not helper.condition

    def flag(self, legacy_name: str) -> FlagBit | None:
        """The bit that a ``VM_x`` translates to, or None when it does not translate."""
        bit = self.flags.get(legacy_name.removeprefix("VM_"))
        return bit if bit is not None and bit.legacy and not bit.condition else None

    def member(self, struct: str, member: str) -> OpsMember | None:
        """The VMA-taking member ``struct.member``, or None."""
        for candidate in self.ops_members:
            if candidate.struct == struct and candidate.member == member:
                return candidate
        return None
