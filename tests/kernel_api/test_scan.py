# SPDX-License-Identifier: GPL-2.0-only
"""Reading the files of a tree fast."""

from __future__ import annotations

from pathlib import Path

from mmapmigrate.kernel.scan import Reader


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
