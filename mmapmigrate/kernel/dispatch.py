# SPDX-License-Identifier: GPL-2.0-only
"""Callers that reach past vfs_mmap(): ``->mmap()`` called by hand through a ``struct file_operations *``.

A table that such a caller can reach must keep its ``.mmap``: the caller does not look for ``.mmap_prepare``
(Linux 7.3: only drm_gem_prime_mmap(), which even makes up the file that it passes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mmapmigrate.disk.scan import files_in, read, walk
from mmapmigrate.kernel.aggregates import Aggregate
from mmapmigrate.kernel.api import Dispatcher
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.headers import Header

FOPS = "file_operations"
VFS_HEADER = "include/linux/fs.h"
"""Where the kernel's own callers are: vfs_mmap(), and call_mmap() before Linux 6.16."""

_NOT_KERNEL = frozenset({"Documentation", "LICENSES", "scripts", "tools", "usr"})
_NO_CODE = frozenset({"dt-bindings", "uapi"})
_LIMIT = 64 << 20
_HEADER_LIMIT = 1 << 20
"""Larger headers are lists of registers: a third of the tree's bytes, and not a call among them."""

_HINT = re.compile(rb"mmap[ \t\r\n]*+(?:\)[ \t\r\n]*+)?\(")
_ACCESS = r"\s*+(?:->|\.)\s*+"
_LINK = r"\w++(?:\s*+\[[^\[\]]*+\])?"
_CALL = re.compile(
    rf"(?:\b(?:READ_ONCE|rcu_dereference\w*|smp_load_acquire)\s*+\(\s*+&?)?"
    rf"(?P<chain>\b{_LINK}(?:{_ACCESS}{_LINK})*)\s*+\)?{_ACCESS}mmap\s*+(?:\)\s*+)?\("
)
_END = re.compile(r"mmap\s*+(?:\)\s*+)?\(")
"""How a match of _CALL ends."""

_POINTED = re.compile(r"\bstruct\s+(\w+)")
_INCLUDE = re.compile(rb"#[ \t]*include[ \t]*<([\w./-]+)>")
_TAG = re.compile(rb"\nstruct[ \t]+(\w+)[^;{}()]{0,80}\{")
_SUFFIXES = (".c", ".h")


