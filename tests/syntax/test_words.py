# SPDX-License-Identifier: GPL-2.0-only
"""Whole words are found by plain search."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmapmigrate.syntax.words import (
    behind_last,
    encoded,
    has_word,
    in_word,
    match_before,
    open_bracket,
    word_places,
)


def test_a_word_in_another_is_none() -> None:
    assert list(word_places(b"vma xvma vma_ vma2 (vma)", b"vma")) == [0, 20]


def test_an_empty_word_stands_nowhere() -> None:
    assert list(word_places(b"a b", b"")) == []


def test_a_word_that_the_range_cuts_is_none() -> None:
    assert not has_word(b"vma_set", b"vma", 0, 3)
    assert not has_word(b"my_vma", b"vma", 3)


def test_a_place_outside_is_in_no_word() -> None:
    assert not in_word(b"a", -1)
    assert not in_word(b"a", 1)


def test_bytes_that_are_no_text_survive() -> None:
    assert encoded(b"caf\xe9".decode("utf-8", "surrogateescape")) == b"caf\xe9"


@given(st.text("ab_ .", max_size=40), st.text("ab_", min_size=1, max_size=2))
def test_the_places_are_those_of_the_pattern(text: str, word: str) -> None:
    pattern = re.compile(rb"(?<!\w)" + word.encode() + rb"(?!\w)")
    places = [found.start() for found in pattern.finditer(text.encode())]
    assert list(word_places(text.encode(), word.encode())) == places


def test_what_stands_before_a_place_is_of_its_statement() -> None:
    code = b"a = b; c = d"
    assert match_before(re.compile(rb"(\w) = \Z"), code, code.index(b"d")) is not None
    assert match_before(re.compile(rb"a.*\Z"), code, code.index(b"d")) is None


def test_behind_the_last_of_several_marks() -> None:
    assert behind_last(b"a;b{c", 5, b";{") == 4
    assert behind_last(b"a;b{c", 3, b";{") == 2
    assert behind_last(b"abc", 3, b";{") == 0


@pytest.mark.parametrize(
    ("before", "opener", "within"),
    [
        pytest.param(b"f(a, ", 1, 1, id="call"),
        pytest.param(b"f(g(a), ", 1, 1, id="call in a call"),
        pytest.param(b"x = { {a}, (b), ", 4, None, id="list"),
        pytest.param(b"f(({ a; }), ", 1, None, id="statement in a call"),
        pytest.param(b"{ a; ", 0, None, id="statement"),
        pytest.param(b"f(a); ", None, None, id="nothing open"),
        pytest.param(b"f(" + b"a, " * 300, 1, 1, id="far"),
        pytest.param(b"f(" + b"(a), " * 150, 1, 1, id="far behind others"),
        pytest.param(b"f(" + b"a, " * 400, None, None, id="too far"),
    ],
)
def test_the_bracket_that_is_open(before: bytes, opener: int | None, within: int | None) -> None:
    assert open_bracket(before + b"x", len(before), 1_000) == opener
    assert open_bracket(before + b"x", len(before), 1_000, b"{};") == within
