# SPDX-License-Identifier: GPL-2.0-only
"""Many drivers in one folder: what each is asked of the others is no reason to read them all for each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.engine import Converter
from mmapmigrate.model import mentions
from mmapmigrate.model.project import Project
from tests.convert.support import snapshot
from tests.drivers import GOOD_HOOK

GLOBAL = GOOD_HOOK.replace("static int foo_mmap", "int foo_mmap").replace(
    "static const struct", "const struct"
)


def reads(folder: Path, driver: str, number: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a file is opened where so many drivers, each with names of its own, are converted."""
    folder.mkdir()
    paths = [folder / f"foo{at}.c" for at in range(number)]
    for at, path in enumerate(paths):
        path.write_text(driver.replace("foo", f"foo{at}x"))
    opened: list[object] = []
    system = os.open

    def counted(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        opened.append(path)
        return system(path, flags, mode, dir_fd=dir_fd)

    project = Project()
    converter = Converter(project, snapshot())
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", counted)
        for path in paths:
            file = project.file(str(path))
            (entry,) = file.entries()
            assert converter.conversion(file, entry).tier is Tier.COMPLETE
    return len(opened)


@pytest.mark.parametrize("driver", [GOOD_HOOK, GLOBAL], ids=["static", "global"])
def test_each_file_is_read_a_few_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: str) -> None:
    monkeypatch.setattr(mentions, "JOINED_BYTES", 0)
    monkeypatch.setattr(mentions, "LOOKED_AT", 100)
    few = reads(tmp_path / "few", driver, 40, monkeypatch)
    many = reads(tmp_path / "many", driver, 80, monkeypatch)
    assert 40 <= few < many < 2.5 * few
