# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate config``."""

from __future__ import annotations

import click

from mmapmigrate.cli import options
from mmapmigrate.cli.configs import CommandLine, codes_of, kernel_in_force, read_configs
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.loading import load
from mmapmigrate.cli.output import write_lines
from mmapmigrate.cli.terminal import output_width
from mmapmigrate.report.config import InForce, config_json, render_config
from mmapmigrate.report.fold import folded


@click.command(
    "config",
    cls=Command,
    short_help="Print what is configured, and by which file or option.",
    examples=(
        "mmapmigrate config drivers/char/",
        "mmapmigrate config --select MM1 --format json",
    ),
)
@options.paths
@options.kernel_options
@options.format_option("text", "json")
@options.output_option
@options.selection_options
@options.command_line
def command(
    paths: tuple[str, ...],
    said: CommandLine,
    format_name: str | None,
    output: str | None,
) -> int:
    """Print what is configured for PATHS, and by which file or option."""
    rules = [loaded.rule for loaded in load(said.rule_folders)]
    configs = read_configs(paths or (".",))
    kernel_in_force(configs, said)
    found = []
    for path, config in configs.items():
        merged = said.over(config)
        found.append(InForce(path, config, merged, tuple(sorted(codes_of(merged, rules)))))
    if format_name == "json":
        write_lines([config_json(found)], output)
    else:
        write_lines(folded(render_config(found), output_width(output)), output)
    return 0
