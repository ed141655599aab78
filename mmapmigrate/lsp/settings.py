# SPDX-License-Identifier: GPL-2.0-only
"""What is in force for one file, as the command line would have it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from mmapmigrate.lint.loader import LoadedRule
from mmapmigrate.lint.options import CheckOptions


class SettingsError(Exception):
    """Nothing can be checked; the text is one line for the user."""


class Settings(Struct, frozen=True):
    """How a file is to be checked; ``options`` is None where it is not to be.

    ``notice`` is what the user should know about the kernel in force, "" where there is nothing to say.
    """

    options: CheckOptions | None
    rules: tuple[LoadedRule, ...]
    notice: str = ""


SettingsOf = Callable[[str], Settings]
"""The settings of a path; raises SettingsError."""
