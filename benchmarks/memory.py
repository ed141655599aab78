# SPDX-License-Identifier: GPL-2.0-only
"""How much memory a command and all its processes hold at once.

The sum over its session of the proportional set size (``Pss`` in ``/proc/PID/smaps_rollup``), in which a page
that several share counts once; see Documentation/filesystems/proc.rst of the kernel. It is sampled: what is
held for less than the pause between two samples may be missed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.command import Command, started

PAUSE = 0.02
"""Seconds between two samples: a sample of a few processes takes about 2 ms of one core."""

MB = 1_000_000


def peak(command: Command) -> float:
    """The largest sum seen in one run, in MB of 1,000,000 bytes. Raises CommandError as ``started`` does."""
    largest = 0
    with started(command) as run:
        while run.process.poll() is None:
            largest = max(largest, session_size(run.process.pid))
            time.sleep(PAUSE)
    return largest / MB


def session_size(session: int) -> int:
    """The bytes that the processes of ``session`` hold now; one that ends meanwhile counts nothing."""
    return sum(_size(pid) for pid in _members(session))


def _members(session: int) -> Iterator[int]:
    for entry in os.listdir("/proc"):  # noqa: PTH208 - the names are all that is needed
        if entry.isdigit():
            with suppress(OSError, IndexError, ValueError):
                stat = Path("/proc", entry, "stat").read_bytes()
                # The name in brackets may hold anything; state, parent, group and session follow it.
                if int(stat.rpartition(b")")[2].split()[3]) == session:
                    yield int(entry)


def _size(pid: int) -> int:
    with suppress(OSError, ValueError):
        for line in Path("/proc", str(pid), "smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return 0