def read_dispatchers(root: str | Path, paths: Iterable[str | Path] | None = None) -> tuple[Dispatcher, ...]:
    """The dispatchers in ``paths`` (files, or folders searched recursively; None: the whole tree), sorted.

    ``paths`` are absolute or relative to ``root``. The whole tree takes seconds. Files that cannot be read
    are passed over; KernelError when ``root`` is no folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise KernelError(f"{root} is no folder")
    texts = (
        (path, read(path, _LIMIT if path.endswith(".c") else _HEADER_LIMIT)) for path in _files(root, paths)
    )
    return find_dispatchers(root, ((path, data) for path, data in texts if data is not None))


def find_dispatchers(root: Path, texts: Iterable[tuple[str, bytes]]) -> tuple[Dispatcher, ...]:
    """The dispatchers in ``texts``, files with paths that begin with ``root`` and their bytes; sorted."""
    structs = _Structs(root)
    found: list[Dispatcher] = []
    for path, data in texts:
        if not _may_call(data):
            continue
        name = _relative(Path(path), root)
        if name == VFS_HEADER:
            continue
        included = [inner.decode() for inner in _INCLUDE.findall(data)]
        found += _in_file(Header(name, data), structs.of(path.rpartition("/")[0], included))
    return tuple(sorted(found, key=lambda one: (one.path, one.line)))


def kernel_code(paths: Iterable[str]) -> list[str]:
    """Those of ``paths`` (relative to a tree) at which ``read_dispatchers`` looks when it takes the whole."""
    return [path for path in paths if _is_kernel_code(path.split("/")[:-1] or [""])]


def _is_kernel_code(folders: Sequence[str]) -> bool:
    top, *below = folders
    return top not in _NOT_KERNEL and not top.startswith(".") and _NO_CODE.isdisjoint(below)


def _may_call(data: bytes) -> bool:
    return b"mmap" in data and any(
        data[max(0, match.start() - 40) : match.start()].rstrip().endswith((b"->", b"."))
        for match in _HINT.finditer(data)
    )


def _relative(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()


def _files(root: Path, paths: Iterable[str | Path] | None) -> Iterator[str]:
    if paths is None:
        tops = sorted(path for path in root.iterdir() if path.name not in _NOT_KERNEL)
        paths = [path for path in tops if not path.name.startswith(".")]
    for path in paths:
        path = root / path
        if path.is_dir():
            yield from walk(str(path), _SUFFIXES, _NO_CODE)
        elif path.name.endswith(_SUFFIXES):
            yield str(path)


def _in_file(header: Header, structs: _Structs) -> Iterator[Dispatcher]:
    for match in _calls(header.code):
        chain = re.findall(r"\w+", re.sub(r"\[[^\[\]]*\]", "", match.group("chain")))
        holder = _holder(header, chain, match.start(), structs)
        if holder is not None:
            yield Dispatcher(holder[0], holder[1], header.path, header.line(match.end() - 1))


def _calls(code: str) -> Iterator[re.Match[str]]:
    """The matches of _CALL, looked for in the functions that have its end: a chain may begin anywhere."""
    ends: dict[int, int] = {}
    for found in _END.finditer(code):
        ends[_function(code, found.start())] = found.end()
    for start, end in ends.items():
        yield from _CALL.finditer(code, start, end)


def _holder(header: Header, chain: list[str], at: int, structs: _Structs) -> tuple[str | None, str] | None:
    """Struct and member that keep the ``struct file_operations *`` that ``chain`` ends in; None if it ends
    in something else."""
    base, *members = chain
    tag = _declared_struct(header.code, base, at)
    if not members:
        if tag is None:
            return (None, base) if _is_shared(header.code, base) else None
        if tag != FOPS:
            return None
        before = header.code[_function(header.code, at) : at]
        sources = re.findall(rf"\b{base}\s*=\s*(\w+(?:{_ACCESS}\w+)+)\s*;", before)
        if sources:
            holder = _holder(header, re.findall(r"\w+", sources[-1]), at, structs)
            if holder is not None:
                return holder
        return None, base
    tag = tag or _shared_struct(header.code, base)
    for member in members[:-1]:
        tag = structs.pointed(tag, member, header) if tag else None
    last = members[-1]
    if tag is None:
        # Nothing but the name speaks: believe the two that the kernel uses, and any of an untagged struct.
        untagged = re.search(rf"\}}[ \t]*(?:\w+[ \t]+)*{base}\s*[\[=;]", header.code) is not None
        return (None, last) if untagged or re.search(r"f_?ops?$", last) else None
    pointed = structs.pointed(tag, last, header)
    if pointed == FOPS:
        return tag, last
    if pointed is None and not structs.known(tag, header) and re.search(r"f_?ops?$", last):
        return tag, last
    return None


def _function(code: str, at: int) -> int:
    """Where the top-level item that holds ``at`` may begin: behind the last brace in the first column."""
    return code.rfind("\n}", 0, at) + 1


def _declared_struct(code: str, name: str, at: int) -> str | None:
    """The tag in the last declaration of ``name`` before ``at`` in the same function, parameters included."""
    begin = _function(code, at)
    found = re.findall(
        rf"\bstruct\s++(\w++)[\s*]++(?:const\s++)?(?:[\w\s*,]*,\s*+\**+)?{name}\b", code[begin:at]
    )
    return found[-1] if found else None


def _shared_struct(code: str, name: str) -> str | None:
    """The tag in a declaration of the variable ``name`` that begins a line, outside of all functions."""
    found = re.findall(
        rf"^(?:(?:static|const|extern)\s+)*struct\s++(\w++)[\s*]++(?:\w++\s++)*{name}\s*+[\[=;]",
        code,
        re.MULTILINE,
    )
    return found[-1] if found else None


def _is_shared(code: str, name: str) -> bool:
    """Whether a variable that no function declares points to a table: so the file says, else its name."""
    found = re.findall(rf"\bstruct\s++(\w++)[\s*]++(?:\w++[\s*]++)*{name}\s*+[=;,]", code)
    return FOPS in found if found else re.search(r"f_?ops?$", name) is not None


class _Structs:
    """Struct definitions by tag, looked for in ever wider circles around one file.

    The circles are the headers that the file includes, their neighbours, the file's own folder, what the
    headers of these include, and all of include/: the last takes a moment to read and is seldom needed.
    """

    def __init__(self, root: Path) -> None:
        self._include = f"{root}/include"
        self._tags: dict[str, _Tags] = {}
        self._headers: dict[str, Header] = {}
        self._folder = str(root)
        self._included: tuple[str, ...] = ()

    def of(self, folder: str, included: Iterable[str]) -> _Structs:
        """Itself, for a file of ``folder`` with these includes."""
        self._folder = folder
        self._included = tuple(f"{self._include}/{name}" for name in included)
        return self

    def _circles(self) -> Iterator[str]:
        """Headers, folders of some, and last the folder that has others below: that with a slash."""
        common = {self._include, f"{self._include}/linux"}
        folders = sorted({path.rpartition("/")[0] for path in self._included} - common)
        near = (*self._included, *folders, self._folder)
        yield from near
        known = set(near)
        for circle in near:
            for name in self._in(circle).includes:
                if (path := f"{self._include}/{name}") not in known:
                    known.add(path)
                    yield path
        yield f"{self._include}/"

    def known(self, tag: str, header: Header) -> bool:
        """Whether a definition of ``struct tag`` was found."""
        return self._find(tag, header) is not None

    def pointed(self, tag: str | None, member: str, header: Header) -> str | None:
        """The tag of the struct that ``struct tag``'s ``member`` is or points to."""
        found = self._find(tag, header) if tag else None
        if found is None:
            return None
        where, aggregate = found
        for one in where.members(aggregate, (member,)):
            if one.path.rpartition(".")[2] == member and one.callback is None:
                match = _POINTED.search(one.type)
                return match.group(1) if match is not None else None
        return None

    def _find(self, tag: str, header: Header) -> tuple[Header, Aggregate] | None:
        aggregate = header.struct(tag)
        if aggregate is not None:
            return header, aggregate
        path = next((found for circle in self._circles() if (found := self._defined(tag, circle))), None)
        if path is None:
            return None
        if path not in self._headers:
            self._headers[path] = Header(path, read(path, _LIMIT) or b"")
        aggregate = self._headers[path].struct(tag)
        return (self._headers[path], aggregate) if aggregate is not None else None

    def _defined(self, tag: str, circle: str) -> str | None:
        return self._in(circle).paths.get(tag)

    def _in(self, circle: str) -> _Tags:
        if circle not in self._tags:
            self._tags[circle] = _tags(_headers(circle))
        return self._tags[circle]


class _Tags(NamedTuple):
    """The headers of a circle that define structs, by tag, and the names that its headers include."""

    paths: Mapping[str, str]
    includes: Sequence[str]


def _headers(circle: str) -> Iterable[str]:
    if circle.endswith(".h"):
        return (circle,)
    return walk(circle[:-1], (".h",)) if circle.endswith("/") else files_in(circle, (".h",))


def _tags(headers: Iterable[str]) -> _Tags:
    paths: dict[str, str] = {}
    includes: dict[str, None] = {}
    for path in headers:
        data = read(path, _LIMIT) or b""
        for tag in _TAG.findall(data):
            paths.setdefault(tag.decode("latin-1"), path)
        includes |= dict.fromkeys(name.decode() for name in _INCLUDE.findall(data))
    return _Tags(paths, tuple(includes))
