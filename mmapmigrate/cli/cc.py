# SPDX-License-Identifier: GPL-2.0-only
"""--cc: called as the kernel's build calls a checker, with a compiler's options and one file."""

from __future__ import annotations

import click

from mmapmigrate.cli.help import Command
from mmapmigrate.cli.options import F
from mmapmigrate.cli.output import write_errors
from mmapmigrate.lint.result import CheckResult

OPTION = "--cc"


class CompilerCommand(Command):
    """A command that leaves what stands behind --cc to a compiler, but for the file at the end."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if OPTION in args:
            at = args.index(OPTION)
            foreign = args[at + 1 :]
            if not foreign:
                raise click.UsageError(f"{OPTION} comes last: the file to check stands behind it", ctx)
            # Whatever its name: kbuild tries a checker on a temporary file.
            args = [*args[: at + 1], "--", foreign[-1]]
        return super().parse_args(ctx, args)


def cc_option(command: F) -> F:
    """--cc."""
    return click.option(
        OPTION,
        "cc_mode",
        is_flag=True,
        help='For make C=1 CHECK="mmapmigrate check --cc".\n\nThe last argument is the file; what stands '
        "before it is for a compiler.",
    )(command)


def report_to_make(result: CheckResult) -> int:
    """Prints findings where compilers print their warnings; the exit code, which must not stop the build."""
    from mmapmigrate.report.gcc import render_gcc

    write_errors(render_gcc(result))
    return 2 if result.errors else 0
