# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmapmigrate.disk.write import put_file


def test_put_file_makes_a_file_or_takes_the_place_of_one(tmp_path: Path) -> None:
    path = tmp_path / "report"
    put_file(str(path), b"one\n")
    assert path.read_bytes() == b"one\n"
    path.chmod(0o604)
    put_file(str(path), b"two\n")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two\n", 0o604)
    assert [each.name for each in tmp_path.iterdir()] == ["report"]


def test_put_file_follows_a_link_to_what_does_not_exist_yet(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    put_file(str(tmp_path / "link"), b"one\n")
    assert (tmp_path / "target").read_bytes() == b"one\n"
    assert (tmp_path / "link").is_symlink()


def test_put_file_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old\n")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        put_file(str(path), b"new\n")
    assert path.read_bytes() == b"old\n"
    assert [each.name for each in tmp_path.iterdir()] == ["report"]
