# SPDX-License-Identifier: GPL-2.0-only
"""Suppression comments."""

from __future__ import annotations

import pytest

from mmapmigrate.lint.suppression import read_suppressions
from mmapmigrate.syntax.source import SourceFile


def lines(text: str, code: str = "MM101") -> list[int]:
    """The lines of ``text`` at which ``code`` is suppressed, one line past the end included."""
    suppressions = read_suppressions(SourceFile("foo.c", text.encode()))
    return [line for line in range(1, text.count("\n") + 3) if suppressions.covers(code, line)]


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        pytest.param("int a;\nint b; /* mmapmigrate: ignore[MM101] why */\nint c;\n", [2], id="on the line"),
        pytest.param("int a; // mmapmigrate: ignore[MM101] why\nint b;\n", [1], id="line comment"),
        pytest.param(
            "/* mmapmigrate: ignore[MM101] why */\nint a;\nint b;\n", [1, 2], id="on the line before"
        ),
        pytest.param("\t// mmapmigrate: ignore[MM101]\n\tint a;\n", [1, 2], id="indented, line comment"),
        pytest.param(
            "/*\n * mmapmigrate: ignore[MM101]\n * because\n */\nint a;\nint b;\n",
            [1, 2, 3, 4, 5],
            id="block",
        ),
        pytest.param(
            "/* mmapmigrate: ignore[MM101] */\n/* more */\nint a;\nint b;\n", [1, 3], id="comments in a row"
        ),
        pytest.param("/* mmapmigrate: ignore[MM101] */ int a;\nint b;\n", [1], id="before code"),
        pytest.param("/*mmapmigrate:ignore[MM101]*/\nint a;\n", [1, 2], id="no blanks"),
        pytest.param(
            "#define F {\\\n\t/* mmapmigrate: ignore[MM101] */\\\n\t.mmap = f,\\\n}\n",
            [2, 3],
            id="in a macro",
        ),
        pytest.param("/* mmapmigrate: ignore[MM101] */\r\nint a;\r\nint b;\r\n", [1, 2], id="CRLF"),
        pytest.param("int a; /* mmapmigrate: ignore[MM101] */", [1], id="no last newline"),
        pytest.param("/* mmapmigrate: ignore[MM201, MM101] */\nint a;\n", [1, 2], id="several codes"),
        pytest.param("/* mmapmigrate: ignore[MM1] */\nint a;\n", [1, 2], id="a prefix"),
        pytest.param("/* mmapmigrate: ignore */\nint a;\n", [1, 2], id="all rules"),
    ],
)
def test_covered_lines(text: str, covered: list[int]) -> None:
    assert lines(text) == covered


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("int a;\n", id="nothing"),
        pytest.param("/* mmapmigrate: ignore[MM201] */\nint a;\n", id="another rule"),
        pytest.param("/* mmapmigrate: ignore[] */\nint a;\n", id="empty brackets"),
        pytest.param("/* mmapmigrate: ignored */\nint a;\n", id="another word"),
        pytest.param('char *s = "/* mmapmigrate: ignore[MM101] */";\n', id="in a string"),
        pytest.param('char *s = "\\"/* mmapmigrate: ignore */";\n', id="after an escaped quote"),
        pytest.param("int mmapmigrate; /* ignore[MM101] */\n", id="no mark"),
    ],
)
def test_nothing_is_covered(text: str) -> None:
    assert lines(text) == []


def test_a_quote_character_does_not_open_a_string() -> None:
    assert lines("char c = '\"'; /* mmapmigrate: ignore */\n") == [1]


def test_a_comment_in_latin_1_is_read() -> None:
    source = SourceFile("foo.c", b"/* J\xfcrgen; mmapmigrate: ignore[MM101] */\nint a;\n")
    assert read_suppressions(source).covers("MM101", 2)
