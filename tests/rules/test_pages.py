# SPDX-License-Identifier: GPL-2.0-only
"""The page that each rule carries."""

from __future__ import annotations

import re

import pytest

from mmapmigrate.lint.loader import LoadedRule, builtin_folder, load_folder

RULES = load_folder(builtin_folder(), builtin=True)
HEADINGS = (
    "What it does",
    "Why it is bad",
    "Example",
    "What the fix does and what may go wrong",
    "Confidence",
    "Source",
)

every_rule = pytest.mark.parametrize("loaded", RULES, ids=lambda loaded: loaded.code)


@every_rule
def test_the_page_has_the_same_headings_in_the_same_order(loaded: LoadedRule) -> None:
    assert tuple(re.findall(r"(?m)^## (.+)$", loaded.page)) == HEADINGS


@every_rule
def test_no_heading_is_empty(loaded: LoadedRule) -> None:
    parts = re.split(r"(?m)^## .+$", loaded.page)[1:]
    assert all(len(part.split()) >= 1 for part in parts)


@every_rule
def test_the_page_begins_with_one_sentence(loaded: LoadedRule) -> None:
    first, _, rest = loaded.page.partition("\n\n")
    assert first.endswith(".")
    assert rest.startswith("## What it does")


@every_rule
def test_confidence_is_one_of_three_words(loaded: LoadedRule) -> None:
    found = re.search(r"(?m)^## Confidence\n\n(\w+)", loaded.page)
    assert found is not None
    assert found[1] in ("High", "Moderate", "Low")


@every_rule
def test_the_file_is_named_for_the_rule(loaded: LoadedRule) -> None:
    stem = f"{loaded.rule.code.lower()}_{loaded.rule.name.replace('-', '_')}"
    assert loaded.path.stem == stem


@every_rule
def test_the_summary_is_one_line(loaded: LoadedRule) -> None:
    summary = loaded.rule.summary
    assert summary and len(summary) < 100 and not summary.endswith(".")
