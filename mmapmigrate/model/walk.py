# SPDX-License-Identifier: GPL-2.0-only
"""A path of a function that can be taken, and how it ends for the function's caller."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from mmapmigrate.model.flow import Path


class Ending(StrEnum):
    """How a path ends for the caller of the function."""

    SUCCESS = "success"
    FAILURE = "failure"
    EITHER = "either"


class Worth(StrEnum):
    """What is known of an int: 0, a negative errno, or just not 0."""

    ZERO = "zero"
    ERROR = "error"
    NONZERO = "nonzero"


class Value(Struct, frozen=True):
    """An int that is known: ``text`` is a constant's, or ``@id`` for the value of the call node ``id``."""

    worth: Worth
    text: str = ""


class Walk(Struct, frozen=True):
    """A path that can be taken, as far as constants tell, with its ending.

    ``returned`` is the text of the Value that it returns, "" where that is not known; ``worth`` is what the
    function's caller gets: of a bool no errno. ``number`` tells a function's walks apart as ``key`` does.
    """

    path: Path
    ending: Ending
    returned: str = ""
    worth: Worth | None = None
    number: int = 0

    @property
    def key(self) -> tuple[tuple[int | None, bool | None, int | None], ...]:
        """What tells the path from others: its steps and how its tests came out."""
        return tuple(
            (
                None if step.node is None else step.node.id,
                step.outcome,
                None if step.label is None else step.label.id,
            )
            for step in self.path
        )
