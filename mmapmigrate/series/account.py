# SPDX-License-Identifier: GPL-2.0-only
"""What became of each hook of a driver: its new name and the actions that it asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from mmapmigrate.lint.fixed import FixOutcome
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.series.drivers import Driver
from mmapmigrate.syntax.source import SourceFile

_ACTION = re.compile(rb"\b(mmap_action_\w+)\s*\(")


class Moved(Struct, frozen=True):
    """One hook: ``new`` is what the tables name now, None where that is not clear.

    ``own`` is false for a function of the kernel that tables name directly.
    """

    outcome: FixOutcome
    new: str | None
    own: bool
    actions: tuple[str, ...]


def account(driver: Driver) -> tuple[Moved, ...]:
    """What became of each conversion of ``driver``, in order."""
    project = Project(driver.root)
    before = [
        project.model(SourceFile(change.path, change.old))
        for name, change in driver.files.items()
        if name.endswith(".c")
    ]
    after = [
        project.model(SourceFile(change.path, change.new))
        for name, change in driver.files.items()
        if name.endswith(".c")
    ]
    moved = [_moved(outcome, before, after) for outcome in driver.outcomes]
    if len(moved) == 1 and not moved[0].actions:
        # The action may stand in a helper, and then it can only be this hook's.
        actions = _all_actions(after) - _all_actions(before)
        return (Moved(moved[0].outcome, moved[0].new, moved[0].own, tuple(sorted(actions))),)
    return tuple(moved)


def _moved(outcome: FixOutcome, before: Sequence[FileModel], after: Sequence[FileModel]) -> Moved:
    tables = {(hook.struct, hook.object) for hook in outcome.hooks}
    named = {
        entry.handler
        for model in after
        for entry in model.entries()
        if (entry.struct, entry.object) in tables and entry.handler and "prepare" in entry.member
    }
    new = next(iter(named)) if len(named) == 1 else None
    own = any(model.functions(outcome.handler) for model in before)
    bodies = [function for model in after for function in (model.functions(new) if new else ())]
    actions = dict.fromkeys(
        match.decode() for function in bodies for match in _ACTION.findall(function.node.text or b"")
    )
    return Moved(outcome, new, own, tuple(actions))


def _all_actions(models: Sequence[FileModel]) -> set[str]:
    return {match.decode() for model in models for match in _ACTION.findall(model.unit.source.data)}
