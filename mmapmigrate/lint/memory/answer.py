# SPDX-License-Identifier: GPL-2.0-only
"""What a run printed, and how it ended, kept for the same question.

It spares not only the analysis, but most of Python's start too: little is imported but this.
"""

from __future__ import annotations

import os

from mmapmigrate.disk.rests import Rests
from mmapmigrate.disk.sealed import seal, unsealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        try:
            code, rests, ignored, *pieces = map(int, head.split())
            start = rests + ignored
            if not Rests(rest[:rests]).hold(lambda: _ignores(rest[rests:start])):
                return None
            said = []
            for stream, length in zip(pieces[::2], pieces[1::2], strict=True):
                said.append((stream, rest[start : start + length]))
                start += length
        except ValueError:
            # Another version of this tool wrote it.
            return None
        try:  # noqa: SIM105 - contextlib is not loaded
            # The age of an entry is the time of its last use.
            os.utime(path)
        except OSError:
            pass
        return cls(code, said)

    def keep(self, path: str, rests: Rests, ignored: Mapping[str, tuple[str, str]]) -> None:
        """Keeps the answer at ``path`` for as long as ``rests`` hold, and git says the same of each folder.

        ``ignored`` has, by folder, the grounds of what it said, and that. A very long answer is not kept.
        """
        if sum(len(piece) for _, piece in self.said) > LARGEST:
            return
        pieces = (number for stream, piece in self.said for number in (stream, len(piece)))
        git = os.fsencode("\0".join(word for folder, told in ignored.items() for word in (folder, *told)))
        head = " ".join(map(str, (self.code, len(rests.told), len(git), *pieces)))
        seal(path, b"".join((head.encode(), b"\n", rests.told, git, *(piece for _, piece in self.said))))


def _ignores(told: bytes) -> bool:
    """Whether git says what it said."""
    if not told:
        return True
    # Loaded here: not every tree is a repository, and other processes look meanwhile.
    from mmapmigrate.change.grounds import grounds
    from mmapmigrate.change.ignored import WAIT, Ignored

    words = os.fsdecode(told).split("\0")
    return all(
        (before and grounds(folder, WAIT) == before) or Ignored(folder).told == digest
        for folder, before, digest in zip(words[::3], words[1::3], words[2::3], strict=True)
    )
