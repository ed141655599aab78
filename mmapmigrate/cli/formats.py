# SPDX-License-Identifier: GPL-2.0-only
"""The forms that the findings of a check are printed in. A printer is loaded by the runs that use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from msgspec import Struct

from mmapmigrate.cli.output import encode_lines
from mmapmigrate.cli.reports import Report
from mmapmigrate.cli.session import Session
from mmapmigrate.cli.terminal import output_style, output_width
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.run import CheckRun
from mmapmigrate.syntax.source import SourceFile


class TextOptions(Struct, frozen=True):
    """What the command line says about the report for people."""

    summary: bool = True
    statistics: bool = False


def render_check(
    report: Report, result: CheckResult, session: Session, exit_code: int, text: TextOptions
) -> bytes:
    """``result`` in the form that ``report`` asks for."""
    if report.format == "text":
        return _text(report, result, text)
    if report.format == "gcc":
        from mmapmigrate.report.gcc import render_gcc

        return encode_lines(render_gcc(result))
    if report.format == "json":
        from mmapmigrate.report.json import check_json

        return encode_lines([check_json(result, session.options.api)])
    return _SERVICES[report.format](_run(result, session, exit_code))


def _text(report: Report, result: CheckResult, options: TextOptions) -> bytes:
    from mmapmigrate.report.text import render_text

    return encode_lines(
        render_text(
            result,
            output_style(report.path),
            summary=options.summary,
            statistics=options.statistics,
            width=output_width(report.path),
        )
    )


def _github(run: CheckRun) -> bytes:
    from mmapmigrate.report.github import render_github

    return encode_lines(render_github(run))


def _gitlab(run: CheckRun) -> bytes:
    from mmapmigrate.report.gitlab import gitlab_json

    return encode_lines([gitlab_json(run)])


def _junit(run: CheckRun) -> bytes:
    from mmapmigrate.report.junit import junit_xml

    return junit_xml(run)


def _sarif(run: CheckRun) -> bytes:
    from mmapmigrate.report.sarif import sarif_json

    return encode_lines([sarif_json(run)])


_SERVICES: dict[str, Callable[[CheckRun], bytes]] = {
    "sarif": _sarif,
    "github": _github,
    "gitlab": _gitlab,
    "junit": _junit,
}

SERVICE_FORMATS = frozenset(_SERVICES)
"""Those that want the findings' fingerprints."""

CHECK_FORMATS = ("text", "gcc", "json", *_SERVICES)


def _run(result: CheckResult, session: Session, exit_code: int) -> CheckRun:
    from mmapmigrate.cli.names import source_root

    root = source_root(session.paths)
    options = session.options
    return CheckRun(
        result, options.api, session.rules, root.path, root.name, _reader(options.texts), exit_code
    )


def _reader(texts: Mapping[str, bytes]) -> Callable[[str], SourceFile]:
    """Reads what was checked: the file, or one of ``texts`` where that is not what the file holds."""

    def read(path: str) -> SourceFile:
        text = texts.get(path)
        if text is None:
            return SourceFile.read(path)
        with suppress(OSError):
            source = SourceFile.read(path)
            if source.data == text:
                return source
        return SourceFile(path, text)

    return read
