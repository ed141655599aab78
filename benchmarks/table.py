# SPDX-License-Identifier: GPL-2.0-only
"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.growth import GB, STEEPEST, Step
from benchmarks.samples import AtMost, Line, More, Samples, Target, Times

HEAD = ("what", "mmapmigrate", "beside", "the other", "ratio", "target", "met")
GROWTH_HEAD = (
    "copies of the tree",
    "bytes",
    "`check .`",
    "s/GB",
    "to the row above",
    "met",
    "ripgrep",
    "ratio",
)

NONE = "-"
MISSING = "missing"


def comparison(lines: Iterable[Line]) -> str:
    """The table of all rows but growth."""
    return _table(HEAD, (_cells(line) for line in lines))


def growth_table(steps: Iterable[Step]) -> str:
    """The table of growth."""
    return _table(GROWTH_HEAD, (_growth_cells(step) for step in steps))


def _cells(line: Line) -> Iterator[str]:
    yield line.what
    yield _samples(line.ours, line.unit)
    yield line.peer or NONE
    if line.peer and line.theirs is None:
        yield MISSING
    else:
        yield NONE if line.theirs is None else _samples(line.theirs, line.unit)
    yield _beside(line)
    yield NONE if line.target is None else _target(line.target, line.unit)
    yield _met(line.met) if line.target is None or line.met is not None else "not measured"


def _growth_cells(step: Step) -> Iterator[str]:
    yield step.name
    yield f"{step.size / GB:.3f} GB"
    yield _samples(step.ours, "s")
    yield f"{step.per_gb:.2f}"
    yield NONE if step.steeper is None else f"{_ratio(step.steeper)} (at most {STEEPEST})"
    yield _met(step.met)
    yield MISSING if step.theirs is None else _samples(step.theirs, "s")
    yield NONE if step.theirs is None else _ratio(step.ours.median / step.theirs.median)


def _samples(samples: Samples, unit: str) -> str:
    median = f"{_figure(samples.median, unit)} {unit}"
    if len(samples.values) == 1:
        return median
    return f"{median} ({_figure(samples.low, unit)}..{_figure(samples.high, unit)})"


def _figure(value: float, unit: str) -> str:
    return f"{value:.0f}" if unit == "MB" else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _beside(line: Line) -> str:
    """The ratio, or the difference where that is what the target limits."""
    if isinstance(line.target, More) and line.theirs is not None:
        return f"{line.ours.median - line.theirs.median:+.3f} {line.unit}"
    return _ratio(line.ratio)


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return NONE
    return f"{ratio:.3f}" if ratio < 1 else f"{ratio:.2f}"


def _target(target: Target, unit: str) -> str:
    match target:
        case Times(limit):
            return f"at most 1/{round(1 / limit)}" if limit < 1 else f"at most {limit:g}"
        case More(limit):
            return f"at most {limit:g} {unit} more"
        case AtMost(limit):
            return f"at most {limit:g} {unit}"


def _met(met: bool | None) -> str:
    return NONE if met is None else "yes" if met else "**no**"


def _table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    every = [head, ("---",) * len(head), *(tuple(cells) for cells in rows)]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n" for cells in every
    )
