# SPDX-License-Identifier: GPL-2.0-only
"""What a person types: one module a command."""

from __future__ import annotations

import sys

from mmapmigrate.cli.exit_codes import INTERRUPTED


def main() -> None:
    """The console script. Ends the process with the exit code of the command line's contract."""
    try:
        # Loaded inside: Ctrl-C while Python still imports must not print a traceback either.
        from mmapmigrate.cli.again import say_again

        code = say_again(sys.argv[1:])
        if code is None:
            from mmapmigrate.cli.app import run

            code = run(sys.argv[1:])
    except KeyboardInterrupt as error:
        # That of a signal which ends a run has a code of its own.
        code = getattr(error, "code", INTERRUPTED)
    except (OSError, MemoryError) as error:
        # run() itself raises neither: its module could not be loaded.
        if sys.stderr is not None:
            sys.stderr.write(f"mmapmigrate: error: cannot start: {str(error) or 'out of memory'}\n")
        code = 2
    sys.exit(code)
