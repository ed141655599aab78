# SPDX-License-Identifier: GPL-2.0-only
"""Other programs: run to the end, with the whole output in hand when they fail."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TAIL = 4000


class CommandError(RuntimeError):
    """A program that the lab needs failed, or is not there."""


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    timeout: float = 1800,
) -> str:
    """Standard output and error of ``command``, joined.

    Raises CommandError when the program is missing, takes longer than ``timeout`` seconds or, with
    ``check``, ends with another code than 0.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="surrogateescape",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandError(f"{words[0]}: not installed") from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{' '.join(words)[:200]}: took longer than {timeout:.0f} s") from error
    if check and done.returncode != 0:
        raise CommandError(f"{' '.join(words)[:300]}: exit code {done.returncode}\n{done.stdout[-TAIL:]}")
    return done.stdout


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on ``path`` (made when it is not there): one process prepares, others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
