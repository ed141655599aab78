# SPDX-License-Identifier: GPL-2.0-only
"""JUnit XML, read by a real reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite
from msgspec.structs import replace

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.result import CheckResult, Problem
from mmapmigrate.report.junit import junit_xml
from mmapmigrate.report.run import CheckRun
from mmapmigrate.syntax.source import SourceFile
from tests.report.support import BLOCKED, DRIVER, check_run


def suites(run: CheckRun) -> list[TestSuite]:
    report = JUnitXml.fromstring(junit_xml(run))
    found = list(report)
    assert report.tests == sum(suite.tests for suite in found)
    assert report.failures == sum(suite.failures for suite in found)
    assert report.errors == sum(suite.errors for suite in found)
    for suite in found:
        cases = list(suite)
        assert suite.tests == len(cases)
        assert suite.failures == sum(isinstance(each, Failure) for case in cases for each in case.result)
        assert suite.errors == sum(isinstance(each, Error) for case in cases for each in case.result)
    return found


def test_a_finding_is_a_failure_of_its_file(tmp_path: Path) -> None:
    run = check_run(tmp_path, {"drivers/foo.c": DRIVER.encode(), "clean.c": b"int a;\n"})
    whole, foo = suites(run)
    assert (whole.name, whole.tests, whole.failures, whole.errors) == ("mmapmigrate", 1, 0, 0)
    assert (foo.name, foo.tests, foo.failures) == ("drivers/foo.c", 2, 2)
    case = list(foo)[1]
    assert (case.classname, case.name) == ("drivers/foo.c", "MM101 deprecated-mmap-hook: foo_fops.mmap")
    (failure,) = case.result
    assert (failure.type, failure.message) == (
        "warning",
        "foo_fops.mmap names foo_mmap(), which takes a half-built VMA",
    )
    assert failure.text.splitlines() == [
        "drivers/foo.c:10:2: warning: foo_fops.mmap names foo_mmap(), which takes a half-built VMA",
        "remedy: use .mmap_prepare, which describes the mapping before it exists",
        "fix: complete",
        "",
        "\t.mmap = foo_mmap,",
    ]


def test_a_clean_run_is_one_test_that_passes(tmp_path: Path) -> None:
    (whole,) = suites(check_run(tmp_path, {"a.c": b"int a;\n"}))
    assert [case.is_passed for case in whole] == [True]


def test_errors_are_errors(tmp_path: Path) -> None:
    path = f"{tmp_path}/gone.c"
    (whole,) = suites(check_run(tmp_path, {}, errors=[Problem(path, 0, "first"), Problem(path, 0, "then")]))
    names = [case.name for case in whole]
    assert names == ["check", "error: gone.c", "error: gone.c (2)"]
    assert [each.message for case in whole for each in case.result] == ["first", "then"]


def names(run: CheckRun) -> list[tuple[str, str]]:
    return [(case.classname, case.name) for suite in suites(run) for case in suite]


def test_names_are_unique_and_survive_lines_that_move(tmp_path: Path) -> None:
    text = DRIVER + BLOCKED + BLOCKED
    before = names(check_run(tmp_path / "a", {"foo.c": text.encode()}))
    after = names(check_run(tmp_path / "b", {"foo.c": b"\n\n" + text.encode()}))
    assert before == after
    assert len(set(before)) == len(before) > 4


FINDING = Finding(
    path="a.c",
    line=1,
    column=1,
    rule="MM101",
    name="deprecated-mmap-hook",
    severity=Severity.WARNING,
    message="m",
    start=0,
    end=1,
    end_line=1,
    end_column=2,
)


def run_of(finding: Finding) -> CheckRun:
    result = CheckResult(1, 1, (finding,))
    return CheckRun(result, KernelApi("7.3", "tree", "/"), (), "/", lambda path: path, SourceFile.read, 1)


@given(st.binary(min_size=1, max_size=40), st.binary(max_size=40))
def test_any_bytes_give_xml(name: bytes, line: bytes) -> None:
    path = name.decode("utf-8", "surrogateescape")
    odd = replace(FINDING, path=path, message=path + line.decode("latin-1"), excerpt=line)
    _, suite = suites(run_of(odd))
    assert suite.tests == 1


@pytest.mark.parametrize(
    "character", ["\0", "\x0b", "\x1b", "\x85", "\ud800", "\ufffe", "\uffff", "]]>", "<&\"'>"]
)
def test_characters_that_xml_cannot_hold_or_that_it_minds(character: str) -> None:
    _, suite = suites(run_of(replace(FINDING, message=f"a{character}b")))
    (failure,) = next(iter(suite)).result
    assert failure.message.startswith("a")
    assert failure.message.endswith("b")
    if character in ("]]>", "<&\"'>"):
        assert failure.message == f"a{character}b"


def test_test_cases_say_where_they_are(tmp_path: Path) -> None:
    _, suite = suites(check_run(tmp_path, {"drivers/foo.c": DRIVER.encode()}))
    case: TestCase = list(suite)[1]
    assert (case._elem.get("file"), case._elem.get("line")) == ("drivers/foo.c", "10")
