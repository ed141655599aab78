# SPDX-License-Identifier: GPL-2.0-only
"""GitLab's Code Quality report: a JSON list of findings.

https://docs.gitlab.com/ci/testing/code_quality/. It has no place for what could not be checked: that is on
standard error and in the exit code.
"""

from __future__ import annotations

import json

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.report.run import CheckRun, details
from mmapmigrate.report.style import printable, unicode_text

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}
"""GitLab knows info, minor, major, critical and blocker. A deprecated hook works: it is minor."""


def gitlab_json(run: CheckRun) -> str:
    """The whole report, a list that may be empty."""
    return json.dumps([_issue(run, finding) for finding in run.result.findings], indent=2)


def _issue(run: CheckRun, finding: Finding) -> dict[str, object]:
    text = "; ".join([printable(finding.message), *details(run, finding)])
    return {
        "description": unicode_text(f"{finding.rule}: {text}"),
        "check_name": f"{finding.rule} {finding.name}",
        "fingerprint": finding.fingerprint,
        "severity": SEVERITIES[finding.severity],
        "location": {
            "path": unicode_text(run.name(finding.path)),
            "lines": {"begin": finding.line, "end": finding.end_line},
        },
    }
