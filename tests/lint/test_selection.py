# SPDX-License-Identifier: GPL-2.0-only
"""Which rules are active."""

from __future__ import annotations

import pytest

from mmapmigrate.lint.finding import Severity
from mmapmigrate.lint.rule import Rule
from mmapmigrate.lint.selection import UnknownRuleError, find_rule, selected_codes

RULES = [
    Rule("MM101", "deprecated-mmap-hook", Severity.WARNING, ""),
    Rule("MM201", "vm-flags-helper", Severity.WARNING, ""),
    Rule("MM202", "legacy-flag-mask", Severity.WARNING, ""),
    Rule("MM205", "vm-flags-outside-hook", Severity.NOTE, "", default=False),
]


@pytest.mark.parametrize(
    ("select", "extend", "ignore", "active"),
    [
        pytest.param([], [], [], {"MM101", "MM201", "MM202"}, id="defaults"),
        pytest.param(["MM101"], [], [], {"MM101"}, id="select replaces the defaults"),
        pytest.param(
            ["MM2"], [], [], {"MM201", "MM202", "MM205"}, id="a prefix takes in what is off by default"
        ),
        pytest.param([], ["MM205"], [], {"MM101", "MM201", "MM202", "MM205"}, id="extend adds"),
        pytest.param([], [], ["MM2"], {"MM101"}, id="ignore takes away"),
        pytest.param(["MM2"], [], ["MM201"], {"MM202", "MM205"}, id="ignoring one of a prefix"),
        pytest.param(["MM201"], [], ["MM2"], {"MM201"}, id="the longer one wins"),
        pytest.param(["MM201"], [], ["MM201"], set(), id="ignore wins a tie"),
        pytest.param(["ALL"], [], [], {"MM101", "MM201", "MM202", "MM205"}, id="all"),
        pytest.param(["ALL"], [], ["MM"], set(), id="any prefix is longer than ALL"),
        pytest.param([], [], ["ALL"], set(), id="ignore all"),
        pytest.param(["MM101"], ["MM205"], [], {"MM101", "MM205"}, id="select and extend"),
    ],
)
def test_selection(select: list[str], extend: list[str], ignore: list[str], active: set[str]) -> None:
    assert selected_codes(RULES, select=select, extend_select=extend, ignore=ignore) == active


@pytest.mark.parametrize("option", ["select", "extend_select", "ignore"])
def test_an_unknown_selector_is_refused_with_a_suggestion(option: str) -> None:
    with pytest.raises(UnknownRuleError, match=r"^unknown rule 'MM102'; did you mean MM101\?$"):
        selected_codes(RULES, **{option: ["MM102"]})


def test_a_selector_like_nothing_points_at_the_list() -> None:
    with pytest.raises(UnknownRuleError, match=r"^unknown rule 'W'; `mmapmigrate rules` lists them$"):
        selected_codes(RULES, select=["W"])


def test_a_name_as_selector_is_answered_with_its_code() -> None:
    with pytest.raises(UnknownRuleError, match="did you mean MM202"):
        selected_codes(RULES, select=["legacy-flag-masks"])


def test_the_empty_selector_fits_nothing() -> None:
    with pytest.raises(UnknownRuleError):
        selected_codes(RULES, select=[""])


@pytest.mark.parametrize("name", ["MM202", "mm202", "legacy-flag-mask"])
def test_find_rule_by_code_or_name(name: str) -> None:
    assert find_rule(name, RULES).code == "MM202"


def test_find_rule_refuses_the_unknown() -> None:
    with pytest.raises(UnknownRuleError, match="did you mean MM201"):
        find_rule("vm-flag-helper", RULES)
