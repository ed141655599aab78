# SPDX-License-Identifier: GPL-2.0-only
"""A series that stands in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmapmigrate.series.drivers import Driver


@dataclass(frozen=True)
class WrittenPatch:
    """One patch: its file, the driver that it converts, its subject and who it goes to."""

    path: Path
    driver: Driver
    subject: str
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class WrittenSeries:
    """The patches in order, and the cover letter's file."""

    patches: tuple[WrittenPatch, ...] = ()
    cover: Path | None = None
