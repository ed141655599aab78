# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate fix``."""

from __future__ import annotations

import click
from msgspec.structs import replace

from mmapmigrate.cli import options
from mmapmigrate.cli.configs import CommandLine
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.hints import give_hint
from mmapmigrate.cli.names import diff_name
from mmapmigrate.cli.output import diagnose, encode_lines, write_output
from mmapmigrate.cli.planning import finish_earlier, open_build_folder, records_folder, settle_fixes
from mmapmigrate.cli.reports import Report, for_people, reports_option, requested, write_reports
from mmapmigrate.cli.session import exit_code, open_session, report_errors
from mmapmigrate.cli.terminal import is_shown, output_style
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.fix import FixOptions
from mmapmigrate.lint.fixed import FixResult
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.lint.runner import run
from mmapmigrate.lint.write import write_changes
from mmapmigrate.report.diff import diff_lines, render_diff
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
    "--skeleton",
    is_flag=True,
    help="Write skeletons too (tiers skeleton and blocked).\n\nThe old hook stays in use; a person finishes "
    "what stands beside it.",
)
@click.option("--interactive", "-i", is_flag=True, help="Show each fix as a diff, and ask.")
@options.follow_option
@options.build_option
@options.kernel_options
@reports_option("text", "json")
@options.output_option
@options.selection_options
@options.run_options
@options.command_line
def command(
    paths: tuple[str, ...],
    said: CommandLine,
    diff: bool,
    review: bool,
    skeleton: bool,
    interactive: bool,
    follow: bool,
    build_folder: str | None,
    formats: tuple[Report, ...],
    output: str | None,
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
    reports = requested(formats, output, paths)
    for report in reports:
        if diff and report.path is None:
            raise click.UsageError(
                f"--diff is the format of standard output: --format {report.format} needs --output, or a "
                f"file: {report.format}:FILE",
                click.get_current_context(),
            )
    if not diff and not reports:
        reports = (Report("text", output),)
    builder = open_build_folder(build_folder)
    lost = () if diff else finish_earlier()
    session = open_session(paths, said, quiet=quiet, no_cache=no_cache)
    fix_options = FixOptions(session.options, session.paths, _tiers(review, skeleton), follow, jobs)
    result = settle_fixes(session.files, fix_options, builder, title="fixing", quiet=quiet, ask=interactive)
    if not diff:
        result = write_changes(
            result, lambda kept: CheckResult.of(run(kept, session.options, jobs=1)), records_folder()
        )
    errors = CheckResult.of((), (*result.left.errors, *session.errors, *lost)).errors
    # What could not be read at all belongs into each report.
    result = replace(result, left=replace(result.left, errors=errors))
    report_errors(errors)
    if not quiet and (diff or for_people(reports)):
        give_hint(session, result.left)
    write_reports(reports, lambda report: _render(report, result, session.options.api, quiet=quiet))
    if diff:
        _write_diff(render_diff(result.changes, diff_name), None if reports else output)
        if not quiet:
            diagnose(fix_totals(result))
    found = bool(result.left.findings) or (diff and bool(result.changes))
    return exit_code(failed=bool(errors), found=found, exit_zero=exit_zero)


def _write_diff(text: bytes, path: str | None) -> None:
    """Byte for byte, but for a person's eyes where it goes to a terminal: what files hold may harm one."""
    write_output(encode_lines(diff_lines(text, output_style(path))) if is_shown(path) else text, path)


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
