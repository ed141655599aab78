# SPDX-License-Identifier: GPL-2.0-only
"""Asking git runs nothing that a repository configures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmapmigrate.change import ignored
from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.git import contents, git
from tests.repositories import repository


def test_a_missing_object_is_not_fetched(tmp_path: Path) -> None:
    run = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    run("add", "a.c")
    run("commit", "-q", "-m", "Begin")
    name = run("rev-parse", "HEAD:a.c").strip()
    (tmp_path / ".git" / "objects" / name[:2] / name[2:]).unlink()
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::touch {tmp_path}/ran",
        "protocol.ext.allow": "always",
    }.items():
        run("config", key, value)
    assert contents(tmp_path, ["HEAD:a.c"]) == [None]
    assert not (tmp_path / "ran").exists()


def test_git_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads a .gitignore that is a pipe, and nobody writes to it."""
    run = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    run("add", "a.c")
    run("commit", "-q", "-m", "Begin")
    (tmp_path / "b.c").write_text("b")
    os.mkfifo(tmp_path / ".gitignore")
    with pytest.raises(ChangeError, match=r"git ls-files takes more than 0\.5 s"):
        git(tmp_path, "ls-files", "--others", "--exclude-standard", wait=0.5)
    monkeypatch.setattr(ignored, "WAIT", 0.5)
    assert f"{tmp_path}/b.c" not in ignored.Ignored(str(tmp_path))
