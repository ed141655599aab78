# SPDX-License-Identifier: GPL-2.0-only
"""Which files hold a word.

One question is answered by reading; many of the same files by what is kept of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from mmapmigrate.disk.scan import is_there
from mmapmigrate.model.concordance import Concordance
from mmapmigrate.model.joined import Joined
from mmapmigrate.syntax.words import has_word

ASKED_BEFORE = 8
"""So many questions for words of the same files are answered by reading these."""

JOINED_BYTES = 2 << 20
"""Of so much text each word is searched for."""

LOOKED_AT = 10_000
"""So many files are read for words of a scope with more text than that, before its words are kept."""

INDEXED_BYTES = 48 << 20
"""Of so much text all words are kept; they take about as much memory."""

MOST_KEPT = 8
"""Scopes of which something is kept for further questions, those last asked about."""

FILE_COSTS = 1 << 10
"""Bytes that a small file counts for."""


class UnreadError(Exception):
    """A file or a folder that may hold what is searched for cannot be read; the text says which one."""


class Scope(NamedTuple):
    """Files, and folders with all below; or, where it is ``flat``, what lies right in the folders.

    Of the flat, ``places`` are what the paths begin with.
    """

    places: tuple[str, ...]
    flat: bool = False


class _Questions(Struct):
    """The questions about one scope: how many, the files read for them, and the most text read for one.

    ``large`` is whether it has more text than is searched at once, ``too_large`` more than words are kept of.
    """

    asked: int = 0
    read: int = 0
    longest: int = 0
    large: bool = False
    too_large: bool = False


class Mentions:
    """Answers for the files on a disk.

    ``read`` gives the bytes of a file, None where that fails, until it is called again; ``files`` those of a
    scope that may hold a word, all for an empty one; ``spelled`` is how a path is written in an answer.
    """

    def __init__(
        self,
        read: Callable[[str], bytes | memoryview | None],
        files: Callable[[bytes, Scope], Iterable[str]],
        spelled: Callable[[str], str],
    ) -> None:
        self._read = read
        self._files = files
        self._spelled = spelled
        self._answers: dict[tuple[bytes, Scope], Sequence[str]] = {}
        self._questions: defaultdict[Scope, _Questions] = defaultdict(_Questions)
        self._kept: dict[Scope, Joined | Concordance] = {}

    def of(self, word: bytes, scope: Scope) -> Sequence[str]:
        """The files of ``scope`` that hold ``word`` by itself.

        Raises UnreadError where one of them cannot be read.
        """
        question = (word, scope)
        if question not in self._answers:
            self._answers[question] = tuple(map(self._spelled, self._search(word, scope)))
        return self._answers[question]

    def _search(self, word: bytes, scope: Scope) -> Iterable[str]:
        self._questions[scope].asked += 1
        known = self._known(scope)
        if isinstance(known, Joined):
            return known.holding(word)
        found = None if known is None else known.may_hold(word)
        return self._holding(word, scope, found)

    def _holding(self, word: bytes, scope: Scope, found: Sequence[str] | None) -> Iterator[str]:
        questions = self._questions[scope]
        length = 0
        for path in self._files(word, scope) if found is None else found:
            questions.read += 1
            data = self._read(path)
            if data is None:
                unread(path)
                continue
            length += len(data)
            if has_word(data, word):
                yield path
        questions.longest = max(length, questions.longest)

    def _known(self, scope: Scope) -> Joined | Concordance | None:
        """What is kept of ``scope`` for questions, made where it is worth it."""
        questions = self._questions[scope]
        known = self._kept.pop(scope, None)
        if known is None and questions.asked > ASKED_BEFORE and not questions.large:
            known = self._join(scope)
            questions.large = known is None
        if known is None and questions.read > LOOKED_AT and not questions.too_large:
            known = self._index(scope) if questions.longest <= INDEXED_BYTES else None
            questions.too_large = known is None
        if known is not None:
            self._kept[scope] = known
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return known

    def _join(self, scope: Scope) -> Joined | None:
        texts = self._texts(scope, JOINED_BYTES, FILE_COSTS)
        try:
            return Joined({path: bytes(data) for path, data in texts})
        except _TooMuchError:
            return None

    def _index(self, scope: Scope) -> Concordance | None:
        try:
            return Concordance(self._texts(scope, INDEXED_BYTES, 0))
        except _TooMuchError:
            return None

    def _texts(self, scope: Scope, most: int, each: int) -> Iterator[tuple[str, bytes | memoryview]]:
        """The files of ``scope``. Raises _TooMuchError where they have too much text or one is unreadable."""
        for path in self._files(b"", scope):
            data = self._read(path)
            if data is not None:
                most -= len(data) + each
            if most < 0 or (data is None and is_there(path)):
                raise _TooMuchError
            if data is not None:
                yield path, data


class _TooMuchError(Exception):
    """Too much text to be kept."""


def unread(path: str) -> None:
    """Raises UnreadError for a file that could not be read, unless it is gone."""
    if is_there(path):
        raise UnreadError(f"{path} cannot be read, and may name it")
