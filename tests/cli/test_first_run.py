# SPDX-License-Identifier: GPL-2.0-only
"""Who runs a command where there is nothing for it is told what to do, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot
from tests.cli.conftest import Tool
from tests.cli.terminal import on_terminal
from tests.drivers import GOOD_HOOK
from tests.series.support import write_tree

COMMANDS = ("check", "fix", "plan")

NO_FILE = "no C file (.c, .h) in .: name a driver, or a folder of a kernel tree, such as ~/linux/drivers"
NO_HOOK = "no mmap hook in .: `mmapmigrate plan` at the top of a kernel tree shows where hooks are"
NO_TREE = (
    f".: in no kernel tree: the bundled API of Linux {load_snapshot(newest_snapshot()).release} counts; "
    "--kernel DIR or --target RELEASE names another"
)


def hints(tool: Tool, *arguments: str) -> list[str]:
    lines = tool(*arguments).stderr.splitlines()
    return [
        line.removeprefix("mmapmigrate: note: ") for line in lines if line.startswith("mmapmigrate: note: ")
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_c_files(tool: Tool, command: str) -> None:
    done = tool(command)
    assert done.returncode == 0
    assert done.stderr == f"mmapmigrate: note: {NO_FILE}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_files_without_a_hook(tool: Tool, clean: Path, command: str) -> None:
    assert hints(tool, command) == [NO_HOOK]
    assert hints(tool, command, "clean.c") == []


@pytest.mark.parametrize("command", [*COMMANDS, "fix --diff"])
def test_a_driver_in_no_tree(tool: Tool, driver: Path, command: str) -> None:
    [hint] = hints(tool, *command.split())
    assert hint == NO_TREE


@pytest.mark.parametrize("command", COMMANDS)
def test_whoever_names_a_kernel_knows(tool: Tool, driver: Path, command: str) -> None:
    assert hints(tool, command, "--target", "7.3") == []
    Path(driver.parent, "mmapmigrate.toml").write_text('target = "7.3"\n')
    assert hints(tool, command) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_driver_in_a_tree_that_needs_no_hint(tool: Tool, tmp_path: Path, command: str) -> None:
    tree = write_tree(tmp_path / "linux")
    assert hints(tool, command, "--target", "7.3", str(tree)) == []


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("file", ["", "int a;\n", GOOD_HOOK])
def test_nothing_is_said_to_a_program_or_quietly(tool: Tool, tmp_path: Path, command: str, file: str) -> None:
    if file:
        (tmp_path / "a.c").write_text(file)
    assert tool(command, "--format", "json").stderr == ""
    assert tool(command, "--quiet").stderr == ""


def test_nothing_is_said_to_a_compiler_or_a_commit(tool: Tool, clean: Path) -> None:
    assert tool("check", "--format", "gcc").stderr == ""
    assert tool("check", "--format", "json:a.json").stderr == ""
    assert NO_HOOK in hints(tool, "check", "--format", "text", "--format", "json:a.json")
    assert tool("check", "--cc", "clean.c").stderr == ""


def test_an_error_says_enough(tool: Tool) -> None:
    done = tool("check", "none.c")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("mmapmigrate: error: none.c: ")


def test_a_series_of_nothing(tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@example.org")
    assert NO_FILE in hints(tool, "series", "-o", "out")


def test_the_report_on_a_terminal_is_as_without_a_hint(driver: Path) -> None:
    assert "note:" not in on_terminal(driver.parent, "check")
