# SPDX-License-Identifier: GPL-2.0-only
"""The server as an editor starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

import mmapmigrate


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Started in another folder, Python still finds the package under test; nothing of the user's counts."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(Path(mmapmigrate.__file__).parents[1]))
