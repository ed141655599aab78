# SPDX-License-Identifier: GPL-2.0-only
"""What became of fixes: changed files and the fate of each conversion."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mmapmigrate.convert.conversion import HookRef, Reason, Tier
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.syntax.source import FileIdentity

OUTSIDE_PATHS = "outside-paths"
"""The reason code of a conversion that needs a file which was not named."""

DECLINED = "declined"
"""The reason code of a fix that its user was asked about and did not want."""

SKELETON_TIERS = frozenset({Tier.SKELETON, Tier.BLOCKED})
"""The tiers of which --skeleton writes skeletons."""

NO_SKELETON = "no-skeleton"
"""The reason code of a conversion that was asked to leave a skeleton and could not."""


Refusals = Mapping[tuple[str, str], Reason]
"""Fixes to leave out, each with its reason: a file's path with the hook of a conversion, or with the code of
a rule whose own fixes of that file are meant."""


class FileChange(Struct, frozen=True):
    """One file before and after; ``identity`` is its state when ``old`` was read."""

    path: str
    old: bytes
    new: bytes
    identity: FileIdentity | None = None


class FixOutcome(Struct, frozen=True):
    """One conversion, or one rule's own fix, and whether it was applied."""

    rule: str
    path: str
    line: int
    hooks: tuple[HookRef, ...]
    tier: Tier
    applied: bool
    files: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()
    handler: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_skeleton(self) -> bool:
        """Whether what is applied is a skeleton: the hook is as it was."""
        return self.handler != "" and self.tier in SKELETON_TIERS


class FixResult(Struct, frozen=True):
    """``changes`` are the files that get a new text; ``left`` is what a check of the result would find."""

    changes: tuple[FileChange, ...]
    outcomes: tuple[FixOutcome, ...]
    left: CheckResult
