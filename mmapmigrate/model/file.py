# SPDX-License-Identifier: GPL-2.0-only
"""FileModel: one C file, as the rules and the recipes see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Protocol, TypeVar, cast

from mmapmigrate.model.functions import Function, FunctionParameter, functions_in
from mmapmigrate.model.macros import Macro, macros_by_word, macros_named
from mmapmigrate.model.ops import OpsEntry, by_handler
from mmapmigrate.model.structs import TypeLookup
from mmapmigrate.model.tables import find_entries
from mmapmigrate.model.types import Types
from mmapmigrate.model.unparsed import UnparsedRegion, unparsed_regions
from mmapmigrate.syntax.search import holds
from mmapmigrate.syntax.unit import Item, ItemKind, SourceUnit
from mmapmigrate.syntax.words import encoded, word_places

T = TypeVar("T")

_WORD = re.compile(rb"\w+")

_MANY_NAMES = 100
"""From so many functions on that one file is asked for, an index costs less than a search for each."""

__all__ = ["Definition", "FileModel", "Function", "FunctionParameter", "Macro", "UnparsedRegion"]

Definition = tuple["FileModel", Function]
"""A function's definition and the file that holds it."""


class Elsewhere(Protocol):
    """What a file's model asks about the other files of its driver (see Definitions)."""

    def of(self, file: FileModel, name: str, /) -> Sequence[Definition]:
        """The definitions of the function that a call of ``name`` in ``file`` runs, outside of it."""

    def rivals(self, file: FileModel, name: str, /) -> Sequence[Definition]:
        """The definitions of which ``of`` cannot tell which one a call runs."""

    def of_kernel(self, file: FileModel, name: str, /) -> Sequence[Definition]:
        """The functions ``name`` in headers of the kernel that ``file`` names."""

    def holders(self, file: FileModel, name: str, /) -> Sequence[FileModel]:
        """The other files that may define the global object ``name``."""

    def beside(self, file: FileModel, word: str, /) -> Sequence[FileModel]:
        """The other .c files of the folder that hold ``word``."""

    def is_weak(self, file: FileModel, name: str, /) -> bool:
        """Whether the function ``name`` of ``file`` gives way to another one."""

    def declaring(self, file: FileModel, name: str, /) -> Sequence[str]:
        """The paths of the headers that ``file`` sees and that spell ``name``."""

    def headers_seen(self, file: FileModel, /) -> Sequence[FileModel]:
        """The headers that ``file`` includes by a quoted name, and those that these do."""

    def defining(self, file: FileModel, name: str, /) -> Sequence[FileModel]:
        """The headers that ``file`` sees and that define ``name`` as a macro that is no mere number."""


