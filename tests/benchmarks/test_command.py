# SPDX-License-Identifier: GPL-2.0-only
"""Commands are run, timed and weighed; one that fails is an error."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.command import Command, CommandError, seconds
from benchmarks.memory import peak


def python(code: str, folder: Path, **more: object) -> Command:
    return Command("python", (sys.executable, "-c", code), folder, **more)  # type: ignore[arg-type]


def test_the_time_is_that_of_the_command(tmp_path: Path) -> None:
    assert 0.2 <= seconds(python("import time; time.sleep(0.2)", tmp_path)) < 10


def test_a_status_that_is_not_allowed_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="python: ended with 1: no such thing"):
        seconds(python("import sys; sys.exit('first\\nno such thing')", tmp_path))


def test_a_status_can_be_allowed(tmp_path: Path) -> None:
    assert seconds(python("raise SystemExit(1)", tmp_path, allowed=frozenset({0, 1}))) > 0


def test_a_command_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="gone: cannot be started: No such file or directory"):
        seconds(Command("gone", (str(tmp_path / "gone"),), tmp_path))


def test_what_a_run_needs_is_prepared_each_time(tmp_path: Path) -> None:
    calls: list[None] = []

    def prepare() -> Mapping[str, str]:
        calls.append(None)
        return {"WANTED": str(len(calls))}

    code = "import os, sys; sys.exit(int(os.environ['WANTED']) != len(os.listdir()))"
    for number in (1, 2):
        (tmp_path / str(number)).touch()
        assert seconds(python(code, tmp_path, prepare=prepare)) > 0


def test_the_memory_of_all_processes_counts(tmp_path: Path) -> None:
    child = "import time; data = b'x' * 60_000_000; time.sleep(0.6)"
    both = (
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {child!r}]); {child}; p.wait()"
    )
    one, two = peak(python(child, tmp_path)), peak(python(both, tmp_path))
    assert 60 < one < 100
    assert 120 < two < 200
