# SPDX-License-Identifier: GPL-2.0-only
"""A series that stands in its folder."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from mmapmigrate.series.drivers import Driver


class WrittenPatch(Struct, frozen=True):
    """One patch: its file, the driver that it converts, its subject and who it goes to."""

    path: Path
    driver: Driver
    subject: str
    recipients: tuple[str, ...]


class WrittenSeries(Struct, frozen=True):
    """The patches in order, and the cover letter's file."""

    patches: tuple[WrittenPatch, ...] = ()
    cover: Path | None = None
