# SPDX-License-Identifier: GPL-2.0-only
"""Where a file's types are defined: the headers that it includes, nearest first, each read once."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from mmapmigrate.disk.scan import is_file, read
from mmapmigrate.model.declarations import StructDefinition, TypeRef
from mmapmigrate.model.structs import struct_in, struct_opening, typedef_in
from mmapmigrate.syntax.search import holds
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.words import encoded, match_before, word_places

_INCLUDE = re.compile(rb"#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]")
_ARCHITECTURE = re.compile(r"(?:\A|/)arch/([^/]+)/")

# A variable that is a struct or points to one, or of a typedef that may; a function that returns a pointer.
_VARIABLE = re.compile(rb"\bextern\s+(?:const\s+)?struct\s+(\w+)\s+(?:__\w+\s+)*(?:\*\s*)?\Z")
_TYPEDEFED = re.compile(rb"\bextern\s+(?:const\s+)?(?!struct\b|union\b|enum\b)(\w+)\s+(?:\*\s*)?\Z")
_FUNCTION = re.compile(rb"^(?:extern\s+|static\s+|inline\s+|const\s+)*struct\s+(\w+)\s*\*\s*\Z", re.MULTILINE)
_ENDS = re.compile(rb"\s*;")
_ENDS_OR_IS_ARRAY = re.compile(rb"\s*[;\[]")

LARGEST_HEADER = 8 << 20
"""Bytes; the larger ones list registers."""

HEADER_LIMIT = 400
"""How many headers are read for one name before it counts as unknown."""


class Sight:
    """The types that one text sees through what it includes, be it on the disk or not."""

    def __init__(self, headers: Headers, source: SourceFile) -> None:
        self._headers = headers
        self._source = source

    def find_struct(self, tag: str, path: str) -> StructDefinition | None:
        """The definition of ``struct tag``."""
        return self._headers.struct(tag, path, self._data(path))

    def find_typedef(self, name: str, path: str) -> TypeRef | None:
        """What the typedef ``name`` stands for."""
        return self._headers.typedef(name, path, self._data(path))

    def find_declared(self, name: str, path: str) -> TypeRef | None:
        """The type of a variable or function."""
        return self._headers.declared(name, path, self._data(path))

    def _data(self, path: str) -> bytes | None:
        return self._source.data if path == self._source.path else None


class Headers:
    """Finds types by name for the files of one tree.

    ``root`` is the kernel tree, or None; ``text`` gives a file's code without comments and directives, and
    raises OSError when it cannot be read. ``data``, where a method takes it, stands for the text of ``path``.
    """

    def __init__(self, root: Path | None, text: Callable[[str], bytes]) -> None:
        self._root = str(root) if root is not None else None
        self._text = text
        self._included: dict[str, tuple[str, ...]] = {}
        self._asking: tuple[str, bytes, tuple[str, ...]] = ("", b"", ())
        self._structs: dict[tuple[str, str], StructDefinition | None] = {}
        self._located: dict[tuple[str, str], str | None] = {}

    def struct(self, tag: str, path: str, data: bytes | None = None) -> StructDefinition | None:
        """The definition of ``struct tag`` in the headers that ``path`` sees."""
        for header, text in self._holding(tag, path, data):
            if struct_opening(text, encoded(tag)) is not None:
                key = (header, tag)
                if key not in self._structs:
                    self._structs[key] = struct_in(self._text(header), tag, header)
                if self._structs[key] is not None:
                    return self._structs[key]
        return None

    def typedef(self, name: str, path: str, data: bytes | None = None) -> TypeRef | None:
        """What the typedef ``name`` in the headers that ``path`` sees stands for."""
        word = encoded(name)
        for header, text in self._holding(name, path, data):
            if b"typedef" in text and any(
                _ENDS.match(text, at + len(word)) for at in word_places(text, word)
            ):
                found = typedef_in(self._text(header), name)
                if found is not None:
                    return found
        return None

    def declared(self, name: str, path: str, data: bytes | None = None) -> TypeRef | None:
        """The struct that a header which ``path`` sees declares ``name`` to be, or to return a pointer to."""
        for _, text in self._holding(name, path, data):
            found = _declared(text, encoded(name))
            if found is not None:
                return found
        return None

    def _holding(self, name: str, path: str, data: bytes | None) -> Iterator[tuple[str, bytes]]:
        """Those headers that ``path`` sees whose bytes hold ``name``, and their bytes, nearest first."""
        word = encoded(name)
        if data is None:
            data = read(path, LARGEST_HEADER) or b""
        if self._asking[0] != path or self._asking[1] is not data:
            # One file asks for many names in a row.
            self._asking = (path, data, self._included_by(path, data))
        queue = deque(each for each in self._asking[2] if each != path)
        seen = {path, *queue}
        while queue and len(seen) <= HEADER_LIMIT:
            here = queue.popleft()
            text = read(here, LARGEST_HEADER) or b""
            if holds(text, word):
                yield here, text
            if here not in self._included:
                self._included[here] = self._included_by(here, text)
            new = [each for each in self._included[here] if each not in seen]
            seen.update(new)
            queue += new

    def _included_by(self, path: str, text: bytes) -> tuple[str, ...]:
        """The files that ``text`` includes as the text of ``path``, each once."""
        found = (self._locate(path, name, quoted) for quoted, name in _includes(text))
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def _locate(self, path: str, name: str, quoted: bool) -> str | None:
        """The file that ``#include`` of ``name`` in ``path`` means, None if it cannot be found."""
        if quoted:
            here, slash, _ = path.rpartition("/")
            beside = f"{here}{slash}{name}"
            if beside in self._included or is_file(beside):
                return beside
        if self._root is None:
            return None
        architecture = _ARCHITECTURE.search(path) if name.startswith("asm/") else None
        key = (architecture[1] if architecture is not None else "", name)
        if key not in self._located:
            folders = ["include", "include/uapi"]
            if architecture is not None:
                folders = [f"arch/{key[0]}/include", f"arch/{key[0]}/include/uapi"]
            elif name.startswith("asm/"):
                folders = []
            places = (f"{self._root}/{folder}/{name}" for folder in folders)
            self._located[key] = next((place for place in places if is_file(place)), None)
        return self._located[key]


def _includes(text: bytes) -> tuple[tuple[bool, str], ...]:
    """What a text includes: whether it says ``"name"`` (and not ``<name>``), and the name."""
    return tuple(
        (found[1] == b'"', found[2].decode("utf-8", "surrogateescape"))
        for found in _INCLUDE.finditer(text)
        if not text[text.rfind(b"\n", 0, found.start()) + 1 : found.start()].strip(b" \t")
    )


def _declared(text: bytes, name: bytes) -> TypeRef | None:
    """The struct that ``text`` declares a variable to be, or a function to return a pointer to."""
    for at in word_places(text, name):
        end = at + len(name)
        tag = typedef = None
        if text.startswith(b"(", end):
            tag = match_before(_FUNCTION, text, at)
        elif _ENDS_OR_IS_ARRAY.match(text, end):
            tag = match_before(_VARIABLE, text, at)
            typedef = None if tag is not None else match_before(_TYPEDEFED, text, at)
        if tag is not None:
            return TypeRef(tag=tag[1].decode())
        if typedef is not None:
            return TypeRef(typedef=typedef[1].decode("latin-1"))
    return None
