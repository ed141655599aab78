# SPDX-License-Identifier: GPL-2.0-only
"""--help fits a screen, has headings where it is long, and ends with examples that are right."""

from __future__ import annotations

import os
import re
import shlex

import click
import pytest

from docs.manual import manual_page
from mmapmigrate.cli.app import COMMANDS, group
from mmapmigrate.cli.help import HEADINGS
from tests.cli.conftest import Tool

SCREEN = 24
LONG = {"check": 39, "fix": 37, "series": 40}
"""Commands with more options than a screen of 24 lines has room for: they stand under headings."""


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_a_screen(tool: Tool, name: str) -> None:
    lines = tool(*name.split(), "--help", env={**os.environ, "COLUMNS": "80"}).stdout.splitlines()
    assert 5 < len(lines) <= LONG.get(name, SCREEN)
    assert max(map(len, lines)) < 80


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_is_one_line(tool: Tool, name: str) -> None:
    text = tool(name, "--help", env={**os.environ, "COLUMNS": "80"}).stdout
    listed = re.split(r"\n\n[A-Z][\w ]+:\n", text)[1].splitlines()
    options = [line for line in listed if line.startswith(" ")]
    assert len(options) >= 3
    assert [line for line in options if not re.match(r"  -[^ ].*[^ ]  +[^ ]", line)] == []


@pytest.mark.parametrize("columns", ["20", "40", "60"])
def test_help_on_a_narrow_terminal_leaves_no_option_out(tool: Tool, columns: str) -> None:
    wide, narrow = (
        tool("check", "--help", env={**os.environ, "COLUMNS": each}).stdout for each in ("100", columns)
    )
    names = re.findall(r"^  .*?(--[\w-]+)", wide, re.MULTILINE)
    assert len(names) > 15
    assert all(name in narrow for name in names)


def test_the_manual_says_what_help_has_no_room_for(tool: Tool) -> None:
    assert "last argument is the file" not in tool("check", "--help").stdout
    assert "last argument is the file" in " ".join(manual_page().split())


def test_check_has_its_options_under_headings(tool: Tool) -> None:
    text = tool("check", "--help").stdout
    at = [text.index(f"\n{heading}:\n") for heading in HEADINGS if heading != "Options"]
    assert at == sorted(at)
    assert text.index("\nKernel:\n") < text.index("  --target RELEASE") < text.index("\nReport:\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_command_lines_that_it_takes(name: str) -> None:
    with click.Context(group, info_name="mmapmigrate") as parent:
        command = group.get_command(parent, name)
    assert command is not None
    examples = getattr(command, "examples", ())
    assert examples
    for example in examples:
        words = shlex.split(example.partition(" | ")[0])
        assert words[:2] == ["mmapmigrate", name]
        command.make_context(name, words[2:])


def test_commands_are_listed_with_whole_sentences(tool: Tool) -> None:
    listed = tool("--help").stdout.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == sorted(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)
