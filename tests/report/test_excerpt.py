# SPDX-License-Identifier: GPL-2.0-only
"""Carets under the very characters."""

from __future__ import annotations

import pytest

from mmapmigrate.report.excerpt import excerpt
from mmapmigrate.report.style import Style


def marked(line: bytes, start: int, end: int) -> str:
    """The characters of the printed line that have a caret below them."""
    source, carets = excerpt(line, 7, start, end, Style())
    return "".join(
        char for char, caret in zip(source.ljust(len(carets)), carets, strict=False) if caret == "^"
    )


@pytest.mark.parametrize(
    ("line", "word"),
    [
        pytest.param(b"\t.mmap = foo_mmap,", b".mmap = foo_mmap", id="a tab before"),
        pytest.param(b"\t.mmap\t\t= foo_mmap,", b"foo_mmap", id="tabs between"),
        pytest.param(b"  \t x = y;", b"x", id="blanks and a tab"),
        pytest.param("/* größer */ x = y;".encode(), b"x", id="UTF-8 before"),
        pytest.param(b"/* gr\xf6\xdfer */ x = y;", b"x", id="Latin-1 before"),
        pytest.param(b"x", b"x", id="the whole line"),
    ],
)
def test_the_carets_stand_below(line: bytes, word: bytes) -> None:
    start = line.index(word)
    assert marked(line, start, start + len(word)) == word.decode()


def test_a_marked_tab_is_marked_in_its_whole_width() -> None:
    source, carets = excerpt(b"a\tb", 1, 0, 3, Style())
    assert (source, carets) == (" 1 | a       b", "   | ^^^^^^^^^")


def test_wide_characters_take_two_columns() -> None:
    source, carets = excerpt("/* 漢字 */ x;".encode(), 1, 13, 14, Style())
    assert carets.index("^") == source.index("x") + 2


def test_combining_characters_take_no_column() -> None:
    line = "/* e\u0301 */ x;".encode()
    source, carets = excerpt(line, 1, line.index(b"x"), line.index(b"x") + 1, Style())
    assert carets.index("^") == source.index("x") - 1


def test_a_range_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert marked(b"\tif (foo(vma,  ", 5, 99) == "foo(vma,"


def test_an_empty_range_gets_one_caret() -> None:
    assert excerpt(b"foo", 12, 1, 1, Style()) == [" 12 | foo", "    |  ^"]


def test_control_characters_cannot_reach_the_terminal() -> None:
    source, _ = excerpt(b"x \x1b[31m y \x9b \x07", 1, 0, 1, Style())
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in source)


def test_colour_is_only_there_on_request() -> None:
    assert "\x1b[" in excerpt(b"x", 1, 0, 1, Style(color=True))[1]
    assert "\x1b[" not in "".join(excerpt(b"x", 1, 0, 1, Style()))
