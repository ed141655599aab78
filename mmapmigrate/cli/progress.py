# SPDX-License-Identifier: GPL-2.0-only
"""A progress bar on standard error, for runs that last."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mmapmigrate.cli.terminal import progress_wanted
from mmapmigrate.lint.pool import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

PATIENCE = 1.0
"""Seconds that a run may take before it owes its user a sign of life."""


@contextmanager
def progress_bar(label: str, *, quiet: bool) -> Iterator[Progress | None]:
    """A callback that draws a bar once the run has lasted; None where none is wanted."""
    if quiet or not progress_wanted():
        yield None
        return
    drawer = _Drawer(label)
    try:
        yield drawer
    finally:
        drawer.stop()


class _Drawer:
    """Draws only when called: no thread of its own beside the worker processes."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._start = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            if time.monotonic() - self._start < PATIENCE:
                return
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
                auto_refresh=False,
            )
            self._task = self._bar.add_task(self._label, total=total)
            self._bar.start()
        assert self._task is not None
        self._bar.update(self._task, completed=done, refresh=True)

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
