# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.syntax.arms import ItemConditional, blank_ranges, cutting, doubtful, left_out
from mmapmigrate.syntax.directives import Conditionals
from mmapmigrate.syntax.lexer import blank_directives, find_directives, lex

TWO_RETURNS = b"""\
int f(int a)
{
	if (a)
#ifdef A
		return 1;
#else
		return 2;
#endif
	return 3;
}
"""


def arms_of(text: bytes) -> tuple[bytes, tuple[ItemConditional, ...]]:
    """``text`` as one item: without directives, and with its conditionals."""
    code, comments = lex(text)
    directives = find_directives(code, comments)
    conditionals = Conditionals(code, directives).within(0, len(text))
    return blank_directives(code, directives), cutting(conditionals, 0, len(text))


def test_arms_are_clipped_to_the_item() -> None:
    text = b"#if A\nint a;\nint f(void)\n#else\nint g(void)\n#endif\n{\n}\n"
    code, comments = lex(text)
    conditionals = Conditionals(code, find_directives(code, comments))
    start, end = text.index(b"int f"), len(text) - 1
    (only,) = cutting(conditionals.within(start, end), start, end)
    assert [text[a:b] for a, b in only.arms] == [b"int f(void)\n", b"\nint g(void)\n"]
    assert only.complete


def test_choosing_an_arm_leaves_out_the_others() -> None:
    _, (only,) = arms_of(TWO_RETURNS)
    assert [TWO_RETURNS[a:b].strip() for a, b in left_out([only], {0: 0})] == [b"return 2;"]
    assert [TWO_RETURNS[a:b].strip() for a, b in left_out([only], {0: 1})] == [b"return 1;"]


def test_choosing_nothing_keeps_every_arm() -> None:
    _, conditionals = arms_of(TWO_RETURNS)
    assert left_out(conditionals, {}) == ()


def test_without_an_else_the_last_choice_is_no_arm() -> None:
    text = b"int f(void)\n{\n#if A\n\ta();\n#endif\n}\n"
    _, (only,) = arms_of(text)
    assert [text[a:b].strip() for a, b in left_out([only], {0: only.last()})] == [b"a();"]


def test_the_first_choice_passes_over_an_arm_that_is_never_taken() -> None:
    _, (only,) = arms_of(b"int f(void)\n{\n#if 0\n\ta();\n#else\n\tb();\n#endif\n}\n")
    assert only.first() == 1


def test_ranges_are_blanked_with_their_lines_kept() -> None:
    assert blank_ranges(b"ab\ncd", 10, [(11, 14)]) == b"a \n d"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TWO_RETURNS, id="two statements under one if"),
        pytest.param(
            b"int f(void)\n{\n#if A\n\tif (a)\n#else\n\tif (b)\n#endif\n\t\tc();\n}\n",
            id="two heads of an if",
        ),
        pytest.param(b"int\n#if A\nf(int a)\n#else\nf(void)\n#endif\n{\n}\n", id="two heads of a function"),
        pytest.param(
            b"void f(void)\n{\n\tg(\n#if A\n\t  a,\n#else\n\t  b,\n#endif\n\t  c);\n}\n", id="two arguments"
        ),
        pytest.param(b"int a =\n#if A\n\t1;\n#else\n\t2;\n#endif\n", id="two values"),
    ],
)
def test_arms_that_replace_each_other_inside_a_statement_are_doubtful(text: bytes) -> None:
    code, conditionals = arms_of(text)
    assert doubtful(code, 0, conditionals) == {0}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"int f(void)\n{\n#if A\n\ta();\n#else\n\tb();\n#endif\n}\n", id="whole statements"),
        pytest.param(
            b"struct a b = {\n#if A\n\t.c = 1,\n#else\n\t.c = 2,\n#endif\n};\n", id="members of a list"
        ),
        pytest.param(
            b"int f(void)\n{\n\tif (a &&\n#if A\n\t    b &&\n#endif\n\t    c)\n\t\td();\n}\n", id="one arm"
        ),
        pytest.param(
            b"int f(void)\n{\n\tif (a)\n\t\tb();\n#if A\n\telse\n\t\tc();\n#endif\n}\n", id="an else"
        ),
        pytest.param(b"int f(void)\n{\n#if A\n#else\n\tif (a)\n#endif\n\t\tb();\n}\n", id="an empty arm"),
    ],
)
def test_arms_that_stand_by_themselves_are_not_doubtful(text: bytes) -> None:
    code, conditionals = arms_of(text)
    assert doubtful(code, 0, conditionals) == frozenset()
