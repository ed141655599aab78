# SPDX-License-Identifier: GPL-2.0-only
"""The tokens of a range of a file, and which bracket is open around them."""

from __future__ import annotations

import pytest

from mmapmigrate.model.tokens import TokenText
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit


def tokens(text: bytes) -> TokenText:
    return TokenText.of(SourceUnit(SourceFile("foo.c", text)), 0, len(text))


def texts(text: bytes) -> list[bytes]:
    found = tokens(text)
    return [found.text(at) for at in range(len(found))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(b"a /* b */ = c;", [b"a", b"=", b"c", b";"], id="comment"),
        pytest.param(b"a;\n # define b c \\\n d\ne;", [b"a", b";", b"e", b";"], id="directive"),
        pytest.param(b"a;\n#define b /* c\n*/ d\ne;", [b"a", b";", b"e", b";"], id="comment in a directive"),
        pytest.param(b"a \\\n#if\n;", [b"a", b"#", b"if", b";"], id="a joined line"),
        pytest.param(
            b'f("a \\\nb", c);', [b"f", b"(", b'"  \\\n "', b",", b"c", b")", b";"], id="joined literal"
        ),
        pytest.param(b'f("a;\nb', [b"f", b"(", b'"a;', b"b"], id="unclosed quote"),
        pytest.param(b'f("a \\\n#if b;\nc', [b"f", b"(", b'"a \\\n#if b;', b"c"], id="unclosed and joined"),
    ],
)
def test_what_is_a_token(text: bytes, found: list[bytes]) -> None:
    assert texts(text) == found


def test_both_arms_begin_where_the_conditional_does() -> None:
    found = tokens(b"{\n#ifdef A\n\tf(a,\n#else\n\tg(b,\n#endif\n\t\tc);\n}\n")
    f, g, c = (next(at for at in range(len(found)) if found.text(at) == name) for name in (b"f", b"g", b"c"))
    assert (found.outer[f], found.outer[g]) == (0, 0)
    assert found.outer[c] == f + 1


def test_a_token_is_found_by_where_it_begins() -> None:
    found = tokens(b"ab = c;")
    assert [found.beginning_at(at) for at in (0, 1, 2, 3, 5, 7)] == [0, None, None, 1, 2, None]
