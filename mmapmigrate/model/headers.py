# SPDX-License-Identifier: GPL-2.0-only
"""Where a file's types are defined: the headers that it includes, nearest first, each read once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mmapmigrate.model.declarations import StructDefinition, TypeRef
from mmapmigrate.model.structs import struct_in, typedef_in

_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]", re.MULTILINE)
_STRUCT = re.compile(rb"\b(?:struct|union)\s+(?:__\w+\s+)?(\w+)\s*\{")
_TYPEDEF = re.compile(rb"\btypedef\b[^;{}]*?(\w+)\s*;|\}\s*(\w+)\s*;")

HEADER_LIMIT = 400
"""How many headers are read for one name before it counts as unknown."""


@dataclass(frozen=True, slots=True)
class _Header:
    """What is kept of a header: the names of what it defines, and what it includes in turn."""

    structs: frozenset[bytes]
    typedefs: frozenset[bytes]
    includes: tuple[tuple[bool, str], ...]


class Headers:
    """Finds types by name for the files of one tree.

    ``root`` is the kernel tree, or None; ``text`` gives a file's code without comments and directives, and
    raises OSError when it cannot be read.
    """

    def __init__(self, root: Path | None, text: Callable[[str], bytes]) -> None:
        self._root = str(root) if root is not None else None
        self._text = text
        self._headers: dict[str, _Header | None] = {}
        self._structs: dict[tuple[str, str], StructDefinition | None] = {}

    def struct(self, tag: str, path: str) -> StructDefinition | None:
        """The definition of ``struct tag`` in the headers that ``path`` sees."""
        word = tag.encode("utf-8", "surrogateescape")
        for header in self._seen_from(path):
            known = self._headers[header]
            if known is not None and word in known.structs:
                key = (header, tag)
                if key not in self._structs:
                    self._structs[key] = struct_in(self._text(header), tag, header)
                if self._structs[key] is not None:
                    return self._structs[key]
        return None

    def typedef(self, name: str, path: str) -> TypeRef | None:
        """What the typedef ``name`` in the headers that ``path`` sees stands for."""
        word = name.encode("utf-8", "surrogateescape")
        for header in self._seen_from(path):
            known = self._headers[header]
            if known is not None and word in known.typedefs:
                found = typedef_in(self._text(header), name)
                if found is not None:
                    return found
        return None

    def _seen_from(self, path: str) -> Iterator[str]:
        """The headers that ``path`` includes, directly first, then those that they include."""
        seen = {path}
        queue = [path]
        while queue and len(seen) <= HEADER_LIMIT:
            here = queue.pop(0)
            header = self._read(here)
            if header is None:
                continue
            if here != path:
                yield here
            for quoted, name in header.includes:
                found = self._locate(here, name, quoted)
                if found is not None and found not in seen:
                    seen.add(found)
                    queue.append(found)

    def _read(self, path: str) -> _Header | None:
        if path not in self._headers:
            try:
                data = Path(path).read_bytes()
            except OSError:
                self._headers[path] = None
                return None
            includes = tuple(
                (quote == b'"', name.decode("utf-8", "surrogateescape"))
                for quote, name in _INCLUDE.findall(data)
            )
            typedefs = frozenset(one or other for one, other in _TYPEDEF.findall(data))
            self._headers[path] = _Header(frozenset(_STRUCT.findall(data)), typedefs, includes)
        return self._headers[path]

    def _locate(self, path: str, name: str, quoted: bool) -> str | None:
        """The file that ``#include`` of ``name`` in ``path`` means, None if it cannot be found."""
        here, slash, _ = path.rpartition("/")
        candidates = [f"{here}{slash}{name}"] if quoted else []
        if self._root is not None:
            folders = ["include", "include/uapi"]
            architecture = self._architecture(path)
            if architecture is not None:
                folders += [f"arch/{architecture}/include", f"arch/{architecture}/include/uapi"]
            candidates += (f"{self._root}/{folder}/{name}" for folder in folders)
        for found in candidates:
            if found in self._headers or Path(found).is_file():
                return found
        return None

    def _architecture(self, path: str) -> str | None:
        assert self._root is not None
        parts = os.path.relpath(path, self._root).split("/")
        return parts[1] if len(parts) > 2 and parts[0] == "arch" else None
