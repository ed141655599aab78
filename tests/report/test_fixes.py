# SPDX-License-Identifier: GPL-2.0-only
"""What fix says that it did."""

from __future__ import annotations

from mmapmigrate.convert.conversion import HookRef, Reason, Tier
from mmapmigrate.lint.fixed import FileChange, FixOutcome, FixResult
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.fixes import render_fixes
from mmapmigrate.report.style import Style

HOOK = HookRef("file_operations", "mmap", "foo_fops", "foo_mmap")


def outcome(tier: Tier, *, applied: bool, reasons: tuple[Reason, ...] = ()) -> FixOutcome:
    return FixOutcome(
        rule="MM101",
        path="foo.c",
        line=3,
        hooks=(HOOK, HOOK),
        tier=tier,
        applied=applied,
        files=("foo.c", "foo.h") if applied else (),
        reasons=reasons,
        handler="foo_mmap",
    )


def rendered(*outcomes: FixOutcome) -> str:
    changes = (FileChange("foo.c", b"", b"a"),) if any(each.applied for each in outcomes) else ()
    return "\n".join(render_fixes(FixResult(changes, outcomes, CheckResult()), Style()))


def test_what_was_done() -> None:
    assert (
        rendered(outcome(Tier.COMPLETE, applied=True))
        == """\
foo.c:3: fixed: foo_mmap(), 2 ops tables (complete) [MM101]
   also in: foo.h

1 fix in 1 file; 0 findings left"""
    )


def test_what_was_left_and_why() -> None:
    reason = Reason("foo.c", 9, "no-counterpart", "vm_insert_page() has no counterpart")
    assert (
        rendered(outcome(Tier.BLOCKED, applied=False, reasons=(reason,)))
        == """\
foo.c:3: not fixed: foo_mmap(), 2 ops tables (blocked) [MM101]
   reason: foo.c:9: vm_insert_page() has no counterpart (no-counterpart)

0 fixes in 0 files; 1 not applied: 1 blocked; 0 findings left"""
    )


def test_review_points_at_its_option() -> None:
    assert "   hint: --review applies it" in rendered(outcome(Tier.REVIEW, applied=False))


def test_a_conversion_that_needs_another_file_does_not() -> None:
    outside = Reason("foo.c", 3, "outside-paths", "the conversion also edits foo.h", Tier.REVIEW)
    assert "--review" not in rendered(outcome(Tier.REVIEW, applied=False, reasons=(outside,)))


def test_nothing_to_do_is_one_line() -> None:
    assert rendered() == "0 fixes in 0 files; 0 findings left"
