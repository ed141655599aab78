# SPDX-License-Identifier: GPL-2.0-only
"""What a rule found."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from mmapmigrate.convert.conversion import HookRef, Reason, Tier
from mmapmigrate.syntax.edit import Edit


class Severity(StrEnum):
    """error: the kernel refuses it, or memory safety; the others as everywhere."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Fix(Struct, frozen=True):
    """What ``fix`` would do about a finding.

    ``edits`` are the rule's own edits to the finding's file; empty where a conversion does the work
    (MM101, MM103) or where the tier says that nothing is written.
    """

    tier: Tier
    reasons: tuple[Reason, ...] = ()
    edits: tuple[Edit, ...] = ()


class Finding(Struct, frozen=True):
    """One place in one file that a rule speaks of.

    ``start`` and ``end`` are a half-open byte range; ``line``, ``column``, ``end_line`` and ``end_column``
    say the same, counted from 1, columns in bytes. ``remedy`` is one line: what to do. ``hook`` is set
    where the finding is an ops table's member. ``fix`` is None where the rule has none. ``excerpt`` is the
    line that holds ``start``, without its newline. ``fingerprint`` is empty until ``fingerprinted()`` has
    set it. ``related`` are the byte ranges of other places in the file without which it would not be there.
    """

    path: str
    line: int
    column: int
    rule: str
    name: str
    severity: Severity
    message: str
    start: int
    end: int
    end_line: int
    end_column: int
    remedy: str = ""
    hook: HookRef | None = None
    fix: Fix | None = None
    excerpt: bytes = b""
    fingerprint: str = ""
    related: tuple[tuple[int, int], ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """The stable order of a report: path, line, column, rule."""
        return (self.path, self.line, self.column, self.rule)


def check_printable(finding: Finding) -> None:
    """Raises TypeError or ValueError where a printer could not print ``finding``, which a rule has made."""
    for name in ("path", "message", "remedy"):
        text = getattr(finding, name)
        if not isinstance(text, str):
            raise TypeError(f"the {name} of a Finding is {type(text).__name__}, not str")
        # Surrogates are bytes of a path that are no UTF-8; others say nothing that could be written.
        text.encode("utf-8", "surrogateescape")
    for name in ("line", "column", "end_line", "end_column", "start", "end"):
        number = getattr(finding, name)
        if not isinstance(number, int):
            raise TypeError(f"the {name} of a Finding is {type(number).__name__}, not int")
        if number < (0 if name in ("start", "end") else 1):
            raise ValueError(f"the {name} of a Finding is {number}")
