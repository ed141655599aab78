# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate plan``."""

from __future__ import annotations

import click
from msgspec.structs import replace

from mmapmigrate.cli import options
from mmapmigrate.cli.configs import CommandLine
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.hints import give_hint
from mmapmigrate.cli.names import diff_name
from mmapmigrate.cli.output import encode_lines
from mmapmigrate.cli.progress import progress_bar
from mmapmigrate.cli.reports import Report, for_people, reports_option, requested, write_reports
from mmapmigrate.cli.session import exit_code, open_session, report_errors
from mmapmigrate.cli.terminal import output_style, output_width
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.pool import WorkerDiedError
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.lint.runner import holding, run
from mmapmigrate.migration.state import RULES, Migration, migration
from mmapmigrate.report.plan.links import Links

ROWS = 20
"""Rows of a table of the text."""


@click.command(
    "plan",
    cls=Command,
    examples=(
        "mmapmigrate plan",
        "mmapmigrate plan --format html -o plan.html ~/linux",
    ),
)
@options.paths
@options.kernel_options
@reports_option("text", "json", "html")
@options.output_option
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(min=0),
    help=f"Rows of a table; 0: all (text).  [default: {ROWS}]",
)
@click.option(
    "--link-base",
    metavar="URL",
    help="Begin the page's links to code with URL (html).\n\nSuch as that of a web view of the tree."
    "  [default: the paths as they were given]",
)
@options.work_options
@options.command_line
def command(
    paths: tuple[str, ...],
    said: CommandLine,
    formats: tuple[Report, ...],
    output: str | None,
    top: int | None,
    link_base: str | None,
    jobs: int | None,
    quiet: bool,
    no_cache: bool,
) -> int:
    """Show how far the migration of a tree is, and what to move first.

    PATHS are files or folders; the current folder when there are none. Only what lies in PATHS is counted and
    followed: name the top of a kernel tree for the whole picture. Exits with 0, or 2 when something could not
    be done.
    """
    reports = requested(formats, output, paths) or (Report("text", output),)
    if link_base is not None and not any(report.format == "html" for report in reports):
        raise click.UsageError("--link-base goes with --format html", click.get_current_context())
    if top is not None and not any(report.format == "text" for report in reports):
        raise click.UsageError("--top goes with --format text", click.get_current_context())
    session = open_session(paths, replace(said, select=RULES), quiet=quiet, no_cache=no_cache)
    try:
        with progress_bar("planning", quiet=quiet) as progress:
            results = run(session.files, replace(session.options, survey=True), jobs=jobs, progress=progress)
        state = migration(
            results, session.options.api, lambda words: holding(session.files, words, jobs=jobs)
        )
    except WorkerDiedError as error:
        raise click.ClickException(str(error)) from None
    result = CheckResult.of(results, (*session.errors, *state.unread), len(session.files))
    report_errors(result.errors)
    if not quiet and for_people(reports):
        give_hint(session, result)
    api = session.options.api
    links = Links(diff_name, link_base)
    write_reports(
        reports, lambda report: _render(report, state, result, api, ROWS if top is None else top, links)
    )
    return exit_code(failed=bool(result.errors), found=False, exit_zero=False)


def _render(
    report: Report, state: Migration, result: CheckResult, api: KernelApi, top: int, links: Links
) -> bytes:
    if report.format == "json":
        from mmapmigrate.report.plan.json import plan_json

        return encode_lines([plan_json(state, result, api)])
    if report.format == "html":
        from mmapmigrate.report.plan.html import plan_html

        return encode_lines([plan_html(state, result, api, links)])
    from mmapmigrate.report.plan.text import render_plan

    style, width = output_style(report.path), output_width(report.path)
    return encode_lines(render_plan(state, result, api, style, top=top or None, width=width, name=links.name))
