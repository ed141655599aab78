# SPDX-License-Identifier: GPL-2.0-only
"""Commands that draw tables or print sentences, on terminals of few columns, without colour, and in pipes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Tool
from tests.cli.terminal import on_terminal
from tests.drivers import BLOCKED_HOOK, GOOD_HOOK
from tests.series.support import write_tree

COMMANDS = (
    ["rules"],
    ["explain", "may-merge"],
    ["explain", "MM105"],
    ["api", "--target", "7.3"],
    ["check", "--statistics", "--target", "7.3", "drivers"],
    ["plan", "--quiet", "--target", "7.3"],
    ["config"],
)


def words(text: str) -> list[str]:
    """What is said, but for rules between rows."""
    return re.findall(r"[\w.()>-]*\w[\w.()>-]*", text)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = write_tree(tmp_path / "linux")
    (tree / "drivers/two.c").write_text(GOOD_HOOK + BLOCKED_HOOK)
    return tree


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("columns", [40, 60])
def test_lines_fit_where_words_do(tree: Path, command: list[str], columns: int) -> None:
    shown = on_terminal(tree, *command, columns=columns, COLUMNS="", NO_COLOR="1")
    assert "\x1b" not in shown
    assert "…" not in shown
    # Code is not folded, nor is a word cut.
    long = [line for line in shown.splitlines() if len(line) > columns and not line.startswith("    ")]
    assert [line for line in long if len(line.split()) > 1] == []


@pytest.mark.parametrize("command", COMMANDS[:4], ids=" ".join)
def test_nothing_is_lost(tool: Tool, tree: Path, command: list[str]) -> None:
    plain = tool(*command, cwd=tree).stdout
    assert words(on_terminal(tree, *command, columns=40, COLUMNS="", NO_COLOR="1")) == words(plain)


def test_columns_outranks_the_terminal(tree: Path) -> None:
    assert on_terminal(tree, "rules", columns=200, COLUMNS="50") == on_terminal(
        tree, "rules", columns=50, COLUMNS=""
    )


def test_the_summary_has_its_numbers_on_any_terminal(tree: Path) -> None:
    for columns in (40, 60, 100):
        shown = on_terminal(
            tree, "check", "--target", "7.3", "drivers", columns=columns, COLUMNS="", NO_COLOR="1"
        )
        table = shown.partition("rule")[2]
        assert ("deprecated-mmap-hook" in table) == (columns > 60)
        row = next(line for line in table.splitlines() if line.split()[:1] == ["MM101"])
        assert next(cell for cell in row.split() if cell.isdigit()) == "7"
        assert "findings" in shown


def test_a_pipe_gets_one_rule_a_line(tool: Tool, tree: Path) -> None:
    lines = tool("rules", env={**os.environ, "COLUMNS": "40"}).stdout.splitlines()
    assert all(re.match(r"(code|[A-Z]+\d+)  ", line) for line in lines)
    assert max(map(len, lines)) > 80
