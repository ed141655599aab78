# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate check``."""

from __future__ import annotations

import click

from mmapmigrate.cli import baselines, cc, options, touched
from mmapmigrate.cli.configs import CommandLine
from mmapmigrate.cli.formats import CHECK_FORMATS, SERVICE_FORMATS, TextOptions, render_check
from mmapmigrate.cli.hints import give_hint
from mmapmigrate.cli.input import STANDARD_INPUT
from mmapmigrate.cli.output import conclude, diagnose
from mmapmigrate.cli.progress import progress_bar
from mmapmigrate.cli.reports import Report, for_people, reports_option, requested, write_reports
from mmapmigrate.cli.session import exit_code, open_session, report_errors
from mmapmigrate.lint.pool import WorkerDiedError
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.lint.runner import run


@click.command(
    "check",
    cls=cc.CompilerCommand,
    short_help="Report what should be known about the mmap hooks.",
    examples=(
        "mmapmigrate check drivers/",
        "mmapmigrate check --since origin/master --format github",
        "mmapmigrate check --patch series.mbox",
        "mmapmigrate check --statistics --select ALL ~/linux",
    ),
)
@options.paths
@options.kernel_options
@reports_option(*CHECK_FORMATS)
@options.output_option
@options.selection_options
@touched.touched_options
@baselines.baseline_options
@cc.cc_option
@click.option("--statistics", is_flag=True, help="Count instead of listing (text).")
@options.run_options
@options.command_line
def command(
    paths: tuple[str, ...],
    said: CommandLine,
    formats: tuple[Report, ...],
    output: str | None,
    revision: str | None,
    patch: str | None,
    staged: bool,
    baseline: str | None,
    write_baseline: str | None,
    cc_mode: bool,
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
    reports = requested(formats, output, (*paths, baseline, patch)) or (Report("text", output),)
    if statistics and not any(report.format == "text" for report in reports):
        raise click.UsageError(
            f"--statistics goes with --format text, not {reports[0].format}", click.get_current_context()
        )
    if cc_mode and (formats or output is not None or write_baseline is not None):
        raise click.UsageError(
            "--cc prints as compilers do: leave --format, --output and --write-baseline out",
            click.get_current_context(),
        )
    quiet = quiet or cc_mode
    if baseline == patch == STANDARD_INPUT:
        raise click.UsageError(
            "standard input is --patch or --baseline, not both", click.get_current_context()
        )
    known = baselines.KnownFindings.read(
        baseline,
        write_baseline,
        paths,
        whole=revision is None and patch is None and not staged,
        reported=bool(formats) or output is not None or statistics,
    )
    session = open_session(
        paths,
        said,
        quiet=quiet,
        no_cache=no_cache,
        change=touched.read_change(paths, revision, patch, staged=staged, quiet=quiet),
        known=known.fingerprints,
        fingerprints=any(report.format in SERVICE_FORMATS for report in reports),
    )
    try:
        with progress_bar("checking", quiet=quiet) as progress:
            results = run(session.files, session.options, jobs=jobs, progress=progress)
    except WorkerDiedError as error:
        raise click.ClickException(str(error)) from None
    result = CheckResult.of(results, session.errors, len(session.files))
    report_errors(result.errors)
    if cc_mode:
        code = cc.report_to_make(result)
        conclude()
        return code
    if write_baseline is not None:
        return known.write(result, quiet=quiet)
    if not quiet:
        for note in result.notes:
            diagnose(f"note: {note.path}:{note.line}: {note.message}")
        known.report_gone(result, session)
        if for_people(reports):
            give_hint(session, result)
    code = exit_code(failed=bool(result.errors), found=bool(result.findings), exit_zero=exit_zero)
    text = TextOptions(summary=not quiet, statistics=statistics)
    write_reports(reports, lambda report: render_check(report, result, session, code, text))
    conclude()
    return code
