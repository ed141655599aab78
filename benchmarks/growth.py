# SPDX-License-Identifier: GPL-2.0-only
"""How the time of ``check .`` grows with the bytes that there are to read."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.copies import doubled, part
from benchmarks.peers import RIPGREP
from benchmarks.rows import Bench
from benchmarks.samples import Samples

SIZES: Mapping[str, float] = {"a quarter": 0.25, "a half": 0.5, "one": 1.0, "two": 2.0}

STEEPEST = 1.15
"""Growth is linear where a byte costs at most this much more in one size than in the size before."""

GB = 1_000_000_000


@dataclass(frozen=True)
class Step:
    """One size of the tree."""

    name: str
    size: int
    ours: Samples
    theirs: Samples | None
    before: Step | None

    @property
    def per_gb(self) -> float:
        """Our median in seconds for each GB of 1,000,000,000 bytes."""
        return self.ours.median / self.size * GB

    @property
    def steeper(self) -> float | None:
        """The time of a byte over that in the size before."""
        return None if self.before is None else self.per_gb / self.before.per_gb

    @property
    def met(self) -> bool | None:
        return None if self.steeper is None else self.steeper <= STEEPEST


def growth(bench: Bench) -> tuple[Step, ...]:
    """All sizes, made below the tool's scratch folder and measured in turns.

    Raises CommandError as ``in_turns`` does.
    """
    top = bench.tool.scratch / "growth"
    try:
        return _measured(bench, top)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def _measured(bench: Bench, top: Path) -> tuple[Step, ...]:
    sizes = {}
    commands = []
    for name, share in SIZES.items():
        folder = top / name.replace(" ", "-")
        bench.said(f"growth: linking {name}")
        sizes[name] = part(bench.tree, folder, share) if share <= 1 else doubled(bench.tree, folder)
        commands.append(
            bench.tool.command(folder, "check", ".", cache=bench.tool.empty(), name=f"check, {name}")
        )
        peer = bench.peers.search(RIPGREP, folder)
        if peer is not None:
            commands.append(replace(peer, name=f"{RIPGREP}, {name}"))
    found = bench.turns(commands)
    steps: list[Step] = []
    for name, size in sizes.items():
        before = steps[-1] if steps else None
        theirs = found.get(f"{RIPGREP}, {name}")
        steps.append(Step(name, size, found[f"check, {name}"], theirs, before))
    return tuple(steps)
