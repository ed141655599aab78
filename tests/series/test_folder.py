# SPDX-License-Identifier: GPL-2.0-only
"""All files of a series appear, or none."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from mmapmigrate.series.errors import SeriesError
from mmapmigrate.series.folder import MADE_BY, SeriesFolder
from mmapmigrate.series.repository import PatchFile

NEW = [PatchFile("0000-cover-letter.patch", b"c"), PatchFile("0001-a.patch", b"a")]

OLD = f"This patch was {MADE_BY} 0.1"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    paths = SeriesFolder(str(folder), None, force=False).write(NEW)
    assert paths == [folder / "0000-cover-letter.patch", folder / "0001-a.patch"]
    assert names(folder) == ["0000-cover-letter.patch", "0001-a.patch"]


def test_an_older_run_is_kept_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "0002-old.patch").write_text(OLD)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SeriesError, match=r"0002-old\.patch of an older run.*--force"):
        SeriesFolder(str(tmp_path), None, force=False).write(NEW)
    assert names(tmp_path) == ["0002-old.patch", "notes.txt"]
    SeriesFolder(str(tmp_path), None, force=True).write(NEW)
    assert names(tmp_path) == ["0000-cover-letter.patch", "0001-a.patch", "notes.txt"]


@pytest.mark.parametrize("name", ["0001-a.patch", "0007-mine.patch"])
def test_a_patch_of_somebody_s_own_is_never_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Subject: [PATCH] my own work")
    for force in (False, True):
        with pytest.raises(SeriesError, match=rf"{name}, which mmapmigrate did not make"):
            SeriesFolder(str(tmp_path), None, force=force).write(NEW)
    assert names(tmp_path) == [name]


def test_another_version_is_no_older_run(tmp_path: Path) -> None:
    (tmp_path / "0001-old.patch").write_text(OLD)
    SeriesFolder(str(tmp_path), 2, force=False).write([PatchFile("v2-0001-a.patch", OLD.encode())])
    assert names(tmp_path) == ["0001-old.patch", "v2-0001-a.patch"]
    with pytest.raises(SeriesError, match=r"v2-0001"):
        SeriesFolder(str(tmp_path), 2, force=False).check()


def test_a_failure_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "0002-old.patch").write_text(OLD)
    (tmp_path / "0001-a.patch").mkdir()
    with pytest.raises(SeriesError, match="cannot be written"):
        SeriesFolder(str(tmp_path), None, force=True).write(NEW)
    assert names(tmp_path) == ["0001-a.patch", "0002-old.patch"]
    assert (tmp_path / "0002-old.patch").read_text() == OLD


def test_ctrl_c_when_an_older_patch_has_just_been_moved_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0002-old.patch").write_text(OLD)
    rename = Path.rename

    def interrupted(source: Path, target: Path) -> Path:
        done = rename(source, target)
        signal.raise_signal(signal.SIGINT)
        return done

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SeriesFolder(str(tmp_path), None, force=True).write(NEW)
    # It waited until all were in their places.
    assert names(tmp_path) == ["0000-cover-letter.patch", "0001-a.patch"]


def test_a_folder_that_was_made_goes_with_a_failure(tmp_path: Path) -> None:
    with pytest.raises(SeriesError):
        SeriesFolder(str(tmp_path / "x" / "y"), None, force=False).write([PatchFile("no/such.patch", b"")])
    assert names(tmp_path) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SeriesError, match="not a folder"):
        SeriesFolder(str(tmp_path / "file"), None, force=False).check()
    with pytest.raises(SeriesError, match="takes no files"):
        SeriesFolder(str(tmp_path / "file" / "below"), None, force=False).check()
