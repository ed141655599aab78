# SPDX-License-Identifier: GPL-2.0-only
"""Texts that look like drivers and are none: our fixtures, cut, doubled, mixed and strewn with what hurts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

FIXTURES = Path(__file__).parents[2] / "fixtures"

LARGEST_SEED = 12_000
"""Bytes. A small text that goes wrong is soon understood."""

WORDS: tuple[bytes, ...] = (
    *b"{ } ( ) [ ] ; , : ? * & = == . -> ... # ## \\ \" ' < > ! ~ - + % ^ |".split(),
    *b"if else for while do switch case default goto return break continue sizeof typeof".split(),
    *b"struct union enum static const inline extern typedef int void unsigned long".split(),
    *b"vma desc file vm_area_struct vm_area_desc file_operations vm_operations_struct".split(),
    *b".mmap .mmap_prepare".split(),
    *b"vm_flags vm_start vm_end vm_pgoff vm_page_prot vm_ops vm_private_data NULL 0 -EINVAL VM_IO".split(),
    *b"remap_pfn_range vm_flags_set vm_insert_page dma_mmap_coherent mutex_lock kfree container_of".split(),
    *(b"\n#if A\n", b"\n#ifdef B\n", b"\n#else\n", b"\n#elif C\n", b"\n#endif\n", b"\n#define M(x) "),
    *(b"/*", b"*/", b"//", b"\\\n", b"\n", b"\r\n", b"\r", b"\f", b"\v", b"\t", b"\0", b"\x1b[31m"),
    *(b"\xff", b"\xe9", b"\xc3\xa9", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff\xfe", b"\x85", b"\xa0"),
    *(
        b"for_each_foo(a)",
        b"__user",
        b"__init",
        b"guard(mutex)(&a);",
        b"scoped_guard(mutex, &a)",
        b"({",
        b"})",
    ),
    *(
        b"/* mmapmigrate: ignore[MM101] */",
        b"99999999999999999999",
        b"0x",
        b"'\\''",
        b'"\\""',
        b"_",
        b"\xd7\x90",
    ),
)

_PIECE = re.compile(rb"\w+|\s+|.", re.S)


@cache
def seeds() -> tuple[bytes, ...]:
    """The drivers under fixtures/, in a stable order, the large ones left out."""
    texts = (path.read_bytes() for path in sorted(FIXTURES.rglob("*.[ch]")))
    return tuple(text for text in texts if len(text) <= LARGEST_SEED)


def mutant(random: Random) -> bytes:
    """A seed after up to eight changes."""
    data = random.choice(seeds())
    for _ in range(random.randint(1, 8)):
        data = mutated(data, random)
    return data


def mutated(data: bytes, random: Random) -> bytes:
    """``data`` after one change."""
    pieces = _PIECE.findall(data)
    if not pieces:
        return random.choice(WORDS)
    start = random.randrange(len(pieces))
    end = min(len(pieces), start + random.choice((1, 1, 2, 5, 30)))
    change = random.choice(_CHANGES)
    return change(pieces, start, end, random)


def _drop(pieces: Sequence[bytes], start: int, end: int, _random: Random) -> bytes:
    return b"".join([*pieces[:start], *pieces[end:]])


def _double(pieces: Sequence[bytes], start: int, end: int, random: Random) -> bytes:
    return b"".join([*pieces[:start], *list(pieces[start:end]) * random.choice((2, 3, 50)), *pieces[end:]])


def _insert(pieces: Sequence[bytes], start: int, _end: int, random: Random) -> bytes:
    return b"".join([*pieces[:start], random.choice(WORDS), *pieces[start:]])


def _replace(pieces: Sequence[bytes], start: int, end: int, random: Random) -> bytes:
    return b"".join([*pieces[:start], random.choice(WORDS), *pieces[end:]])


def _swap(pieces: Sequence[bytes], start: int, end: int, random: Random) -> bytes:
    to = random.randrange(len(pieces))
    rest = [*pieces[:start], *pieces[end:]]
    return b"".join([*rest[:to], *pieces[start:end], *rest[to:]])


def _cross(pieces: Sequence[bytes], start: int, end: int, random: Random) -> bytes:
    other = _PIECE.findall(random.choice(seeds()))
    begin = random.randrange(len(other) or 1)
    return b"".join([*pieces[:start], *other[begin : begin + random.choice((5, 40, 400))], *pieces[end:]])


def _cut(pieces: Sequence[bytes], start: int, _end: int, _random: Random) -> bytes:
    return b"".join(pieces[:start])


def _end_lines(pieces: Sequence[bytes], _start: int, _end: int, random: Random) -> bytes:
    ends = random.choice(((b"\r\n",), (b"\r",), (b"\n", b"\r\n"), (b"\n\f",), (b"",), (b" \\\n",)))
    return re.sub(rb"\n", lambda _: random.choice(ends), b"".join(pieces))


def _stretch(pieces: Sequence[bytes], start: int, _end: int, random: Random) -> bytes:
    gap = random.choice((b" ", b"\n", b"\t\n", b"\\\n", b"/* a */", b"// a\n")) * 5_000
    return b"".join([*pieces[:start], gap, *pieces[start:]])


def _flip(pieces: Sequence[bytes], start: int, _end: int, random: Random) -> bytes:
    data = bytearray(b"".join(pieces))
    data[start] = random.randrange(256)
    return bytes(data)


_CHANGES = (
    *(_drop, _double, _insert, _insert, _replace, _replace, _swap, _cross, _cut, _end_lines, _flip),
    _stretch,
)
