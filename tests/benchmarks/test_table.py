# SPDX-License-Identifier: GPL-2.0-only
"""Results as Markdown, and their place in the docs."""

from __future__ import annotations

import pytest

from benchmarks.growth import Step
from benchmarks.page import BEGIN, END, PAGE, PageError, refreshed
from benchmarks.samples import AtMost, Line, More, Samples, Times
from benchmarks.table import comparison, growth_table


def row(line: Line) -> list[str]:
    return [cell.strip() for cell in comparison([line]).splitlines()[-1].strip("|").split("|")]


def test_a_line_says_both_medians_with_their_spread_and_the_ratio() -> None:
    line = Line("check", Samples((1.0, 2.0, 3.0)), "ripgrep", Samples((0.5, 0.4, 0.9)), Times(4))
    assert row(line) == [
        "check",
        "2.000 s (1.000..3.000)",
        "ripgrep",
        "0.500 s (0.400..0.900)",
        "4.00",
        "at most 4",
        "yes",
    ]


def test_a_target_that_is_missed_stands_out() -> None:
    assert row(Line("check", Samples((3.0,)), target=AtMost(2.5)))[4:] == ["-", "at most 2.5 s", "**no**"]


def test_a_fraction_reads_as_one() -> None:
    line = Line("check", Samples((1.0,)), "ast-grep", Samples((50.0,)), Times(1 / 30))
    assert row(line)[4:] == ["0.020", "at most 1/30", "yes"]


def test_a_difference_is_given_where_it_is_limited() -> None:
    line = Line("check", Samples((0.2,)), "pass", Samples((0.0125,)), More(0.15))
    assert row(line)[4:] == ["+0.188 s", "at most 0.15 s more", "**no**"]


def test_a_missing_peer_is_named_and_no_target_is_met_beside_it() -> None:
    line = Line("check", Samples((1.0,)), "spatch", None, Times(1 / 4))
    assert row(line)[2:] == ["spatch", "missing", "-", "at most 1/4", "not measured"]


def test_memory_is_in_megabytes() -> None:
    assert row(Line("peak", Samples((123.4,)), target=AtMost(300), unit="MB"))[1] == "123 MB"


def test_growth_compares_the_time_of_a_byte_with_the_size_before() -> None:
    half = Step("a half", 500_000_000, Samples((1.0,)), Samples((0.5,)), None)
    one = Step("one", 1_000_000_000, Samples((2.2,)), None, half)
    two = Step("two", 2_000_000_000, Samples((6.0,)), None, one)
    assert growth_table([half, one, two]).splitlines()[2:] == [
        "| a half | 0.500 GB | 1.000 s | 2.00 | - | - | 0.500 s | 2.00 |",
        "| one | 1.000 GB | 2.200 s | 2.20 | 1.10 (at most 1.15) | yes | missing | - |",
        "| two | 2.000 GB | 6.000 s | 3.00 | 1.36 (at most 1.15) | **no** | missing | - |",
    ]


def test_the_page_keeps_what_is_written_by_hand() -> None:
    page = f"# Title\n\n{BEGIN}old\n{END}\n## Profile\n"
    new = refreshed(page, "| new |\n")
    assert new == f"# Title\n\n{BEGIN}\n| new |\n\n{END}\n## Profile\n"
    assert refreshed(new, "| new |\n") == new


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{END}"])
def test_a_page_without_its_marks_is_an_error(page: str) -> None:
    with pytest.raises(PageError):
        refreshed(page, "x")


def test_our_page_has_its_marks() -> None:
    page = PAGE.read_text("utf-8")
    assert refreshed(page, "| new |\n").count("| new |") == 1
