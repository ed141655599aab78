# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from tree_sitter import Point

from mmapmigrate.syntax.attempts import MAX_DEPTH, MAX_ITEM, MAX_NESTING, nesting, read_item

ORIGIN = Point(0, 0)


def test_plain_c_is_parsed_as_it_stands() -> None:
    text = b"int f(void) { return 1; }"
    attempt = read_item(text, 0, ORIGIN)
    assert (attempt.mask, attempt.errors) == (text, ())


def test_a_macro_that_only_looks_like_a_declaration_is_masked_although_it_parses() -> None:
    attempt = read_item(b"void f(void) {\n\twalk_all(a)\n\t\tb(c);\n}", 0, ORIGIN)
    assert b"while   (a)" in attempt.mask


def test_what_no_mask_serves_is_an_error() -> None:
    assert read_item(b"int f(void) { a ? ; ] }", 0, ORIGIN).errors


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"int f(void) {" + b"(" * (MAX_NESTING + 1), id="nested too deep"),
        pytest.param(b"int f(void) { " + b"if (a) " * MAX_DEPTH + b"; }", id="statements in statements"),
        pytest.param(b"int f(void) { a = " + b"b + " * MAX_DEPTH + b"c; }", id="a long sum"),
        pytest.param(b"int a[] = {" + b"1," * (MAX_ITEM // 2) + b"};", id="too long"),
    ],
)
def test_what_is_not_worth_parsing_is_one_error_with_an_empty_tree(text: bytes) -> None:
    attempt = read_item(text, 5, ORIGIN)
    assert attempt.errors == ((5, 5 + len(text)),)
    assert attempt.root.child_count == 0
    assert not attempt.mask.strip()


def test_an_endless_parse_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmapmigrate.syntax.attempts.TIME_LIMIT", -1.0)
    text = b"int f(void) {" + b"a;" * 100_000 + b"}"
    assert read_item(text, 0, ORIGIN).errors == ((0, len(text)),)


def test_nesting_counts_brackets_of_every_kind() -> None:
    assert nesting(b"{([a])} {}") == 3


def test_a_stray_closer_does_not_count() -> None:
    assert nesting(b"))(") == 1
