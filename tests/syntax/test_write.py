# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.write import FileChangedError, write_file

OLD = b"static int a;\n"
NEW = b"static int b;\r\nint caf\xe9;"


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    path = tmp_path / "foo.c"
    path.write_bytes(OLD)
    return path


def test_the_new_bytes_replace_the_old_ones(driver: Path) -> None:
    written = write_file(SourceFile.read(str(driver)), NEW)
    assert driver.read_bytes() == NEW
    assert written == SourceFile.read(str(driver))


def test_the_mode_is_kept(driver: Path) -> None:
    driver.chmod(0o754)
    write_file(SourceFile.read(str(driver)), NEW)
    assert stat.S_IMODE(driver.stat().st_mode) == 0o754


def test_a_file_can_be_written_twice_in_a_row(driver: Path) -> None:
    write_file(write_file(SourceFile.read(str(driver)), NEW), OLD)
    assert driver.read_bytes() == OLD


def test_changed_content_is_refused_and_kept(driver: Path) -> None:
    source = SourceFile.read(str(driver))
    driver.write_bytes(b"static int c;\n")
    with pytest.raises(FileChangedError, match="changed since it was read"):
        write_file(source, NEW)
    assert driver.read_bytes() == b"static int c;\n"


def test_another_file_of_equal_content_is_refused(driver: Path) -> None:
    source = SourceFile.read(str(driver))
    os.utime(driver, ns=(1, 1))
    with pytest.raises(FileChangedError):
        write_file(source, NEW)


def test_a_file_that_is_gone_is_refused(driver: Path) -> None:
    source = SourceFile.read(str(driver))
    driver.unlink()
    with pytest.raises(FileChangedError, match="gone"):
        write_file(source, NEW)
    assert not driver.exists()


def test_a_symbolic_link_stays_a_link(driver: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.c"
    link.symlink_to("foo.c")
    write_file(SourceFile.read(str(link)), NEW)
    assert link.is_symlink()
    assert driver.read_bytes() == NEW


def test_a_copy_that_is_a_hard_link_keeps_its_text(driver: Path, tmp_path: Path) -> None:
    """As ``cp -al`` makes them of a tree that is to be edited; patch and git do the same."""
    old = driver.read_bytes()
    (tmp_path / "copy.c").hardlink_to(driver)
    write_file(SourceFile.read(str(driver)), NEW)
    assert (driver.read_bytes(), (tmp_path / "copy.c").read_bytes()) == (NEW, old)


def test_a_failed_write_leaves_the_file_and_no_other(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError("no space left")

    source = SourceFile.read(str(driver))
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        write_file(source, NEW)
    assert driver.read_bytes() == OLD
    assert list(driver.parent.iterdir()) == [driver]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everything")
def test_a_read_only_file_is_refused(driver: Path) -> None:
    driver.chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"):
        write_file(SourceFile.read(str(driver)), NEW)
