# SPDX-License-Identifier: GPL-2.0-only
"""Workflow commands, read back as GitHub's runner does."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace

from mmapmigrate.lint.finding import Severity
from mmapmigrate.lint.result import Problem
from mmapmigrate.report.github import render_github
from mmapmigrate.report.run import CheckRun
from tests.report.support import DRIVER, check_run


def commands(run: CheckRun) -> list[tuple[str, dict[str, str], str]]:
    """Each line as (command, properties, text): split as the runner splits, then unescaped."""
    found = []
    for line in render_github(run):
        assert "\n" not in line
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        assert match is not None
        properties = {}
        for part in match[2].split(","):
            name, equals, value = part.partition("=")
            assert equals
            properties[name] = unescaped(value)
        found.append((match[1], properties, unescaped(match[3])))
    return found


def unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def only(run: CheckRun, rule: str) -> CheckRun:
    findings = tuple(finding for finding in run.result.findings if finding.rule == rule)
    return replace(run, result=replace(run.result, findings=findings))


def test_a_finding(tmp_path: Path) -> None:
    run = only(check_run(tmp_path, {"drivers/foo.c": DRIVER.encode()}), "MM101")
    assert commands(run) == [
        (
            "warning",
            {
                "title": "MM101 deprecated-mmap-hook",
                "file": "drivers/foo.c",
                "line": "10",
                "endLine": "10",
                "col": "2",
                "endColumn": "18",
            },
            "foo_fops.mmap names foo_mmap(), which takes a half-built VMA\n"
            "remedy: use .mmap_prepare, which describes the mapping before it exists\nfix: complete",
        )
    ]


def test_a_clean_run_says_nothing(tmp_path: Path) -> None:
    assert commands(check_run(tmp_path, {"a.c": b"int a;\n"})) == []


def test_severities(tmp_path: Path) -> None:
    run = only(check_run(tmp_path, {"foo.c": DRIVER.encode()}), "MM101")
    levels = []
    for severity in Severity:
        finding = replace(run.result.findings[0], severity=severity)
        ((level, _, _),) = commands(replace(run, result=replace(run.result, findings=(finding,))))
        levels.append(level)
    assert levels == ["error", "warning", "notice"]


def test_columns_are_characters_and_only_within_a_line(tmp_path: Path) -> None:
    for encoding in ("utf-8", "latin-1"):
        text = DRIVER.replace("\t.mmap", "/* \u00e9 */ .mmap").replace("foo_pfn, ", "foo_pfn,\n\t\t")
        run = check_run(tmp_path, {"foo.c": text.encode(encoding)})
        ((_, remap, _), (_, mmap, _)) = commands(run)
        assert "col" not in remap
        assert int(remap["endLine"]) == int(remap["line"]) + 1
        assert (mmap["col"], mmap["endColumn"]) == ("9", "25")


def test_nothing_that_a_file_holds_ends_a_command(tmp_path: Path) -> None:
    run = only(check_run(tmp_path, {"a,b:c%0A\n::error::d.c": DRIVER.encode()}), "MM101")
    odd = replace(run.result.findings[0], message="100%\r\n::error::x \x1b[31m##[error]")
    ((level, properties, text),) = commands(replace(run, result=replace(run.result, findings=(odd,))))
    assert (level, properties["file"]) == ("warning", "a,b:c%0A\ufffd::error::d.c")
    assert text.startswith("100%\ufffd\ufffd::error::x \ufffd[31m##[error]\n")


def test_errors_are_errors(tmp_path: Path) -> None:
    errors = [Problem(f"{tmp_path}/gone.c", 0, "no such file"), Problem(f"{tmp_path}/a.c", 3, "odd")]
    assert commands(check_run(tmp_path, {}, errors=errors)) == [
        ("error", {"title": "mmapmigrate", "file": "a.c", "line": "3"}, "odd"),
        ("error", {"title": "mmapmigrate", "file": "gone.c"}, "no such file"),
    ]
