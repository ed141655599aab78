# SPDX-License-Identifier: GPL-2.0-only
"""The facts about what the kernel's functions do: effects.toml, ready to ask."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path

from msgspec import Struct


class EffectTables(Struct, frozen=True, dict=True):
    """effects.toml, ready to ask."""

    harmless: frozenset[str]
    logging: re.Pattern[str]
    stateful: re.Pattern[str]
    page_tables: re.Pattern[str]
    file_references: frozenset[str]
    taking: frozenset[str]
    joined: re.Pattern[str]
    giving: frozenset[str]
    releases: frozenset[str]
    filling: frozenset[str]
    filling_last: frozenset[str]
    released_by: Mapping[str, str]
    """What releases each lock, by the name of what takes it."""

    @cached_property
    def locks(self) -> frozenset[str]:
        """What takes a lock."""
        return frozenset(self.released_by)

    @cached_property
    def unlocks(self) -> frozenset[str]:
        """What releases one."""
        return frozenset(self.released_by.values())

    @cached_property
    def stateless(self) -> frozenset[str]:
        """What neither takes nor gives back anything that lasts."""
        return self.harmless | self.filling_last | self.locks | self.unlocks


@cache
def tables() -> EffectTables:
    """The bundled facts."""
    facts = tomllib.loads(Path(__file__).with_name("effects.toml").read_text("utf-8"))
    return EffectTables(
        harmless=frozenset(facts["harmless"]),
        logging=re.compile(f"(?:{'|'.join(facts['logging'])})$"),
        stateful=re.compile(f"(?:{'|'.join([*facts['stateful'], *facts['page_tables']])})$"),
        file_references=frozenset(facts["file_references"]),
        page_tables=re.compile(f"(?:{'|'.join(facts['page_tables'])})$"),
        taking=frozenset(facts["taking"]),
        joined=re.compile(f"(?:{'|'.join(facts['joined'])})$"),
        giving=frozenset(facts["giving"]),
        releases=frozenset(facts["releases"]),
        filling=frozenset(facts["filling"]),
        filling_last=frozenset(facts["filling_last"]),
        released_by=facts["locks"],
    )


def is_release(name: str) -> bool:
    """Whether ``__free(name)`` gives back what its scope took and does no more."""
    return name in tables().releases
