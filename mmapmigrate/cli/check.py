# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate check``."""

from __future__ import annotations

import click

from mmapmigrate.cli import options
from mmapmigrate.cli.output import output_style, output_width, write_lines
from mmapmigrate.cli.progress import progress_bar
from mmapmigrate.cli.session import exit_code, open_session, report_errors
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.lint.runner import WorkerDiedError, run
from mmapmigrate.report.gcc import render_gcc
from mmapmigrate.report.json import check_json
from mmapmigrate.report.text import render_text


@click.command("check")
@options.paths
@options.kernel_options
@options.format_option("text", "gcc", "json")
@options.output_option
@options.selection_options
@click.option("--statistics", is_flag=True, help="Count instead of listing (text).")
@options.run_options
def command(
    paths: tuple[str, ...],
    kernel: str | None,
    target: str | None,
    format_name: str | None,
    output: str | None,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    rule_folders: tuple[str, ...],
    statistics: bool,
    jobs: int | None,
    quiet: bool,
    no_cache: bool,
    exit_zero: bool,
) -> int:
    """Report what a kernel developer should know about the mmap hooks in PATHS.

    PATHS are files or folders; the current folder when there are none. Exits with 0 when there is nothing to
    report, 1 when there is, 2 when something could not be checked.
    """
    if statistics and format_name == "gcc":
        raise click.UsageError("--statistics goes with --format text, not gcc", click.get_current_context())
    session = open_session(
        paths,
        kernel=kernel,
        target=target,
        select=select,
        extend_select=extend_select,
        ignore=ignore,
        rule_folders=rule_folders,
        quiet=quiet,
        no_cache=no_cache,
    )
    try:
        with progress_bar("checking", quiet=quiet) as progress:
            results = run(session.files, session.options, jobs=jobs, progress=progress)
    except WorkerDiedError as error:
        raise click.ClickException(str(error)) from None
    result = CheckResult.of(results, session.errors)
    report_errors(result.errors)
    if format_name == "json":
        write_lines([check_json(result, session.options.api)], output)
    elif format_name == "gcc":
        write_lines(render_gcc(result), output)
    else:
        lines = render_text(
            result, output_style(output), summary=not quiet, statistics=statistics, width=output_width(output)
        )
        write_lines(lines, output)
    return exit_code(failed=bool(result.errors), found=bool(result.findings), exit_zero=exit_zero)
