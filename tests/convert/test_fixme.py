# SPDX-License-Identifier: GPL-2.0-only
"""FIXME comments as the kernel writes them."""

from __future__ import annotations

from mmapmigrate.convert.skeletons.fixme import MARK, comment, quoted


def test_what_fits_is_one_line() -> None:
    assert comment("\t", ["`foo` is left"]) == "/* FIXME: foo is left */"


def test_what_is_longer_is_wrapped_at_80_columns() -> None:
    text = comment("\t\t", ["word " * 30])
    assert text.startswith("/*\n\t\t * FIXME: word ")
    assert text.endswith("\n\t\t */")
    assert max(len(line.expandtabs(8)) for line in text.split("\n")) <= 80


def test_each_message_begins_with_fixme_and_the_quote_is_last() -> None:
    assert comment("", ["one", "two"], ["foo(vma);"]) == (
        "/*\n * FIXME: one\n * FIXME: two:\n *\tfoo(vma);\n */"
    )


def test_a_text_may_go_before() -> None:
    assert comment("", ["one"], about="What it is.") == "/*\n * What it is.\n *\n * FIXME: one\n */"
    assert comment("", [], about="What it is.") == "/*\n * What it is.\n */"


def test_no_message_ends_the_comment() -> None:
    assert comment("", ["a */ b"]) == "/* FIXME: a * / b */"


def test_a_missing_statement_is_marked() -> None:
    assert MARK in comment("", ["one"], missing=True)
    assert MARK in comment("", ["one", "two"], missing=True)
    assert MARK not in comment("", ["one", "two"])


def test_a_quote_keeps_the_depth_of_its_lines_and_drops_comments() -> None:
    text = "if (foo) /* why */\n\t\tbar(vma,\n\t\t    baz); // so"
    assert quoted(text, "\t") == ["if (foo)", "\tbar(vma,", "\t    baz);"]


def test_a_string_that_looks_like_a_comment_is_no_comment() -> None:
    assert quoted('foo("/* x", vma, "*/");', "") == ['foo("/ * x", vma, "* /");']


def test_a_long_quote_is_cut() -> None:
    lines = quoted("\n".join(f"line{number};" for number in range(40)), "")
    assert (len(lines), lines[0], lines[-2:]) == (10, "line0;", ["...", "line39;"])
