# SPDX-License-Identifier: GPL-2.0-only
"""The worked examples of the guides work as they are written."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from mmapmigrate.cli.app import run
from mmapmigrate.convert import drafting
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.recipes import RECIPES
from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot
from mmapmigrate.lint.loader import load_folder
from mmapmigrate.lint.rule import RuleContext
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile
from tests.convert.support import SETTING, TABLE, convert, snapshot

DOCS = Path(__file__).resolve().parents[1] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.M | re.S)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the rule and the driver of the page, to work in."""
    (code,) = blocks("writing-rules.md", "python")
    (driver,) = blocks("writing-rules.md", "c")
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "hou001_hook_name.py").write_text(code)
    (tmp_path / "foo.c").write_text(driver)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_rule_finds_what_the_page_says(house: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (console,) = blocks("writing-rules.md", "console")
    command, printed = console.removeprefix("$ mmapmigrate ").split("\n", 1)
    assert run(command.split()) == 1
    assert capfd.readouterr().out == printed


def test_the_rule_passes_its_own_examples(house: Path) -> None:
    (loaded,) = load_folder(house / "house")
    api = load_snapshot(newest_snapshot())
    for example in (*loaded.rule.bad, *loaded.rule.good):
        project = Project()
        file = project.model(SourceFile("example.c", example.code.encode()))
        findings = list(loaded.check(RuleContext(loaded.rule, file, api, project)))
        assert len(findings) == example.findings


def recipe_module(folder: Path) -> ModuleType:
    (code,) = blocks("writing-recipes.md", "python")
    path = folder / "last_offset.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("recipe_of_docs", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_recipe_converts_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = blocks("writing-recipes.md", "c")
    without = convert(SETTING + before + TABLE)
    assert without.tier is not Tier.COMPLETE
    module = recipe_module(tmp_path)
    monkeypatch.setattr(drafting, "RECIPES", (module.last_offset, *RECIPES))
    result = convert(SETTING + before + TABLE)
    assert (result.tier, result.conversion.reasons) == (Tier.COMPLETE, ())
    assert result.new is not None and after in result.new


def test_the_recipe_writes_no_name_that_the_kernel_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _after = blocks("writing-recipes.md", "c")
    api = snapshot()
    helpers = {name: each for name, each in api.helpers.items() if name != "vma_desc_pages"}
    module = recipe_module(tmp_path)
    monkeypatch.setattr(drafting, "RECIPES", (module.last_offset, *RECIPES))
    result = convert(SETTING + before + TABLE, api=replace(api, helpers=helpers))
    assert result.tier is Tier.BLOCKED
