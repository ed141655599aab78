# SPDX-License-Identifier: GPL-2.0-only
"""Models of small C files, and small trees."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit


def _model(code: str) -> FileModel:
    return FileModel(SourceUnit(SourceFile("driver.c", textwrap.dedent(code).encode("latin-1"))))


def _entry(code: str) -> OpsEntry:
    (found,) = _model(code).entries()
    return found


@pytest.fixture
def model() -> Callable[[str], FileModel]:
    """Makes the model of a text, its common indentation removed."""
    return _model


@pytest.fixture
def entry() -> Callable[[str], OpsEntry]:
    """Finds the only ops table member of a text."""
    return _entry


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Writes files (path to text) below a fresh folder and returns the folder."""

    def write(files: Mapping[str, str]) -> Path:
        for name, code in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(textwrap.dedent(code).encode("latin-1"))
        return tmp_path

    return write