class FileModel:
    """One file's model, computed lazily and cached.

    ``lookup`` resolves types, and ``elsewhere`` functions, that the file does not define itself (a Project
    has both); without one they stay unknown.
    """

    def __init__(
        self, unit: SourceUnit, lookup: TypeLookup | None = None, elsewhere: Elsewhere | None = None
    ) -> None:
        self.unit = unit
        self._lookup = lookup
        self._elsewhere = elsewhere
        self._functions: dict[Item, tuple[Function, ...]] = {}
        self._named: dict[str, tuple[Function, ...]] = {}
        self._macros: dict[str, tuple[Macro, ...]] = {}
        self._answers: dict[Hashable, object] = {}
        self._remembered: dict[str, tuple[object, object]] = {}
        self._held: dict[bytes, bool] = {}

    def remember(self, name: str, key: object, compute: Callable[[], T]) -> T:
        """The answer to the question ``name`` about this file for ``key``, computed once for a key.

        For what several rules ask and only a reader of the whole file can tell.
        """
        known = self._remembered.get(name)
        if known is None or known[0] is not key:
            known = (key, compute())
            self._remembered[name] = known
        return cast("T", known[1])

    def once(self, question: Hashable, compute: Callable[[], T]) -> T:
        """The answer to ``question`` about this file, computed when it is asked for the first time."""
        if question not in self._answers:
            self._answers[question] = compute()
        return cast("T", self._answers[question])

    @property
    def path(self) -> str:
        """The path of the file as it was given."""
        return self.unit.source.path

    @cached_property
    def types(self) -> Types:
        """Types as this file sees them."""
        return Types(self.unit, self._lookup)

    def holds(self, word: bytes) -> bool:
        """Whether ``word`` is anywhere in the file's bytes, be it in a comment or a part of another word."""
        if word not in self._held:
            self._held[word] = holds(self.unit.source.data, word)
        return self._held[word]

    def entries(self) -> Sequence[OpsEntry]:
        """Every ops table member of this file that may hold an mmap hook: mmap, mmap_x or x_mmap."""
        return self._entries

    def hooks(self) -> Mapping[str, tuple[OpsEntry, ...]]:
        """The entries that name a hook, by the hook's name."""
        return by_handler(self._entries)

    def functions(self, name: str) -> Sequence[Function]:
        """The definitions of ``name`` in this file; several where the preprocessor chooses."""
        if name not in self._named:
            found: list[Function] = []
            for item in self._items_heading(name):
                found += (function for function in self._functions_of(item) if function.name == name)
            self._named[name] = tuple(found)
        return self._named[name]

    def definitions(self, name: str) -> Sequence[Definition]:
        """The definitions of the function that a call of ``name`` in this file runs, each with its file.

        Those of this file, and those of its driver's headers and other files (see Definitions). None when
        the name is a macro here or in a header of the driver, or when it is not known what it means.
        """
        if self.macros_seen(name):
            return ()
        own = [(self, function) for function in self.functions(name)]
        if self._elsewhere is None or (own and all(function.static for _, function in own)):
            return own
        return [*own, *self._elsewhere.of(self, name)]

    def rivals(self, name: str) -> Sequence[Definition]:
        """The definitions of other files of which each build takes another (see Definitions)."""
        if self._elsewhere is None or self.macros_seen(name):
            return ()
        return self._elsewhere.rivals(self, name)

    def of_kernel(self, name: str) -> Sequence[Definition]:
        """The functions ``name`` in headers of the kernel that this file names (see Definitions)."""
        return () if self._elsewhere is None else self._elsewhere.of_kernel(self, name)

    def holders(self, name: str) -> Sequence[FileModel]:
        """The other files of the driver that may define the global object ``name`` (see Definitions)."""
        return () if self._elsewhere is None else self._elsewhere.holders(self, name)

    def headers(self) -> Sequence[FileModel]:
        """The headers that this file includes by a quoted name, and those that these do."""
        return () if self._elsewhere is None else self._elsewhere.headers_seen(self)

    def is_weak(self, name: str) -> bool:
        """Whether the function ``name`` of this file gives way to another one (see Definitions)."""
        return self._elsewhere is not None and self._elsewhere.is_weak(self, name)

    def declaring(self, name: str) -> Sequence[str]:
        """The headers that this file sees and that spell ``name`` (see Definitions)."""
        return () if self._elsewhere is None else self._elsewhere.declaring(self, name)

    def beside(self, word: str) -> Sequence[FileModel]:
        """The other .c files of this one's folder whose bytes hold ``word`` (see Definitions)."""
        return () if self._elsewhere is None else self._elsewhere.beside(self, word)

    def functions_with(self, word: str) -> Sequence[Function]:
        """Every function of this file whose code holds ``word``, in file order."""
        if not self.holds(word.encode()):
            return []
        found: list[Function] = []
        item: Item | None = None
        for at in word_places(self.unit.code, word.encode()):
            if item is not None and at < item.end:
                continue
            item = self.unit.item_at(at)
            if item is not None and item.kind is ItemKind.FUNCTION:
                found += self._functions_of(item)
        return found

    def functions_at(self, offset: int) -> Sequence[Function]:
        """The functions of the top-level item around ``offset``, none where that is something else."""
        item = self.unit.item_at(offset)
        return () if item is None or item.kind is not ItemKind.FUNCTION else self._functions_of(item)

    def macros(self, name: str) -> Sequence[Macro]:
        """The ``#define``s of ``name`` in this file."""
        if name not in self._macros:
            self._macros[name] = macros_named(self.unit, name)
        return self._macros[name]

    def macros_seen(self, name: str) -> Sequence[tuple[FileModel, Macro]]:
        """The ``#define``s of ``name`` in this file and in its headers, each with its file.

        Of those in headers, what is a mere number, and none of the kernel's, is left out (see Definitions).
        """
        headers = () if self._elsewhere is None else self._elsewhere.defining(self, name)
        return [(where, macro) for where in (self, *headers) for macro in where.macros(name)]

    def macros_spelling(self, word: str) -> Sequence[Macro]:
        """The ``#define``s of this file whose bodies spell ``word``, be it in a comment."""
        if not self.holds(encoded(word)):
            return ()
        return self._macros_by_word.get(encoded(word), ())

    def occurrences(self, name: str) -> Sequence[int]:
        """Offsets of every whole-word occurrence of ``name``, in code, comments and directives alike."""
        return list(word_places(self.unit.source.data, encoded(name)))

    def unparsed(self) -> Sequence[UnparsedRegion]:
        """What could not be read among the items that mention a VMA or an mmap hook."""
        return self._unparsed

    @cached_property
    def _entries(self) -> tuple[OpsEntry, ...]:
        return find_entries(self.unit, self.types)

    @cached_property
    def _macros_by_word(self) -> Mapping[bytes, tuple[Macro, ...]]:
        return macros_by_word(self.unit)

    @cached_property
    def _unparsed(self) -> tuple[UnparsedRegion, ...]:
        return unparsed_regions(self.unit, self._entries)

    def _functions_of(self, item: Item) -> tuple[Function, ...]:
        if item not in self._functions:
            self._functions[item] = tuple(functions_in(self.unit, item))
        return self._functions[item]

    def _items_heading(self, name: str) -> list[Item]:
        """The functions that hold ``name`` before their body; nothing else can define it."""
        code, word = self.unit.code, encoded(name)
        if len(self._named) >= _MANY_NAMES and _WORD.fullmatch(word):
            return self._headings.get(word, [])
        found: list[Item] = []
        for at in word_places(code, word):
            item = self.unit.item_at(at)
            if item is not None and item.kind is ItemKind.FUNCTION and (not found or found[-1] != item):
                body = code.find(b"{", item.start, item.end)
                if at < body:
                    found.append(item)
        return found

    @cached_property
    def _headings(self) -> Mapping[bytes, list[Item]]:
        """The functions by the words before their body."""
        code = self.unit.code
        found: dict[bytes, list[Item]] = {}
        for item in self.unit.items:
            body = code.find(b"{", item.start, item.end) if item.kind is ItemKind.FUNCTION else -1
            for word in frozenset(_WORD.findall(code, item.start, max(body, item.start))):
                found.setdefault(word, []).append(item)
        return found
