# SPDX-License-Identifier: GPL-2.0-only
"""Drivers of several files: ``after`` is what ``fix`` makes of ``before``, or nothing changes."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mmapmigrate.cli.app import run

FOLDERS = sorted(
    path.parent for path in (Path(__file__).parents[2] / "fixtures" / "across").glob("*/situation.toml")
)
each = pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])


def stated(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "situation.toml").read_text())


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def fix(folder: Path, target: Path, *options: str) -> dict[str, Any]:
    """The one conversion of ``fix`` with ``options`` over a copy of the old driver."""
    shutil.copytree(folder / "before", target)
    report = target.parent / "report.json"
    arguments = ["--target", "7.3", "--format", "json", "--output", str(report), "--quiet", "--jobs", "1"]
    assert run(["fix", *arguments, *options, str(target)]) in (0, 1)
    (row,) = json.loads(report.read_text())["conversions"]
    return dict(row)


def test_there_are_situations_in_both_directions() -> None:
    tiers = [stated(folder)["tier"] for folder in FOLDERS]
    assert tiers.count("complete") >= 3
    assert tiers.count("review") >= 3
    assert len(tiers) >= tiers.count("complete") + tiers.count("review") + 3


@each
def test_all_files_of_a_driver_change_together_or_none_does(folder: Path, tmp_path: Path) -> None:
    situation = stated(folder)
    row = fix(folder, tmp_path / "driver", "--review")
    assert row["tier"] == situation["tier"]
    assert sorted(Path(path).name for path in row["files"]) == situation.get("files", [])
    codes = {reason["code"] for reason in row["reasons"]}
    assert codes >= set(situation.get("reasons", ())) and codes.isdisjoint(situation.get("without", ()))
    assert any(situation.get("says", "") in text["message"] for text in row["reasons"] or [{"message": ""}])
    after = folder / ("after" if situation["tier"] in ("complete", "review") else "before")
    assert texts(tmp_path / "driver") == texts(after)


@each
def test_fix_alone_leaves_what_needs_review(folder: Path, tmp_path: Path) -> None:
    if stated(folder)["tier"] == "review":
        assert not fix(folder, tmp_path / "driver")["applied"]
        assert texts(tmp_path / "driver") == texts(folder / "before")


@each
def test_what_is_converted_has_nothing_left_to_find(folder: Path) -> None:
    if (folder / "after").exists():
        assert run(["check", "--target", "7.3", "--quiet", str(folder / "after")]) == 0
