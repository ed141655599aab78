# SPDX-License-Identifier: GPL-2.0-only
"""Which tables code puts into open files."""

from __future__ import annotations

from mmapmigrate.convert.tables.swapped import _swaps

TABLE = b"static struct file_operations t = {\n\t.mmap = f,\n};\n"
PUT = b"\tfile->f_op = &t;\n"


def test_each_table_is_looked_for_once() -> None:
    assert list(_swaps("foo.c", TABLE + 100 * PUT)) == ["t"]


def test_a_table_without_a_hook_is_none() -> None:
    assert list(_swaps("foo.c", TABLE.replace(b"mmap", b"open") + PUT)) == []
