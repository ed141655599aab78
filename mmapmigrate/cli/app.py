# SPDX-License-Identifier: GPL-2.0-only
"""The command group, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from mmapmigrate import __version__
from mmapmigrate.cli import completion
from mmapmigrate.cli.again import entry_of
from mmapmigrate.cli.ended import EndedError, ended_by_signals, hear_of_children
from mmapmigrate.cli.exit_codes import INTERRUPTED, OUTPUT_CLOSED
from mmapmigrate.cli.help import write_examples
from mmapmigrate.cli.output import OutputClosedError, diagnose, unwritten
from mmapmigrate.cli.streams import complain, silence_output

FAILED = 2
"""Something could not be done."""

REPORT_TO = "please report it, with this line, to the maintainers of mmapmigrate"

EXHAUSTED = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EAGAIN}
    | {errno.EIO, errno.ESTALE, errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.EROFS}
)
"""What the machine has no more of (descriptors, processes, memory, room on its disk), cannot or forbids."""

LONGEST_PATH = 4096
"""Characters of a path that a message shows: no system takes more."""

COLLECT_AFTER = 10_000
"""New objects until the collector looks for circular ones. A run makes few of those; at the usual pace,
looking for them costs more than they hold."""

PRINTED_BY_CLICK = frozenset({"-h", "--help", "--version"})
"""Options that have click print, which passes over a standard output that is closed."""

COMMANDS = {
    "api": "mmapmigrate.cli.api",
    "cache": "mmapmigrate.cli.cache",
    "check": "mmapmigrate.cli.check",
    "config": "mmapmigrate.cli.config",
    "explain": "mmapmigrate.cli.explain",
    "fix": "mmapmigrate.cli.fix",
    "lsp": "mmapmigrate.cli.lsp",
    "plan": "mmapmigrate.cli.plan",
    "rules": "mmapmigrate.cli.rules",
    "series": "mmapmigrate.cli.series",
}
"""Each module has a click command named ``command``; it is imported when it is used."""


EXAMPLES = (
    "mmapmigrate check drivers/              what stands in the way, at the line",
    "mmapmigrate fix --diff drivers/         the conversions as a diff",
    "mmapmigrate explain MM101               what a rule means",
)


class LazyGroup(click.Group):
    """Imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(EXAMPLES, formatter)


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="mmapmigrate")
def group() -> None:
    """Find Linux mmap hooks that take a half-built VMA, and rewrite what can be."""


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; returns the exit code and never raises, KeyboardInterrupt excepted."""
    gc.set_threshold(COLLECT_AFTER)
    hear_of_children()
    with ended_by_signals():
        return _answered(arguments)


def _answered(arguments: Sequence[str]) -> int:
    try:
        if instruction := os.environ.get(completion.VARIABLE):
            return completion.complete(group, instruction)
        entry = entry_of(arguments)
        if entry is None:
            return _main(arguments)
        # Loaded here: most commands have no answer to keep.
        from mmapmigrate.cli.remember import remembered

        return remembered(entry, partial(_main, arguments))
    except click.exceptions.NoArgsIsHelpError as error:
        complain(f"{error.format_message()}\n")
        return FAILED
    except click.ClickException as error:
        diagnose(f"error: {_usage(error)}")
        return FAILED
    except (click.Abort, KeyboardInterrupt) as error:
        return _ended(error)
    except (OutputClosedError, BrokenPipeError, SystemExit):
        # SystemExit is how click answers EPIPE when it prints help itself.
        silence_output()
        return OUTPUT_CLOSED
    except MemoryError:
        diagnose("error: out of memory; --jobs 1 needs less")
        return FAILED
    except Exception as error:
        if _signal_behind(error) is not None:
            return _ended(error)
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            named = f"{str(error.filename)[:LONGEST_PATH]}: " if error.filename else ""
            diagnose(f"error: {named}{error.strerror}")
        elif not _has_current_folder():
            diagnose("error: the current folder is gone: change to one that exists")
        else:
            diagnose(f"internal error: {_one_line(error)}; {REPORT_TO}")
        return FAILED


def _ended(error: BaseException) -> int:
    """The exit code of a run that a signal ended."""
    silence_output()
    signal = _signal_behind(error)
    return signal.code if isinstance(signal, EndedError) else INTERRUPTED


def _signal_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """What a signal raised: click makes an Abort of it, and Python a RuntimeError while a class is made."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def _has_current_folder() -> bool:
    try:
        return bool(Path.cwd())
    except OSError:
        return False


def _main(arguments: Sequence[str]) -> int:
    printed_by_click = not PRINTED_BY_CLICK.isdisjoint(arguments)
    if printed_by_click and sys.stdout is None:
        raise click.ClickException("standard output is closed")
    try:
        code = group.main(args=list(arguments), prog_name="mmapmigrate", standalone_mode=False)
    except OSError as error:
        if printed_by_click and error.filename is None and error.errno != errno.EPIPE:
            silence_output()
            raise unwritten(error) from None
        raise
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> str:
    text = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{text.rstrip('.')} (see `{error.ctx.command_path} --help`)"
    return text


def _one_line(error: Exception) -> str:
    """The exception and the place that raised it, so that a report of it can be acted on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"
