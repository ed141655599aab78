# SPDX-License-Identifier: GPL-2.0-only
"""The report for people."""

from __future__ import annotations

from msgspec.structs import replace

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.finding import Fix
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.style import Style
from mmapmigrate.report.text import render_finding, render_text


def test_the_whole_report(result: CheckResult) -> None:
    assert (
        "\n".join(render_text(result, Style()))
        == """\
drivers/foo.c:4:1: error: both [MM102 conflicting-hooks]
 4 | both;
   | ^^^^

drivers/foo.c:20:2: warning: foo_fops.mmap names foo_mmap() [MM101 deprecated-mmap-hook]
 20 |         .mmap = foo_mmap,
    |         ^^^^^^^^^^^^^^^^
   remedy: use .mmap_prepare
   fix: blocked: drivers/foo.c:12: vm_insert_page() has no counterpart (no-counterpart) (and 1 more)

rule   name                  findings  blocked  no fix
MM101  deprecated-mmap-hook         1        1       -
MM102  conflicting-hooks            1        -       1

2 findings in 2 files (1 parsed); 1 conversion: 1 blocked; 1 region not read; 1 error"""
    )


def test_a_clean_result_is_one_line() -> None:
    assert list(render_text(CheckResult(files=3), Style())) == ["0 findings in 3 files (0 parsed)"]


def test_without_a_summary_a_clean_result_is_nothing() -> None:
    assert list(render_text(CheckResult(files=3), Style(), summary=False)) == []


def test_a_complete_fix_has_no_reason(result: CheckResult) -> None:
    finding = replace(result.findings[1], fix=Fix(Tier.COMPLETE))
    assert list(render_finding(finding, Style()))[-1] == "   fix: complete"


def test_statistics_count_reasons_and_leave_out_findings(result: CheckResult) -> None:
    lines = list(render_text(result, Style(), statistics=True))
    assert not any("foo.c:20" in line for line in lines)
    assert "no-counterpart            1" in lines


def test_a_terminal_gets_a_drawn_table(result: CheckResult) -> None:
    lines = list(render_text(result, Style(), width=100))
    assert any("─" in line for line in lines)
    assert any(line.split()[:3] == ["MM101", "deprecated-mmap-hook", "1"] for line in lines)


def test_colour_is_only_there_on_request(result: CheckResult) -> None:
    assert "\x1b" not in "".join(render_text(result, Style(), width=100))
    assert "\x1b[1;31merror:" in "".join(render_text(result, Style(color=True), width=100))


def test_a_name_cannot_drive_the_terminal(result: CheckResult) -> None:
    finding = replace(result.findings[0], path="a\x1b[2J\nb.c", message="x\x1by")
    assert "\x1b" not in "".join(render_finding(finding, Style()))
    assert all("\n" not in line for line in render_finding(finding, Style()))
