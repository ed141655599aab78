# SPDX-License-Identifier: GPL-2.0-only
"""The pages that are made from the code are up to date, and links between pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import COMMAND, pages

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"

PAGES = pages()
ALL = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    path = DOCS / name
    text = path.read_text("utf-8") if path.is_file() else ""
    assert text == PAGES[name], f"docs/{name} is stale: run {COMMAND}"


def test_every_rule_has_a_page_and_no_page_lacks_a_rule() -> None:
    rules = {path.name[:5].upper() for path in (ROOT / "rules").glob("mm*.py")}
    there = {path.stem for path in (DOCS / "rules").glob("*.md")} - {"README"}
    assert there == rules


def test_a_rule_page_holds_its_examples() -> None:
    page = PAGES["rules/MM101.md"]
    assert page.startswith("# MM101 deprecated-mmap-hook\n\nwarning, on by default\n")
    assert "```c\n#define DEFINE_FOO_FOPS(name) \\\n" in page
    assert page.count("```") % 2 == 0


@pytest.mark.parametrize("name", ALL)
def test_links_lead_to_files(name: str) -> None:
    path = DOCS / name
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
