# SPDX-License-Identifier: GPL-2.0-only
"""What serves in the stead of a name that a kernel lacks (facts: renamed.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mmapmigrate.kernel.api import KernelApi


@dataclass(frozen=True)
class Renamed:
    """A name that some kernels lack. ``struct`` is "" for a helper; see renamed.toml for the rest."""

    struct: str
    name: str
    now: tuple[str, ...] = ()
    note: str = ""

    def offered(self, api: KernelApi) -> tuple[str, ...]:
        """Those of the names that this kernel has, as they are written in prose."""
        return tuple(self._offered(api))

    def _offered(self, api: KernelApi) -> Iterator[str]:
        fields = {
            "vm_area_desc": api.desc_fields,
            "mmap_action": api.action_fields,
            "vm_operations_struct": api.vm_ops_fields,
        }
        for name in self.now:
            struct, _, member = name.rpartition(".")
            struct = struct or self.struct
            if struct and member in fields.get(struct, ()):
                yield f"{member} of struct {struct}"
            elif not struct and api.has(name):
                yield f"{name}()"


@cache
def renamed() -> Mapping[tuple[str, str], Renamed]:
    """Every name in the table, by its struct's tag ("" for helpers) and itself."""
    table = tomllib.loads(Path(__file__).with_name("renamed.toml").read_text("utf-8"))
    return {
        (struct, name): Renamed(struct, name, tuple(facts.get("now", ())), facts.get("note", ""))
        for section, names in table.items()
        for struct in ("" if section == "helpers" else section,)
        for name, facts in names.items()
    }
