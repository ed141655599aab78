# SPDX-License-Identifier: GPL-2.0-only
"""What a run printed, and how it ended, kept for the same question.

It spares not only the analysis, but most of Python's start too: little is imported but this.
"""

from __future__ import annotations

import os

from mmapmigrate.kernel.sealed import seal, unsealed
from mmapmigrate.lint.memory.rests import Rests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SUFFIX = ".answer"

LARGEST = 1 << 20
"""Bytes of output that are kept."""


class Answer:
    """The exit code of a run, and what it ``said``: each piece with the number of its stream."""

    __slots__ = ("code", "said")

    def __init__(self, code: int, said: Sequence[tuple[int, bytes]]) -> None:
        self.code = code
        self.said = said

    @classmethod
    def recall(cls, path: str) -> Answer | None:
        """The answer that is kept at ``path``, if it is still true."""
        content = unsealed(path)
        if content is None:
            return None
        head, _, rest = bytes(content).partition(b"\n")
        code, rests, *pieces = map(int, head.split())
        if not Rests(rest[:rests]).hold():
            return None
        said, start = [], rests
        for stream, length in zip(pieces[::2], pieces[1::2], strict=True):
            said.append((stream, rest[start : start + length]))
            start += length
        try:  # noqa: SIM105 - contextlib is not loaded
            # The age of an entry is the time of its last use.
            os.utime(path)
        except OSError:
            pass
        return cls(code, said)

    def keep(self, path: str, rests: Rests) -> None:
        """Keeps the answer at ``path`` for as long as ``rests`` hold; not where it is very long."""
        if sum(len(piece) for _, piece in self.said) > LARGEST:
            return
        pieces = (number for stream, piece in self.said for number in (stream, len(piece)))
        head = " ".join(map(str, (self.code, len(rests.told), *pieces)))
        seal(path, b"".join((head.encode(), b"\n", rests.told, *(piece for _, piece in self.said))))
