# SPDX-License-Identifier: GPL-2.0-only
"""Judges planned fixes by the compiler: what it says of each touched file before and after."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.kbuild.compile import Command, CompileError, commands_for
from mmapmigrate.kbuild.folder import BuildFolder, Target
from mmapmigrate.kbuild.messages import CompilerMessage, new_messages, parse_messages
from mmapmigrate.lint.fixed import FileChange, FixOutcome, FixResult, Refusals

REFUSED = "compiler"
"""The reason code of a fix that the compiler does not take."""

Planner = Callable[[Refusals], FixResult]


class BuildNote(Struct, frozen=True):
    """What is to be said of one touched file; ``built`` is false when the folder does not build it."""

    path: str
    built: bool
    message: str


class Verdict(Struct, frozen=True):
    """Fixes that the compiler takes as it took the old text, and what is to be said of the files."""

    result: FixResult
    notes: tuple[BuildNote, ...]
    refusals: Refusals


class Builds:
    """What has been built in a folder, so that it is built once: with W=1, into no source file's place."""

    def __init__(self, folder: BuildFolder) -> None:
        self._folder = folder
        self._commands: dict[str, Command | CompileError | None] = {}
        self._before: dict[str, list[CompilerMessage]] = {}
        self._taken: tuple[FileChange, ...] = ()

    def judge(self, result: FixResult) -> dict[tuple[str, str], Reason]:
        """The fixes that bring something new, with the compiler's words; raises CompileError."""
        if result.changes == self._taken:
            return {}
        _prepare(self._folder, result.changes, self._commands)
        changed = {Path(change.path).resolve(): change for change in result.changes}
        refused = _judge(result, changed, self._commands, self._before)
        if not refused:
            self._taken = result.changes
        return refused

    def notes(self, result: FixResult) -> tuple[BuildNote, ...]:
        """What is to be said of the files of a result that was judged."""
        return tuple(_notes(result, self._commands))


def verify(plan: Planner, builds: Builds, refusals: Refusals = MappingProxyType({})) -> Verdict:
    """Plans fixes until the compiler finds nothing new in them; writes no source file.

    ``plan`` is called with the fixes to leave out, ``refusals`` to begin with. Raises CompileError.
    """
    refused = dict(refusals)
    while True:
        result = plan(refused)
        found = builds.judge(result)
        more = {key: reason for key, reason in found.items() if key not in refused}
        if not more:
            return Verdict(result, builds.notes(result), refused)
        refused |= more


def _prepare(
    folder: BuildFolder, changes: Sequence[FileChange], commands: dict[str, Command | CompileError | None]
) -> None:
    """Build the objects of the changed files as they stand; None for a file that has no object."""
    targets: dict[str, Target] = {}
    for change in changes:
        if change.path in commands:
            continue
        path = Path(change.path)
        target = folder.target(path) if path.suffix == ".c" else None
        if target is None:
            commands[change.path] = None
        else:
            targets[change.path] = target
    built = commands_for(folder, list(targets.values()))
    commands |= {path: built[target] for path, target in targets.items()}


def _judge(
    result: FixResult,
    changed: Mapping[Path, FileChange],
    commands: Mapping[str, Command | CompileError | None],
    before: dict[str, list[CompilerMessage]],
) -> dict[tuple[str, str], Reason]:
    def compiled(change: FileChange) -> list[CompilerMessage]:
        command = commands[change.path]
        if not isinstance(command, Command):
            return []
        if change.path not in before:
            before[change.path] = _as_it_stands(command, change)
        others = {path: other.new for path, other in changed.items() if other is not change}
        after = parse_messages(command.run(change.new, others))
        return new_messages(before[change.path], after)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(compiled, result.changes))
    refused: dict[tuple[str, str], Reason] = {}
    for change, messages in zip(result.changes, answers, strict=True):
        if messages:
            refused |= _refusals(result, change, messages)
    return refused


def _as_it_stands(command: Command, change: FileChange) -> list[CompilerMessage]:
    """What the compiler says of the old text, which make has just built; raises CompileError for an error."""
    messages = parse_messages(command.run(change.old, {}))
    errors = [message.printed for message in messages if message.kind == "error"]
    if errors:
        raise CompileError(f"{change.path}: make builds it, but its command alone does not: {errors[0]}")
    return messages


def _refusals(
    result: FixResult, change: FileChange, messages: Sequence[CompilerMessage]
) -> dict[tuple[str, str], Reason]:
    """Which fixes of the file the messages speak of: those whose hook they name, else all."""
    touching = [outcome for outcome in result.outcomes if outcome.applied and change.path in outcome.files]
    refused: dict[tuple[str, str], Reason] = {}
    for message in messages:
        named = [outcome for outcome in touching if _names(message, outcome)]
        for outcome in named or touching:
            text = f"the compiler would say anew: {message.printed}"
            reason = Reason(change.path, outcome.line, REFUSED, text, Tier.SKELETON)
            refused.setdefault((outcome.path, outcome.handler or outcome.rule), reason)
    return refused


def _names(message: CompilerMessage, outcome: FixOutcome) -> bool:
    if not outcome.handler:
        return False
    new = f"{outcome.handler}_prepare"
    return message.function in (outcome.handler, new) or outcome.handler in message.text


def _notes(result: FixResult, commands: Mapping[str, Command | CompileError | None]) -> list[BuildNote]:
    notes: list[BuildNote] = []
    for change in result.changes:
        command = commands[change.path]
        if isinstance(command, CompileError):
            notes.append(BuildNote(change.path, False, f"not built with this configuration: {command}"))
        elif command is None:
            kind = "a header: built with the files that include it" if change.path.endswith(".h") else (
                "not in the tree of the build folder, and in no module folder: not built"
            )  # fmt: skip
            notes.append(BuildNote(change.path, False, kind))
        else:
            notes.append(BuildNote(change.path, True, "built before and after: nothing new"))
    return notes
