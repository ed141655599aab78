# SPDX-License-Identifier: GPL-2.0-only
"""What is found in bytes is what ``bytes.find`` finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmapmigrate.syntax.search import find, holds

few = st.lists(st.sampled_from([b"a", b"b", b"ab", b"\0", b"\xff"]), max_size=300).map(b"".join)


@given(few, few.map(lambda data: data[:6]), st.integers(0, 400), st.integers(0, 400))
def test_a_word_is_found_where_bytes_find_it(data: bytes, word: bytes, start: int, end: int) -> None:
    for text in (data, memoryview(data), memoryview(bytearray(data))):
        assert find(text, word) == data.find(word)
        assert find(text, word, start) == data.find(word, start)
        assert find(text, word, start, end) == data.find(word, start, end)
        assert holds(text, word) == (word in data)


@pytest.mark.parametrize("size", [0, 1, 15, 31, 63, 64, 65, 4095, 1 << 20])
def test_a_word_is_found_at_every_distance_from_the_end(size: int) -> None:
    for behind in (b"", b"m", b"mmap"):
        data = b"mma" * (size // 3) + b"x" * (size % 3) + b"mmap" + behind
        assert find(memoryview(data), b"mmap") == size
        assert find(memoryview(data), b"mmap", size + 1) == data.find(b"mmap", size + 1)
        assert not holds(memoryview(data)[: size + 3], b"mmap")
