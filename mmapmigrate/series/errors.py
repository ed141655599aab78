# SPDX-License-Identifier: GPL-2.0-only
"""The one exception of this package."""

from __future__ import annotations


class SeriesError(Exception):
    """A series that cannot be made or written: one line for the user, no trailing full stop."""
