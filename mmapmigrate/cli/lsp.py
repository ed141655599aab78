# SPDX-License-Identifier: GPL-2.0-only
"""``mmapmigrate lsp``."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, BinaryIO

import click

from mmapmigrate.cli import options
from mmapmigrate.cli.configs import CommandLine, PathCodes, kernel_in_force, read_configs
from mmapmigrate.cli.ended import leave_signals
from mmapmigrate.cli.help import Command
from mmapmigrate.cli.loading import load, read_api
from mmapmigrate.cli.streams import silence_output
from mmapmigrate.kernel.tree import find_tree
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.report.style import printable

if TYPE_CHECKING:
    from mmapmigrate.lsp.settings import Settings, SettingsOf

EXTRA = "lsp"
"""The optional dependencies that the server needs."""


@click.command(
    "lsp",
    cls=Command,
    short_help="Serve an editor: findings, pages and fixes.",
    examples=(
        "mmapmigrate lsp",
        "mmapmigrate lsp --target 7.3 --ignore MM301",
    ),
)
@options.kernel_options
@options.selection_options
@options.no_cache_option
@click.option("--stdio", is_flag=True, hidden=True, help="What editors add; there is no other way.")
@options.command_line
def command(
    said: CommandLine,
    no_cache: bool,
    stdio: bool,
) -> int:
    """Serve an editor: findings as you type, rule pages, and fixes.

    Speaks the Language Server Protocol on standard input and output. Exits with 0 after a shutdown.
    """
    try:
        from mmapmigrate.lsp.server import Server
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mmapmigrate"):
            raise
        raise click.ClickException(
            f"the language server needs {error.name}: pip install 'mmapmigrate[{EXTRA}]'"
        ) from None
    if sys.stdin is None or sys.stdout is None:
        raise click.ClickException("standard input and output are the editor's, and one of them is closed")
    load(said.rule_folders)
    log = logging.StreamHandler()
    log.setFormatter(_OneLine())
    logging.getLogger().addHandler(log)
    server = Server(_settings_of(said, no_cache=no_cache))
    # Nothing has to be put back, and who ends a server does not wait for a check that is under way.
    leave_signals()
    try:
        return server.serve(sys.stdin.buffer, _protocol_output())
    except (OverflowError, MemoryError):
        raise click.ClickException("the editor announces a message that is larger than the memory") from None


class _OneLine(logging.Formatter):
    """What the protocol's library logs, of an editor's malformed messages for instance, without its stack."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        text = record.getMessage().strip().partition("\n")[0]
        return f"mmapmigrate: {printable(text if error is None else f'{text}: {error!r}')}"


def _protocol_output() -> BinaryIO:
    """Standard output for the protocol alone: what a rule or a library prints goes to standard error."""
    sys.stdout.flush()
    own = os.dup(sys.stdout.fileno())
    if sys.stderr is not None:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    else:
        silence_output()
    return os.fdopen(own, "wb")


def _settings_of(said: CommandLine, *, no_cache: bool) -> SettingsOf:
    """What the command line and the configuration files say about a path, read anew each time."""
    from mmapmigrate.lsp.settings import SettingsError

    def settings(path: str) -> Settings:
        try:
            return _settings(path, said, no_cache=no_cache)
        except click.ClickException as error:
            raise SettingsError(error.format_message()) from None

    return settings


def _settings(path: str, said: CommandLine, *, no_cache: bool) -> Settings:
    """Raises click.ClickException where they cannot be had."""
    from mmapmigrate.lsp.settings import Settings

    rules = load(said.rule_folders)
    configs = read_configs([path])
    codes = PathCodes(said.over(configs[path]), [loaded.rule for loaded in rules])
    if codes.excluded.fit(path):
        return Settings(None, rules)
    kernel, target = kernel_in_force(configs, said)
    api = read_api([path], kernel, target, no_cache=no_cache)
    chosen = kernel is not None or target is not None
    if not api.has_mmap_prepare and target is None:
        return Settings(
            None,
            rules,
            f"Linux {api.release} ({api.origin}) has no mmap_prepare: no hook is deprecated there; "
            "`target` in mmapmigrate.toml tells what another release would say",
        )
    notice = ""
    if not chosen and find_tree(path) is None:
        notice = (
            f"a file in no kernel tree is checked against the bundled API of Linux {api.release}; "
            "`kernel` or `target` in mmapmigrate.toml names another"
        )
    return Settings(CheckOptions(api, codes.of(path), said.rule_folders), rules, notice)
