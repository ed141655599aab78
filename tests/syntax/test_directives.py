# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from mmapmigrate.syntax.directives import Conditionals
from mmapmigrate.syntax.lexer import find_directives, lex

NESTED = b"""\
#ifdef A
one
#  if defined(B) && \\
      C
two
#  elif D /* why */
three
#  endif
#else
four
#endif
five
"""


def conditionals(text: bytes) -> Conditionals:
    code, comments = lex(text)
    return Conditionals(code, find_directives(code, comments))


def conditions(text: bytes, word: bytes) -> list[tuple[int, int, str]]:
    return [(c.group, c.branch, c.text) for c in conditionals(text).at(text.index(word))]


def test_ifdef_reads_as_defined() -> None:
    assert conditions(NESTED, b"one") == [(0, 0, "defined(A)")]


def test_ifndef_reads_as_not_defined() -> None:
    assert conditions(b"#ifndef A\nx\n#endif\n", b"x\n#") == [(0, 0, "!defined(A)")]


def test_the_outermost_condition_comes_first() -> None:
    assert conditions(NESTED, b"two") == [(0, 0, "defined(A)"), (1, 0, "defined(B) && C")]


def test_an_elif_is_the_next_branch_of_its_group() -> None:
    assert conditions(NESTED, b"three")[1] == (1, 1, "D")


def test_an_else_has_no_text() -> None:
    assert conditions(NESTED, b"four") == [(0, 1, "")]


def test_nothing_encloses_what_stands_behind_the_endif() -> None:
    assert conditions(NESTED, b"five") == []


def test_arms_are_the_text_between_directives() -> None:
    inner, outer = conditionals(NESTED).all
    assert [NESTED[arm.start : arm.end].strip() for arm in inner.arms] == [b"two", b"three"]
    assert NESTED[outer.arms[1].start : outer.arms[1].end] == b"\nfour\n"


def test_an_unclosed_conditional_reaches_to_the_end_of_the_file() -> None:
    (only,) = conditionals(b"#if A\nx\n").all
    assert only.end == len(b"#if A\nx\n")


def test_a_stray_endif_and_else_are_passed_over() -> None:
    assert conditionals(b"#endif\n#else\nx\n").all == ()


def test_an_if_0_arm_is_dead() -> None:
    (only,) = conditionals(b"#if 0\nx\n#else\ny\n#endif\n").all
    assert [arm.dead for arm in only.arms] == [True, False]


def test_within_finds_conditionals_by_their_directives() -> None:
    found = conditionals(NESTED)
    assert [c.group for c in found.within(NESTED.index(b"two"), NESTED.index(b"four"))] == [1, 0]
    assert found.within(NESTED.index(b"five"), len(NESTED)) == []


def test_deep_nesting_is_no_recursion() -> None:
    depth = 20_000
    found = conditionals(b"#if A\n" * depth + b"x\n" + b"#endif\n" * depth)
    assert len(found.at(len(b"#if A\n") * depth)) == depth
