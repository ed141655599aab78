# SPDX-License-Identifier: GPL-2.0-only
"""What shells are offered when a word is completed."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
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


@pytest.mark.parametrize("asked", [{}, {"COMP_WORDS": "mmapmigrate"}, {"COMP_WORDS": "a", "COMP_CWORD": "x"}])
def test_a_question_that_no_shell_asks_has_no_answer(tool: Tool, asked: dict[str, str]) -> None:
    done = tool(env={**os.environ, VARIABLE: "bash_complete", **asked})
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_an_unknown_shell_fails(tool: Tool) -> None:
    assert tool(env={**os.environ, VARIABLE: "tcsh_source"}).returncode != 0


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``mmapmigrate`` on the path of shells, which find nothing of the user's."""
    path = tmp_path / "mmapmigrate"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mmapmigrate "$@"\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    for name in ("HOME", "ZDOTDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return path


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish")
@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("mmapmigrate ch", ["check\tReport what should be known about the mmap hooks."]),
        ("mmapmigrate explain may-", ["may-merge\ta reason"]),
        ("mmapmigrate check --select MM20", [f"MM20{number}" for number in range(1, 6)]),
        ("mmapmigrate check --format g", ["gcc", "github", "gitlab"]),
    ],
)
def test_fish_completes(program: Path, line: str, offers: list[str]) -> None:
    script = f'{VARIABLE}=fish_source mmapmigrate | source; complete -C "{line}"'
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], cwd=program.parent, capture_output=True, text=True, check=True
    )
    shown = [each for each in done.stdout.splitlines() if each]
    assert len(shown) == len(offers)
    assert all(each.startswith(offer) for each, offer in zip(shown, offers, strict=True))


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh")
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("explain may-\t", [b"explain may-merge"]),
        ("check --select MM20\t\t", [b"MM201  -- vm-flags-helper", b"MM205  -- vm-flags-outside-hook"]),
        ("ch\t", [b"mmapmigrate check"]),
    ],
)
def test_zsh_completes(program: Path, typed: str, shown: list[bytes]) -> None:
    script = (
        f'autoload -Uz compinit; compinit -u -D; eval "$({VARIABLE}=zsh_source mmapmigrate)"; print b""egin'
    )
    with Typist(["zsh", "-f", "-i"], program.parent) as typist:
        typist.type(f"{script}\n", [b"\nbegin"])
        typist.type(f"mmapmigrate {typed}", shown)


class Typist:
    """Somebody at a terminal in which a program runs."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._fd, program = pty.openpty()
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=program,
            stdout=program,
            stderr=program,
            start_new_session=True,
            env={**os.environ, "TERM": "dumb"},
        )
        os.close(program)

    def __enter__(self) -> Typist:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    def type(self, text: str, shown: list[bytes]) -> None:
        """Types, and fails where not all of ``shown`` appears within a minute."""
        os.write(self._fd, text.encode())
        seen, end = b"", time.monotonic() + 60
        while not all(each in seen for each in shown) and time.monotonic() < end:
            if select.select([self._fd], [], [], 0.1)[0]:
                seen += os.read(self._fd, 65536)
        assert all(each in seen for each in shown), seen


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes(program: Path) -> None:
    script = f"""
    eval "$({VARIABLE}=bash_source mmapmigrate)"
    COMP_WORDS=(mmapmigrate check --select MM20)
    COMP_CWORD=3
    _mmapmigrate_completion mmapmigrate
    printf '%s\\n' "${{COMPREPLY[@]}}"
    complete -p mmapmigrate
    """
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split()[:5] == ["MM201", "MM202", "MM203", "MM204", "MM205"]
    assert "-F _mmapmigrate_completion mmapmigrate" in done.stdout
