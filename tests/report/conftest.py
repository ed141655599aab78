# SPDX-License-Identifier: GPL-2.0-only
"""A result to print: two findings, one of them with a conversion."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Conversion, HookRef, Reason, Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.finding import Finding, Fix, Severity
from mmapmigrate.lint.result import CheckResult, FileResult, Problem

HOOK = HookRef("file_operations", "mmap", "foo_fops", "foo_mmap")
REASONS = (
    Reason("drivers/foo.c", 9, "mergeable", "may merge with a neighbour", Tier.REVIEW),
    Reason("drivers/foo.c", 12, "no-counterpart", "vm_insert_page() has no counterpart", Tier.BLOCKED),
)


@pytest.fixture
def api() -> KernelApi:
    return KernelApi(release="7.3.4", source="tree", origin="/linux", has_mmap_prepare=True)


@pytest.fixture
def result() -> CheckResult:
    mmap = Finding(
        path="drivers/foo.c",
        line=20,
        column=2,
        rule="MM101",
        name="deprecated-mmap-hook",
        severity=Severity.WARNING,
        message="foo_fops.mmap names foo_mmap()",
        start=300,
        end=316,
        end_line=20,
        end_column=18,
        remedy="use .mmap_prepare",
        hook=HOOK,
        fix=Fix(Tier.BLOCKED, REASONS),
        excerpt=b"\t.mmap = foo_mmap,",
    )
    both = Finding(
        path="drivers/foo.c",
        line=4,
        column=1,
        rule="MM102",
        name="conflicting-hooks",
        severity=Severity.ERROR,
        message="both",
        start=40,
        end=44,
        end_line=4,
        end_column=5,
        excerpt=b"both;",
    )
    conversion = Conversion("drivers/foo.c", 8, "foo_mmap", (HOOK,), Tier.BLOCKED, REASONS)
    files = [
        FileResult("drivers/bar.c"),
        FileResult(
            "drivers/foo.c", True, (mmap, both), (conversion,), (Problem("drivers/foo.c", 30, "odd"),)
        ),
    ]
    return CheckResult.of(files, [Problem("drivers/gone.c", 0, "no such file or folder")])
