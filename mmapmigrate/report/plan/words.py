# SPDX-License-Identifier: GPL-2.0-only
"""How blockers and tiers are called."""

from __future__ import annotations

from collections.abc import Sequence

from mmapmigrate.migration.graph import Blocker, BlockerKind
from mmapmigrate.migration.state import Hook, Migration, Ranked

KINDS = {
    BlockerKind.MEMBER: "no mmap_prepare form",
    BlockerKind.FUNCTION: "no counterpart",
    BlockerKind.DISPATCHER: "calls ->mmap() by hand",
    BlockerKind.MACRO: "macro that writes tables",
    BlockerKind.CODE: "in the hooks themselves",
}
"""Each kind, as a few words behind the blocker's name."""


def blocker_name(blocker: Blocker) -> str:
    """``struct foo_ops.mmap``, ``foo_mmap()``, a place, a macro or a reason's code."""
    if blocker.kind is BlockerKind.MEMBER:
        return f"struct {blocker.name}"
    return f"{blocker.name}()" if blocker.kind is BlockerKind.FUNCTION else blocker.name


def tier_name(hook: Hook) -> str:
    """The tier as it is printed; where there is none, the rule has no fix."""
    return hook.tier.value if hook.tier is not None else "no fix"


def shared(migration: Migration) -> Sequence[Ranked]:
    """The blockers that are the same thing for all hooks that name them."""
    return [one for one in migration.blockers if one.blocker.shared]


def own(migration: Migration) -> Sequence[Ranked]:
    """The blockers that hooks have in their own code."""
    return [one for one in migration.blockers if not one.blocker.shared]


def percent(migration: Migration) -> int:
    """How much is converted, rounded down: 100 means that nothing is left."""
    total = len(migration.hooks) + len(migration.converted)
    return 100 * len(migration.converted) // total if total else 100
