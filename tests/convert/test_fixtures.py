# SPDX-License-Identifier: GPL-2.0-only
"""Every fixture's after.c is what ``fix`` makes of its before.c, byte for byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mmapmigrate.cli.app import run
from tests.kernel.lab.situations import Situation, situations

TARGET = "7.3"
SITUATIONS = situations()
each = pytest.mark.parametrize("situation", SITUATIONS, ids=[situation.name for situation in SITUATIONS])


@dataclass(frozen=True)
class Run:
    """What one run of ``fix`` over copies of all drivers made."""

    folder: Path
    conversions: Mapping[str, Mapping[str, Any]]

    def text(self, situation: Situation) -> bytes:
        return (self.folder / situation.name / "before.c").read_bytes()


def _fix(folder: Path, *options: str) -> Run:
    for situation in SITUATIONS:
        (folder / situation.name).mkdir()
        shutil.copy(situation.folder / "before.c", folder / situation.name)
    report = folder / "report.json"
    arguments = ["--target", TARGET, "--format", "json", "--output", str(report), "--quiet", "--jobs", "1"]
    assert run(["fix", *arguments, *options, str(folder)]) in (0, 1)
    conversions = json.loads(report.read_text())["conversions"]
    return Run(folder, {Path(row["path"]).parent.name: row for row in conversions})


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _fix(tmp_path_factory.mktemp("complete"))


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _fix(tmp_path_factory.mktemp("review"), "--review")


def test_there_are_situations_of_both_tiers_that_are_applied() -> None:
    tiers = [situation.tier for situation in SITUATIONS]
    assert tiers.count("complete") >= 15
    assert tiers.count("review") >= 4
    assert set(tiers) == {"complete", "review"}


@each
def test_the_conversion_has_the_tier_that_the_situation_states(situation: Situation, review: Run) -> None:
    assert review.conversions[situation.name]["tier"] == situation.tier


@each
def test_after_is_what_fix_makes_of_before(situation: Situation, complete: Run, review: Run) -> None:
    made = complete if situation.tier == "complete" else review
    assert made.text(situation).decode() == situation.text("after").decode()


@each
def test_fix_alone_leaves_what_needs_review(situation: Situation, complete: Run) -> None:
    expected = situation.text("before" if situation.tier == "review" else "after")
    assert complete.text(situation) == expected
