# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmapmigrate.syntax.tokens import Tokens


def test_starts_are_where_the_tokens_stand() -> None:
    text = b"\f\v a\r\n\t->b  [\n1 ]\n\n"
    tokens = Tokens(text)
    assert tokens.start == [3, 7, 9, 12, 14, 16]
    assert [text[tokens.start[i] : tokens.end(i)] for i in range(len(tokens))] == tokens.text


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param(b"a->b++", [b"a", b"->", b"b", b"++"], id="operators"),
        pytest.param(b"a<<=1", [b"a", b"<<=", b"1"], id="shift and assign"),
        pytest.param(b"0x1fUL .5 1e3", [b"0x1fUL", b".5", b"1e3"], id="numbers"),
        pytest.param(b"f(\"  \",' ')", [b"f", b"(", b'"  "', b",", b"' '", b")"], id="blanked literals"),
        pytest.param(b"case 1 ... 2:", [b"case", b"1", b"...", b"2", b":"], id="range"),
        pytest.param(b"\xe9t\xe9=1", [b"\xe9t\xe9", b"=", b"1"], id="bytes beyond ASCII"),
        pytest.param(b'"a', [b'"', b"a"], id="stray quote"),
    ],
)
def test_text_is_cut_into_tokens(text: bytes, tokens: list[bytes]) -> None:
    assert Tokens(text).text == tokens


def test_brackets_are_paired() -> None:
    tokens = Tokens(b"f(a[1], {b})")
    assert tokens.pair[1] == len(tokens) - 1
    assert tokens.pair[len(tokens) - 1] == 1
    assert tokens.pair[3] == 5


def test_outer_is_the_bracket_around_a_token() -> None:
    tokens = Tokens(b"f(a[1])")
    assert tokens.outer == [-1, -1, 1, 1, 3, 1, -1]


def test_a_parenthesis_does_not_close_across_a_brace() -> None:
    tokens = Tokens(b"(a { b ) c }")
    assert tokens.pair == [-1, -1, 6, -1, -1, -1, 2]


def test_a_brace_closes_what_was_left_open_inside_it() -> None:
    tokens = Tokens(b"{ ( a } b")
    assert tokens.pair[0] == 3
    assert tokens.outer[4] == -1


def test_a_closer_without_an_opener_has_no_pair() -> None:
    assert Tokens(b") ] }").pair == [-1, -1, -1]


@given(st.text("(){}[]a;", max_size=60))
def test_pairs_point_at_each_other_and_nest(text: str) -> None:
    tokens = Tokens(text.encode())
    opposite = {b"(": b")", b"[": b"]", b"{": b"}"}
    for index, pair in enumerate(tokens.pair):
        if pair > index:
            assert tokens.pair[pair] == index
            assert opposite[tokens.text[index]] == tokens.text[pair]
            assert all(tokens.pair[i] < pair for i in range(index + 1, pair))


def test_many_brackets_cost_linear_time() -> None:
    assert len(Tokens(b"({" + b"[)" * 100_000)) == 200_002


def test_white_space_at_the_end_costs_linear_time() -> None:
    assert len(Tokens(b"a;" + b" " * 1_000_000)) == 2
