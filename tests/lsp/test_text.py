# SPDX-License-Identifier: GPL-2.0-only
"""Places in a text, as the protocol counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from mmapmigrate.lsp.text import Text
from mmapmigrate.syntax.edit import Edit, apply_edits

ENCODINGS = ("utf-8", "utf-16", "utf-32")
contents = st.text(alphabet=st.sampled_from("ab\u00e9\u20ac\U0001f600\r\n\f\x85\u2028"), max_size=30)


def at(line: int, character: int) -> types.Position:
    return types.Position(line, character)


def test_only_the_protocols_line_ends_end_a_line() -> None:
    text = Text.of("a\fb\x85c\u2028d\r\ne\rf\ng")
    assert [text.position(text.data.index(each)) for each in b"ef"] == [at(1, 0), at(2, 0)]
    assert text.position(len(text.data)) == at(3, 1)
    assert text.position(text.data.index(b"d")).character == 6


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 9), ("utf-16", 4), ("utf-32", 3)])
def test_columns_are_code_units(encoding: str, column: int) -> None:
    text = Text.of("\u00e9\u20ac\U0001f600x", encoding)
    assert text.position(text.data.index(b"x")) == at(0, column)
    assert text.offset(at(0, column)) == text.data.index(b"x")


def test_latin_1_has_one_character_a_byte() -> None:
    text = Text(b"\xfc\xdf x")
    assert (text.charset, text.position(3)) == ("latin-1", at(0, 3))
    assert text.offset(at(0, 2)) == 2
    (edit,) = text.text_edits([Edit(0, 1, b"\xe9")])
    assert edit.new_text == "\u00e9"


def test_a_byte_order_mark_is_no_character() -> None:
    text = Text(b"\xef\xbb\xbfint x;\n")
    assert text.position(3) == at(0, 0)
    assert text.offset(at(0, 4)) == 7


def test_places_outside_of_the_text_are_its_nearest() -> None:
    text = Text.of("ab\r\ncd")
    assert [text.offset(place) for place in (at(0, 99), at(1, 99), at(9, 0))] == [2, 6, 6]


def test_a_line_is_named_without_its_indentation() -> None:
    assert Text(b"a\r\n\t\tb c \r\nd").line(2) == types.Range(at(1, 2), at(1, 5))
    assert Text(b"a\n").line(99).start.line == 1


@given(contents, st.sampled_from(ENCODINGS))
def test_each_place_leads_back_to_its_offset(content: str, encoding: str) -> None:
    text = Text.of(content, encoding)
    for index in range(len(content) + 1):
        if content[index - 1 : index + 1] == "\r\n":
            continue
        offset = len(content[:index].encode())
        assert text.offset(text.position(offset)) == offset


@given(contents, st.data(), st.sampled_from(ENCODINGS))
def test_an_edit_there_makes_what_it_makes_here(content: str, data: st.DataObject, encoding: str) -> None:
    text = Text.of(content, encoding)
    places = sorted(data.draw(st.integers(0, len(content))) for _ in range(2))
    start, end = (len(content[:place].encode()) for place in places)
    edit = Edit(start, end, data.draw(contents).encode())
    (sent,) = text.text_edits([edit])
    change = types.TextDocumentContentChangePartial(sent.range, sent.new_text)
    assert text.changed(change).data == apply_edits(text.data, [edit])
