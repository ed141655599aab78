# SPDX-License-Identifier: GPL-2.0-only
"""Look-alikes: drivers that resemble one that converts, and must not convert as complete."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mmapmigrate.cli.app import run
from tests.kernel.lab.situations import FIXTURES, situations

REFUSED = sorted(path.parent for path in (FIXTURES / "refused").glob("*/situation.toml"))
each = pytest.mark.parametrize("folder", REFUSED, ids=[folder.name for folder in REFUSED])


def _facts(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "situation.toml").read_text())


def _fix(driver: Path) -> Mapping[str, Any]:
    report = driver.with_suffix(".json")
    options = ["--target", "7.3", "--format", "json", "--output", str(report), "--quiet", "--jobs", "1"]
    assert run(["fix", *options, str(driver)]) == 1
    (conversion,) = json.loads(report.read_text())["conversions"]
    return dict(conversion)


@each
def test_a_look_alike_stays_as_it_is_for_the_reasons_that_are_stated(folder: Path, tmp_path: Path) -> None:
    driver = Path(shutil.copy(folder / "driver.c", tmp_path))
    conversion = _fix(driver)
    facts = _facts(folder)
    assert (conversion["tier"], conversion["applied"]) == (facts["tier"], False)
    assert list(dict.fromkeys(reason["code"] for reason in conversion["reasons"])) == facts["codes"]
    assert driver.read_bytes() == (folder / "driver.c").read_bytes()


@each
def test_a_look_alike_names_what_it_resembles(folder: Path) -> None:
    facts = _facts(folder)
    assert facts["unlike"] in {situation.name for situation in situations()}
    assert facts["title"] and facts["fact"].strip()
    assert facts["tier"] in {"review", "skeleton", "blocked"}
