# SPDX-License-Identifier: GPL-2.0-only
"""What one look at each file of a tree tells of all of them: who could matter, and who includes whom.

A kernel has 60,000 files. Whoever has a question to all of them asks the index, so that each is read once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from mmapmigrate.disk.scan import Reader
from mmapmigrate.model.discovery import MMAP, candidate_otherwise, discover
from mmapmigrate.model.signs import matters
from mmapmigrate.syntax.search import find, holds
from mmapmigrate.syntax.source import LARGEST_FILE

MARKS = (MMAP, b"fops", b"file_operations")
"""What most names have of which a whole tree is asked: those of hooks, and of ops tables that others name."""

_INCLUDE = b"include"
# No name has a bracket: so the search for its end goes no further than to where the next one may begin.
_NAMED = re.compile(_INCLUDE + rb'[ \t]*+("[^"\n]++"|<[^<>\n]++>)').match
_HOOK = re.compile(rb"\.\s*mmap\w*\s*=")
_PUBLIC = re.compile(r"(?:arch/\w+/)?include/(?:uapi/)?(.*\.h)", re.S)


def mark_of(word: bytes) -> bytes | None:
    """The one of MARKS that each file has which holds ``word``, if there is one."""
    return next((mark for mark in MARKS if mark in word), None)


class Glance(NamedTuple):
    """One file at a glance.

    ``candidate`` is whether the file can matter to any rule, ``marks`` are those of MARKS that it has,
    ``hook`` is whether it may have a table with a hook. ``included`` are the names that it includes, in
    their quotes or brackets, those of public headers left out.
    """

    candidate: bool
    marks: tuple[bytes, ...] = ()
    hook: bool = False
    included: tuple[bytes, ...] = ()


def glance(data: bytes | memoryview, public: frozenset[bytes], *, ours_only: bool = False) -> Glance:
    """What there is to see in the bytes of a file of a tree whose headers for all are ``public``.

    With ``ours_only`` no other rules than ours count.
    """
    marks = tuple([mark for mark in MARKS if holds(data, mark)])
    mmap = MMAP in marks
    hook = mmap and _HOOK.search(data) is not None
    possible = (mmap or candidate_otherwise(data)) and (not ours_only or matters(data))
    return Glance(possible, marks, hook, tuple(_included(data, public)))


def _included(data: bytes | memoryview, public: frozenset[bytes]) -> set[bytes]:
    """What stands behind each ``include``, in its quotes or brackets, those of ``public`` left out."""
    found = set()
    at = find(data, _INCLUDE)
    while at >= 0:
        include = _NAMED(data, at)
        if include is None:
            at += len(_INCLUDE)
        else:
            if (name := include[1]) not in public:
                found.add(name)
            at = include.end()
        at = find(data, _INCLUDE, at)
    return found


def public_headers(paths: Iterable[str]) -> frozenset[bytes]:
    """What ``#include`` finds in the include folders of a tree that has the files ``paths``, in its brackets.

    Kbuild searches these before a driver's own -I (scripts/Makefile.lib, c_flags).
    """
    found = (_PUBLIC.fullmatch(path) for path in paths if "include/" in path)
    return frozenset(f"<{one[1]}>".encode("utf-8", "surrogateescape") for one in found if one is not None)


class Overview(NamedTuple):
    """Several files at a glance, told by their places among them.

    ``candidates`` and ``hooks`` are those of which a Glance says so, ``marked`` those that have a mark, by
    it; what cannot be read is a candidate, as the checker has to complain of it. ``quoted`` and ``angled``
    are those that include a file, by the last part of the name that stands in quotes or in angle brackets.
    """

    candidates: list[int]
    hooks: list[int]
    marked: dict[bytes, list[int]]
    quoted: dict[bytes, list[int]]
    angled: dict[bytes, list[int]]

    @classmethod
    def of(
        cls,
        texts: Iterable[bytes | memoryview | None],
        public: frozenset[bytes],
        *,
        ours_only: bool = False,
    ) -> Overview:
        """What there is to see in ``texts``, each of which is looked at before the next is asked for."""
        view = cls([], [], {mark: [] for mark in MARKS}, {}, {})
        for at, data in enumerate(texts):
            if data is None:
                view.candidates.append(at)
                # It may hold it: who searches for a name is told that it cannot be read.
                for places in view.marked.values():
                    places.append(at)
                continue
            candidate, marks, hook, included = glance(data, public, ours_only=ours_only)
            if candidate:
                view.candidates.append(at)
            for mark in marks:
                view.marked[mark].append(at)
            if hook:
                view.hooks.append(at)
            for name in included:
                users = view.quoted if name.startswith(b'"') else view.angled
                places = users.setdefault(name[1:-1].rpartition(b"/")[2], [])
                # Two folders may have a file of one name.
                if not places or places[-1] != at:
                    places.append(at)
        return view


class TreeIndex(Struct, frozen=True):
    """The files of a tree by what they hold; all paths are relative to the tree and sorted.

    ``files`` are all, ``marked`` those that have one of MARKS, by it. ``quoted`` and ``angled`` are the files
    that include one, by the last part of the name that stands in quotes or in angle brackets; public headers
    are left out.
    """

    files: tuple[str, ...] = ()
    marked: Mapping[bytes, tuple[str, ...]] = field(default_factory=dict)
    quoted: Mapping[bytes, Sequence[str]] = field(default_factory=dict)
    angled: Mapping[bytes, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, views: Iterable[tuple[Sequence[str | None], Overview]]) -> TreeIndex:
        """The index of files that were looked at, by their paths; a None stands for one that is left out."""
        files: list[str] = []
        marked: dict[bytes, list[str]] = {mark: [] for mark in MARKS}
        quoted: dict[bytes, list[str]] = {}
        angled: dict[bytes, list[str]] = {}
        for paths, view in views:
            files += (path for path in paths if path is not None)
            for mark, places in view.marked.items():
                marked[mark] += (path for at in places if (path := paths[at]) is not None)
            for found, here in ((quoted, view.quoted), (angled, view.angled)):
                for name, places in here.items():
                    users = [path for at in places if (path := paths[at]) is not None]
                    if users:
                        found.setdefault(name, []).extend(users)
        return cls(tuple(sorted(files)), _sorted(marked), _sorted(quoted), _sorted(angled))

    @classmethod
    def read(cls, root: str) -> TreeIndex:
        """The index of the tree at ``root``; takes seconds."""
        top = root.rstrip("/") + "/"
        paths = [path.removeprefix(top) for path in discover((top,)) if isinstance(path, str)]
        public = public_headers(paths)
        reader = Reader(LARGEST_FILE)
        return cls.of([(paths, Overview.of((reader.read(top + path) for path in paths), public))])

    def below(self, folder: str, word: bytes = b"") -> Sequence[str]:
        """The files of ``folder`` (relative, "" for the tree) and below that may hold ``word``."""
        mark = mark_of(word)
        paths = self.files if mark is None else self.marked.get(mark, ())
        if not folder:
            return paths
        start = bisect_left(paths, f"{folder}/")
        return paths[start : bisect_left(paths, f"{folder}0", start)]


def _sorted(paths: Mapping[bytes, Iterable[str]]) -> dict[bytes, tuple[str, ...]]:
    return {name: tuple(sorted(several)) for name, several in paths.items()}
