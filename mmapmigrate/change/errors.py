# SPDX-License-Identifier: GPL-2.0-only
"""The exceptions of this package."""

from __future__ import annotations


class ChangeError(Exception):
    """A change that cannot be read or does not fit: one line for the user, no trailing full stop."""


class AnswerError(ChangeError):
    """An answer of git that no git gives: another program goes by its name, or it is broken."""
