# SPDX-License-Identifier: GPL-2.0-only
"""Drivers drawn at random behave after a conversion of tier complete as before, on a running kernel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.kernel.invented.grammar import draw, loose_ends
from tests.kernel.invented.trial import Outcome, converted, is_exhaustion, is_merging, tried
from tests.kernel.lab.figures import note

SEEDS = range(120)
CONTROL = 10_000
"""The seed's number of a conversion that is wrong on purpose."""


def test_every_rule_of_the_grammar_is_used_and_every_name_has_one() -> None:
    assert loose_ends() == set()


def test_a_seed_always_gives_the_same_driver_and_another_seed_another_one() -> None:
    assert draw(1) == draw(1)
    assert len({draw(seed) for seed in range(50)}) == 50


@pytest.mark.parametrize(
    ("before", "after", "merging"),
    [
        pytest.param("ok ok vmas=2 bytes=AB", "ok ok vmas=1 bytes=AB", True, id="one VMA"),
        pytest.param("ok ok vmas=2 bytes=AB", "ok ok vmas=1 bytes=BC", False, id="one VMA of other pages"),
        pytest.param("ok ok vmas=1 bytes=AB", "ok EINVAL vmas=1 bytes=A?", True, id="refused, which merged"),
        pytest.param(
            "ok ok vmas=2 bytes=AB", "ok EINVAL vmas=1 bytes=A?", False, id="refused, which did not"
        ),
    ],
)
def test_what_merging_may_change(before: str, after: str, merging: bool) -> None:
    assert is_merging("rw shared r-- neighbours upward", before, after) is merging
    assert not is_merging("rw shared r-- fork parent", before, after)


@pytest.mark.parametrize(
    ("key", "before", "after", "exhaustion"),
    [
        pytest.param("rw shared r-- fails with", "ENOMEM", "ENOMEM EFAULT", True, id="one errno more"),
        pytest.param("rw shared r-- fails with", "EAGAIN", "ENOMEM EFAULT", False, id="one less"),
        pytest.param("rw shared r-- fails with", "ENOMEM", "ENOMEM EINVAL", False, id="another one"),
        pytest.param("mmap rw shared r-- 0+1", "ENOMEM", "ENOMEM EFAULT", False, id="another question"),
    ],
)
def test_what_a_lack_of_page_tables_may_change(key: str, before: str, after: str, exhaustion: bool) -> None:
    assert is_exhaustion(key, before, after) is exhaustion


@pytest.fixture(scope="module")
def outcome(tree: Path) -> Outcome:
    """All pairs of the seeds and the control, on one boot."""
    drawn = converted(tree, SEEDS)
    assert drawn.errors == ()
    pairs = drawn.pairs
    wrong = next(pair for pair in pairs if b"return -EINVAL;" in pair.after)
    control = replace(wrong, seed=CONTROL, after=wrong.after.replace(b"return -EINVAL;", b"return -EDOM;"))
    found = tried(tree, [*pairs, control])
    note("drivers drawn at random", len(SEEDS))
    note("of these converted without asking", len(pairs))
    note("of these that gave a mapping", found.mapped - 1)
    return found


@pytest.mark.kernel
def test_enough_of_them_are_converted_and_give_a_mapping(outcome: Outcome) -> None:
    assert len(outcome.pairs) >= 20
    assert outcome.mapped >= 0.8 * len(outcome.pairs)


@pytest.mark.kernel
def test_no_conversion_is_seen_to_differ(outcome: Outcome) -> None:
    assert {seed: shown for seed, shown in outcome.wrong.items() if seed != CONTROL} == {}


@pytest.mark.kernel
def test_a_wrong_conversion_is_seen_to_differ(outcome: Outcome) -> None:
    assert any(after == "EDOM" for _key, _before, after in outcome.differing[CONTROL])
