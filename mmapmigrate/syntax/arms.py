# SPDX-License-Identifier: GPL-2.0-only
"""Leave arms of conditionals out of an item, so that what is left is balanced."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from msgspec import Struct

from mmapmigrate.syntax.directives import Conditional
from mmapmigrate.syntax.lexer import SPACES
from mmapmigrate.syntax.tokens import Tokens

ALL = -1
"""The choice that keeps every arm of a conditional; others are an arm's index, or one past the last: none."""


class ItemConditional(Struct, frozen=True):
    """A conditional that cuts through an item: its arms as half-open ranges, clipped to the item.

    ``dead`` tells of each arm whether its condition is a literal 0; ``complete`` whether one arm is always
    taken (an #else, or an item that begins inside an arm).
    """

    group: int
    arms: tuple[tuple[int, int], ...]
    dead: tuple[bool, ...]
    complete: bool

    def first(self) -> int:
        """The first arm that is not dead; one past the last when there is none."""
        return next((i for i, dead in enumerate(self.dead) if not dead), len(self.arms))

    def last(self) -> int:
        """The last arm; one past it when an #else is left to the imagination."""
        return len(self.arms) - 1 if self.complete else len(self.arms)

    def choices(self) -> tuple[int, ...]:
        """Every choice, the one that keeps most first."""
        return (ALL, *range(len(self.arms) + (not self.complete)))


def cutting(conditionals: Sequence[Conditional], start: int, end: int) -> tuple[ItemConditional, ...]:
    """The conditionals with a directive inside ``[start, end)``, outer before inner."""
    found: list[ItemConditional] = []
    for conditional in conditionals:
        if conditional.end <= start or conditional.start >= end:
            continue
        arms = [arm for arm in conditional.arms if arm.end > start and arm.start < end]
        inside = any(start <= arm.directive.start < end for arm in conditional.arms)
        if not arms or not (inside or conditional.end <= end):
            continue
        if len(arms) == 1 and conditional.start < start and conditional.end > end:
            continue
        found.append(
            ItemConditional(
                conditional.group,
                tuple((max(arm.start, start), min(arm.end, end)) for arm in arms),
                tuple(arm.dead for arm in arms),
                conditional.arms[-1].directive.name == b"else" or conditional.start < start,
            )
        )
    return tuple(sorted(found, key=lambda item: item.group))


_BOUNDARIES = frozenset((b"", b"{", b"}", b";", b":"))


def doubtful(text: bytes, offset: int, conditionals: Sequence[ItemConditional]) -> frozenset[int]:
    """The groups whose arms do not stand side by side as whole statements or members.

    ``if (a)`` in front of two arms with a statement each, or two heads of one function: with every arm kept
    such text may parse, and mean something that no configuration means. ``text`` begins at ``offset``.
    """
    if all(len(conditional.arms) < 2 for conditional in conditionals):
        return frozenset()
    tokens = Tokens(text)
    found: set[int] = set()
    for conditional in conditionals:
        ends = [_end_token(tokens, offset, arm) for arm in conditional.arms]
        if sum(end >= 0 for end in ends) < 2:
            continue
        before = bisect_left(tokens.start, conditional.arms[0][0] - offset) - 1
        places = [before] + [end for end in ends if end >= 0]
        cut_head = conditional.arms[0][0] == offset and conditional.arms[0][1] > offset
        if cut_head or not all(_is_boundary(tokens, place) for place in places):
            found.add(conditional.group)
    return frozenset(found)


def _end_token(tokens: Tokens, offset: int, arm: tuple[int, int]) -> int:
    """The index of an arm's last token, -1 when it holds none."""
    last = bisect_left(tokens.start, arm[1] - offset) - 1
    return last if last >= 0 and tokens.start[last] >= arm[0] - offset else -1


def _is_boundary(tokens: Tokens, index: int) -> bool:
    """Whether a statement or a member of a list may end with token ``index``."""
    token = tokens.at(index)
    if token == b",":
        outer = tokens.outer[index]
        return outer < 0 or tokens.text[outer] == b"{"
    return token in _BOUNDARIES


def left_out(
    conditionals: Sequence[ItemConditional], choice: Mapping[int, int]
) -> tuple[tuple[int, int], ...]:
    """The ranges that ``choice`` (of each group) leaves out, merged and in order."""
    ranges: list[tuple[int, int]] = []
    for conditional in conditionals:
        chosen = choice.get(conditional.group, ALL)
        if chosen != ALL:
            ranges += [arm for index, arm in enumerate(conditional.arms) if index != chosen]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return tuple(merged)


def blank_ranges(text: bytes, offset: int, ranges: Sequence[tuple[int, int]]) -> bytes:
    """``text``, which begins at ``offset`` of the file, with ``ranges`` of the file blanked."""
    if not ranges:
        return text
    out = bytearray(text)
    for start, end in ranges:
        out[start - offset : end - offset] = out[start - offset : end - offset].translate(SPACES)
    return bytes(out)
