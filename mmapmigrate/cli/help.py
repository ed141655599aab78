# SPDX-License-Identifier: GPL-2.0-only
"""How --help reads: options under headings, one line each, and examples.

The first paragraph of an option's text is that line; the manual page has all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

HEADINGS: dict[str, tuple[str, ...]] = {
    "Options": (),
    "Only what is new": ("revision", "patch", "staged", "baseline", "write_baseline"),
    "Rules": ("select", "extend_select", "ignore", "rule_folders"),
    "Kernel": ("kernel", "target"),
    "Report": ("formats", "format_name", "output", "statistics", "top", "link_base", "quiet", "exit_zero"),
    "Run": ("jobs", "no_cache", "cc_mode", "help"),
}
"""The headings in their order, each with the parameters below it; the first one has those of no other."""

FEW = 10
"""Options need no headings where there are no more of them than that."""

_HEADING = {name: heading for heading, names in HEADINGS.items() for name in names}


class Command(click.Command):
    """A command whose --help has headings, and ``examples`` at its end: command lines, each one line."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.examples = tuple(examples)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _files_apart(args))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups = self.option_groups(ctx)
        width = max(len(name) for _, records in groups for name, _ in records)
        formatter.write_paragraph()
        for heading, records in groups:
            formatter.write_heading(heading)
            with formatter.indentation():
                formatter.write_dl([(name.ljust(width), text.partition("\n\n")[0]) for name, text in records])

    def option_groups(self, ctx: click.Context) -> list[tuple[str, list[tuple[str, str]]]]:
        """Each heading with the options below it: how they are written, and what they do."""
        groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS}
        for parameter in self.get_params(ctx):
            record = help_record(parameter, ctx)
            if record is not None:
                # What click calls its own option differs by its version.
                name = "help" if "--help" in parameter.opts else parameter.name
                groups[_HEADING.get(name or "", "Options")].append(record)
        if sum(map(len, groups.values())) <= FEW:
            return [("Options", [record for records in groups.values() for record in records])]
        return [(heading, records) for heading, records in groups.items() if records]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(self.examples, formatter)


def _files_apart(args: list[str]) -> list[str]:
    """``args`` with the C files whose names begin as an option does behind a ``--``.

    Who hands over the names of a tree's files (pre-commit, xargs, a shell) does not choose them: one that was
    read as ``--rules=`` would have this process run what lies in the tree.
    """
    end = args.index("--") if "--" in args else len(args)
    found = [each for each in args[:end] if each.startswith("-") and each.endswith((".c", ".h"))]
    if found:
        from mmapmigrate.disk.scan import is_there

        found = [each for each in found if is_there(each) or Path(each).is_symlink()]
    if not found:
        return args
    return [*(each for each in args[:end] if each not in found), "--", *found, *args[end + 1 :]]


def help_record(parameter: click.Parameter, ctx: click.Context) -> tuple[str, str] | None:
    """How an option is written, and its whole text; None for what is hidden, and for an argument."""
    record = parameter.get_help_record(ctx)
    if record is None or not isinstance(parameter, click.Option):
        return None
    for no in parameter.secondary_opts:
        yes = "--" + no.removeprefix("--no-")
        record = (record[0].replace(f"{yes} / {no}", no.replace("--no-", "--[no-]")), record[1])
    return record


def write_examples(examples: Iterable[str], formatter: click.HelpFormatter) -> None:
    """The examples as they are: a command line must not be wrapped."""
    lines = tuple(examples)
    if lines:
        with formatter.section("Examples"):
            for line in lines:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
