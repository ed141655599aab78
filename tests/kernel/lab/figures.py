# SPDX-License-Identifier: GPL-2.0-only
"""The figures of a run, as docs/evidence.md quotes them: noted by tests, printed at the end."""

from __future__ import annotations

_FIGURES: dict[str, str] = {}


def note(what: str, figure: object) -> None:
    """Keep a figure of this run."""
    _FIGURES[what] = str(figure)


def figures() -> list[str]:
    """One line a figure, in the order in which they came to be."""
    return [f"{figure:>8}  {what}" for what, figure in _FIGURES.items()]
