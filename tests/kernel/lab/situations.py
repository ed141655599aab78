# SPDX-License-Identifier: GPL-2.0-only
"""The fixtures: drivers before and after conversion, and what is known of each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.kernel.lab.boot import Guest, Transcript

FIXTURES = Path(__file__).parents[3] / "fixtures"
WRONG = FIXTURES / "wrong"


@dataclass(frozen=True)
class Difference:
    """What a conversion of tier review is allowed to change: observations whose key fits a pattern.

    ``before`` and ``after`` are patterns of the observed value; a missing observation is "".
    """

    key: str
    before: str
    after: str
    why: str = ""

    def fits(self, key: str, before: str, after: str) -> bool:
        """Whether an observation that changed is this difference."""
        return (
            fnmatchcase(key, self.key) and fnmatchcase(before, self.before) and fnmatchcase(after, self.after)
        )


@dataclass(frozen=True)
class Situation:
    """One folder of fixtures/.

    ``expect`` maps the key of an observation to the pattern that both transcripts must show: requests that
    must fail, with their errno. ``log`` are the patterns of the kernel log's lines; without one it is empty.
    ``unproven`` says that the conversion needs review for what the tool cannot prove, and nothing differs.
    ``exhausted`` are the differences that show only where the kernel has no memory left for page tables.
    """

    folder: Path
    title: str
    tier: str
    fact: str
    parameters: tuple[str, ...]
    devices: tuple[str, ...]
    mount: str
    expect: Mapping[str, str]
    log: tuple[str, ...]
    unproven: bool
    differences: tuple[Difference, ...]
    exhausted: tuple[Difference, ...]

    @property
    def name(self) -> str:
        """The folder's name, which begins the names of its modules."""
        return self.folder.name

    def text(self, which: str) -> bytes:
        """The driver ``before`` or ``after``."""
        return (self.folder / f"{which}.c").read_bytes()

    def guest(self, which: str, source: bytes | None = None) -> Guest:
        """The module to boot; ``source`` replaces the folder's own."""
        text = self.text(which) if source is None else source
        return Guest(f"{self.name}_{which}", text, self.parameters, self.devices, self.mount)


def situations() -> list[Situation]:
    """All of them, by name."""
    folders = sorted(path.parent for path in FIXTURES.glob("*/situation.toml"))
    return [read_situation(folder) for folder in folders]


def read_situation(folder: Path) -> Situation:
    """The situation in ``folder``; raises KeyError when its file lacks a member."""
    table: dict[str, Any] = tomllib.loads((folder / "situation.toml").read_text())
    return Situation(
        folder,
        table["title"],
        table["tier"],
        " ".join(table["fact"].split()),
        tuple(table.get("parameters", ())),
        tuple(table.get("devices", ("",))),
        table.get("mount", ""),
        table.get("expect", {}),
        tuple(table.get("log", ())),
        table.get("unproven", False),
        tuple(Difference(**row) for row in table.get("difference", ())),
        tuple(Difference(**row) for row in table.get("exhausted", ())),
    )


FAILS = "fails with"
"""How the key of an observation ends that has the errnos of a mapping whose allocations fail in turn."""

Change = tuple[str, str, str]
"""Key, value before, value after of an observation that differs."""


def changes(before: Transcript, after: Transcript) -> list[Change]:
    """What differs, in order; an observation that only one side has is "" on the other."""
    left, right = _numbered(before), _numbered(after)
    keys = list(dict.fromkeys([*left, *right]))
    return [
        (key, left.get((key, n), ""), right.get((key, n), ""))
        for key, n in keys
        if left.get((key, n)) != right.get((key, n))
    ]


def _numbered(transcript: Transcript) -> dict[tuple[str, int], str]:
    """Values by key and by how often the key came before."""
    found: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for key, value in transcript:
        if key == "log":
            # Which lines there are counts; a line that is missing must not shift all that follow.
            key, value = f"log {value}", "logged"
        found[(key, counts.setdefault(key, 0))] = value
        counts[key] += 1
    return found
