# SPDX-License-Identifier: GPL-2.0-only
"""The one exception of this package."""

from __future__ import annotations


class KernelError(Exception):
    """What a user must be told about a kernel that cannot be read: one line, no trailing full stop."""
