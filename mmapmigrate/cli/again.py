# SPDX-License-Identifier: GPL-2.0-only
"""Says again what the same command line was answered before, where nothing has changed since.

Such a run waits for the import of this module, so it imports little.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys

import mmapmigrate
from mmapmigrate.cli.exit_codes import OUTPUT_CLOSED
from mmapmigrate.cli.home import RESULTS, cache_home
from mmapmigrate.cli.streams import complain, put, silence_output
from mmapmigrate.lint.memory.answer import SUFFIX, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = frozenset({"check"})

_OTHERS = ("--baseline", "--no-cache", "--patch", "--rules", "--since", "--staged", "--write-baseline")
"""With one of these, more is asked than files that hold still: a program, a pipe, what a user wrote."""

_VARIABLES = ("COLORTERM", "COLUMNS", "FORCE_COLOR", "HOME", "LANG", "LANGUAGE", "NO_COLOR", "PATH", "TERM")
_PREFIXES = ("GIT_", "LC_", "MMAPMIGRATE", "_MMAPMIGRATE", "PRE_COMMIT", "PYTHON", "TTY_", "XDG_CONFIG_")
"""What of the environment may change an answer: ours, Python's, and what git, click and rich ask for."""


def say_again(arguments: Sequence[str]) -> int | None:
    """Prints the answer that is kept for a command line; the exit code, or None where there is none."""
    entry = entry_of(arguments)
    answer = None if entry is None else Answer.recall(entry)
    if answer is None:
        return None
    try:
        for stream, piece in answer.said:
            if stream == 1:
                put(piece)
            else:
                complain(piece.decode("utf-8", "surrogateescape"))
    except OSError as error:
        silence_output()
        if error.errno == errno.EPIPE:
            return OUTPUT_CLOSED
        complain(f"mmapmigrate: error: standard output: cannot be written: {error.strerror or error}\n")
        return 2
    return answer.code


def entry_of(arguments: Sequence[str]) -> str | None:
    """The file where the answer to a command line is kept; None for one to which none is.

    Its name holds all that an answer hangs on beside the files that it rests on.
    """
    if not arguments or arguments[0] not in _COMMANDS or any(each.startswith(_OTHERS) for each in arguments):
        return None
    home = cache_home()
    try:
        told = repr((tuple(arguments), os.getcwd(), _python(), _environment(), _terminal()))  # noqa: PTH109
    except (OSError, ValueError, AttributeError):
        # There is no such folder any more, or a stream is closed.
        return None
    key = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()
    return None if home is None else f"{home}/{RESULTS}/{key[:32]}{SUFFIX}"


def _python() -> tuple[object, ...]:
    return mmapmigrate.__file__, sys.version, sys.flags, sys.warnoptions, os.geteuid()


def _environment() -> list[tuple[str, str]]:
    found = os.environ.items()
    return sorted(each for each in found if each[0] in _VARIABLES or each[0].startswith(_PREFIXES))


def _terminal() -> tuple[object, ...]:
    shown = sys.stdout.isatty()
    width = os.get_terminal_size(sys.stdout.fileno()).columns if shown else 0
    return shown, width, sys.stderr.isatty(), sys.stderr.encoding
