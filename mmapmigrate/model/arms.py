# SPDX-License-Identifier: GPL-2.0-only
"""Which places of a file can never meet in one build."""

from __future__ import annotations

from mmapmigrate.syntax.condition import Condition


def exclusive(one: tuple[Condition, ...], other: tuple[Condition, ...]) -> bool:
    """Whether no build holds both places: they stand in different arms of one #if."""
    arms = {condition.group: condition.branch for condition in one}
    return any(arms.get(condition.group, condition.branch) != condition.branch for condition in other)
