# SPDX-License-Identifier: GPL-2.0-only
"""Where things are kept between runs."""

from __future__ import annotations

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
