# SPDX-License-Identifier: GPL-2.0-only
"""Which initialiser an ops table's member stands in, and which members can never meet in one build."""

from __future__ import annotations

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.syntax.unit import Condition


def initializer_of(file: FileModel, entry: OpsEntry) -> int | None:
    """The offset of the ``{`` that opens the initialiser list of ``entry``, None when there is none."""
    code = file.unit.code
    depth = 0
    at = entry.start
    while True:
        opening, closing = code.rfind(b"{", 0, at), code.rfind(b"}", 0, at)
        if opening < 0:
            return None
        if closing > opening:
            depth += 1
            at = closing
        elif depth:
            depth -= 1
            at = opening
        else:
            return opening


def exclusive(one: tuple[Condition, ...], other: tuple[Condition, ...]) -> bool:
    """Whether no build holds both places: they stand in different arms of one #if."""
    arms = {condition.group: condition.branch for condition in one}
    return any(arms.get(condition.group, condition.branch) != condition.branch for condition in other)
