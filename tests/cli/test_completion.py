# SPDX-License-Identifier: GPL-2.0-only
"""What shells are offered when a word is completed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmapmigrate.cli.completion import VARIABLE
from tests.cli.conftest import Tool


def offered(tool: Tool, *words: str) -> list[str]:
    """What is offered for the last of ``words``, by the protocol of bash."""
    line = " ".join(("mmapmigrate", *words))
    variables = {"COMP_WORDS": line, "COMP_CWORD": str(len(words)), VARIABLE: "bash_complete"}
    done = tool(env={**os.environ, **variables})
    assert (done.returncode, done.stderr) == (0, "")
    return [each.removeprefix("plain,") for each in done.stdout.splitlines()]


def test_commands(tool: Tool) -> None:
    assert offered(tool, "ex") == ["explain"]


def test_codes_of_rules(tool: Tool) -> None:
    assert offered(tool, "check", "--select", "MM10") == ["MM101", "MM102", "MM103", "MM104", "MM105"]
    assert offered(tool, "fix", "--ignore", "AL") == ["ALL"]


def test_codes_of_rules_in_a_list(tool: Tool) -> None:
    assert offered(tool, "check", "--extend-select", "MM101,MM30") == [
        f"MM101,MM30{number}" for number in range(1, 6)
    ]


def test_codes_of_a_folder_of_rules(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from mmapmigrate.lint.finding import Severity\nfrom mmapmigrate.lint.rule import Rule\n"
        "RULE = Rule('OWN1', 'own', Severity.NOTE, 'ours')\ndef check(context):\n    return ()\n"
    )
    assert offered(tool, "check", "--rules", ".", "--select", "OW") == ["OWN1"]
    assert offered(tool, "check", "--rules", "none", "--select", "MM101") == ["MM101"]


def test_pages(tool: Tool) -> None:
    assert offered(tool, "explain", "may-") == ["may-merge"]
    assert offered(tool, "explain", "deprecated") == ["deprecated-mmap-hook"]


def test_formats_and_releases(tool: Tool) -> None:
    assert offered(tool, "check", "--format", "g") == ["gcc", "github", "gitlab"]
    assert offered(tool, "rules", "--format", "j") == ["json"]
    assert "7.3" in offered(tool, "api", "--target", "7")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script(tool: Tool, shell: str) -> None:
    done = tool(env={**os.environ, VARIABLE: f"{shell}_source"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "_mmapmigrate_completion" in done.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.stdout, text=True, check=True)


@pytest.mark.parametrize(
    ("shell", "words", "more"),
    [
        ("zsh", "mmapmigrate explain may-", {"COMP_CWORD": "2"}),
        ("fish", "mmapmigrate explain may-", {"COMP_CWORD": "may-"}),
    ],
)
def test_other_shells_are_told_what_a_word_means(
    tool: Tool, shell: str, words: str, more: dict[str, str]
) -> None:
    done = tool(env={**os.environ, "COMP_WORDS": words, **more, VARIABLE: f"{shell}_complete"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "may-merge" in done.stdout
    assert "a reason" in done.stdout


def test_an_unknown_shell_fails(tool: Tool) -> None:
    assert tool(env={**os.environ, VARIABLE: "tcsh_source"}).returncode != 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes(tmp_path: Path) -> None:
    program = tmp_path / "mmapmigrate"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mmapmigrate "$@"\n')
    program.chmod(0o755)
    script = f"""
    eval "$({VARIABLE}=bash_source mmapmigrate)"
    COMP_WORDS=(mmapmigrate check --select MM20)
    COMP_CWORD=3
    _mmapmigrate_completion mmapmigrate
    printf '%s\\n' "${{COMPREPLY[@]}}"
    complete -p mmapmigrate
    """
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert done.stdout.split()[:5] == ["MM201", "MM202", "MM203", "MM204", "MM205"]
    assert "-F _mmapmigrate_completion mmapmigrate" in done.stdout
