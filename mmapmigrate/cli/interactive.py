# SPDX-License-Identifier: GPL-2.0-only
"""--interactive: each fix is shown and asked about before it is applied."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum

import click
from msgspec.structs import replace

from mmapmigrate.cli.names import diff_name
from mmapmigrate.cli.output import show_errors
from mmapmigrate.cli.terminal import error_style
from mmapmigrate.convert.conversion import Reason
from mmapmigrate.lint.fixed import DECLINED, FileChange, FixOutcome, FixResult, Refusals
from mmapmigrate.report.diff import diff_lines, render_diff
from mmapmigrate.report.fixes import render_proposal
from mmapmigrate.report.style import Style

Plan = Callable[[Refusals, Sequence[str] | None], FixResult]
"""Plans fixes, but for those to leave out, of these files or of all."""

Key = tuple[str, str]
"""What tells a fix from others, as ``FixOptions.refused`` does: a file with a hook, or with a rule's code."""

HELP = (
    "y  apply this",
    "n  leave this out",
    "a  apply this and all that follow",
    "q  leave out this and all that follow; what was answered with y is applied",
)


LONGEST = 4096
"""Bytes of a line that can be an answer: no terminal hands over a longer one."""


class Answer(Enum):
    YES = "y"
    NO = "n"
    ALL = "a"
    QUIT = "q"


class Interview:
    """A planner that asks about each fix once and leaves out what is declined.

    What it plans in the end is what it showed: the texts that were agreed to are kept, each question shows
    what a yes makes of them, and where all answers make something else, that is shown and asked about too.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._accepted: set[Key] = set()
        self._declined: dict[Key, Reason] = {}
        self._agreed: dict[str, FileChange] = {}
        self._tied: dict[str, set[str]] = {}
        self._rest: Answer | None = None

    def plan(self, refused: Refusals) -> FixResult:
        """The fixes that are wanted, without those ``refused``; asks about what was not heard of before."""
        while True:
            result = self._plan({**self._declined, **refused}, None)
            asked: dict[Key, list[FixOutcome]] = {}
            for outcome in self._unheard(result):
                asked.setdefault(_key(outcome), []).append(outcome)
            if asked:
                self._ask_about(asked, refused)
            elif self._rest is Answer.ALL:
                return result
            else:
                unseen = self._unseen(result)
                if not unseen or self._confirm(result, unseen):
                    return result

    def _unheard(self, result: FixResult) -> list[FixOutcome]:
        return [each for each in result.outcomes if each.applied and _key(each) not in self._accepted]

    def _ask_about(self, asked: Mapping[Key, Sequence[FixOutcome]], refused: Refusals) -> None:
        pending = {key: _declined(outcomes[0]) for key, outcomes in asked.items()}
        for number, (key, outcomes) in enumerate(asked.items(), 1):
            answer = self._rest
            reason = pending.pop(key)
            if answer is None:
                files = self._files(outcomes)
                changes = self._alone(key, files, {**self._declined, **refused, **pending})
                style = error_style()
                _show(changes, style)
                for outcome in outcomes:
                    show_errors(render_proposal(outcome, style))
                answer = _ask(f"Apply this? ({number} of {len(asked)}) [y,n,a,q,?] ")
                if answer in (Answer.ALL, Answer.QUIT):
                    self._rest = answer
                if answer in (Answer.YES, Answer.ALL):
                    self._agree(changes)
                    self._tied |= {path: set(files) for path in files}
            if answer in (Answer.YES, Answer.ALL):
                self._accepted.add(key)
            else:
                self._declined[key] = reason

    def _files(self, outcomes: Sequence[FixOutcome]) -> list[str]:
        """The files that fixes edit, and those that what was agreed to ties to them."""
        files = dict.fromkeys(path for each in outcomes for path in (each.path, *each.files))
        return list(files | dict.fromkeys(path for file in files for path in self._tied.get(file, ())))

    def _alone(self, key: Key, files: Sequence[str], without: Refusals) -> list[FileChange]:
        """What one more fix makes of the texts that were agreed to, without what only follows from it."""
        while True:
            result = self._plan(without, files)
            others = {_key(each): _declined(each) for each in self._unheard(result) if _key(each) != key}
            if not others.keys() - without.keys():
                return self._against_agreed(result, files)
            without = {**without, **others}

    def _against_agreed(self, result: FixResult, files: Iterable[str]) -> list[FileChange]:
        """What a plan of ``files`` makes of the texts that were agreed to."""
        planned = {each.path: each for each in result.changes}
        changes = []
        for path in dict.fromkeys((*(path for path in files if path in self._agreed), *planned)):
            agreed, change = self._agreed.get(path), planned.get(path)
            whole = change or agreed
            assert whole is not None
            # A change that is gone leaves the text as it was.
            new = whole.new if change else whole.old
            changes.append(replace(whole, old=agreed.new if agreed else whole.old, new=new))
        return [each for each in changes if each.old != each.new]

    def _unseen(self, result: FixResult) -> list[FileChange]:
        """What would be written and is not what was agreed to."""
        written = {change.path for change in result.changes}
        self._agreed = {path: change for path, change in self._agreed.items() if path in written}
        return self._against_agreed(result, ())

    def _agree(self, changes: Sequence[FileChange]) -> None:
        for change in changes:
            known = self._agreed.get(change.path)
            self._agreed[change.path] = replace(change, old=known.old if known else change.old)

    def _confirm(self, result: FixResult, unseen: Sequence[FileChange]) -> bool:
        """Shows and asks about what the answers make together; a no leaves out every fix of those files."""
        style = error_style()
        _show(unseen, style)
        paths = {change.path for change in unseen}
        fixes = [each for each in result.outcomes if each.applied and paths & {each.path, *each.files}]
        answer = _ask("The answers together make this of it. Apply it? [y,n,a,q,?] ")
        if answer in (Answer.YES, Answer.ALL):
            self._agree(unseen)
            return True
        for outcome in fixes:
            self._accepted.discard(_key(outcome))
            self._declined[_key(outcome)] = _declined(outcome)
            for path in (outcome.path, *outcome.files):
                self._agreed.pop(path, None)
        return not fixes


def _show(changes: Sequence[FileChange], style: Style) -> None:
    show_errors(diff_lines(render_diff(changes, diff_name), style))


def _key(outcome: FixOutcome) -> Key:
    return outcome.path, outcome.handler or outcome.rule


def _declined(outcome: FixOutcome) -> Reason:
    return Reason(outcome.path, outcome.line, DECLINED, "declined when asked", outcome.tier)


def _ask(question: str) -> Answer:
    """An answer from standard input; its end is one too, and so is a line that does not end.

    Raises click.ClickException when it cannot be read.
    """
    while True:
        show_errors([question], end="")
        try:
            line = b"" if sys.stdin is None else sys.stdin.buffer.readline(LONGEST)
        except OSError as error:
            show_errors([""])
            raise click.ClickException(f"standard input: cannot be read: {error.strerror or error}") from None
        if not line or len(line) == LONGEST:
            show_errors([""])
            return Answer.QUIT
        with contextlib.suppress(ValueError):
            return Answer(line.decode("utf-8", "replace").strip().lower()[:1])
        show_errors(HELP)
