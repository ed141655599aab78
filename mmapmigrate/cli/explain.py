# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate explain``."""

from __future__ import annotations

import json

import click
from msgspec.structs import asdict

from mmapmigrate.cli import options
from mmapmigrate.cli.completion import page_names
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.loading import load
from mmapmigrate.cli.output import write_lines
from mmapmigrate.cli.terminal import output_width
from mmapmigrate.convert.catalog import reason_pages
from mmapmigrate.lint.selection import UnknownRuleError, find_rule
from mmapmigrate.report.page import page_object, render_page, render_reason


@click.command(
    "explain",
    cls=Command,
    short_help="Print the page of a rule, or of the code of a reason.",
    examples=(
        "mmapmigrate explain MM101",
        "mmapmigrate explain may-merge",
    ),
)
@click.argument("rule", shell_complete=page_names)
@options.format_option("text", "json")
@options.output_option
@options.rule_folder_option
def command(rule: str, format_name: str | None, output: str | None, rule_folders: tuple[str, ...]) -> int:
    """Print the page of RULE: a code such as MM101, a name, or the code of a reason such as may-merge."""
    rules = {loaded.code: loaded for loaded in load(rule_folders)}
    reason = reason_pages().get(rule)
    if reason is not None and all(loaded.rule.name != rule for loaded in rules.values()):
        if format_name == "json":
            write_lines([json.dumps(asdict(reason), indent=2, ensure_ascii=False)], output)
        else:
            write_lines(render_reason(reason, output_width(output)), output)
        return 0
    try:
        found = rules[find_rule(rule, [loaded.rule for loaded in rules.values()]).code]
    except UnknownRuleError as error:
        raise click.ClickException(str(error)) from None
    if format_name == "json":
        write_lines([json.dumps(page_object(found), indent=2, ensure_ascii=False)], output)
    else:
        write_lines(render_page(found, output_width(output)), output)
    return 0
