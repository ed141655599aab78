# SPDX-License-Identifier: GPL-2.0-only
"""Deliberately wrong conversions, and what must catch each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kernel.lab.boot import Guest
from tests.kernel.lab.situations import FIXTURES, WRONG, Difference, Situation, read_situation


@dataclass(frozen=True)
class Trap:
    """One folder of fixtures/wrong/: the driver before, a wrong conversion of it, and its catchers.

    ``transcript`` is a difference that the script must see, ``rule`` the code of a rule that must find the
    wrong text, ``gate`` a pattern of what the gate must say of it. At least one is there. A text that does
    not ``build`` is not booted.
    """

    folder: Path
    of: Situation | None
    trap: str
    parameters: tuple[str, ...]
    builds: bool
    transcript: Difference | None
    rule: str
    gate: str

    @property
    def name(self) -> str:
        """The folder's name, which begins the names of its modules."""
        return self.folder.name

    @property
    def before(self) -> Path:
        """The driver that the wrong conversion is one of."""
        return (self.of.folder if self.of is not None else self.folder) / "before.c"

    @property
    def wrong(self) -> Path:
        """The wrong conversion."""
        return self.folder / "wrong.c"

    @property
    def hook(self) -> str:
        """The name of the driver's hook: fixtures call it after their folder."""
        return f"{self.before.parent.name}_mmap"

    def guests(self) -> list[Guest]:
        """Both modules, when the wrong one is to be booted; both have the trap's name."""
        if self.transcript is None:
            return []
        parameters = self.of.parameters if self.of is not None else self.parameters
        return [
            Guest(f"{self.name}_{which}", path.read_bytes(), parameters)
            for which, path in (("before", self.before), ("wrong", self.wrong))
        ]


def traps() -> list[Trap]:
    """All of them, by name; raises KeyError when one's file lacks a member."""
    return [_read(path.parent) for path in sorted(WRONG.glob("*/trap.toml"))]


def _read(folder: Path) -> Trap:
    table: dict[str, Any] = tomllib.loads((folder / "trap.toml").read_text())
    seen = table.get("transcript")
    return Trap(
        folder,
        read_situation(FIXTURES / table["of"]) if "of" in table else None,
        table["trap"],
        tuple(table.get("parameters", ())),
        table.get("builds", True),
        Difference(**seen) if seen is not None else None,
        table.get("finding", {}).get("rule", ""),
        table.get("gate", {}).get("message", ""),
    )
