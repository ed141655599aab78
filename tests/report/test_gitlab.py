# SPDX-License-Identifier: GPL-2.0-only
"""GitLab's Code Quality report."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec.structs import replace

from mmapmigrate.lint.finding import Severity
from mmapmigrate.report.gitlab import gitlab_json
from tests.report.support import BLOCKED, DRIVER, check_run


def test_a_finding(tmp_path: Path) -> None:
    run = check_run(tmp_path, {"drivers/bar.c": BLOCKED.encode()})
    issue = json.loads(gitlab_json(run))[-1]
    assert issue.pop("description").startswith(
        "MM101: bar_fops.mmap names bar_mmap(), which takes a half-built VMA; remedy: use .mmap_prepare"
    )
    assert issue == {
        "check_name": "MM101 deprecated-mmap-hook",
        "fingerprint": run.result.findings[-1].fingerprint,
        "severity": "minor",
        "location": {"path": "drivers/bar.c", "lines": {"begin": 7, "end": 7}},
    }


def test_every_issue_has_what_gitlab_asks_for_and_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    files = {f"{number}/foo.c": (DRIVER + BLOCKED + BLOCKED).encode() for number in range(3)}
    issues = json.loads(gitlab_json(check_run(tmp_path, files)))
    assert len(issues) > 9
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_severities(tmp_path: Path) -> None:
    run = check_run(tmp_path, {"foo.c": DRIVER.encode()})
    findings = tuple(replace(run.result.findings[0], severity=severity) for severity in Severity)
    issues = json.loads(gitlab_json(replace(run, result=replace(run.result, findings=findings))))
    assert [issue["severity"] for issue in issues] == ["critical", "minor", "info"]


def test_a_clean_run_is_an_empty_list(tmp_path: Path) -> None:
    assert json.loads(gitlab_json(check_run(tmp_path, {"a.c": b"int a;\n"}))) == []


def test_a_path_that_is_no_utf_8_gives_json_that_any_reader_takes(tmp_path: Path) -> None:
    text = gitlab_json(check_run(tmp_path, {"f\udcff.c": DRIVER.encode()}))
    assert text.isascii()
    assert json.loads(text)[0]["location"]["path"] == "f\ufffd.c"
