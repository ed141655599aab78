# SPDX-License-Identifier: GPL-2.0-only
"""One line a finding."""

from __future__ import annotations

from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.gcc import render_gcc


def test_one_line_a_finding(result: CheckResult) -> None:
    assert list(render_gcc(result)) == [
        "drivers/foo.c:4:1: error: both [MM102]",
        "drivers/foo.c:20:2: warning: foo_fops.mmap names foo_mmap() [MM101]",
    ]


def test_silent_when_clean() -> None:
    assert list(render_gcc(CheckResult(files=9, parsed=9))) == []
