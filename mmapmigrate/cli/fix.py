# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate fix``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from mmapmigrate.cli import options
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.names import diff_name
from mmapmigrate.cli.output import diagnose, encode_lines, output_style, write_output
from mmapmigrate.cli.progress import progress_bar
from mmapmigrate.cli.reports import Report, reports_option, requested, write_reports
from mmapmigrate.cli.session import exit_code, open_session, report_errors
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kbuild.compile import CompileError
from mmapmigrate.kbuild.folder import BuildFolder, BuildFolderError
from mmapmigrate.kbuild.verify import Planner, Refusals, verify
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.fix import FixOptions, plan_fixes
from mmapmigrate.lint.fixed import FixResult
from mmapmigrate.lint.pool import WorkerDiedError
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.lint.write import write_changes
from mmapmigrate.report.diff import render_diff
from mmapmigrate.report.fixes import fix_totals, render_fixes
from mmapmigrate.report.json import fix_json


@click.command(
    "fix",
    cls=Command,
    short_help="Convert the hooks that provably can be, in place.",
    examples=(
        "mmapmigrate fix --diff drivers/ | git apply",
        "mmapmigrate fix --interactive --review drivers/char/",
        "mmapmigrate fix --review --build ~/build drivers/char/",
    ),
)
@options.paths
@click.option("--diff", is_flag=True, help="Print a diff for `git apply` and write nothing.")
@click.option("--review", is_flag=True, help="Apply tier review too: whole, but read each reason.")
@click.option(
    "--skeleton", is_flag=True, help="Apply tiers skeleton and blocked too; the old hook stays in use."
)
@click.option("--interactive", "-i", is_flag=True, help="Show each fix as a diff, and ask.")
@click.option("--follow", is_flag=True, help="Edit files outside PATHS where a conversion needs it.")
@click.option(
    "--build",
    "build_folder",
    metavar="DIR",
    help="Build what is touched in this configured kernel build folder, before and after; leave out what "
    "brings a new warning or error.",
)
@options.kernel_options
@reports_option("text", "json")
@options.output_option
@options.selection_options
@options.run_options
def command(
    paths: tuple[str, ...],
    diff: bool,
    review: bool,
    skeleton: bool,
    interactive: bool,
    follow: bool,
    build_folder: str | None,
    kernel: str | None,
    target: str | None,
    formats: tuple[Report, ...],
    output: str | None,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    rule_folders: tuple[str, ...],
    jobs: int | None,
    quiet: bool,
    no_cache: bool,
    exit_zero: bool,
) -> int:
    """Convert the hooks in PATHS that provably can be, in place.

    PATHS are files or folders; the current folder when there are none. Exits with 0 when a check of the
    result would find nothing, 1 when it would (with --diff also when the diff is not empty), 2 when something
    could not be done.
    """
    reports = requested(formats, output)
    for report in reports:
        if diff and report.path is None:
            raise click.UsageError(
                f"--diff is the format of standard output: --format {report.format} needs --output, or a "
                f"file: {report.format}:FILE",
                click.get_current_context(),
            )
    if not diff and not reports:
        reports = (Report("text", output),)
    builder = _open_build_folder(build_folder) if build_folder is not None else None
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
    fix_options = FixOptions(session.options, session.paths, _tiers(review, skeleton), follow, jobs)

    def plan(refused: Refusals, files: Sequence[str] | None = None) -> FixResult:
        chosen = replace(fix_options, refused=refused)
        if files is not None:
            return plan_fixes(files, replace(chosen, jobs=1))
        with progress_bar("fixing", quiet=quiet) as progress:
            return plan_fixes(session.files, chosen, progress=progress)

    planner: Planner = plan
    if interactive:
        # Loaded here: most runs ask nothing.
        from mmapmigrate.cli.interactive import Interview

        planner = Interview(plan).plan

    try:
        if builder is None:
            result = planner({})
        else:
            verdict = verify(planner, builder)
            result = verdict.result
            if not quiet:
                for note in verdict.notes:
                    diagnose(f"note: {note.path}: {note.message}")
    except (WorkerDiedError, CompileError) as error:
        raise click.ClickException(str(error)) from None
    if not diff:
        result = write_changes(result)
    errors = CheckResult.of((), (*result.left.errors, *session.errors)).errors
    report_errors(errors)
    write_reports(reports, lambda report: _render(report, result, session.options.api, quiet=quiet))
    if diff:
        write_output(render_diff(result.changes, diff_name), None if reports else output)
        if not quiet:
            diagnose(fix_totals(result))
    found = bool(result.left.findings) or (diff and bool(result.changes))
    return exit_code(failed=bool(errors), found=found, exit_zero=exit_zero)


def _open_build_folder(name: str) -> BuildFolder:
    try:
        return BuildFolder.open(name)
    except BuildFolderError as error:
        raise click.ClickException(str(error)) from None


def _tiers(review: bool, skeleton: bool) -> frozenset[Tier]:
    tiers = {Tier.COMPLETE}
    if review:
        tiers.add(Tier.REVIEW)
    if skeleton:
        tiers |= {Tier.SKELETON, Tier.BLOCKED}
    return frozenset(tiers)


def _render(report: Report, result: FixResult, api: KernelApi, *, quiet: bool) -> bytes:
    if report.format == "json":
        return encode_lines([fix_json(result, api)])
    return encode_lines(render_fixes(result, output_style(report.path), summary=not quiet))
