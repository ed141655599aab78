# SPDX-License-Identifier: GPL-2.0-only
"""Skeletons: unfinished mmap_prepare hooks that stand beside the old hook and that nothing uses yet.

    static int __maybe_unused foo_mmap_prepare(struct vm_area_desc *desc)

A person finishes what its FIXME comments mark and names it in the table; until then the old hook is in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from mmapmigrate.model.file import FileModel, Function

_MARK = re.compile(rb"\bstatic\b(?>.*?\b__maybe_unused\b)(?>.*?\bstruct\s++vm_area_desc\s*+\*)", re.S)
_FIXME = re.compile(rb"\bFIXME\b")


class Skeleton(Struct, frozen=True):
    """A hook's skeleton: its name, its line, and the lines that say FIXME, its helpers' included."""

    name: str
    line: int
    fixmes: tuple[int, ...]

    @property
    def left(self) -> str:
        """What is left to do in it, as a sentence."""
        where = f"{self.name}() at line {self.line}"
        if not self.fixmes:
            return f"{where} has no FIXME left: name it in .mmap_prepare and remove the old hook"
        lines = ", ".join(map(str, self.fixmes[:6])) + (" ..." if len(self.fixmes) > 6 else "")
        marks = "1 FIXME left (line" if len(self.fixmes) == 1 else f"{len(self.fixmes)} FIXMEs left (lines"
        return f"{where} is a skeleton with {marks} {lines}): finish it"


def is_marked(file: FileModel, function: Function) -> bool:
    """Whether a function is static, may stay unused, and takes a descriptor."""
    return _MARK.search(file.unit.code, function.node.start_byte, function.body.start_byte) is not None


def is_unfinished(file: FileModel, function: Function) -> bool:
    """Whether a function is a skeleton in which something is left to do, or a helper of one.

    What a table names is in use, whatever its comments say.
    """
    unfinished = file.remember("unfinished skeletons", file, lambda: _unfinished(file))
    return function.node.start_byte in unfinished


def _unfinished(file: FileModel) -> frozenset[int]:
    used = set(file.hooks())
    roots = [
        function
        for function in file.functions_with("vm_area_desc")
        if function.name not in used and is_marked(file, function) and any(_fixmes(file, function))
    ]
    return frozenset(function.node.start_byte for function in _with_helpers(file, roots))


def skeleton_named(file: FileModel, name: str, old: str) -> Skeleton | None:
    """The skeleton ``name`` of the hook ``old`` in ``file``, or None.

    A FIXME that the old hook, or any function that takes a VMA, has too is not the skeleton's.
    """
    functions = [function for function in file.functions(name) if is_marked(file, function)]
    if not functions or name in file.hooks():
        return None
    inherited = {
        line.strip()
        for function in (*file.functions(old), *file.functions_with("vm_area_struct"))
        for line in file.unit.source.data[function.node.start_byte : function.node.end_byte].split(b"\n")
    }
    source = file.unit.source
    lines = [
        source.position(offset).line
        for function in _with_helpers(file, functions)
        for offset in _fixmes(file, function)
        if source.line(source.position(offset).line).strip() not in inherited
    ]
    return Skeleton(name, source.position(functions[0].name_start).line, tuple(sorted(lines)))


def _with_helpers(file: FileModel, functions: list[Function]) -> list[Function]:
    """The functions and the marked ones of the file that they call, transitively."""
    found = {function.node.start_byte: function for function in functions}
    if not functions:
        return []
    marked = [one for one in file.functions_with("vm_area_desc") if is_marked(file, one)]
    pending = list(functions)
    while pending:
        body = pending.pop().body
        code = file.unit.code[body.start_byte : body.end_byte]
        for one in marked:
            called = re.search(rb"\b%s\s*\(" % re.escape(one.name.encode()), code)
            if called is not None and one.node.start_byte not in found:
                found[one.node.start_byte] = one
                pending.append(one)
    return list(found.values())


def _fixmes(file: FileModel, function: Function) -> Iterator[int]:
    """Where the comments in a function and right above it say FIXME."""
    data, code = file.unit.source.data, file.unit.code
    start = function.node.start_byte
    before = len(data[:start].rstrip())
    if data[:before].endswith(b"*/"):
        start = max(data.rfind(b"/*", 0, before), 0)
    for found in _FIXME.finditer(data, start, function.node.end_byte):
        if not code[found.start() : found.end()].strip():
            yield found.start()
