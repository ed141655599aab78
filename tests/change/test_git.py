# SPDX-License-Identifier: GPL-2.0-only
"""Asking git runs nothing that a repository configures."""

from __future__ import annotations

from pathlib import Path

from mmapmigrate.change.git import contents
from tests.repositories import repository


def test_a_missing_object_is_not_fetched(tmp_path: Path) -> None:
    git = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    git("add", "a.c")
    git("commit", "-q", "-m", "Begin")
    name = git("rev-parse", "HEAD:a.c").strip()
    (tmp_path / ".git" / "objects" / name[:2] / name[2:]).unlink()
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::touch {tmp_path}/ran",
        "protocol.ext.allow": "always",
    }.items():
        git("config", key, value)
    assert contents(tmp_path, ["HEAD:a.c"]) == [None]
    assert not (tmp_path / "ran").exists()
