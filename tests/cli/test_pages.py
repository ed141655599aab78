# SPDX-License-Identifier: GPL-2.0-only
"""The commands that only tell: explain, rules, api, and help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from mmapmigrate import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Tool


@pytest.mark.parametrize("rule", ["MM101", "mm101", "deprecated-mmap-hook"])
def test_explain_prints_the_page(tool: Tool, rule: str) -> None:
    done = tool("explain", rule)
    assert done.returncode == 0
    assert done.stdout.startswith("MM101 deprecated-mmap-hook\n==========================\n")
    assert "## Examples that fail" in done.stdout


def test_explain_for_a_program(tool: Tool) -> None:
    assert json.loads(tool("explain", "MM101", "--format", "json").stdout)["rule"] == "MM101"


def test_rules_lists_all(tool: Tool) -> None:
    listed = [rule["rule"] for rule in json.loads(tool("rules", "--format", "json").stdout)]
    assert listed == sorted(listed)
    assert {"MM001", "MM101", "MM102", "MM104", "MM201", "MM202", "MM203", "MM204", "MM301"} <= set(listed)


def test_api_names_the_release(tool: Tool) -> None:
    done = tool("api", "--target", "7.3")
    assert done.returncode == 0
    assert "7.3" in done.stdout
    assert "mmap_action_remap" in done.stdout


def test_api_as_toml_is_a_snapshot(tool: Tool) -> None:
    assert tomllib.loads(tool("api", "--target", "7.2", "--format", "toml").stdout)["release"].startswith(
        "7.2"
    )


def test_version(tool: Tool) -> None:
    assert tool("--version").stdout == f"mmapmigrate, version {__version__}\n"


@pytest.mark.parametrize("command", [[], ["check"], ["fix"], ["explain"], ["rules"], ["api"], ["series"]])
def test_help(tool: Tool, command: list[str]) -> None:
    done = tool(*command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: mmapmigrate ")


def test_no_command_is_bad_usage_with_help(tool: Tool) -> None:
    done = tool()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: mmapmigrate ")


@pytest.mark.parametrize(
    "module",
    [
        "rich",
        "pycparser",
        "multiprocessing.connection",
        "xml.etree.ElementTree",
        "mmapmigrate.convert.engine",
        "mmapmigrate.report.json",
        "mmapmigrate.report.sarif",
        "mmapmigrate.report.junit",
        "mmapmigrate.cli.names",
    ],
)
def test_a_short_run_loads_nothing_that_it_does_not_use(clean: Path, module: str) -> None:
    code = "import sys; from mmapmigrate.cli.app import run; run(['check', 'clean.c']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=clean.parent, capture_output=True, text=True, check=True
    )
    assert module not in done.stdout.splitlines()[-1].split()


def test_lsp_without_its_extra_names_it(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError('no', name='pygls')\n")
    done = tool("lsp", env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}"})
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "mmapmigrate: error: the language server needs pygls: pip install 'mmapmigrate[lsp]'\n"
    )


def test_lsp_takes_no_wrong_rules(tool: Tool, tmp_path: Path) -> None:
    done = tool("lsp", "--rules", tmp_path / "missing")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such folder of rules" in done.stderr


def test_the_server_is_loaded_where_it_is_asked_for() -> None:
    code = "import sys, mmapmigrate.cli.lsp; print(sorted({'pygls', 'lsprotocol'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
