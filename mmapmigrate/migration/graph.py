# SPDX-License-Identifier: GPL-2.0-only
"""The graph from hooks to what blocks them, and what each blocker is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct


class BlockerKind(StrEnum):
    """What kind of thing stands in the way."""

    MEMBER = "member"
    """An ops struct's member that has no mmap_prepare form."""
    FUNCTION = "function"
    """A function of the kernel that takes a VMA and has no counterpart."""
    DISPATCHER = "dispatcher"
    """A place that calls ``->mmap()`` by hand."""
    MACRO = "macro"
    """A macro that writes the .mmap of other files' tables."""
    CODE = "code"
    """Something that the hook itself does; the name is the reason's code."""


class Blocker(Struct, frozen=True):
    """One thing that stands in the way of hooks.

    ``needs`` are the blockers that must move before it can: a function that hands its VMA on to others
    counts as moved once they all have. ``path`` is "" where no place is known.
    """

    id: str
    kind: BlockerKind
    name: str
    path: str = ""
    line: int = 0
    needs: tuple[str, ...] = ()

    @property
    def shared(self) -> bool:
        """Whether it is the same thing for all hooks that name it, and not one of many of a kind."""
        return self.kind is not BlockerKind.CODE


class Step(Struct, frozen=True):
    """One move of a greedy order: how many hooks it frees, and how many are free by then."""

    blocker: str
    freed: int
    total: int


class Graph:
    """``hooks`` holds for each hook the ids of what blocks it, ``blockers`` what those ids stand for."""

    def __init__(self, blockers: Mapping[str, Blocker], hooks: Sequence[Collection[str]]) -> None:
        self._blockers = blockers
        self._hooks = [frozenset(hook) for hook in hooks]
        self._behind = {key: self._reach(key) for key in blockers}
        self._above = {key: frozenset(k for k in blockers if key in self._behind[k]) for key in blockers}

    def behind(self, blocked: Iterable[str]) -> frozenset[str]:
        """The blockers ``blocked`` and all that they need, directly or not."""
        return frozenset().union(*(self._behind[key] for key in blocked))

    def in_the_way(self, ids: Collection[str]) -> frozenset[int]:
        """The hooks, by index, that at least one of ``ids`` is in the way of, directly or not."""
        wanted = frozenset(ids)
        return frozenset(
            index for index, hook in enumerate(self._hooks) if not wanted.isdisjoint(self.behind(hook))
        )

    def freed(self, ids: Collection[str]) -> frozenset[int]:
        """The blocked hooks that nothing is in the way of any more once ``ids`` have moved."""
        moved = self.moved(ids)
        return frozenset(index for index, hook in enumerate(self._hooks) if hook and hook <= moved)

    def moved(self, ids: Collection[str]) -> frozenset[str]:
        """``ids`` and every blocker that needs others of which none is left."""
        known = set(ids)
        pending = set().union(*(self._above[key] for key in ids)) - known
        while True:
            new = {key for key in pending if (needs := self._blockers[key].needs) and known.issuperset(needs)}
            if not new:
                return frozenset(known)
            known |= new
            pending -= new

    def order(self) -> tuple[Step, ...]:
        """The shared blockers that wait for no other, in an order that frees many hooks early.

        Hooks wait for sets of blockers; the next set is the one that frees the most hooks for each blocker
        in it, and of a set the blocker goes first that is in the way of the most. Hooks that do something of
        their own that nothing can move are left out.
        """
        waiting = Counter(
            left
            for hook in self._hooks
            if (left := self._left(hook)) and all(self._blockers[key].shared for key in left)
        )
        steps: list[Step] = []
        total = 0
        while waiting:
            weight = Counter[str]()
            for left, number in waiting.items():
                weight.update(dict.fromkeys(left, number))
            best = max(waiting, key=lambda left: (_worth(left, waiting), sorted(left)))
            for key in sorted(best, key=lambda key: (-weight[key], key)):
                rest = Counter[frozenset[str]]()
                for left, number in waiting.items():
                    rest[left - {key}] += number
                freed = rest.pop(frozenset(), 0)
                total += freed
                steps.append(Step(key, freed, total))
                waiting = rest
        return tuple(steps)

    def _left(self, hook: Collection[str]) -> frozenset[str]:
        """What must move, at the roots, before ``hook`` is free."""
        return frozenset(key for key in self.behind(hook) if not self._blockers[key].needs)

    def _reach(self, start: str) -> frozenset[str]:
        found: set[str] = set()
        pending = [start]
        while pending:
            key = pending.pop()
            if key not in found:
                found.add(key)
                pending += self._blockers[key].needs
        return frozenset(found)


def _worth(moved: frozenset[str], waiting: Mapping[frozenset[str], int]) -> float:
    """How many of the waiting hooks ``moved`` frees, for each blocker in it."""
    return sum(number for left, number in waiting.items() if left <= moved) / len(moved)
