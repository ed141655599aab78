# SPDX-License-Identifier: GPL-2.0-only
"""The tree of preprocessor conditionals of one file."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from msgspec import Struct

from mmapmigrate.syntax.condition import Condition
from mmapmigrate.syntax.lexer import Directive

_SPACE = re.compile(rb"(?:\s|\\\r?\n)+")

OPENERS = frozenset((b"if", b"ifdef", b"ifndef"))
MIDDLES = frozenset((b"elif", b"else", b"elifdef", b"elifndef"))


class Arm(Struct, frozen=True):
    """One arm of a conditional: ``[start, end)`` is its text, without the directives around it."""

    start: int
    end: int
    directive: Directive
    condition: Condition

    @property
    def dead(self) -> bool:
        """Whether its condition is a literal 0."""
        return self.condition.text == "0" and self.directive.name in (b"if", b"elif")


class Conditional(Struct, frozen=True):
    """One #if ... #endif: its arms in order; ``end`` is the end of the #endif (or of the file)."""

    start: int
    end: int
    arms: tuple[Arm, ...]

    @property
    def group(self) -> int:
        """Its number in the file, counted by its #if."""
        return self.arms[0].condition.group


class _Frame:
    """An open conditional while the file is read."""

    __slots__ = ("arms", "group", "outer")

    def __init__(self, group: int, outer: _Link | None) -> None:
        self.group = group
        self.outer = outer
        self.arms: list[tuple[Directive, Condition]] = []


class _Link(Struct, frozen=True):
    """A condition and the link to what encloses it: stacks share their tails."""

    condition: Condition
    outer: _Link | None


def _condition_text(code: bytes, directive: Directive) -> str:
    argument = _SPACE.sub(b" ", code[directive.argument : directive.end]).strip()
    text = argument.decode("utf-8", "replace")
    if directive.name in (b"ifdef", b"elifdef"):
        return f"defined({text})"
    if directive.name in (b"ifndef", b"elifndef"):
        return f"!defined({text})"
    return "" if directive.name == b"else" else text


class Conditionals:
    """Every conditional of a file, and which of them enclose a place."""

    all: tuple[Conditional, ...]
    """In the order of their #endif: inner before outer."""

    def __init__(self, code: bytes, directives: Sequence[Directive]) -> None:
        self._offsets: list[int] = []
        self._links: list[_Link | None] = []
        # The offset of each directive of a conditional, and the conditional's group.
        self._directives: list[int] = []
        self._owners: list[int] = []
        done: list[Conditional] = []
        open_frames: list[_Frame] = []
        current: _Link | None = None
        groups = 0
        for directive in directives:
            if directive.name in OPENERS:
                frame = _Frame(groups, current)
                groups += 1
                open_frames.append(frame)
            elif not open_frames:
                continue
            elif directive.name == b"endif":
                frame = open_frames.pop()
                self._own(directive, frame)
                done.append(_close(frame, directive.start, directive.end))
                current = frame.outer
                self._enter(directive.start, current)
                continue
            elif directive.name in MIDDLES:
                frame = open_frames[-1]
            else:
                continue
            self._own(directive, frame)
            text = _condition_text(code, directive)
            condition = Condition(frame.group, len(frame.arms), text, directive.start)
            frame.arms.append((directive, condition))
            current = _Link(condition, frame.outer)
            self._enter(directive.end, current)
        while open_frames:
            done.append(_close(open_frames.pop(), len(code), len(code)))
        self.all = tuple(done)
        self._groups = {conditional.group: conditional for conditional in done}

    def _own(self, directive: Directive, frame: _Frame) -> None:
        self._directives.append(directive.start)
        self._owners.append(frame.group)

    def _enter(self, offset: int, link: _Link | None) -> None:
        self._offsets.append(offset)
        self._links.append(link)

    def within(self, start: int, end: int) -> list[Conditional]:
        """The conditionals that have a directive in ``[start, end)``, in the order of their first ones."""
        first, last = bisect_left(self._directives, start), bisect_left(self._directives, end)
        return [self._groups[group] for group in dict.fromkeys(self._owners[first:last])]

    def arms(self, group: int) -> tuple[Arm, ...]:
        """The arms of one conditional, in order."""
        return self._groups[group].arms

    def at(self, offset: int) -> tuple[Condition, ...]:
        """The conditions that enclose ``offset``, outermost first.

        A directive's own line belongs to what it ends.
        """
        index = bisect_right(self._offsets, offset) - 1
        link = self._links[index] if index >= 0 else None
        found: list[Condition] = []
        while link is not None:
            found.append(link.condition)
            link = link.outer
        return tuple(reversed(found))


def _close(frame: _Frame, last_end: int, end: int) -> Conditional:
    ends = [directive.start for directive, _ in frame.arms[1:]] + [last_end]
    arms = tuple(
        Arm(directive.end, arm_end, directive, condition)
        for (directive, condition), arm_end in zip(frame.arms, ends, strict=True)
    )
    return Conditional(arms[0].directive.start, end, arms)
