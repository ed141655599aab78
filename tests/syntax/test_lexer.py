# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmapmigrate.syntax.lexer import blank_directives, blank_opaque, find_directives, lex

C_PIECES = st.sampled_from(
    [
        b"/*",
        b"*/",
        b"//",
        b'"',
        b"'",
        b"\\",
        b"\n",
        b"\r\n",
        b"#",
        b"#define ",
        b"{",
        b"}",
        b"x",
        b" ",
        b"\0",
        b"\xff",
    ]
)
TEXTS = st.one_of(st.binary(max_size=200), st.lists(C_PIECES, max_size=80).map(b"".join))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(b"a /* b */ c", b"a         c", id="comment"),
        pytest.param(b"a /* b\n * c */ d", b"a     \n        d", id="comment over two lines"),
        pytest.param(b"a // b\nc", b"a     \nc", id="line comment"),
        pytest.param(b"a // b \\\n c\nd", b"a       \n  \nd", id="continued line comment"),
        pytest.param(b"a /* b", b"a     ", id="unterminated comment"),
        pytest.param(b'f("a /* {", x)', b'f("      ", x)', id="string"),
        pytest.param(rb'f("a\"b")', rb'f("    ")', id="escaped quote"),
        pytest.param(b"c = '{';", b"c = ' ';", id="character"),
        pytest.param(rb"c = '\'';", rb"c = '  ';", id="escaped apostrophe"),
        pytest.param(b'"a\\\nb"', b'" \\\n "', id="continued string keeps its backslash"),
        pytest.param(b"a // b\\\\\nc;\nd", b"a       \n  \nd", id="line comment with two backslashes"),
        pytest.param(b'"a\\\\\n\\" b" c', b'"  \\\n " b" c', id="backslash joined to the one it escapes"),
        pytest.param(b'"a\\\\\n" b" c', b'"  \\\n   " c', id="backslash joined to the quote it escapes"),
        pytest.param(b'"a\\\\\\\n" b', b'"   \\\n" b', id="escaped backslash, and a joined line"),
        pytest.param(b"#error a\\\\\n'b\nc'd'", b"#error a\\\\\n'b\nc' '", id="joined prose"),
        pytest.param(b'x = "abc\ny = 1;', b'x = "abc\ny = 1;', id="unterminated string ends with its line"),
        pytest.param(b"#error don't /* c */\n'a'", b"#error don't        \n' '", id="prose of #error"),
        pytest.param(b"#include <a//b'.h>\n'a'", b"#include <a//b'.h>\n' '", id="include"),
        pytest.param(b"a\0b /*\0*/", b"a\0b      ", id="NUL"),
        pytest.param(b"// caf\xe9\r\nx", b"       \r\nx", id="Latin-1 and CRLF"),
    ],
)
def test_comments_and_contents_of_literals_are_blanked(text: bytes, code: bytes) -> None:
    assert blank_opaque(text) == code


@given(TEXTS)
def test_length_and_line_ends_stay(text: bytes) -> None:
    code = blank_opaque(text)
    assert len(code) == len(text)
    assert [i for i, byte in enumerate(code) if byte == 10] == [
        i for i, byte in enumerate(text) if byte == 10
    ]


@given(TEXTS)
def test_directives_are_ordered_and_begin_with_a_hash(text: bytes) -> None:
    code, comments = lex(text)
    at = 0
    for directive in find_directives(code, comments):
        assert at <= directive.start < directive.argument <= directive.end <= len(text)
        assert code[directive.start : directive.start + 1] == b"#"
        at = directive.end


@given(TEXTS)
def test_blanking_directives_keeps_what_is_none(text: bytes) -> None:
    code, comments = lex(text)
    directives = find_directives(code, comments)
    plain = blank_directives(code, directives)
    assert len(plain) == len(code)
    for directive in directives:
        assert not plain[directive.start : directive.end].strip()


def names(text: bytes) -> list[tuple[bytes, bytes]]:
    code, comments = lex(text)
    return [(d.name, text[d.start : d.end]) for d in find_directives(code, comments)]


def test_a_directive_ends_with_its_line() -> None:
    assert names(b"#if A\nx\n  # endif\r\n") == [(b"if", b"#if A"), (b"endif", b"# endif")]


def test_a_directive_goes_on_behind_a_backslash() -> None:
    assert names(b"#define A \\\r\n  b\nc") == [(b"define", b"#define A \\\r\n  b")]


def test_a_directive_goes_on_behind_a_comment_that_spans_lines() -> None:
    text = b"#define A (1 + /* one\n  two */ 2)\nint x;"
    assert names(text) == [(b"define", text[: text.index(b"\nint")])]


def test_a_directive_may_follow_a_comment_on_its_line() -> None:
    assert names(b"/* a */ #undef B\n") == [(b"undef", b"#undef B")]


def test_a_hash_inside_a_line_is_no_directive() -> None:
    assert names(b"x # y\n") == []


@pytest.mark.parametrize(
    "before",
    [b"x \\\n", b"x \\\r\n", b"x \\\\\n", b"x \\\n\\\n", b"x /*\n*/ ", b"x /*\n*/ \\\n /*\n*/", b'"a \\\n'],
    ids=["backslash", "CRLF", "two backslashes", "joined twice", "comment", "both", "unclosed quote"],
)
def test_a_hash_on_a_line_that_is_joined_to_text_is_no_directive(before: bytes) -> None:
    assert names(before + b"#if A\n#endif\n") == [(b"endif", b"#endif")]


@pytest.mark.parametrize(
    "before",
    [b"\\\n", b" \\\r\n\t", b"x\n\\\n", b"/*\n*/ ", b"x\n/*\n*/ \\\n /*\n*/", b"// x \\\n y\n"],
    ids=["backslash", "CRLF", "line before", "comment", "both", "comment before"],
)
def test_a_directive_may_stand_on_a_line_that_is_joined_to_blanks(before: bytes) -> None:
    assert names(before + b"#if A\n#endif\n") == [(b"if", b"#if A"), (b"endif", b"#endif")]


def test_a_directive_goes_on_behind_two_backslashes() -> None:
    assert names(b"#define A \\\\\n  b\nc") == [(b"define", b"#define A \\\\\n  b")]


def test_quotes_that_never_end_cost_linear_time() -> None:
    text = b'\\"' * 200_000
    assert len(blank_opaque(text)) == len(text)
