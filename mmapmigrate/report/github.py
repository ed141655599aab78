# SPDX-License-Identifier: GPL-2.0-only
"""GitHub's workflow commands: each finding becomes an annotation of the line in a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.result import Problem
from mmapmigrate.report.run import CheckRun, details
from mmapmigrate.report.style import decode, printable

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_github(run: CheckRun) -> Iterator[str]:
    """One command a line; nothing at all when there is nothing to say."""
    for problem in run.result.errors:
        yield _problem(run, problem)
    for finding in run.result.findings:
        text = "\n".join([printable(finding.message), *details(run, finding)])
        yield _command(LEVELS[finding.severity], _place(run, finding), text)


def _place(run: CheckRun, finding: Finding) -> Mapping[str, str]:
    place = {
        "title": f"{finding.rule} {finding.name}",
        "file": run.name(finding.path),
        "line": str(finding.line),
        "endLine": str(finding.end_line),
    }
    # GitHub takes columns, which it counts in characters, only where both ends are on one line.
    if finding.end_line == finding.line:
        place["col"] = str(_characters(finding.excerpt, finding.column))
        place["endColumn"] = str(_characters(finding.excerpt, finding.end_column))
    return place


def _problem(run: CheckRun, problem: Problem) -> str:
    place = {"title": "mmapmigrate", "file": run.name(problem.path)}
    if problem.line:
        place["line"] = str(problem.line)
    return _command("error", place, printable(problem.message))


def _characters(line: bytes, column: int) -> int:
    """A column that counts bytes from 1 as one that counts characters."""
    return len(decode(line[: column - 1])) + 1


def _command(level: str, properties: Mapping[str, str], text: str) -> str:
    shown = ",".join(f"{name}={_property(printable(value))}" for name, value in properties.items())
    return f"::{level} {shown}::{_data(text)}"


def _data(text: str) -> str:
    """Text that cannot end its command and begin another."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
