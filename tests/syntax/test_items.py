# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmapmigrate.syntax import items as splitting
from mmapmigrate.syntax.item import ItemKind
from mmapmigrate.syntax.items import split_items
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

F, D, M = ItemKind.FUNCTION, ItemKind.DECLARATION, ItemKind.DEFINE

PIECES = st.sampled_from(
    [
        b"int f(void)\n{\n",
        b"}\n",
        b"{",
        b"}",
        b"(",
        b")",
        b";",
        b"=",
        b"#if A\n",
        b"#if 0\n",
        b"\n#else\n",
        b"\n#endif\n",
        b"\n#define X \\\n y\n",
        b"FOO(x)\n",
        b"struct a ",
        b'extern "C" ',
        b'"',
        b"/*",
        b"*/",
        b"x",
        b" ",
        b"\n",
        b"\0",
        b"\xe9",
    ]
)


def split(text: bytes) -> list[tuple[ItemKind, bytes]]:
    unit = SourceUnit(SourceFile("foo.c", text))
    return [(item.kind, text[item.start : item.end]) for item in unit.items]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        pytest.param(b"int a; int b;", [(D, b"int a;"), (D, b"int b;")], id="declarations"),
        pytest.param(b"int f(void) { a(); }", [(F, b"int f(void) { a(); }")], id="function"),
        pytest.param(b"int f(void);", [(D, b"int f(void);")], id="prototype"),
        pytest.param(
            b"int f(void)\n__must_hold(x)\n{\n}\n",
            [(F, b"int f(void)\n__must_hold(x)\n{\n}")],
            id="attribute",
        ),
        pytest.param(
            b"struct a *f(int b) { }", [(F, b"struct a *f(int b) { }")], id="function of struct type"
        ),
        pytest.param(
            b"struct a { int b; };\nint c;", [(D, b"struct a { int b; };"), (D, b"int c;")], id="struct"
        ),
        pytest.param(
            b"struct __aligned(8) a { int b; } c;",
            [(D, b"struct __aligned(8) a { int b; } c;")],
            id="aligned",
        ),
        pytest.param(
            b"int a[] = { 1, 2 };\nint b;", [(D, b"int a[] = { 1, 2 };"), (D, b"int b;")], id="initialiser"
        ),
        pytest.param(b'MODULE_LICENSE("GPL");', [(D, b'MODULE_LICENSE("GPL");')], id="macro call"),
        pytest.param(
            b'MODULE_LICENSE("GPL")\nint a;',
            [(D, b'MODULE_LICENSE("GPL")'), (D, b"int a;")],
            id="no semicolon",
        ),
        pytest.param(
            b"FOO(a)\n#define B\n", [(D, b"FOO(a)"), (M, b"#define B")], id="no semicolon, directive"
        ),
        pytest.param(b"FOO(a)", [(D, b"FOO(a)")], id="no semicolon, end of file"),
        pytest.param(
            b"__printf(1, 2)\nint f(char *a, ...);",
            [(D, b"__printf(1, 2)\nint f(char *a, ...);")],
            id="attribute line",
        ),
        pytest.param(
            b"DEFINE_FOO(a) {\n\treturn;\n}\n", [(F, b"DEFINE_FOO(a) {\n\treturn;\n}")], id="macro function"
        ),
        pytest.param(b"FOO(a)\n{\n}\nint b;", [(F, b"FOO(a)\n{\n}"), (D, b"int b;")], id="macro head"),
        pytest.param(b'extern "C" {\nint a;\n}\nint b;', [(D, b"int a;"), (D, b"int b;")], id="linkage"),
        pytest.param(b"int a; /* } */ int b;", [(D, b"int a;"), (D, b"int b;")], id="brace in a comment"),
        pytest.param(b"A_LIST\n#undef B\nint c;", [(D, b"A_LIST"), (D, b"int c;")], id="bare macro"),
        pytest.param(
            b"T(a,\n\tB(c; d;),\n\te);\nint f;",
            [(D, b"T(a,\n\tB(c; d;),\n\te);"), (D, b"int f;")],
            id="tracepoint",
        ),
        pytest.param(b"}\nint a;", [(D, b"int a;")], id="stray brace"),
        pytest.param(b"int a", [(D, b"int a")], id="unfinished"),
        pytest.param(b"", [], id="empty"),
        pytest.param(b"// nothing\n", [], id="only a comment"),
    ],
)
def test_a_file_is_split_into_its_items(text: bytes, items: list[tuple[ItemKind, bytes]]) -> None:
    assert split(text) == items


