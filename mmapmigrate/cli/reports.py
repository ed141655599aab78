# SPDX-License-Identifier: GPL-2.0-only
"""``--format NAME[:FILE]``: which reports a run writes, and where to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
from msgspec import Struct

from mmapmigrate.cli.options import STANDARD_OUTPUT
from mmapmigrate.cli.output import OutputClosedError, check_writable, diagnose, write_output

F = TypeVar("F", bound=Callable[..., Any])

Reports = tuple["Report", ...]


class Report(Struct, frozen=True):
    """One report that was asked for: its format, and its file or None for standard output."""

    format: str
    path: str | None = None


def reports_option(*formats: str) -> Callable[[F], F]:
    """--format, as often as reports are wanted; the first of ``formats`` is the default."""

    def parse(
        context: click.Context, parameter: click.Parameter, values: Sequence[str]
    ) -> tuple[Report, ...]:
        return tuple(_report(value, formats, context, parameter) for value in values)

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
        return [name for name in formats if name.startswith(incomplete)]

    return click.option(
        "--format",
        "formats",
        metavar="NAME[:FILE]",
        multiple=True,
        callback=parse,
        shell_complete=complete,
        help=f"Form: {', '.join(formats)}.\n\nRepeatable, with a FILE for all but one.  "
        f"[default: {formats[0]}]",
    )


def _report(value: str, formats: Sequence[str], context: click.Context, parameter: click.Parameter) -> Report:
    name, colon, path = value.partition(":")
    if name not in formats:
        known = ", ".join(map(repr, formats))
        raise click.BadParameter(f"{name!r} is not one of {known}", context, parameter)
    if colon and not path:
        raise click.BadParameter(f"{value!r} names no file after the colon", context, parameter)
    return Report(name, None if path in ("", STANDARD_OUTPUT) else path)


def requested(
    formats: Sequence[Report], output: str | None, read: Sequence[str | None]
) -> tuple[Report, ...]:
    """The reports that ``--format`` and ``--output`` ask for together; none where neither was given.

    ``read`` are the files that the run reads: no report takes the place of one.

    Raises click.UsageError where they contradict each other, click.ClickException where a file could not be
    written.
    """
    context = click.get_current_context(silent=True)
    if output is not None and (len(formats) > 1 or any(report.path for report in formats)):
        raise click.UsageError("--output goes with one --format that names no file itself", context)
    bare = [report.format for report in formats if report.path is None]
    if len(bare) > 1:
        raise click.UsageError(
            f"--format {' and --format '.join(bare)}: standard output takes one; give the others a file, "
            f"such as {bare[-1]}:FILE",
            context,
        )
    reports = tuple(Report(report.format, report.path or output) for report in formats)
    paths = [report.path for report in reports if report.path is not None]
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(os.path.realpath(path), path)
        if other is not path:
            raise click.UsageError(f"two reports would be written to {path}", context)
    check_writable([output] if output is not None and not paths else paths, [each for each in read if each])
    return reports


def for_people(reports: Iterable[Report]) -> bool:
    """Whether somebody reads standard output: no program does, and it is not for a file alone."""
    known = list(reports)
    shown = [report.format for report in known if report.path is None]
    return set(shown or (report.format for report in known)) <= {"text"}


def write_reports(reports: Iterable[Report], render: Callable[[Report], bytes]) -> None:
    """Writes each report, files first, so that a reader who leaves early costs no file.

    One that cannot be written does not keep the others from it. Raises click.ClickException then, and what
    ``write_output`` raises.
    """
    failures: list[click.ClickException] = []
    for report in sorted(reports, key=lambda report: report.path is None):
        try:
            write_output(render(report), report.path)
        except OutputClosedError:
            raise
        except click.ClickException as error:
            failures.append(error)
    for failure in failures[:-1]:
        diagnose(f"error: {failure.format_message()}")
    if failures:
        raise failures[-1]
