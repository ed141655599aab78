# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.kernel.conditions import condition_text, negate


@pytest.mark.parametrize("literal", ["defined(A)", "!defined(A)", "A > 3", "defined(A) || defined(B)", "A"])
def test_negating_twice_gives_the_literal_back(literal: str) -> None:
    assert negate(literal) != literal
    assert negate(negate(literal)) == literal


def test_both_arms_of_a_conditional_make_it_unconditional() -> None:
    assert condition_text([("defined(A)",), ("!defined(A)",)]) == ""
