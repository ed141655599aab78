# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmapmigrate.syntax.source import Position, SourceFile


def test_lines_and_columns_count_from_one() -> None:
    assert SourceFile("a.c", b"a\nbc\n").position(3) == Position(2, 2)


def test_columns_count_bytes() -> None:
    assert SourceFile("a.c", "é\tx".encode()).position(3) == Position(1, 4)


def test_the_end_of_the_file_has_a_position() -> None:
    assert SourceFile("a.c", b"a\n").position(2) == Position(2, 1)


@pytest.mark.parametrize(
    ("data", "starts"),
    [(b"", [0]), (b"a", [0]), (b"a\n", [0, 2]), (b"\n\n", [0, 1, 2]), (b"a\nb\r\nc\rd", [0, 2, 5])],
)
def test_a_line_begins_behind_each_newline(data: bytes, starts: list[int]) -> None:
    assert SourceFile("a.c", data).line_starts == starts


def test_a_line_comes_without_its_newline() -> None:
    source = SourceFile("a.c", b"a\r\n\tb")
    assert (source.line(1), source.line(2)) == (b"a", b"\tb")


@given(st.builds(bytes.__mul__, st.binary(max_size=80), st.sampled_from((1, 60, 200))), st.data())
def test_a_position_names_its_offset(data: bytes, draw: st.DataObject) -> None:
    source = SourceFile("a.c", data)
    offset = draw.draw(st.integers(0, len(data)))
    line, column = source.position(offset)
    assert source.line_starts[line - 1] + column - 1 == offset


def test_reading_takes_the_bytes_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_bytes(b"caf\xe9\r\n\0")
    source = SourceFile.read(str(path))
    assert source.data == b"caf\xe9\r\n\0"
    assert source.identity is not None
    assert source.identity.size == 7


def test_a_missing_file_raises_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        SourceFile.read(str(tmp_path / "none.c"))


def test_what_is_too_large_for_source_code_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.c").open("wb") as stream:
        stream.truncate(10 << 30)
    with pytest.raises(OSError, match="File too large"):
        SourceFile.read(str(tmp_path / "a.c"))
