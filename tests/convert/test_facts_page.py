# SPDX-License-Identifier: GPL-2.0-only
"""docs/facts.md names each fixture where it belongs, and each fact has drivers in both directions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.kernel.lab.situations import FIXTURES, situations
from tests.kernel.lab.traps import traps

PAGE = Path(__file__).parents[2] / "docs" / "facts.md"
SINGLE, ACROSS = (
    [line.split(" | ") for line in part.splitlines() if re.match(r"\| \d+ \|", line)]
    for part in PAGE.read_text().split("fixtures/across/]")
)
ROWS = SINGLE
CONVERTS = [re.findall(r"\w+", row[2]) for row in ROWS]
DOES_NOT = [row[3] for row in ROWS]
TIERS = {situation.name: situation.tier for situation in situations()}


def _named(pattern: str) -> set[str]:
    return {name for cell in DOES_NOT for name in re.findall(pattern, cell)}


def test_each_fact_has_drivers_in_both_directions() -> None:
    assert len(ROWS) >= 20
    assert [row[0] for row, names in zip(ROWS, CONVERTS, strict=True) if not names] == []
    assert [row[0] for row, cell in zip(ROWS, DOES_NOT, strict=True) if not re.search(r"\w", cell)] == []


def test_what_converts_is_complete() -> None:
    assert {TIERS[name] for names in CONVERTS for name in names} == {"complete"}


def test_what_is_in_italics_is_of_tier_review() -> None:
    assert {TIERS[name] for name in _named(r"\*(\w+)\*")} == {"review"}


def test_every_fixture_is_on_the_page() -> None:
    refused = {path.parent.name for path in (FIXTURES / "refused").glob("*/driver.c")}
    wrong = {trap.name for trap in traps()}
    plain = {name for cell in DOES_NOT for name in re.findall(r"\w+", re.sub(r"\*\w+\*|\[\w+\]", "", cell))}
    assert refused == plain
    assert _named(r"\[(\w+)\]") <= wrong
    assert {name for names in CONVERTS for name in names} | _named(r"\*(\w+)\*") == set(TIERS)


def test_every_driver_of_several_files_is_on_the_page_by_its_tier() -> None:
    tiers = {
        path.parent.name: tomllib.loads(path.read_text())["tier"]
        for path in (FIXTURES / "across").glob("*/situation.toml")
    }
    assert all(row[0].startswith("| ") and row[2] and row[3] for row in ACROSS)
    review = {name for row in ACROSS for name in re.findall(r"\*(\w+)\*", row[2])}
    complete = {name for row in ACROSS for name in re.findall(r"\w+", re.sub(r"\*\w+\*", "", row[2]))}
    stays = {name for row in ACROSS for name in re.findall(r"\w+", row[3])}
    assert {name for name, tier in tiers.items() if tier == "review"} == review
    assert {name for name, tier in tiers.items() if tier == "complete"} == complete
    assert {name for name, tier in tiers.items() if tier in ("skeleton", "blocked")} == stays
