# SPDX-License-Identifier: GPL-2.0-only
"""--interactive: each fix is shown and asked about before it is applied."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from mmapmigrate.cli.names import diff_name
from mmapmigrate.cli.output import error_style, show_errors
from mmapmigrate.convert.conversion import Reason
from mmapmigrate.lint.fixed import DECLINED, FileChange, FixOutcome, FixResult
from mmapmigrate.report.diff import diff_lines, render_diff
from mmapmigrate.report.fixes import render_proposal

Key = tuple[str, str]
"""What tells a fix from others, as ``FixOptions.refused`` does: a file with a hook, or with a rule's code."""

Refusals = Mapping[Key, Reason]
Plan = Callable[[Refusals, Sequence[str] | None], FixResult]
"""Plans fixes, but for those to leave out, of these files or of all."""

HELP = (
    "y  apply this",
    "n  leave this out",
    "a  apply this and all that follow",
    "q  leave out this and all that follow; what was answered with y is applied",
)


class Answer(Enum):
    YES = "y"
    NO = "n"
    ALL = "a"
    QUIT = "q"


class Interview:
    """A planner that asks about each fix once and leaves out what is declined."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._accepted: set[Key] = set()
        self._declined: dict[Key, Reason] = {}
        self._rest: Answer | None = None

    def plan(self, refused: Refusals) -> FixResult:
        """The fixes that are wanted, without those ``refused``; asks about the ones not heard of before."""
        while True:
            result = self._plan({**self._declined, **refused}, None)
            asked: dict[Key, list[FixOutcome]] = {}
            for outcome in result.outcomes:
                if outcome.applied and _key(outcome) not in self._accepted:
                    asked.setdefault(_key(outcome), []).append(outcome)
            if not asked:
                # What an answer made superfluous, or what came of one, was asked about in a round of its own.
                return result
            self._ask_about(asked, refused)

    def _ask_about(self, asked: Mapping[Key, Sequence[FixOutcome]], refused: Refusals) -> None:
        pending = {key: _declined(outcomes[0]) for key, outcomes in asked.items()}
        for number, (key, outcomes) in enumerate(asked.items(), 1):
            answer = self._rest
            if answer is None:
                others = {each: reason for each, reason in pending.items() if each != key}
                self._show(outcomes, {**self._declined, **refused, **others}, {key: pending[key]})
                answer = _ask(f"Apply this? ({number} of {len(asked)}) [y,n,a,q,?] ")
                if answer in (Answer.ALL, Answer.QUIT):
                    self._rest = answer
            reason = pending.pop(key)
            if answer in (Answer.YES, Answer.ALL):
                self._accepted.add(key)
            else:
                self._declined[key] = reason

    def _show(self, outcomes: Sequence[FixOutcome], without: Refusals, this: Refusals) -> None:
        files = list(dict.fromkeys(path for each in outcomes for path in (each.path, *each.files)))
        before = {each.path: each.new for each in self._plan({**without, **this}, files).changes}
        changes = [
            FileChange(each.path, before.get(each.path, each.old), each.new)
            for each in self._plan(without, files).changes
        ]
        style = error_style()
        show_errors(diff_lines(render_diff(changes, diff_name), style))
        for outcome in outcomes:
            show_errors(render_proposal(outcome, style))


def _key(outcome: FixOutcome) -> Key:
    return outcome.path, outcome.handler or outcome.rule


def _declined(outcome: FixOutcome) -> Reason:
    return Reason(outcome.path, outcome.line, DECLINED, "declined when asked", outcome.tier)


def _ask(question: str) -> Answer:
    """An answer from standard input; its end is one too."""
    while True:
        show_errors([question], end="")
        line = b"" if sys.stdin is None else sys.stdin.buffer.readline()
        if not line:
            show_errors([""])
            return Answer.QUIT
        with contextlib.suppress(ValueError):
            return Answer(line.decode("utf-8", "replace").strip().lower()[:1])
        show_errors(HELP)
