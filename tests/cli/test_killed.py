# SPDX-License-Identifier: GPL-2.0-only
"""A run of fix that is killed while it writes the files of one conversion, and the one after it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SET = Path(__file__).parents[2] / "fixtures" / "across" / "moved_together" / "before"

KILLED = """\
import os, signal, sys
from pathlib import Path
replace, left = Path.replace, int(sys.argv.pop(1))
def counted(path, target):
    global left
    if str(target).endswith((".c", ".h")):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return replace(path, target)
Path.replace = counted
from mmapmigrate.cli import main
main()
"""


def texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def fix(tmp_path: Path, *options: str, puts: int = 1000) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(puts), "fix", *options, "src"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(SET, tmp_path / "src")
    return tmp_path / "src"


def test_the_next_run_completes_what_it_had_begun(tmp_path: Path, folder: Path) -> None:
    old = texts(folder)
    assert fix(tmp_path).returncode == 0
    new = texts(folder)
    changed = {name for name in new if new[name] != old[name]}
    assert len(changed) > 1
    for puts in range(len(changed)):
        shutil.rmtree(folder)
        shutil.copytree(SET, folder)
        assert fix(tmp_path, puts=puts).returncode == -signal.SIGKILL
        torn = texts(folder)
        assert sum(torn[name] == new[name] for name in changed) == puts
        again = fix(tmp_path)
        assert (again.returncode, texts(folder)) == (0, new)
        assert again.stderr.count(": written for a run that was killed, as ") == (
            len(changed) - puts if puts else 0
        )


def test_a_file_that_has_changed_since_is_an_error(tmp_path: Path, folder: Path) -> None:
    old = texts(folder)
    assert fix(tmp_path, puts=1).returncode == -signal.SIGKILL
    ready = next(name for name in texts(folder) if name not in old)
    other = ready.removeprefix(".mmapmigrate-").rpartition(".")[0]
    (folder / other).write_bytes(old[other] + b"\n/* mine */\n")
    again = fix(tmp_path)
    assert again.returncode == 2
    assert f"/{other}: changed since a run was killed that had written " in again.stderr
    assert texts(folder)[other].endswith(b"\n/* mine */\n")


def test_diff_writes_nothing(tmp_path: Path, folder: Path) -> None:
    assert fix(tmp_path, puts=1).returncode == -signal.SIGKILL
    torn = texts(folder)
    assert fix(tmp_path, "--diff").returncode in (0, 1)
    assert texts(folder) == torn


def test_one_file_leaves_nothing_behind(tmp_path: Path, folder: Path) -> None:
    single = Path(__file__).parents[2] / "fixtures" / "busy_checked" / "before.c"
    shutil.rmtree(folder)
    folder.mkdir()
    shutil.copy(single, folder)
    assert fix(tmp_path, puts=0).returncode == -signal.SIGKILL
    assert len(list(folder.iterdir())) == 2
    assert fix(tmp_path).returncode == 0
    assert [path.name for path in folder.iterdir()] == ["before.c"]
