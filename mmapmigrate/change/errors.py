# SPDX-License-Identifier: GPL-2.0-only
"""The one exception of this package."""

from __future__ import annotations


class ChangeError(Exception):
    """A change that cannot be read or does not fit: one line for the user, no trailing full stop."""
