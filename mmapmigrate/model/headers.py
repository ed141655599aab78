# SPDX-License-Identifier: GPL-2.0-only
"""Where a file's types are defined: the headers that it includes, nearest first, each read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from mmapmigrate.model.declarations import StructDefinition, TypeRef
from mmapmigrate.model.structs import struct_in, typedef_in
from mmapmigrate.syntax.source import SourceFile

_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]", re.MULTILINE)
_STRUCT = re.compile(rb"\b(?:struct|union)\s+(?:__\w+\s+)?(\w+)\s*\{")
_DECLARED = re.compile(
    rb"\bextern\s+(?:const\s+)?struct\s+(\w+)\s+(?:__\w+\s+)*(?:\*\s*)?(\w+)\s*[;\[]"
    rb"|^(?:extern\s+|static\s+|inline\s+|const\s+)*struct\s+(\w+)\s*\*\s*(\w+)\(",
    re.MULTILINE,
)
_ARCHITECTURE = re.compile(r"(?:\A|/)arch/([^/]+)/")
_TYPEDEF = re.compile(rb"\btypedef\b[^;{}]*?(\w+)\s*;|\}\s*(\w+)\s*;")

HEADER_LIMIT = 400
"""How many headers are read for one name before it counts as unknown."""


class _Header:
    """What a header defines, by name, and what it includes in turn; its text is not kept."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.includes = _includes(Path(path).read_bytes())

    @cached_property
    def structs(self) -> frozenset[bytes]:
        """The tags of structs and unions."""
        return frozenset(_STRUCT.findall(self._data()))

    @cached_property
    def typedefs(self) -> frozenset[bytes]:
        """Names that may be those of typedefs."""
        return frozenset(one or other for one, other in _TYPEDEF.findall(self._data()))

    @cached_property
    def declared(self) -> Mapping[bytes, bytes]:
        """The tags of variables that are structs and of functions that return a pointer to one."""
        return {
            name or function: tag or returned
            for tag, name, returned, function in _DECLARED.findall(self._data())
        }

    def _data(self) -> bytes:
        try:
            return Path(self._path).read_bytes()
        except OSError:
            return b""


def _includes(data: bytes) -> tuple[tuple[bool, str], ...]:
    """What a text includes: whether it says ``"name"`` (and not ``<name>``), and the name."""
    return tuple(
        (quote == b'"', name.decode("utf-8", "surrogateescape")) for quote, name in _INCLUDE.findall(data)
    )


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
        self._headers: dict[str, _Header | None] = {}
        self._structs: dict[tuple[str, str], StructDefinition | None] = {}
        self._located: dict[tuple[str, str], str | None] = {}

    def struct(self, tag: str, path: str, data: bytes | None = None) -> StructDefinition | None:
        """The definition of ``struct tag`` in the headers that ``path`` sees."""
        word = tag.encode("utf-8", "surrogateescape")
        for header in self._seen_from(path, data):
            known = self._headers[header]
            if known is not None and word in known.structs:
                key = (header, tag)
                if key not in self._structs:
                    self._structs[key] = struct_in(self._text(header), tag, header)
                if self._structs[key] is not None:
                    return self._structs[key]
        return None

    def typedef(self, name: str, path: str, data: bytes | None = None) -> TypeRef | None:
        """What the typedef ``name`` in the headers that ``path`` sees stands for."""
        word = name.encode("utf-8", "surrogateescape")
        for header in self._seen_from(path, data):
            known = self._headers[header]
            if known is not None and word in known.typedefs:
                found = typedef_in(self._text(header), name)
                if found is not None:
                    return found
        return None

    def declared(self, name: str, path: str, data: bytes | None = None) -> TypeRef | None:
        """The struct that a header which ``path`` sees declares ``name`` to be, or to return a pointer to."""
        word = name.encode("utf-8", "surrogateescape")
        for header in self._seen_from(path, data):
            known = self._headers[header]
            if known is not None and word in known.declared:
                return TypeRef(tag=known.declared[word].decode())
        return None

    def _seen_from(self, path: str, data: bytes | None) -> Iterator[str]:
        """The headers that ``path`` (or ``data`` in its place) includes, those that it names first."""
        if data is None:
            first = self._read(path)
            includes = first.includes if first is not None else ()
        else:
            includes = _includes(data)
        seen = {path}
        queue: list[str] = []
        self._enqueue(path, includes, seen, queue)
        while queue and len(seen) <= HEADER_LIMIT:
            here = queue.pop(0)
            header = self._read(here)
            if header is not None:
                yield here
                self._enqueue(here, header.includes, seen, queue)

    def _enqueue(
        self, path: str, includes: Iterable[tuple[bool, str]], seen: set[str], queue: list[str]
    ) -> None:
        for quoted, name in includes:
            found = self._locate(path, name, quoted)
            if found is not None and found not in seen:
                seen.add(found)
                queue.append(found)

    def _read(self, path: str) -> _Header | None:
        if path not in self._headers:
            try:
                self._headers[path] = _Header(path)
            except OSError:
                self._headers[path] = None
        return self._headers[path]

    def _locate(self, path: str, name: str, quoted: bool) -> str | None:
        """The file that ``#include`` of ``name`` in ``path`` means, None if it cannot be found."""
        if quoted:
            here, slash, _ = path.rpartition("/")
            beside = f"{here}{slash}{name}"
            if beside in self._headers or Path(beside).is_file():
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
            self._located[key] = next((place for place in places if Path(place).is_file()), None)
        return self._located[key]
