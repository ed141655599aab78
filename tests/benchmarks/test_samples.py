# SPDX-License-Identifier: GPL-2.0-only
"""What is computed from the runs, and in which order they are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.command import Command
from benchmarks.samples import AtMost, Line, More, Samples, Target, Times, in_turns


def named(name: str) -> Command:
    return Command(name, ("false",), Path())


def line(ours: float, theirs: float | None, target: Target | None) -> Line:
    other = None if theirs is None else Samples((theirs,))
    return Line("x", Samples((ours,)), "peer", other, target)


def test_a_median_is_not_moved_by_one_slow_run() -> None:
    samples = Samples((2.0, 90.0, 1.0, 3.0, 2.5))
    assert (samples.median, samples.low, samples.high) == (2.5, 1.0, 90.0)


def test_the_ratio_is_of_medians() -> None:
    found = Line("x", Samples((1.0, 3.0, 8.0)), "peer", Samples((2.0, 1.5, 100.0)))
    assert found.ratio == 1.5


@pytest.mark.parametrize(
    ("target", "ours", "theirs", "met"),
    [
        (Times(4), 4.0, 1.0, True),
        (Times(4), 4.1, 1.0, False),
        (Times(1 / 30), 1.0, 30.0, True),
        (Times(1 / 30), 1.1, 30.0, False),
        (More(0.15), 0.16, 0.02, True),
        (More(0.15), 0.18, 0.02, False),
        (AtMost(300), 300.0, None, True),
        (AtMost(300), 300.5, None, False),
    ],
)
def test_a_target_is_met_or_not(target: Target, ours: float, theirs: float | None, met: bool) -> None:
    assert line(ours, theirs, target).met is met


@pytest.mark.parametrize("target", [Times(4), More(1.0), None])
def test_nothing_is_met_or_missed_without_a_peer_or_a_target(target: Target | None) -> None:
    assert line(1.0, None, target).met is None


def test_commands_take_turns_after_one_run_that_does_not_count() -> None:
    figures: Iterator[float] = iter((100.0, 200.0, 1.0, 2.0, 3.0, 4.0))
    order = []

    def measure(command: Command) -> float:
        order.append(command.name)
        return next(figures)

    found = in_turns([named("ours"), named("peer")], 2, measure=measure)
    assert order == ["ours", "peer"] * 3
    assert found == {"ours": Samples((1.0, 3.0)), "peer": Samples((2.0, 4.0))}


def test_two_commands_of_one_name_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="one name"):
        in_turns([named("ours"), named("ours")], 1, measure=lambda command: 1.0)


def test_what_is_read_is_in_memory_before_each_run_that_counts() -> None:
    order: list[str] = []

    def measure(command: Command) -> float:
        order.append(command.name)
        return 1.0

    in_turns([named("ours"), named("peer")], 2, measure=measure, warm=lambda: order.append("warm"))
    assert order == ["ours", "peer", *["warm", "ours", "warm", "peer"] * 2]
