# SPDX-License-Identifier: GPL-2.0-only
"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import click

from mmapmigrate.cli.completion import releases, rule_codes
from mmapmigrate.cli.configs import CommandLine
from mmapmigrate.cli.output import check_writable

F = TypeVar("F", bound=Callable[..., Any])

_SAID = CommandLine.__struct_fields__

STANDARD_OUTPUT = "-"
"""As a FILE."""


class _Named(click.Path):
    """A file or folder that an option names. No name, such as an unset variable gives, is not this folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)


NAMED = _Named()


def split_codes(_: click.Context, __: click.Parameter, value: Sequence[str]) -> tuple[str, ...]:
    """``MM101,MM2`` and repeated options alike."""
    return tuple(code.strip() for item in value for code in item.split(",") if code.strip())


def paths(command: F) -> F:
    """PATHS: files, folders, or nothing for the current folder."""
    return click.argument("paths", nargs=-1, type=click.Path())(command)


def kernel_options(command: F) -> F:
    """--kernel and --target: which kernel's API is in force."""
    command = click.option(
        "--target",
        metavar="RELEASE",
        shell_complete=releases,
        help="Use the bundled API of a release, such as 7.3.",
    )(command)
    return click.option(
        "--kernel",
        metavar="DIR",
        type=NAMED,
        help="Read the API from this tree, not the paths'.",
    )(command)


def rule_folder_option(command: F) -> F:
    """--rules DIR."""
    return click.option(
        "--rules",
        "rule_folders",
        metavar="DIR",
        multiple=True,
        type=NAMED,
        help="Load the rules of this folder too. Repeatable.",
    )(command)


def selection_options(command: F) -> F:
    """--select, --extend-select, --ignore and --rules."""
    command = rule_folder_option(command)
    for name, text in (
        ("--ignore", "Leave these rules out."),
        ("--extend-select", "Check these rules too."),
        ("--select", "Check these only: codes, prefixes, or ALL."),
    ):
        command = click.option(
            name,
            metavar="CODES",
            multiple=True,
            callback=split_codes,
            shell_complete=rule_codes,
            help=text,
        )(command)
    return command


def command_line(command: F) -> F:
    """Hands over what ``kernel_options`` and ``selection_options`` take as one ``said``; stands last."""

    @wraps(command)
    def run(**given: Any) -> Any:
        said = CommandLine(**{name: given.pop(name) for name in _SAID if name in given})
        return command(said=said, **given)

    return cast(F, run)


def run_options(command: F) -> F:
    """--jobs, --quiet, --no-cache, --exit-zero."""
    return work_options(
        click.option("--exit-zero", is_flag=True, help="Exit with 0 where it would be 1.")(command)
    )


def work_options(command: F) -> F:
    """--jobs, --quiet, --no-cache."""
    command = quiet_option(no_cache_option(command))
    return click.option(
        "--jobs",
        "-j",
        metavar="N",
        type=click.IntRange(min=1),
        help="Processes.  [default: CPUs, at most 5]",
    )(command)


def no_cache_option(command: F) -> F:
    """--no-cache."""
    return click.option("--no-cache", is_flag=True, help="Read everything anew and keep nothing.")(command)


def quiet_option(command: F) -> F:
    """--quiet."""
    return click.option("--quiet", "-q", is_flag=True, help="No summary, no notes, no progress bar.")(command)


def follow_option(command: F) -> F:
    """--follow."""
    return click.option(
        "--follow",
        is_flag=True,
        help="Edit files outside PATHS where needed.\n\nWithout it, a conversion that needs one is left out.",
    )(command)


def build_option(command: F) -> F:
    """--build DIR."""
    return click.option(
        "--build",
        "build_folder",
        metavar="DIR",
        type=NAMED,
        help="Leave out what draws a new warning in DIR.\n\nDIR is a configured kernel build folder; each "
        "touched object is built there before and after, with W=1.",
    )(command)


def _output(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is None or value == STANDARD_OUTPUT:
        return None
    check_writable([value])
    return value


def output_option(command: F) -> F:
    """--output FILE."""
    return click.option(
        "--output",
        "-o",
        metavar="FILE",
        type=NAMED,
        callback=_output,
        help="Write the report to FILE.",
    )(command)


def format_option(*formats: str) -> Callable[[F], F]:
    """--format, whose first value is the default; the command gets None when it was not given."""
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(formats),
        help=f"Form of the report.  [default: {formats[0]}]",
    )
