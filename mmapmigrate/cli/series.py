# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate series``."""

from __future__ import annotations

from pathlib import Path

import click

from mmapmigrate.cli import options
from mmapmigrate.cli.configs import CommandLine
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.hints import give_hint
from mmapmigrate.cli.mails import Order, Outcome, write_series
from mmapmigrate.cli.output import diagnose, encode_lines, write_output
from mmapmigrate.cli.planning import open_build_folder, settle_fixes
from mmapmigrate.cli.session import exit_code, open_session, report_errors
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.fix import FixOptions
from mmapmigrate.lint.fixed import OUTSIDE_PATHS, FixResult
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.fixes import fix_totals
from mmapmigrate.report.series.json import series_json
from mmapmigrate.report.style import printable
from mmapmigrate.report.summary import count
from mmapmigrate.series.errors import SeriesError
from mmapmigrate.series.folder import SeriesFolder
from mmapmigrate.series.history import identity
from mmapmigrate.series.repository import Form


def _one_line(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """What stands in a mail's header, where a second line would be another header."""
    if value is not None and printable(value) != value:
        raise click.BadParameter("holds a line end or another control character")
    return value


def _message_id(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip("<> \t"):
        raise click.BadParameter("the Message-ID is empty")
    return _one_line(context, parameter, value)


@click.command(
    "series",
    cls=Command,
    short_help="Write the conversions as patches, one a driver.",
    examples=(
        "mmapmigrate series -o outgoing drivers/char/",
        "mmapmigrate series -o outgoing -v 2 --signoff --get-maintainer drivers/char/",
    ),
)
@options.paths
@click.option(
    "--output-directory",
    "-o",
    "folder",
    metavar="DIR",
    required=True,
    type=options.NAMED,
    help="Write the patches to this folder.",
)
@click.option("--force", is_flag=True, help="Replace the patches of an older run in DIR.")
@click.option("--review", is_flag=True, help="Take tier review too, with what to look at.")
@options.follow_option
@options.build_option
@click.option("--signoff", "-s", is_flag=True, help="Add your Signed-off-by: you have read it all.")
@click.option(
    "--cover-letter/--no-cover-letter", default=True, help="Begin with a cover letter, as is the default."
)
@click.option(
    "--subject-prefix", metavar="TEXT", callback=_one_line, help='Say "[TEXT n/m]" for "[PATCH n/m]".'
)
@click.option(
    "--reroll-count", "-v", metavar="N", type=click.IntRange(min=1), help="Mark the series as version N."
)
@click.option(
    "--in-reply-to", metavar="ID", callback=_message_id, help="Make the mails replies to this Message-ID."
)
@click.option(
    "--get-maintainer",
    is_flag=True,
    help="Ask scripts/get_maintainer.pl for Cc:.\n\nThe script is the tree's: this runs code of the tree.  "
    "[default: MAINTAINERS is read]",
)
@options.kernel_options
@options.format_option("text", "json")
@options.selection_options
@options.work_options
@options.command_line
def command(
    paths: tuple[str, ...],
    said: CommandLine,
    folder: str,
    force: bool,
    review: bool,
    follow: bool,
    build_folder: str | None,
    signoff: bool,
    cover_letter: bool,
    subject_prefix: str | None,
    reroll_count: int | None,
    in_reply_to: str | None,
    get_maintainer: bool,
    format_name: str | None,
    jobs: int | None,
    quiet: bool,
    no_cache: bool,
) -> int:
    """Write the conversions of PATHS as patches, one a driver, for `git am` and `git send-email`.

    PATHS are files or folders; the current folder when there are none. The tree and its git index stay as
    they are. Prints the patches' paths. Exits with 0, or 2 when something could not be done.
    """
    target_folder = SeriesFolder(folder, reroll_count, force=force)
    builder = open_build_folder(build_folder)
    flags = [name for name, given in (("--review", review), ("--follow", follow)) if given]
    flags += ["--build", "BUILD"] if builder is not None else []
    arguments = ("mmapmigrate", "series", "-o", "DIR", *flags, *_quoted(said))
    form = Form(
        cover_letter=cover_letter,
        signoff=signoff,
        subject_prefix=subject_prefix,
        reroll_count=reroll_count,
        in_reply_to=in_reply_to,
    )
    order = Order(arguments, tuple(paths) or (".",), form, get_maintainer)
    try:
        target_folder.check()
        who = identity(_folder_of(order.paths[0]))
        session = open_session(paths, said, quiet=quiet, no_cache=no_cache)
        tiers = frozenset({Tier.COMPLETE, Tier.REVIEW} if review else {Tier.COMPLETE})
        fix_options = FixOptions(session.options, session.paths, tiers, follow, jobs)
        result = settle_fixes(session.files, fix_options, builder, title="converting", quiet=quiet)
        outcome = write_series(result, who, order, target_folder)
    except SeriesError as error:
        raise click.ClickException(str(error)) from None
    left = CheckResult.of((), (*result.left.errors, *session.errors))
    report_errors(left.errors)
    if not quiet and format_name != "json":
        give_hint(session, result.left)
    if format_name == "json":
        write_output(encode_lines([series_json(outcome.series, left, session.options.api)]))
    else:
        write_output(encode_lines(map(str, _files(outcome))))
    if not quiet:
        _tell(outcome, result, review=review)
    return exit_code(failed=bool(left.errors), found=False, exit_zero=False)


def _quoted(said: CommandLine) -> list[str]:
    """What the mails say of the command line: no folder of the user's."""
    values = {
        "--target": said.target,
        "--kernel": said.kernel and "TREE",
        "--rules": said.rule_folders and "RULES",
        "--select": ",".join(said.select),
        "--extend-select": ",".join(said.extend_select),
        "--ignore": ",".join(said.ignore),
    }
    return [word for name, value in values.items() if value for word in (name, str(value))]


def _folder_of(path: str) -> Path:
    """The folder whose git settings count for ``path``."""
    here = Path(path).absolute()
    return next((folder for folder in (here, *here.parents) if folder.is_dir()), Path.cwd())


def _files(outcome: Outcome) -> list[Path]:
    series = outcome.series
    cover = [series.cover] if series.cover is not None else []
    return [*cover, *(patch.path for patch in series.patches)]


def _tell(outcome: Outcome, result: FixResult, *, review: bool) -> None:
    outside = [
        f"{one.path}:{one.line}: left out: {reason.message}"
        for one in result.outcomes
        for reason in one.reasons
        if reason.code == OUTSIDE_PATHS
    ]
    for note in (*outcome.notes, *outside):
        diagnose(f"note: {note}")
    patches = outcome.series.patches
    if patches:
        diagnose(f"{count(len(patches), 'patch').replace('patchs', 'patches')}; {fix_totals(result)}")
        return
    waiting = sum(one.tier is Tier.REVIEW for one in result.outcomes if not one.applied and one.handler)
    hint = f"; {waiting} of tier review: --review takes them too" if waiting and not review else ""
    diagnose(f"note: nothing to send: no hook here can be converted{hint}")
