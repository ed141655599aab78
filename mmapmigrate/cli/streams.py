# SPDX-License-Identifier: GPL-2.0-only
"""Standard output and standard error.

An answer from memory waits for the import of this module, so it imports little.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def put(content: bytes) -> None:
    """Writes ``content`` to standard output. Raises OSError when that fails."""
    rest = memoryview(content)
    while rest:
        # Unbuffered (python -u) one write takes what the pipe holds and says how much that was.
        rest = rest[sys.stdout.buffer.write(rest) :]
    sys.stdout.buffer.flush()


def silence_output() -> None:
    """Points standard output at nothing, so that the flush at exit cannot fail."""
    _silence(sys.stdout)


def complain(text: str) -> None:
    """Writes ``text`` to standard error, which may be closed, or take nothing."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        # What it kept is written again at exit, and a failure of that is an exit code of Python's own.
        _silence(sys.stderr)
    except (ValueError, AttributeError):
        pass


def _silence(stream: TextIO | None) -> None:
    """Points ``stream`` at nothing."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())  # type: ignore[union-attr]
        os.close(null)
    except (OSError, ValueError, AttributeError):
        pass
