# SPDX-License-Identifier: GPL-2.0-only
"""Changed files as a unified diff, byte for byte."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from mmapmigrate.lint.fixed import FileChange
from mmapmigrate.report.style import Style, decode, printable

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


def diff_lines(diff: bytes, style: Style) -> Iterator[str]:
    """A diff's lines for a person's eyes: no control character of the file gets through."""
    paint = {"+": style.green, "-": style.red, "@": style.cyan}
    for line in diff.split(b"\n")[:-1]:
        text = printable(decode(line))
        head = text.startswith(("--- ", "+++ "))
        yield style.bold(text) if head else paint.get(text[:1], str)(text)


Opcode = tuple[str, int, int, int, int]


def _groups(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[list[Opcode]]:
    # What is the same at both ends is left out of the search: most of a driver is.
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    if head == len(old) == len(new):
        return
    middle = _patient(old[head : len(old) - tail], new[head : len(new) - tail])
    opcodes: list[Opcode] = [
        (tag, i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in middle
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


def _patient(old: Sequence[bytes], new: Sequence[bytes]) -> list[Opcode]:
    """What turns ``old`` into ``new``, with the lines that both hold just once as fixed points.

    difflib alone takes frequent lines (a brace, a blank line) for junk in a long file, and a plain search
    for them is quadratic; between the fixed points there are few.
    """
    opcodes: list[Opcode] = []
    i = j = 0
    for anchor, other in [*_anchors(old, new), (len(old), len(new))]:
        matcher = SequenceMatcher(None, old[i:anchor], new[j:other], autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            _append(opcodes, (tag, i1 + i, i2 + i, j1 + j, j2 + j))
        if anchor < len(old):
            _append(opcodes, ("equal", anchor, anchor + 1, other, other + 1))
        i, j = anchor + 1, other + 1
    return opcodes


def _append(opcodes: list[Opcode], code: Opcode) -> None:
    """Add ``code``, joined to the last one where both say that lines are equal."""
    if opcodes and opcodes[-1][0] == code[0] == "equal":
        _tag, i1, _i2, j1, _j2 = opcodes.pop()
        code = ("equal", i1, code[2], j1, code[4])
    opcodes.append(code)


def _anchors(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Index pairs of lines that are unique in both, in the longest order that rises in both."""
    seen_old, seen_new = Counter(old), Counter(new)
    places = {line: index for index, line in enumerate(new) if seen_new[line] == 1}
    pairs = [
        (index, places[line]) for index, line in enumerate(old) if seen_old[line] == 1 and line in places
    ]
    tails: list[int] = []
    best: list[int] = []
    before: list[int] = [-1] * len(pairs)
    for at, (_index, place) in enumerate(pairs):
        length = bisect_left(tails, place)
        before[at] = best[length - 1] if length else -1
        tails[length : length + 1] = [place]
        best[length : length + 1] = [at]
    chain: list[tuple[int, int]] = []
    at = best[-1] if best else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


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
