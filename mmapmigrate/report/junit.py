# SPDX-License-Identifier: GPL-2.0-only
"""JUnit XML, for services that show test results: each file a suite, each finding a test that failed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from xml.etree import ElementTree

from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.fingerprint import subject
from mmapmigrate.report.run import CheckRun, details
from mmapmigrate.report.style import decode, printable, unicode_text

TOOL = "mmapmigrate"

# Production [2] of XML 1.0: no reference may stand for these either.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(run: CheckRun) -> bytes:
    """The whole report, in UTF-8.

    The first suite is the run itself: one test that passes, so that a clean run is no empty report, then
    what could not be checked as errors. Names of tests hold no line number: a service that compares two
    runs knows a finding by its name.
    """
    suites = [_run_suite(run)]
    for path, findings in groupby(run.result.findings, key=lambda finding: finding.path):
        suites.append(_file_suite(run, run.name(path), findings))
    root = ElementTree.Element("testsuites", name=TOOL)
    root.extend(suites)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _run_suite(run: CheckRun) -> ElementTree.Element:
    cases = [ElementTree.Element("testcase", classname=TOOL, name="check")]
    seen: Counter[str] = Counter()
    for problem in run.result.errors:
        path = run.name(problem.path)
        case = _case(TOOL, _numbered(f"error: {path}", seen), path, problem.line)
        ElementTree.SubElement(case, "error", message=_xml(printable(problem.message)))
        cases.append(case)
    return _suite(TOOL, cases, errors=len(cases) - 1)


def _file_suite(run: CheckRun, path: str, findings: Iterable[Finding]) -> ElementTree.Element:
    cases = []
    seen: Counter[str] = Counter()
    for finding in findings:
        name = _numbered(f"{finding.rule} {finding.name}: {_subject(finding)}", seen)
        case = _case(path, name, path, finding.line)
        place = printable(f"{path}:{finding.line}:{finding.column}")
        lines = [f"{place}: {finding.severity.value}: {printable(finding.message)}", *details(run, finding)]
        failure = ElementTree.SubElement(
            case, "failure", type=finding.severity.value, message=_xml(printable(finding.message))
        )
        failure.text = _xml("\n".join([*lines, "", printable(decode(finding.excerpt))]))
        cases.append(case)
    return _suite(path, cases, failures=len(cases))


def _subject(finding: Finding) -> str:
    hook = finding.hook
    if hook is not None and hook.object:
        return f"{hook.object}.{hook.member}"
    return decode(subject(finding)).partition(" ")[2]


def _suite(name: str, cases: Iterable[ElementTree.Element], **counts: int) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=_xml(name))
    suite.extend(cases)
    suite.set("tests", str(len(suite)))
    for count in ("failures", "errors"):
        suite.set(count, str(counts.get(count, 0)))
    return suite


def _case(group: str, name: str, path: str, line: int = 0) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=_xml(group), name=_xml(printable(name)), file=_xml(path))
    if line:
        case.set("line", str(line))
    return case


def _numbered(name: str, seen: Counter[str]) -> str:
    """``name``, told from those before it."""
    seen[name] += 1
    return f"{name} ({seen[name]})" if seen[name] > 1 else name


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", unicode_text(text))
