# SPDX-License-Identifier: GPL-2.0-only
"""The pages that are made from the code are up to date, and links between pages lead somewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from docs.generate import COMMAND, pages
from mmapmigrate.cli.app import COMMANDS

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


def test_the_manual_knows_every_command_and_option() -> None:
    page = PAGES["man/mmapmigrate.1"].replace("\\-", "-")
    for name in COMMANDS:
        assert f"\n.SS {name} " in page or f"\n.SS {name}\n" in page
    for option in ("--write-baseline FILE", "--link-base URL", "--follow", "-j, --jobs N"):
        assert f".TP\n\\fB{option}\\fR\n" in page


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="no mandoc")
def test_mandoc_has_nothing_to_say_of_the_manual() -> None:
    command = ["mandoc", "-T", "lint", "-W", "all", str(DOCS / "man" / "mmapmigrate.1")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_the_manual_is_set_without_a_warning() -> None:
    page = DOCS / "man" / "mmapmigrate.1"
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-rLL=72n", str(page)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    text = re.sub(".\x08", "", done.stdout)
    assert "EXIT STATUS" in text
    assert "mmapmigrate fix --diff drivers/" in text
