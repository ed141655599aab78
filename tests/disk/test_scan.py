# SPDX-License-Identifier: GPL-2.0-only
"""Reading the files of a tree fast."""

from __future__ import annotations

import ctypes
import errno
import mmap
from pathlib import Path

import pytest

from mmapmigrate.disk.scan import Reader, folders, read_whole


def test_one_buffer_reads_all_sizes(tmp_path: Path) -> None:
    reader = Reader(5 << 20)
    for size in (0, 10, 1 << 20, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 5 << 20, 7):
        path = tmp_path / f"f{size}.c"
        path.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
        data = reader.read(str(path))
        assert data is not None
        assert bytes(data) == path.read_bytes()
    for size in ((5 << 20) + 1, 9 << 20):
        (tmp_path / "large.c").write_bytes(bytes(size))
        assert reader.read(str(tmp_path / "large.c")) is None
    assert reader.read(str(tmp_path / "none.c")) is None
    assert reader.read(str(tmp_path)) is None


def test_what_is_read_begins_at_a_page(tmp_path: Path) -> None:
    """To copy it anywhere else takes some processors twice the time."""
    path = tmp_path / "a.c"
    path.write_bytes(b"int a;\n")
    data = Reader(1 << 20).read(str(path))
    assert data is not None
    assert ctypes.addressof(ctypes.c_char.from_buffer(data)) % mmap.PAGESIZE == 0


@pytest.mark.parametrize("size", [1 << 16, 10 << 30])
def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path, size: int) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as stream:
        stream.truncate(size)
    with pytest.raises(OSError, match="File too large"):
        read_whole(str(path), size - 1)


def test_a_file_that_says_it_is_empty_and_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As those of /proc and of some file systems in user space do."""
    path = tmp_path / "endless"
    path.touch()
    monkeypatch.setattr("os.read", lambda _descriptor, length: b"x" * length)
    with pytest.raises(OSError, match="File too large"):
        read_whole(str(path), 1 << 20)


@pytest.mark.parametrize("ends", [OSError(errno.EIO, "Input/output error"), b""])
def test_a_read_that_falls_short_is_not_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ends: bytes | OSError
) -> None:
    """A disk that fails gives what comes before the bad place first, and then its error."""
    path = tmp_path / "a.c"
    path.write_bytes(b"int a;\nint mmap;\n")
    pieces: list[bytes | OSError] = []

    def read(_descriptor: int, length: int) -> bytes:
        piece = pieces.pop(0)
        if isinstance(piece, OSError):
            raise piece
        assert len(piece) <= length
        return piece

    def readv(descriptor: int, buffers: list[memoryview]) -> int:
        piece = read(descriptor, len(buffers[0]))
        buffers[0][: len(piece)] = piece
        return len(piece)

    monkeypatch.setattr("os.read", read)
    monkeypatch.setattr("os.readv", readv)
    whole = b"int a;\nint mmap;\n"
    pieces[:] = [whole[:7], whole[7:], ends]
    found = Reader(1 << 20).read(str(path))
    assert found == (None if ends else whole)
    pieces[:] = [whole[:7], whole[7:], ends]
    if not ends:
        assert read_whole(str(path), 1 << 20) == whole
        return
    with pytest.raises(OSError, match="Input/output error"):
        read_whole(str(path), 1 << 20)


def test_the_folders_below_one_unless_they_are_too_many(tmp_path: Path) -> None:
    for name in ("a/b", "c", ".git/x"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path)
    expected = [str(tmp_path / name) for name in ("", "a", "c", "a/b")]
    assert folders(str(tmp_path), 4) == expected
    assert folders(str(tmp_path), 3) is None
    assert folders(str(tmp_path / "none"), 3) == [str(tmp_path / "none")]
