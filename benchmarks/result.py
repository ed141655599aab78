# SPDX-License-Identifier: GPL-2.0-only
"""A whole result: what was measured where, and the tables."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.files import sources
from benchmarks.growth import GB, Step, growth
from benchmarks.machine import Machine
from benchmarks.peers import Peers
from benchmarks.rows import ROWS, Bench
from benchmarks.samples import Line
from benchmarks.table import comparison, growth_table
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.tree import read_release

GROWTH = "growth"

EVERY = (*ROWS, GROWTH)
"""The names of all rows, in the order of the table."""


@dataclass(frozen=True)
class Result:
    """What one run of the benchmark found."""

    lines: tuple[Line, ...]
    steps: tuple[Step, ...]


def measure(bench: Bench, rows: Sequence[str]) -> Result:
    """Measures ``rows``, in the order of the table. Raises CommandError as ``in_turns`` does."""
    lines: list[Line] = []
    for name, row in ROWS.items():
        if name in rows:
            bench.said(f"row {name}")
            lines += row(bench)
    return Result(tuple(lines), growth(bench) if GROWTH in rows else ())


def as_markdown(result: Result, bench: Bench, machine: Machine, day: datetime.date) -> str:
    """The result with the machine, the tree and the peers that it holds for."""
    runs = "1 run" if bench.runs == 1 else f"{bench.runs} runs, taken in turns"
    parts = [
        f"Medians (lowest..highest) of {runs}, after one that is not counted; {day.isoformat()}.\n",
        f"- Machine: {machine}.\n- Tree: {_tree(bench.tree)}.\n- Peers: {_peers(bench.peers)}.\n",
    ]
    if result.lines:
        parts.append(comparison(result.lines))
    if result.steps:
        parts.append(growth_table(result.steps))
    return "\n".join(parts)


def _tree(tree: Path) -> str:
    sizes = [path.stat().st_size for path in map(Path, sources(str(tree))) if path.is_file()]
    try:
        release = f"Linux {read_release(tree)}"
    except KernelError:
        release = "of unknown release"
    return f"{release}, {len(sizes):,} .c and .h files, {sum(sizes) / GB:.2f} GB"


def _peers(peers: Peers) -> str:
    named = [f"{peer} {version}" for peer, version in peers.versions().items()]
    named += [f"{peer} is missing" for peer in peers.missing]
    named += [f"{peer} was left out" for peer in sorted(peers.left_out)]
    return ", ".join(named)