def test_items_inside_arms_are_items_of_their_own() -> None:
    text = b"#ifdef A\nint f(void)\n{\n}\n#else\nint g(void)\n{\n}\n#endif\n"
    assert [kind for kind, _ in split(text)] == [F, F]


def test_two_heads_with_one_body_are_one_item() -> None:
    text = b"#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n#endif\n\treturn 0;\n}\nint b;\n"
    assert split(text) == [(F, text[9 : text.index(b"\nint b")]), (D, b"int b;")]


def test_an_if_0_arm_does_not_count_for_braces() -> None:
    text = b"int f(void)\n{\n#if 0\n\tif (a) {\n#endif\n}\nint b;\n"
    assert [kind for kind, _ in split(text)] == [F, D]


def test_a_brace_opened_and_closed_under_the_same_condition_balances() -> None:
    text = b"int f(void)\n{\n#ifdef A\n\tif (a) {\n#endif\n\tb();\n#ifdef A\n\t}\n#endif\n}\nint b;\n"
    assert [kind for kind, _ in split(text)] == [F, D]


def test_an_unbalanced_function_ends_where_the_next_line_begins_with_its_brace() -> None:
    text = b"int f(void)\n{\n\tif (a) {\n}\nint g(void)\n{\n}\n"
    assert [kind for kind, _ in split(text)] == [F, F]


def test_an_else_arm_that_opens_more_than_the_first_does_not_end_the_function_early() -> None:
    text = (
        b"int f(void)\n{\n#ifdef A\n\ta();\n#else\n\tif (b) {\n#endif\n\t\tc();\n"
        b"#ifndef A\n\t}\n#endif\n\td();\n}\nint e;\n"
    )
    assert split(text) == [(F, text[: text.index(b"\nint e")]), (D, b"int e;")]


def test_a_define_inside_an_item_is_part_of_it() -> None:
    text = b"struct a {\n#define B 1\n\tint c;\n};\n#define D 2\n"
    assert [kind for kind, _ in split(text)] == [D, M]


def test_unfinished_text_in_a_dead_arm_is_an_item() -> None:
    assert split(b"#if 0\nint a\n#endif\nint b;\n") == [(D, b"int a"), (D, b"int b;")]


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=60).map(b"".join))
def test_items_are_ordered_disjoint_and_leave_no_text_out(text: bytes) -> None:
    unit = SourceUnit(SourceFile("foo.c", text))
    at = 0
    between = b""
    for item in unit.items:
        assert at <= item.start < item.end <= len(text)
        between += unit.text[at : item.start]
        at = item.end
    between += unit.text[at:]
    assert not between.replace(b'extern "', b"").translate(None, b' {}"\n\r\t\v\f'), between


HEADS = st.sampled_from(
    [
        b"static ",
        b"int f(int a)",
        b"struct a",
        b"__attribute__((a)) ",
        b"__attribute__ ((b))",
        b"__aligned(8)",
        b" a[] = ",
        b"{ 1, { 2 } }",
        b"{ return; }",
        b")\n{\n",
        b"\n\n",
        b"\r\n",
        b"\t(",
        b"a, (b)",
        b"typedef ",
        b"const ",
        b"enum",
        b"x" * 4096,
        b'extern "C"',
    ]
)


@settings(max_examples=500)
@given(st.lists(st.one_of(HEADS, PIECES), max_size=40).map(b"".join))
def test_an_item_taken_at_once_is_what_its_tokens_say(text: bytes) -> None:
    unit = SourceUnit(SourceFile("foo.c", text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "USUAL", re.compile(rb"(?!)"))
        token_by_token = split_items(unit.code, unit.text, unit.directives)
    assert unit.items == token_by_token
