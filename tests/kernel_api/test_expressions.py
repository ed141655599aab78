# SPDX-License-Identifier: GPL-2.0-only
"""Patterns that a tree brings mean what they say, in a time that no tree can make long."""

from __future__ import annotations

import re
import time
from random import Random

import pytest

from mmapmigrate.kernel.expressions import expression, glob


def _plain(pattern: str) -> re.Pattern[str]:
    stars = {"*": ".*", "?": "."}
    return re.compile("".join(stars.get(letter, re.escape(letter)) for letter in pattern))


def test_a_glob_means_what_it_says() -> None:
    random = Random(1)
    for _ in range(3000):
        pattern = "".join(random.choices("ab/*?", k=random.randrange(1, 9)))
        path = "".join(random.choices("ab/", k=random.randrange(9)))
        assert glob(pattern)(path) == (_plain(pattern).match(path) is not None), (pattern, path)


def test_an_expression_means_what_re_says() -> None:
    random = Random(2)
    parts = ["a", "b", ".", "[^a]", "[ab]", r"\w", r"\b", "^", "$", "/"]
    for _ in range(3000):
        chosen = random.choices(parts, k=random.randrange(1, 7))
        pattern = "".join(
            part + (random.choice(["", "*", "+", "?"]) if part not in (r"\b", "^", "$") else "")
            for part in chosen
        )
        path = "".join(random.choices("ab/", k=random.randrange(9)))
        fits = expression(pattern)
        assert fits is not None
        assert fits(path) == (re.search(pattern, path) is not None), (pattern, path)


@pytest.mark.parametrize(
    "pattern", ["a(b", "(a+)+$", "a{2}", "a|b", "*a", "^*", "a++", r"\1", "[b-a]", "a" + chr(92)]
)
def test_what_is_not_asked(pattern: str) -> None:
    assert expression(pattern) is None


def test_no_pattern_takes_long() -> None:
    path = f"drivers/{'a' * 3000}/foo.c"
    begin = time.process_time()
    assert not glob("*" + "a*" * 30 + "b")(path)
    fits = expression("a*" * 30 + "b")
    assert fits is not None
    assert not fits(path)
    assert time.process_time() - begin < 5
