# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate api``."""

from __future__ import annotations

import click

from mmapmigrate.cli import options
from mmapmigrate.cli.configs import CommandLine, kernel_in_force, read_configs
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.loading import read_api
from mmapmigrate.cli.output import write_lines
from mmapmigrate.cli.terminal import output_width
from mmapmigrate.kernel.snapshot import to_toml
from mmapmigrate.report.api import render_api_text
from mmapmigrate.report.fold import folded


@click.command(
    "api",
    cls=Command,
    short_help="Print the API of the kernel that is in force.",
    examples=(
        "mmapmigrate api",
        "mmapmigrate api --target 7.2 --format toml",
    ),
)
@options.paths
@options.kernel_options
@options.format_option("text", "toml")
@options.output_option
@options.no_cache_option
@options.command_line
def command(
    paths: tuple[str, ...],
    said: CommandLine,
    format_name: str | None,
    output: str | None,
    no_cache: bool,
) -> int:
    """Print the API that is in force for PATHS, and where it was read."""
    paths = paths or (".",)
    kernel, target = kernel_in_force(read_configs(paths), said)
    api = read_api(paths, kernel, target, no_cache=no_cache)
    if format_name == "toml":
        write_lines(to_toml(api).splitlines(), output)
    else:
        write_lines(folded(render_api_text(api).splitlines(), output_width(output)), output)
    return 0
