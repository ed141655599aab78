# SPDX-License-Identifier: GPL-2.0-only
"""Names that once were, or were to be, part of the mmap_prepare API or beside it, and what replaced them.

The table (withdrawn.toml) was compiled from the releases 6.16 to 7.3 and from the series posted for them. It
never decides that a name is wrong: the target kernel does, by lacking it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi

_TABLE = Path(__file__).with_name("withdrawn.toml")

VM_OPS = "vm_operations_struct"
DESC = "vm_area_desc"
ACTION = "mmap_action"

_VM_OPS_MARK = "vm_ops->"


class Withdrawn(Struct, frozen=True):
    """One row: ``struct`` is "" for functions and enumerators; ``note`` a clause that follows the name.

    ``replacements``, best first, are of the row's own kind and struct, or callbacks written ``vm_ops->name``.
    """

    name: str
    kind: str
    struct: str
    replacements: tuple[str, ...]
    note: str

    @property
    def offers(self) -> tuple[str, ...]:
        """The replacements as prose writes them: functions with parentheses."""
        return tuple(f"{one}()" if self.kind == "function" else one for one in self.replacements)


@cache
def withdrawn_names() -> Mapping[tuple[str, str], Withdrawn]:
    """The table, by (struct or "", name)."""
    with _TABLE.open("rb") as stream:
        rows = tomllib.load(stream)["name"]
    return {
        (row.get("struct", ""), row["name"]): Withdrawn(
            row["name"], row["kind"], row.get("struct", ""), tuple(row["use"]), row["note"]
        )
        for row in rows
    }


def withdrawn(api: KernelApi, name: str, struct: str = "") -> Withdrawn | None:
    """The row of ``name`` if ``api`` lacks it, with those replacements only that ``api`` has.

    ``struct`` is the tag of the struct whose field or member ``name`` is; for fields of mmap_action ``name``
    may be a path (``remap.addr``). None for a name that the kernel has or that the table does not know, and
    for any function where the kernel has no mmap_prepare at all, since none is looked for there.
    """
    row = withdrawn_names().get((struct, name))
    if row is None or _has(api, name, struct, row.kind):
        return None
    if row.kind == "function" and not api.has_mmap_prepare:
        return None
    offered = tuple(one for one in row.replacements if _offered(api, one, row))
    return Withdrawn(row.name, row.kind, row.struct, offered, row.note)


def _has(api: KernelApi, name: str, struct: str, kind: str) -> bool:
    if kind == "enumerator":
        return name in api.action_types
    if not struct:
        return name in api.helpers or name in api.counterparts
    fields = {DESC: api.desc_fields, ACTION: api.action_fields, VM_OPS: api.vm_ops_fields}.get(struct)
    if fields is not None:
        return name in fields
    own = (one for one in api.ops_members if one.struct == struct)
    return any(name == one.prepare or (name == one.member and not one.removed) for one in own)


def _offered(api: KernelApi, name: str, row: Withdrawn) -> bool:
    """Whether the kernel has the replacement; of functions only one that no configuration lacks."""
    if name.startswith(_VM_OPS_MARK):
        return name.removeprefix(_VM_OPS_MARK) in api.vm_ops_fields
    if row.kind == "function" and name in api.helpers:
        return api.has(name)
    return _has(api, name, row.struct, row.kind)
