# SPDX-License-Identifier: GPL-2.0-only
"""Which member of an ops struct a hook stands in, and which one its new form goes to.

    file_operations.mmap(file, vma)         -> .mmap_prepare(desc)
    uio_info.mmap(info, vma)                -> .mmap_prepare(info, desc)

The first is the VFS's, whose descriptor carries the file. All others keep their other parameters; which of
them have a new form is read from the kernel's headers (``KernelApi.member()``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.counterparts import DESC, bare
from mmapmigrate.model.file import Function
from mmapmigrate.model.ops import OpsEntry

FOPS = "file_operations"
_FILE = "structfile*"
VMA_TYPE = "structvm_area_struct*"
_RESTRICT = re.compile(r"\b(?:__)?restrict(?:__)?\b")


class Slot(Struct, frozen=True):
    """The member ``struct.member`` and ``prepare``, which takes its place.

    ``types`` are the types of the old member's parameters, ``kept`` those that the new one has too, with the
    VMA in the descriptor's place. ``removed`` tells that the kernel has only ``prepare``.
    """

    struct: str
    member: str
    prepare: str
    types: tuple[str, ...]
    kept: tuple[str, ...]
    removed: bool = False

    @property
    def nested(self) -> bool:
        """Whether another hook calls what stands there, and not the VFS."""
        return self.struct != FOPS

    @property
    def rule(self) -> str:
        """The rule that reports a hook in this member."""
        return "MM103" if self.nested else "MM101"

    @property
    def keeps(self) -> bool:
        """Whether the new form has all parameters of the old one, and not only the descriptor."""
        return self.kept == self.types

    def fits(self, function: Function) -> bool:
        """Whether a function's head is that of the member, so that it can be given the new one."""
        return [folded(parameter.type) for parameter in function.parameters] == list(self.types)


VFS_SLOT = Slot(FOPS, "mmap", "mmap_prepare", (_FILE, VMA_TYPE), (VMA_TYPE,))


def slot_of(entry: OpsEntry, api: KernelApi) -> Slot | None:
    """The slot of a table's member.

    None where this kernel has no new form of it, or one that has neither all other parameters of the old nor
    only the descriptor, which stands for the file too.
    """
    if entry.struct == FOPS:
        return VFS_SLOT if entry.member == "mmap" else None
    member = None if entry.struct is None else api.member(entry.struct, entry.member)
    if member is None or member.prepare is None:
        return None
    types = tuple(folded(one.type) for one in member.parameters)
    kept = tuple(
        VMA_TYPE if bare(one.type) == DESC else folded(one.type) for one in member.prepare_parameters
    )
    if types.count(VMA_TYPE) != 1 or (kept != types and (types, kept) != (VFS_SLOT.types, VFS_SLOT.kept)):
        return None
    return Slot(member.struct, member.member, member.prepare, types, kept, member.removed)


def agree(slots: Sequence[Slot | None]) -> bool:
    """Whether one function can stand in all of these, now and in its new form."""
    known = [slot for slot in slots if slot is not None]
    return len(known) == len(slots) and len({(slot.types, slot.kept) for slot in known}) <= 1


def folded(text: str) -> str:
    """A parameter's type without qualifiers and white space: what decides whether two are of one kind."""
    return "".join(_RESTRICT.sub("", bare(text)).split())
