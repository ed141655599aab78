# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate rules``."""

from __future__ import annotations

import click

from mmapmigrate.cli import options
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.loading import load
from mmapmigrate.cli.output import write_lines
from mmapmigrate.cli.terminal import output_width
from mmapmigrate.report.page import render_rules, rules_json


@click.command(
    "rules",
    cls=Command,
    examples=(
        "mmapmigrate rules",
        "mmapmigrate rules --rules house/ --format json",
    ),
)
@options.format_option("text", "json")
@options.output_option
@options.rule_folder_option
def command(format_name: str | None, output: str | None, rule_folders: tuple[str, ...]) -> int:
    """List all rules."""
    rules = load(rule_folders)
    write_lines(
        [rules_json(rules)] if format_name == "json" else render_rules(rules, output_width(output)), output
    )
    return 0
