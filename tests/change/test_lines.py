# SPDX-License-Identifier: GPL-2.0-only
"""Sets of lines, and what a diff of git adds."""

from __future__ import annotations

import pytest

from mmapmigrate.change.history import added_lines
from mmapmigrate.change.lines import ALL_LINES, Lines
from mmapmigrate.change.naming import unquoted


def test_ranges_are_joined() -> None:
    assert Lines.of([5, 3, 4, 9, 4]) == Lines(((3, 6), (9, 10)))


@pytest.mark.parametrize(("first", "last", "met"), [(1, 2, False), (1, 3, True), (5, 8, True), (6, 8, False)])
def test_a_range_meets_a_set(first: int, last: int, met: bool) -> None:
    assert Lines(((3, 6), (9, 10))).meet(first, last) is met
    assert ALL_LINES.meet(first, last)


def test_an_added_line_that_looks_like_a_header() -> None:
    diff = b"--- a/x.c\n+++ b/x.c\n@@ -1,0 +2,2 @@\n+++ b/y.c\n+@@ -1 +1 @@\n@@ -8 +9,0 @@\n--- a/z.c\n"
    assert list(added_lines(diff)) == [("x.c", 2), ("x.c", 3)]


@pytest.mark.parametrize(
    ("written", "name"),
    [(b"a/b.c", "a/b.c"), (b'"a\\tb\\"\\\\.c"', 'a\tb"\\.c'), (b'"\\303\\251.c"', "é.c"), (b'"', '"')],
)
def test_names_as_git_quotes_them(written: bytes, name: str) -> None:
    assert unquoted(written) == name
