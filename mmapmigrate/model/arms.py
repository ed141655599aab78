# SPDX-License-Identifier: GPL-2.0-only
"""Which arms of conditionals places stand in: what is there in the same builds, and what never meets."""

from __future__ import annotations

from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.condition import Condition


def exclusive(one: tuple[Condition, ...], other: tuple[Condition, ...]) -> bool:
    """Whether no build holds both places: they stand in different arms of one #if."""
    arms = {condition.group: condition.branch for condition in one}
    return any(arms.get(condition.group, condition.branch) != condition.branch for condition in other)


def arms_around(file: FileModel, at: int) -> tuple[tuple[int, int], ...]:
    """The arms that a place stands in, outermost first, each as the number of its conditional and its own."""
    return tuple((one.group, one.branch) for one in file.unit.conditions(at))


def in_same_builds(*places: tuple[FileModel, int]) -> bool:
    """Whether ``places`` are known to be there in the same builds: in the same arms of one file, or in none.

    The arms of two files are never known to be the same.
    """
    arms = {arms_around(file, at) for file, at in places}
    far = len({file.path for file, _at in places}) > 1
    return arms == {()} or (len(arms) == 1 and not far)
