# SPDX-License-Identifier: GPL-2.0-only
"""--help fits a screen, has headings where it is long, and ends with examples that are right."""

from __future__ import annotations

import shlex

import click
import pytest

from mmapmigrate.cli.app import COMMANDS, group
from mmapmigrate.cli.help import HEADINGS
from tests.cli.conftest import Tool

SCREEN = 24
LONG = {"check": 52, "fix": 52, "plan": 40, "series": 52}
"""Commands with more options than a screen of 24 lines has room for: they stand under headings."""


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_a_screen(tool: Tool, name: str) -> None:
    lines = tool(*name.split(), "--help").stdout.splitlines()
    assert 5 < len(lines) <= LONG.get(name, SCREEN if name in KNOWN else 52)
    assert max(map(len, lines)) <= 80


KNOWN = {"", "api", "config", "explain", "lsp", "rules"}


def test_check_has_its_options_under_headings(tool: Tool) -> None:
    text = tool("check", "--help").stdout
    at = [text.index(f"\n{heading}:\n") for heading in HEADINGS]
    assert at == sorted(at)
    assert text.index("\nKernel:\n") < text.index("  --target RELEASE") < text.index("\nReport:\n")


@pytest.mark.parametrize("name", sorted(KNOWN - {""} | set(LONG)))
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
