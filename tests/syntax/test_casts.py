# SPDX-License-Identifier: GPL-2.0-only
"""Operands in parentheses, which are no casts, and casts, which are."""

from __future__ import annotations

import pytest
from tree_sitter import Point

from mmapmigrate.syntax.attempts import read_item
from mmapmigrate.syntax.nodes import find_all

OPERANDS = [
    ("(a) && b == c", "(binary_expression left: (identifier) right: (binary_expression"),
    ("(a(x)) && b(y) > c", "(binary_expression left: (call_expression"),
    ("(a(x, y)) && !b(y) == c", "(binary_expression left: (call_expression"),
    ("(a[n]) && b->c < d", "(binary_expression left: (subscript_expression"),
    ("(a * (b)) && c == d", "(binary_expression left: (binary_expression"),
    ("(a(x)) & b << 3", "(binary_expression left: (call_expression"),
    ("(a(x)) - b * 3", "(binary_expression left: (call_expression"),
    ("z && (a(x)) && b == c", "right: (call_expression"),
    ("((a(x)) && b == c) || (d(y)) && e == f", "right: (binary_expression left: (call_expression"),
]


@pytest.mark.parametrize(("text", "shape"), OPERANDS)
@pytest.mark.parametrize("form", ["if ({}) return;", "x = {};", "return {};", "g({});"])
def test_an_operand_is_no_type(text: str, shape: str, form: str) -> None:
    item = f"int f(void)\n{{\n\t{form.format(text)}\n}}\n".encode()
    read = read_item(item, 7, Point(3, 0))
    assert not read.errors
    assert len(read.mask) == len(item)
    assert list(find_all(read.root, "cast_expression")) == []
    assert shape in str(read.root)


@pytest.mark.parametrize(
    "text",
    [
        "(u32)a && b == c",
        "(u32)-a * b",
        "(foo_t)&p == c",
        "(foo_t *)p && b == c",
        "(typeof(a))&b << 3",
        "(void *)&&out",
    ],
)
def test_a_cast_stays_one(text: str) -> None:
    item = f"int f(void)\n{{\n\tx = {text};\n}}\n".encode()
    read = read_item(item, 0, Point(0, 0))
    assert not read.errors
    assert len(list(find_all(read.root, "cast_expression"))) == 1
