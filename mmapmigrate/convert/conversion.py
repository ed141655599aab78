# SPDX-License-Identifier: GPL-2.0-only
"""What a conversion is: its tier, its reasons and its edits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, field

from mmapmigrate.syntax.edit import Edit


class Tier(StrEnum):
    """How far a conversion may be trusted, best first."""

    COMPLETE = "complete"
    """Same flags, contents, success, failure and errno; it builds; nothing is left but to read it."""
    REVIEW = "review"
    """Builds and is whole, but a stated behaviour differs or rests on a fact that is not proven."""
    SKELETON = "skeleton"
    """Nothing is missing in this kernel, but a statement has no recipe or no proof."""
    BLOCKED = "blocked"
    """This kernel has no counterpart for something the hook does."""

    @property
    def rank(self) -> int:
        """0 for complete, 3 for blocked."""
        return _RANKS[self]

    @classmethod
    def worst(cls, tiers: Iterable[Tier]) -> Tier:
        """The worst of ``tiers``, complete when there are none."""
        return max(tiers, key=lambda tier: tier.rank, default=cls.COMPLETE)


_RANKS = {tier: rank for rank, tier in enumerate(Tier)}


class Reason(Struct, frozen=True, order=True):
    """Why a conversion is not complete: a code, a place, a sentence; ``tier`` is the best it allows.

    ``subject`` is what stands in the way and is not the hook's own: a function's name, or a dispatcher's
    ``path:line``; "" where there is no such thing.
    """

    path: str
    line: int
    code: str
    message: str
    tier: Tier = Tier.BLOCKED
    subject: str = ""


class HookRef(Struct, frozen=True, order=True):
    """One ops table member and the hook that it names, as the JSON contract prints it."""

    struct: str
    member: str
    object: str | None
    handler: str | None


class Conversion(Struct, frozen=True):
    """The edits that turn one hook, and all that must change with it, to mmap_prepare.

    ``edits`` maps a path (as it was given) to the byte edits of that file; it is empty when the tier is
    skeleton or blocked. ``path`` and ``line`` are those of the hook's definition, or of its ops table's
    member where the hook has none in reach. ``defect`` is what the gate refused: the tool's own fault.
    ``notes`` are facts for the reader that change no tier (a check that had to be skipped). ``skeleton`` are
    the edits that put a skeleton beside the hook, by path, where they were asked for; ``no_skeleton`` says
    why there is none.
    """

    path: str
    line: int
    handler: str
    hooks: tuple[HookRef, ...]
    tier: Tier
    reasons: tuple[Reason, ...] = ()
    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    defect: str | None = None
    notes: tuple[str, ...] = ()
    skeleton: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    no_skeleton: str = ""

    @property
    def rule(self) -> str:
        """The rule whose findings it fixes: that of nested hooks where no file_operations is in it."""
        nested = self.hooks and all(hook.struct != "file_operations" for hook in self.hooks)
        return "MM103" if nested else "MM101"

    @property
    def files(self) -> tuple[str, ...]:
        """The paths that the conversion or its skeleton edits, sorted."""
        return tuple(sorted(self.edits or self.skeleton))
