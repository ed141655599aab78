# SPDX-License-Identifier: GPL-2.0-only
"""What helps somebody whose run had nothing to work on: at most one line on standard error."""

from __future__ import annotations

from collections.abc import Sequence

from mmapmigrate.cli.output import diagnose
from mmapmigrate.cli.session import Session
from mmapmigrate.lint.result import CheckResult

_SHOWN = 5

_FOLDER = "a folder of a kernel tree, such as ~/linux/drivers"


def give_hint(session: Session, result: CheckResult) -> None:
    """Says what to do where there is no file, no hook, or no kernel tree; for reports that people read."""
    hint = _hint(session, result)
    if hint:
        diagnose(f"note: {hint}")


def _hint(session: Session, result: CheckResult) -> str:
    places = _named(session.paths)
    # What a change touched may well be nothing, and errors say enough; so does the note about an old kernel.
    if session.of_change or session.errors or result.errors or session.too_old:
        return ""
    if not session.files:
        return f"no C file (.c, .h) in {places}: name a driver, or {_FOLDER}"
    # Who names a file knows what it is; a folder was a guess.
    if not result.parsed and set(session.files) - set(session.paths):
        return (
            f"no mmap hook in {places}: `mmapmigrate plan` at the top of a kernel tree shows where hooks are"
        )
    if result.parsed and session.outside_tree:
        api = session.options.api
        return (
            f"{places}: in no kernel tree: the bundled API of Linux {api.release} counts; --kernel DIR or "
            "--target RELEASE names another"
        )
    return ""


def _named(paths: Sequence[str]) -> str:
    """The first of ``paths``: a command line may have 10,000."""
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more
