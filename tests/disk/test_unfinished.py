# SPDX-License-Identifier: GPL-2.0-only
"""Sets of files of which a killed run had written a part."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from mmapmigrate.disk import alone
from mmapmigrate.disk.unfinished import Finished, Part, finish, recorded


def parts(folder: Path, *written: str) -> list[Part]:
    """Those of a.c, b.c and c.c, of which the ``written`` have their new text."""
    found = []
    for name in ("a.c", "b.c", "c.c"):
        path, ready = folder / name, folder / f".ready-{name}"
        path.write_bytes(b"new\n" if name in written else b"old\n")
        if name not in written:
            ready.write_bytes(b"new\n")
        found.append(Part.of(str(path), str(ready), b"old\n", b"new\n"))
    return found


def left(records: Path, found: list[Part]) -> None:
    """As a killed run leaves its record."""
    context = recorded(str(records), found)
    context.__enter__()
    (record,) = records.iterdir()
    kept = record.read_bytes()
    context.__exit__(None, None, None)
    record.write_bytes(kept)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "src").mkdir()
    (tmp_path / "records").mkdir()
    return tmp_path / "src", tmp_path / "records"


def texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


NEW = {"a.c": b"new\n", "b.c": b"new\n", "c.c": b"new\n"}
OLD = {"a.c": b"old\n", "b.c": b"old\n", "c.c": b"old\n"}


def test_a_set_with_some_written_is_completed(folders: tuple[Path, Path]) -> None:
    src, records = folders
    left(records, parts(src, "a.c"))
    (found,) = finish(str(records))
    assert found == Finished((f"{src}/b.c", f"{src}/c.c"), (), (f"{src}/a.c",))
    assert (texts(src), list(records.iterdir())) == (NEW, [])


@pytest.mark.parametrize(("written", "after"), [((), OLD), (("a.c", "b.c", "c.c"), NEW)])
def test_a_set_with_none_or_all_written_is_left(
    folders: tuple[Path, Path], written: tuple[str, ...], after: dict[str, bytes]
) -> None:
    src, records = folders
    left(records, parts(src, *written))
    assert finish(str(records)) == []
    assert (texts(src), list(records.iterdir())) == (after, [])


def test_what_has_changed_since_is_not_written_over(folders: tuple[Path, Path]) -> None:
    src, records = folders
    left(records, parts(src, "a.c"))
    (src / "b.c").write_bytes(b"another hand\n")
    (found,) = finish(str(records))
    assert found == Finished((f"{src}/c.c",), (f"{src}/b.c",), (f"{src}/a.c",))
    assert texts(src) == {**NEW, "b.c": b"another hand\n"}


def test_a_new_text_that_is_gone_or_cut_short_is_none(folders: tuple[Path, Path]) -> None:
    src, records = folders
    left(records, parts(src, "a.c"))
    (src / ".ready-b.c").unlink()
    (src / ".ready-c.c").write_bytes(b"ne")
    (found,) = finish(str(records))
    assert found == Finished((), (f"{src}/b.c", f"{src}/c.c"), (f"{src}/a.c",))
    assert texts(src) == {**OLD, "a.c": b"new\n"}


def test_a_set_that_another_run_writes_is_left_to_it(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    src, records = folders
    left(records, parts(src, "a.c"))
    monkeypatch.setattr(alone, "PATIENCE", 0.1)
    descriptor = os.open(src, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert finish(str(records)) == []
    os.close(descriptor)
    assert len(finish(str(records))) == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"\0" * 100, b'[{"path": 1}]'])
def test_a_broken_record_tells_nothing(folders: tuple[Path, Path], content: bytes) -> None:
    src, records = folders
    parts(src, "a.c")
    broken = records / "x.set"
    broken.write_bytes(content)
    assert finish(str(records)) == []
    # Another run may be writing it at this moment.
    assert list(records.iterdir()) == [broken]
    os.utime(broken, (0, 0))
    assert finish(str(records)) == []
    assert list(records.iterdir()) == []


def test_a_record_that_cannot_be_kept_is_none(folders: tuple[Path, Path]) -> None:
    src, _ = folders
    for folder in (None, "/proc/nowhere", f"{src}/a.c"):
        with recorded(folder, parts(src)):
            pass
        assert finish(folder) == []
    assert texts(src).keys() >= OLD.keys()
