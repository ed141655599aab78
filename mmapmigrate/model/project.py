# SPDX-License-Identifier: GPL-2.0-only
"""Project: the tree that holds the checked files, and its files' models."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TypeVar, cast

from mmapmigrate.disk.refused import note
from mmapmigrate.disk.scan import Reader, is_file_entry, read
from mmapmigrate.model.declarations import StructDefinition, TypeRef
from mmapmigrate.model.definitions import Definitions
from mmapmigrate.model.discovery import SUFFIXES, discover
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.glance import TreeIndex, mark_of
from mmapmigrate.model.headers import Headers, Sight
from mmapmigrate.model.mentions import Mentions, Scope, UnreadError, unread
from mmapmigrate.model.spelling import lead_of, top_lead
from mmapmigrate.syntax.source import LARGEST_FILE, SourceFile
from mmapmigrate.syntax.unit import SourceUnit
from mmapmigrate.syntax.words import encoded, has_word

T = TypeVar("T")

CACHED_FILES = 128
CACHED_BYTES = 512 << 10
"""How much source text the models that are kept may have; a model with its trees takes ten times that.

Four times as much saves one model in 340 of a whole tree's, and each process has its own."""


class Project:
    """Opens files once and answers questions that reach past one file.

    ``root`` is the kernel tree that holds the files, or None for code outside one; ``index`` is the tree's if
    it is known already. Models are kept while
    they are among the last used (CACHED_FILES, CACHED_BYTES); what a caller holds stays valid.
    """

    root: Path | None

    def __init__(self, root: Path | None = None, index: TreeIndex | None = None) -> None:
        self.root = root
        self._index = index
        self._reader = Reader(LARGEST_FILE)
        self._files: OrderedDict[str, FileModel] = OrderedDict()
        self._bytes = 0
        self._headers = Headers(root, self._text)
        self._definitions = Definitions(root, self.file, self.data, self.siblings)
        self._siblings: dict[str, tuple[str, ...]] = {}
        self._mentions = Mentions(self._reader.read, self._asked, self._spelled)
        self._answers: dict[Hashable, object] = {}
        self._spellings: dict[str, str] = {}
        self._dotted: bool | None = None
        self._folder = Path.cwd()

    def file(self, path: str) -> FileModel:
        """The model of ``path``, read at most once while it is in use.

        Raises OSError when it cannot be read.
        """
        if path not in self._files:
            path = self._spelled(path)
        model = self._files.get(path)
        if model is not None:
            self._files.move_to_end(path)
            return model
        model = self.model(SourceFile.read(path))
        self._files[path] = model
        self._bytes += len(model.unit.source.data)
        while len(self._files) > 1 and (len(self._files) > CACHED_FILES or self._bytes > CACHED_BYTES):
            _, dropped = self._files.popitem(last=False)
            self._bytes -= len(dropped.unit.source.data)
        return model

    def model(self, source: SourceFile) -> FileModel:
        """The model of a text that need not be on the disk; its types are looked up in this project."""
        if not source.path.startswith("/"):
            self._spellings.setdefault(self._place(source.path), source.path)
            if self._dotted is None:
                self._dotted = source.path.startswith("./")
        return FileModel(SourceUnit(source), Sight(self._headers, source), self._definitions)

    def siblings(self, path: str) -> Sequence[str]:
        """The other .c and .h files of the folder of ``path``, sorted; paths written like ``path``.

        Raises OSError when the folder cannot be read.
        """
        folder, slash, _ = path.rpartition("/")
        if folder + slash not in self._siblings:
            try:
                with os.scandir(folder + slash or ".") as entries:
                    found = [each for each in entries if each.name.endswith(SUFFIXES)]
                    names = sorted(each.name for each in found if is_file_entry(each))
            except OSError as error:
                note(error)
                raise
            self._siblings[folder + slash] = tuple(f"{folder}{slash}{name}" for name in names)
        return [sibling for sibling in self._siblings[folder + slash] if sibling != path]

    def beside(self, path: str) -> Sequence[str]:
        """As siblings(), none where the folder is not there (a text that has no file yet).

        Raises UnreadError when the folder cannot be read.
        """
        try:
            return self.siblings(path)
        except FileNotFoundError:
            return ()
        except OSError as error:
            folder = path.rpartition("/")[0] or "."
            raise UnreadError(f"{folder} cannot be read, and a file in it may name it") from error

    def data(self, path: str) -> bytes | None:
        """The bytes of ``path``, None when it cannot be read or is too large to be source code."""
        return read(path, LARGEST_FILE)

    def mentioning(self, name: str, scope: Iterable[str]) -> Sequence[str]:
        """Those paths of ``scope`` (files, or folders with all below) whose bytes hold ``name`` as a word.

        Raises UnreadError where one of them cannot be read.
        """
        return self._mentions.of(encoded(name), Scope(tuple(scope)))

    def mentioning_beside(self, name: str, path: str) -> Sequence[str]:
        """Those .c and .h files beside ``path`` that hold ``name`` as a word.

        A ``path`` that ends in a slash stands for its folder.

        Raises UnreadError where one of them cannot be read.
        """
        found = self._mentions.of(encoded(name), Scope((lead_of(path),), flat=True))
        return tuple(each for each in found if each != path)

    def _asked(self, word: bytes, scope: Scope) -> Iterable[str]:
        """The files of ``scope`` on the disk that may hold ``word``."""
        if not scope.flat:
            return self._holding(word, scope.places)
        return chain.from_iterable(self._may_hold(word, lead) for lead in scope.places)

    def texts(self, lead: str, word: str) -> Iterator[tuple[str, bytes]]:
        """The .c and .h files of a folder that hold ``word`` as a word, in order, each with its bytes.

        ``lead`` is what their paths begin with. Raises UnreadError where the folder or one of the files
        cannot be read.
        """
        for path in self._may_hold(encoded(word), lead):
            data = self.data(path)
            if data is None:
                unread(path)
            elif has_word(data, encoded(word)):
                yield path, data

    def once(self, question: Hashable, compute: Callable[[], T]) -> T:
        """The answer to ``question`` about this project's files, computed when it is asked first."""
        if question not in self._answers:
            self._answers[question] = compute()
        return cast("T", self._answers[question])

    def place(self, inside: str, path: str) -> str:
        """``inside``, relative to the tree's top, in the manner of ``path``; outside of a tree its folder."""
        if self.root is None:
            return str(PurePosixPath(path).parent)
        top = top_lead(lead_of(path), self.root)
        return f"{f'{self.root}/' if top is None else top}{inside}".rstrip("/") or "."

    @property
    def index(self) -> TreeIndex | None:
        """The index of the whole tree, None outside of one; the first question for it takes seconds."""
        if self._index is None and self.root is not None:
            self._index = TreeIndex.read(str(self.root))
        return self._index

    @property
    def known_index(self) -> TreeIndex | None:
        """The index of the whole tree if it is there already."""
        return self._index

    def _may_hold(self, word: bytes, lead: str) -> Sequence[str]:
        """The files of a folder but those of which the index says that they do not hold ``word``."""
        paths = self.beside(lead)
        if self._index is None or self.root is None or mark_of(word) is None:
            return paths
        top = top_lead(lead, self.root)
        if top is None:
            return paths
        holding = frozenset(self._index.below(lead[len(top) : -1], word))
        return [path for path in paths if path[len(top) :] in holding or self._is_new(path)]

    def _is_new(self, path: str) -> bool:
        """Whether ``path`` has another text than the one that was looked at for the index."""
        return False

    def _holding(self, word: bytes, places: Sequence[str]) -> Iterator[str]:
        """The files of ``places`` that may hold ``word``, no path twice."""
        if self._index is None:
            yield from (path for path in discover(places) if isinstance(path, str))
            return
        found: dict[str, None] = {}
        for place in places:
            top = self._top(place)
            if top is None:
                found.update((path, None) for path in discover((place,)) if isinstance(path, str))
            else:
                below = self._index.below(place.rstrip("/")[len(top) :], word)
                found.update((f"{top}{path}", None) for path in below)
        yield from found

    def _top(self, folder: str) -> str | None:
        """What stands in front of the tree's paths that are written like those of ``folder``."""
        if self.root is None or not Path(folder).is_dir():
            return None
        return top_lead(f"{folder.rstrip('/')}/", self.root)

    def _spelled(self, path: str) -> str:
        """``path`` as it was given before, else in the manner of the first one: with or without ``./``."""
        if self._dotted is None:
            return path
        known = self._spellings.get(self._place(path))
        if known is not None or path.startswith("/"):
            return known or path
        plain = os.path.normpath(path)
        return f"./{plain}" if self._dotted and not plain.startswith("..") else plain

    def _place(self, path: str) -> str:
        return os.path.normpath(self._folder / path)

    def find_struct(self, tag: str, path: str) -> StructDefinition | None:
        """The definition of ``struct tag`` that ``path`` sees, through the headers that it includes."""
        return self._headers.struct(tag, path)

    def find_typedef(self, name: str, path: str) -> TypeRef | None:
        """What the typedef ``name`` that ``path`` sees stands for, through the headers that it includes."""
        return self._headers.typedef(name, path)

    def find_declared(self, name: str, path: str) -> TypeRef | None:
        """The type of the variable or function ``name`` in the headers that ``path`` includes."""
        return self._headers.declared(name, path)

    def _text(self, path: str) -> bytes:
        return self.file(path).unit.text
