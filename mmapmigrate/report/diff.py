# SPDX-License-Identifier: GPL-2.0-only
"""Changed files as a unified diff, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from mmapmigrate.lint.fixed import FileChange

CONTEXT = 3
"""Lines around a change, as git and diff -u print them."""


def render_diff(changes: Iterable[FileChange], name: Callable[[str], str]) -> bytes:
    """A diff that ``git apply`` takes; ``name`` gives the path that stands behind a/ and b/.

    No time stamps: the same change gives the same bytes.
    """
    return b"".join(piece for change in changes for piece in _file(change, name(change.path)))


def _file(change: FileChange, name: str) -> Iterator[bytes]:
    old, new = _lines(change.old), _lines(change.new)
    groups = list(_groups(old, new))
    if not groups:
        return
    yield b"--- " + _header("a/" + name) + b"\n"
    yield b"+++ " + _header("b/" + name) + b"\n"
    for group in groups:
        yield from _hunk(old, new, group)


Opcode = tuple[str, int, int, int, int]


def _groups(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[list[Opcode]]:
    # What is the same at both ends is left out of the search: most of a driver is.
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    if head == len(old) == len(new):
        return
    matcher = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail])
    opcodes: list[Opcode] = [
        (tag, i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in matcher.get_opcodes()
    ]
    first = max(0, head - CONTEXT)
    opcodes.insert(0, ("equal", first, head, first, head))
    last = min(tail, CONTEXT)
    i, j = len(old) - tail, len(new) - tail
    opcodes.append(("equal", i, i + last, j, j + last))
    group: list[Opcode] = []
    for tag, i1, i2, j1, j2 in opcodes:
        if tag == "equal" and i2 - i1 > 2 * CONTEXT:
            group.append((tag, i1, i1 + CONTEXT, j1, j1 + CONTEXT))
            yield group
            group = []
            i1, j1 = i2 - CONTEXT, j2 - CONTEXT
        group.append((tag, i1, i2, j1, j2))
    yield group


def _hunk(old: Sequence[bytes], new: Sequence[bytes], group: Sequence[Opcode]) -> Iterator[bytes]:
    old_range = _range(group[0][1], group[-1][2])
    new_range = _range(group[0][3], group[-1][4])
    yield f"@@ -{old_range} +{new_range} @@\n".encode()
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            yield from (_line(b" ", line) for line in old[i1:i2])
            continue
        yield from (_line(b"-", line) for line in old[i1:i2])
        yield from (_line(b"+", line) for line in new[j1:j2])


def _range(start: int, stop: int) -> str:
    """A half-open range of lines from 0, as the unified format writes it."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _line(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + b"\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[bytes]:
    """Lines with their newline; only a newline ends one, whatever else a source file holds."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _common(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    """How many items both begin with."""
    for index, (left, right) in enumerate(zip(old, new, strict=False)):
        if left != right:
            return index
    return min(len(old), len(new))


def _header(name: str) -> bytes:
    """A name as git writes it in a header: quoted like a C string where it has to be."""
    raw = name.encode("utf-8", "surrogateescape")
    if any(byte < 0x20 or byte >= 0x7F or byte in b'"\\' for byte in raw):
        return b'"' + b"".join(_escape(byte) for byte in raw) + b'"'
    # A tab ends a name that holds a space.
    return raw + b"\t" if b" " in raw else raw


def _escape(byte: int) -> bytes:
    if byte in b'"\\':
        return b"\\" + bytes([byte])
    if byte < 0x20 or byte >= 0x7F:
        return b"\\%03o" % byte
    return bytes([byte])
