# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate cache``."""

from __future__ import annotations

import json

import click

from mmapmigrate.cli import options
from mmapmigrate.cli.caches import cache_folder, clear, kept_files
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.output import diagnose, write_lines


@click.command(
    "cache",
    cls=Command,
    short_help="Print what is kept between runs, or clear it.",
    examples=(
        "mmapmigrate cache",
        "mmapmigrate cache clear",
    ),
)
@click.argument("action", required=False, type=click.Choice(["clear"]), metavar="[clear]")
@options.format_option("text", "json")
@options.output_option
def command(action: str | None, format_name: str | None, output: str | None) -> int:
    """Print where facts of kernel trees and results are kept between runs, and how large they are.

    With `clear`, drop them: the next run reads everything anew.
    """
    folder = cache_folder()
    if folder is None:
        raise click.ClickException("there is no home folder to keep anything in: set XDG_CACHE_HOME")
    if action == "clear":
        files, size, failed = clear(folder)
        for path, error in failed:
            diagnose(f"error: {path}: cannot be removed: {error}")
        words = f"dropped {_amount(files, size)} of {folder}"
    else:
        kept = kept_files(folder)
        files, size, failed = len(kept), sum(each for _, each in kept), []
        words = f"{folder}: {_amount(files, size)}"
    told = json.dumps({"schema": 1, "folder": str(folder), "entries": files, "bytes": size})
    write_lines([told if format_name == "json" else words], output)
    return 2 if failed else 0


def _amount(files: int, size: int) -> str:
    return f"{files} {'entry' if files == 1 else 'entries'}, {size / 1e6:.1f} MB"
