# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmapmigrate.syntax.edit import Edit, OverlappingEditsError, apply_edits

DATA = b"static int foo_mmap(void);\r\n"


def test_without_edits_the_bytes_are_the_same() -> None:
    assert apply_edits(DATA, []) == DATA


def test_a_range_is_replaced_and_nothing_else() -> None:
    assert apply_edits(DATA, [Edit(11, 19, b"bar")]) == b"static int bar(void);\r\n"


def test_edits_may_come_in_any_order() -> None:
    assert apply_edits(b"abc", [Edit(2, 3, b"3"), Edit(0, 1, b"1")]) == b"1b3"


def test_an_insertion_takes_no_byte() -> None:
    assert apply_edits(b"ac", [Edit(1, 1, b"b")]) == b"abc"


def test_an_insertion_at_the_end_needs_no_newline() -> None:
    assert apply_edits(b"a", [Edit(1, 1, b"b")]) == b"ab"


def test_a_deletion_is_a_replacement_by_nothing() -> None:
    assert apply_edits(b"abc", [Edit(1, 2, b"")]) == b"ac"


def test_neighbours_may_both_be_replaced() -> None:
    assert apply_edits(b"ab", [Edit(0, 1, b"1"), Edit(1, 2, b"2")]) == b"12"


def test_equal_edits_count_once() -> None:
    assert apply_edits(b"ab", [Edit(0, 1, b"x"), Edit(0, 1, b"x")]) == b"xb"


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param([Edit(0, 2, b"x"), Edit(1, 3, b"y")], id="a byte in common"),
        pytest.param([Edit(0, 2, b"x"), Edit(0, 2, b"y")], id="one range, two texts"),
        pytest.param([Edit(1, 1, b"x"), Edit(1, 1, b"y")], id="two insertions at one place"),
        pytest.param([Edit(0, 3, b"x"), Edit(1, 1, b"y")], id="an insertion inside a replacement"),
    ],
)
def test_edits_that_overlap_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(OverlappingEditsError):
        apply_edits(b"abc", edits)


@given(st.binary(max_size=60), st.data())
def test_what_no_edit_names_comes_out_as_it_went_in(data: bytes, draw: st.DataObject) -> None:
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=6, unique=True).map(sorted))
    edits = [Edit(start, end, b"<>") for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    kept = [
        data[start:end]
        for start, end in zip(
            [0] + [e.end for e in edits], [e.start for e in edits] + [len(data)], strict=True
        )
    ]
    assert apply_edits(data, edits) == b"<>".join(kept)
