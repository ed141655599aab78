# SPDX-License-Identifier: GPL-2.0-only
"""Joining the results of files."""

from __future__ import annotations

from mmapmigrate.convert.conversion import Conversion, HookRef, Tier
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.result import CheckResult, FileResult, Problem


def finding(path: str, line: int, column: int = 1, rule: str = "MM101") -> Finding:
    return Finding(path, line, column, rule, "x", Severity.WARNING, "x", 0, 1, line, column)


def conversion(path: str, line: int = 1, tier: Tier = Tier.COMPLETE) -> Conversion:
    return Conversion(path, line, "foo_mmap", (HookRef("file_operations", "mmap", "a", "foo_mmap"),), tier)


def test_findings_come_by_path_line_column_rule() -> None:
    some = [finding("b.c", 1), finding("a.c", 9), finding("a.c", 2, 5), finding("a.c", 2, 1, "MM202")]
    joined = CheckResult.of([FileResult("x", True, tuple(some[:2])), FileResult("y", True, tuple(some[2:]))])
    assert [(each.path, each.line, each.column) for each in joined.findings] == [
        ("a.c", 2, 1),
        ("a.c", 2, 5),
        ("a.c", 9, 1),
        ("b.c", 1, 1),
    ]


def test_a_conversion_that_two_files_found_counts_once() -> None:
    results = [FileResult(path, True, conversions=(conversion("foo.c"),)) for path in ("foo.c", "bar.c")]
    assert CheckResult.of(results).by_tier() == {"complete": 1}


def test_tiers_come_best_first() -> None:
    some = (conversion("a.c", 1, Tier.BLOCKED), conversion("a.c", 2), conversion("a.c", 3, Tier.BLOCKED))
    assert list(CheckResult.of([FileResult("a.c", True, conversions=some)]).by_tier().items()) == [
        ("complete", 1),
        ("blocked", 2),
    ]


def test_files_and_parsed_files_are_counted() -> None:
    joined = CheckResult.of([FileResult("a.c", True), FileResult("b.c")])
    assert (joined.files, joined.parsed) == (2, 1)


def test_errors_of_the_run_join_those_of_files() -> None:
    joined = CheckResult.of([FileResult("b.c", errors=(Problem("b.c", 0, "x"),))], [Problem("a.c", 0, "y")])
    assert [error.path for error in joined.errors] == ["a.c", "b.c"]
