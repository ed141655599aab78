# SPDX-License-Identifier: GPL-2.0-only
"""What repeated runs gave, two of them set against each other, and the measuring in turns."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.command import Command, seconds


@dataclass(frozen=True)
class Samples:
    """One figure a run, in the unit of the row; never empty."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)


@dataclass(frozen=True)
class Times:
    """The target is at most so many times the peer's median."""

    limit: float

    def met(self, ours: float, theirs: float | None) -> bool | None:
        return None if theirs is None else ours <= self.limit * theirs


@dataclass(frozen=True)
class More:
    """The target is at most so much more than the peer's median."""

    limit: float

    def met(self, ours: float, theirs: float | None) -> bool | None:
        return None if theirs is None else ours <= self.limit + theirs


@dataclass(frozen=True)
class AtMost:
    """The target is a figure of its own."""

    limit: float

    def met(self, ours: float, theirs: float | None) -> bool | None:
        return ours <= self.limit


Target = Times | More | AtMost


@dataclass(frozen=True)
class Line:
    """One line of the table: ours, the peer's, and what is asked of the two.

    ``theirs`` is None where the peer is missing, and where the target is a figure of its own (``peer`` is ""
    then).
    """

    what: str
    ours: Samples
    peer: str = ""
    theirs: Samples | None = None
    target: Target | None = None
    unit: str = "s"

    @property
    def ratio(self) -> float | None:
        """Our median over theirs; None where there is no peer."""
        if self.theirs is None or self.theirs.median <= 0:
            return None
        return self.ours.median / self.theirs.median

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none or the peer is missing."""
        if self.target is None:
            return None
        return self.target.met(self.ours.median, None if self.theirs is None else self.theirs.median)


Measure = Callable[[Command], float]


def in_turns(
    commands: Sequence[Command],
    runs: int,
    said: Callable[[str], None] = lambda message: None,
    measure: Measure = seconds,
    *,
    warm: Callable[[], object] = lambda: None,
) -> Mapping[str, Samples]:
    """Runs each command once unmeasured, then ``runs`` times all of them, one after the other.

    In turns, because what else the machine does then falls on all alike. ``warm`` is called before each run
    that counts: what it reads is in the page cache, however long the command before took. The result is by
    the commands' names, ``said`` gets each figure as it comes. Raises what ``measure`` and ``warm`` raise.
    """
    found: dict[str, list[float]] = {command.name: [] for command in commands}
    if len(found) != len(commands):
        raise ValueError("two commands of one name")
    for command in commands:
        said(f"{command.name}: warming up")
        measure(command)
    for number in range(1, runs + 1):
        for command in commands:
            warm()
            value = measure(command)
            said(f"{command.name}: run {number} of {runs}: {value:.3f}")
            found[command.name].append(value)
    return {name: Samples(tuple(values)) for name, values in found.items()}
