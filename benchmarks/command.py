# SPDX-License-Identifier: GPL-2.0-only
"""One command that is measured, and one run of it."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO


class CommandError(Exception):
    """A command that could not be started, or ended otherwise than it should."""


def nothing() -> Mapping[str, str]:
    """The preparation of a command that needs none."""
    return {}


@dataclass(frozen=True)
class Command:
    """What is started, where, and how it may end.

    ``prepare`` runs before each run, outside the measured time, and returns what the run's environment has
    beside our own.
    """

    name: str
    argv: tuple[str, ...]
    cwd: Path
    allowed: frozenset[int] = frozenset({0})
    prepare: Callable[[], Mapping[str, str]] = field(default=nothing)


def seconds(command: Command) -> float:
    """The wall time of one run. Raises CommandError as ``started`` does."""
    with started(command) as run:
        run.process.wait()
        return time.perf_counter() - run.began


@dataclass(frozen=True)
class Run:
    """A command under way, and when it was started."""

    process: subprocess.Popen[bytes]
    began: float


@contextmanager
def started(command: Command) -> Iterator[Run]:
    """Starts ``command`` in a session of its own, and waits for it at the end.

    Its output goes to a file, as some tools do less when nobody can read it. Raises CommandError when it
    cannot be started, or ends with a status that is not allowed; then with its last words.
    """
    environment = os.environ | command.prepare()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        try:
            process = subprocess.Popen(
                command.argv,
                cwd=command.cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise CommandError(f"{command.name}: cannot be started: {error.strerror or error}") from None
        try:
            yield Run(process, began)
            status = process.wait()
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if status not in command.allowed:
            raise CommandError(f"{command.name}: ended with {status}: {_last_words(errors)}")


def _last_words(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
