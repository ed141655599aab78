# SPDX-License-Identifier: GPL-2.0-only
"""Remap and insert helpers, and the actions that stand for them on a descriptor (facts: remaps.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi


class Remap(Struct, frozen=True):
    """A helper that maps into a VMA; ``note`` and ``only_if`` are clauses about the swap, "" for none."""

    name: str
    actions: tuple[str, ...] = ()
    note: str = ""
    only_if: str = ""

    def offered(self, api: KernelApi) -> tuple[str, ...]:
        """Those of the actions that this kernel has, best first."""
        return tuple(action for action in self.actions if api.has(action))


@cache
def remaps() -> Mapping[str, Remap]:
    """Every remap and insert helper by its name."""
    table = tomllib.loads(Path(__file__).with_name("remaps.toml").read_text("utf-8"))
    return {
        name: Remap(name, tuple(facts.get("actions", ())), facts.get("note", ""), facts.get("only_if", ""))
        for name, facts in table.items()
    }
