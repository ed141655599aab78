# SPDX-License-Identifier: GPL-2.0-only
"""What the terminal that a stream may be shows: colours, columns, a progress bar."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from mmapmigrate.report.style import Style


def output_style(path: str | None) -> Style:
    """Colours only on a terminal whose user has not declined them (no-color.org)."""
    return Style(color=path is None and _colors(sys.stdout))


def error_style() -> Style:
    """The same for standard error."""
    return Style(color=_colors(sys.stderr))


def is_shown(path: str | None) -> bool:
    """Whether a report that goes to ``path``, or to standard output, goes to a terminal."""
    return path is None and _is_terminal(sys.stdout)


def output_width(path: str | None) -> int | None:
    """The columns of the terminal that standard output is, as COLUMNS or it says; None when it is none."""
    if not is_shown(path):
        return None
    told = os.environ.get("COLUMNS", "")
    try:
        return max(40, int(told) if told.isdecimal() else os.get_terminal_size(sys.stdout.fileno()).columns)
    except OSError:
        return 80


def progress_wanted() -> bool:
    """Whether standard error is a terminal that a progress bar may draw on."""
    return _is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"


def _colors(stream: TextIO | None) -> bool:
    return _is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
