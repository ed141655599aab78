# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmapmigrate.kernel.conditions import condition_text
from mmapmigrate.kernel.declarators import parameter
from tests.kernel_api.support import header


def test_lines_keep_their_numbers() -> None:
    one = header("/* a\n * b\n */\n#define A \\\n\t1\nint f(int a);\n")
    assert one.line(one.functions("int")[0].offset) == 6


def test_comments_and_strings_hide_nothing_and_add_nothing() -> None:
    one = header(
        'int f(int a /* , int b */);\n// int g(int a);\n#define S "int h(int a); /*"\nint i(int a);\n'
    )
    assert [found.name for found in one.functions("int")] == ["f", "i"]
    assert one.functions("int")[0].parameters()[0] == (parameter("int a"),)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\x00\x01",
        b"/* never closed",
        b"struct s {",
        b"}}}};;;",
        b"#if\n#else\n#else\n#endif\n#endif\n#endif",
        b"#define",
        b"int f(",
        b"struct s { int (*f)(int; };",
        b"#ifdef A\r\nint f(int a);\r\n#endif\r\n",
        b"struct s {" * 2_000,
        b"struct s {" + b"struct {" * 2_000 + b"};" * 2_000 + b"};",
        b"#if A\n" * 2_000 + b"int f(int a);\n" + b"#endif\n" * 2_000,
        b"#if A\nint f(int a);\n" + b"#elif A\nint f(int b);\n" * 2_000 + b"#endif\n",
        b"struct " + b"_" * 50_000 + b" x",
        b"int f(" + b"a " * 50_000 + b");",
        b"/*" + b"*" * 50_000,
        b"((((" * 20_000 + b"int",
        b'"' + b"struct s " * 50,
        b"'" + b"struct s " * 50,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_hostile_text_is_read_without_an_error(text: bytes) -> None:
    one = header(text)
    for aggregate in one.aggregates():
        list(one.members(aggregate))
        list(one.enumerators(aggregate))
    found = one.functions("int")
    assert all(function.name for function in found)
    assert isinstance(condition_text([one.condition(function.offset) for function in found]), str)


PIECES = st.sampled_from(
    [
        "struct s",
        " {",
        "}",
        ";",
        "(",
        ")",
        "int f(int a)",
        "\n",
        "#if A",
        "#else",
        "#endif",
        "/*",
        "*/",
        '"',
        "'",
        "\\",
        "enum",
        ",",
    ]
)


@settings(deadline=None, max_examples=50)
@given(st.lists(PIECES, max_size=60))
def test_any_order_of_the_pieces_of_a_header_is_read(pieces: list[str]) -> None:
    one = header("".join(pieces))
    for aggregate in one.aggregates():
        assert 0 <= aggregate.start <= aggregate.end <= len(one.code)
        for member in one.members(aggregate):
            assert one.code[member.offset :].startswith(member.path.rpartition(".")[2])
    for function in one.functions("int"):
        assert one.code[function.offset :].startswith(function.name)
