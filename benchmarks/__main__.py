# SPDX-License-Identifier: GPL-2.0-only
"""``python -m benchmarks KERNEL_TREE``: measures the rows and prints them as Markdown."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

import click

from benchmarks.command import CommandError
from benchmarks.machine import this_machine
from benchmarks.ours import Tool
from benchmarks.page import PAGE, PageError, refreshed
from benchmarks.peers import PROGRAMS, find_peers
from benchmarks.result import EVERY, as_markdown, measure
from benchmarks.rows import Bench
from mmapmigrate.disk.write import put_file
from mmapmigrate.kernel.tree import is_tree


@click.command(epilog="Exits with 0 when all could be measured, targets met or not, and with 2 otherwise.")
@click.argument("tree", metavar="KERNEL_TREE", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--runs", type=click.IntRange(min=1), default=5, show_default=True, help="Runs that are counted."
)
@click.option("--rows", default=",".join(EVERY), show_default=True, help="The rows to measure.")
@click.option("--without", multiple=True, type=click.Choice(list(PROGRAMS)), help="Leave a peer out.")
@click.option(
    "--scratch",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where caches and linked copies of the tree are made, and removed: best on the tree's file system.",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), help="Write the result to FILE.", metavar="FILE"
)
@click.option(
    "--write-docs", is_flag=True, help="Put the result into docs/performance.md too; needs all rows."
)
def main(
    tree: Path,
    runs: int,
    rows: str,
    without: tuple[str, ...],
    scratch: Path | None,
    output: str | None,
    write_docs: bool,
) -> None:
    """Measure mmapmigrate on KERNEL_TREE beside the peers that are installed."""
    tree = tree.resolve()
    chosen = _chosen(rows)
    if not is_tree(tree):
        raise click.UsageError(f"{tree}: not the top of a kernel tree")
    if write_docs and set(chosen) != set(EVERY):
        raise click.UsageError("--write-docs needs all rows: leave --rows away")
    machine = this_machine()
    with tempfile.TemporaryDirectory(prefix="mmapmigrate-bench-", dir=scratch) as made:
        bench = Bench(tree, Tool(Path(made).resolve()), find_peers(frozenset(without)), runs, _say)
        try:
            result = measure(bench, chosen)
        except (CommandError, OSError) as error:
            raise Failure(str(error)) from None
        text = as_markdown(result, bench, machine, datetime.date.today())
    click.echo(text, nl=False)
    try:
        if output is not None:
            put_file(output, text.encode())
        if write_docs:
            put_file(str(PAGE), refreshed(PAGE.read_text("utf-8"), text).encode())
    except (OSError, PageError) as error:
        raise Failure(str(error)) from None


def _chosen(rows: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in rows.split(",") if name.strip())
    unknown = [name for name in names if name not in EVERY]
    if unknown or not names:
        raise click.UsageError(f"--rows: {', '.join(unknown) or 'none'}; there are {', '.join(EVERY)}")
    return names


class Failure(click.ClickException):
    """Something could not be measured or written."""

    exit_code = 2


def _say(message: str) -> None:
    click.echo(message, err=True)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
