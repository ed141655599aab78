# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from mmapmigrate.kernel.brackets import split_top


def test_commas_in_brackets_do_not_split() -> None:
    assert split_top("a(b, c), d[e, f], {g, h}") == ["a(b, c)", " d[e, f]", " {g, h}"]
