# SPDX-License-Identifier: GPL-2.0-only
"""Where things are kept between runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mmapmigrate.cli.caches import cache_folder

if TYPE_CHECKING:
    from tests.cli.conftest import Tool


def test_the_xdg_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/some")
    assert cache_folder() == Path("/var/some/mmapmigrate")


@pytest.mark.parametrize("value", ["", "relative"])
def test_the_home_folder_serves_where_xdg_says_nothing(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    monkeypatch.setenv("HOME", "/home/me")
    assert cache_folder() == Path("/home/me/.cache/mmapmigrate")


def test_nothing_is_kept_on_request() -> None:
    assert cache_folder(no_cache=True) is None


def test_no_cache_writes_nothing(
    tool: Tool, old_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    tool("check", "--no-cache", "linux-6.12/drivers")
    assert not (tmp_path / "kept").exists()
    tool("check", "linux-6.12/drivers")
    assert (tmp_path / "kept" / "mmapmigrate").is_dir()


def test_a_cache_that_cannot_be_written_is_no_error(
    tool: Tool, old_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    done = tool("check", "linux-6.12/drivers")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)


def test_the_cache_says_what_it_keeps_and_drops_it(
    tool: Tool, old_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    folder = tmp_path / "kept" / "mmapmigrate"
    assert tool("cache").stdout == f"{folder}: 0 entries, 0.0 MB\n"
    time.sleep(2.1)  # What changed a moment ago is not kept.
    tool("check", "linux-6.12/drivers")
    for path in (folder / "results").iterdir():
        path.unlink()
    (folder / "results" / "a.results").write_bytes(b"x" * 100_000)
    (folder / "mine.txt").write_text("no entry")
    told = json.loads(tool("cache", "--format", "json").stdout)
    assert (told["folder"], told["entries"]) == (str(folder), 3)
    assert told["bytes"] > 100_000
    assert tool("cache").stdout == f"{folder}: 3 entries, {told['bytes'] / 1e6:.1f} MB\n"
    assert tool("cache", "clear").stdout.startswith(f"dropped 3 entries, {told['bytes'] / 1e6:.1f} MB")
    assert tool("cache").stdout == f"{folder}: 0 entries, 0.0 MB\n"
    assert (folder / "mine.txt").exists()


def test_an_entry_that_cannot_be_dropped_is_an_error(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root removes everything")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    folder = tmp_path / "kept" / "mmapmigrate" / "results"
    folder.mkdir(parents=True)
    (folder / "a.results").write_bytes(b"")
    folder.chmod(0o500)
    done = tool("cache", "clear")
    folder.chmod(0o700)
    assert done.returncode == 2
    assert "a.results: cannot be removed" in done.stderr


def test_a_second_check_says_the_same(
    tool: Tool, driver: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path_factory.mktemp("kept")
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
    time.sleep(2.1)  # What changed a moment ago is not kept.
    first = tool("check", driver.name, "--format", "json")
    entries = sorted(path.suffix for path in (kept / "mmapmigrate" / "results").iterdir())
    assert entries == [".answer", ".results"]
    assert tool("check", driver.name, "--format", "json").stdout == first.stdout
    assert "MM101" in first.stdout
    driver.write_text("int x;\n")
    assert "MM101" not in tool("check", driver.name, "--format", "json").stdout


def test_runs_at_once_share_a_cache(
    driver: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path_factory.mktemp("kept")
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
    time.sleep(2.1)  # What changed a moment ago is not kept.
    command = [sys.executable, "-m", "mmapmigrate", "check", "--format", "json", "."]
    for _ in range(2):
        runs = [
            subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(4)
        ]
        answers = {run.communicate(timeout=120) for run in runs}
        assert len(answers) == 1
        assert {run.returncode for run in runs} == {1}
    found = sorted(path.suffix for path in (kept / "mmapmigrate" / "results").iterdir())
    assert found == [".answer", ".listing", ".results"]
