# SPDX-License-Identifier: GPL-2.0-only
"""Sets of line numbers, as ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field


class Lines(Struct, frozen=True):
    """Lines of one file, from 1: half-open ranges in rising order."""

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Lines:
        """The set of ``numbers``."""
        ranges: list[tuple[int, int]] = []
        for number in sorted(set(numbers)):
            if ranges and ranges[-1][1] == number:
                ranges[-1] = (ranges[-1][0], number + 1)
            else:
                ranges.append((number, number + 1))
        return cls(tuple(ranges))

    def meet(self, first: int, last: int) -> bool:
        """Whether a line from ``first`` to ``last``, both included, is in the set."""
        return any(start <= last and first < stop for start, stop in self.ranges)


ALL_LINES = Lines(((1, 1 << 60),))
"""Every line of a file: it is new."""


class Change(Struct, frozen=True):
    """What was added or changed, by path.

    ``texts`` are the files' contents after the change where the disk does not hold them; a file that the
    change takes away is there with an empty text. Paths are absolute, or as the user gave them: see
    ``change.naming``.
    """

    lines: Mapping[str, Lines] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)
