# SPDX-License-Identifier: GPL-2.0-only
"""The JSON contract."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from mmapmigrate import __version__
from mmapmigrate.convert.conversion import HookRef, Reason, Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.fixed import FixOutcome, FixResult
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report import json as report
from mmapmigrate.report.json import check_json, fix_json

HEAD = {
    "schema": 1,
    "tool": {"name": "mmapmigrate", "version": __version__},
    "kernel": {"release": "7.3.4", "source": "tree"},
}
HOOK = {"struct": "file_operations", "member": "mmap", "object": "foo_fops", "handler": "foo_mmap"}
REASONS = [
    {"code": "mergeable", "path": "drivers/foo.c", "line": 9, "message": "may merge with a neighbour"},
    {
        "code": "no-counterpart",
        "path": "drivers/foo.c",
        "line": 12,
        "message": "vm_insert_page() has no counterpart",
    },
]


def test_check(result: CheckResult, api: KernelApi) -> None:
    assert json.loads(check_json(result, api)) == {
        **HEAD,
        "findings": [
            {
                "rule": "MM102",
                "name": "conflicting-hooks",
                "severity": "error",
                "path": "drivers/foo.c",
                "line": 4,
                "column": 1,
                "end_line": 4,
                "end_column": 5,
                "message": "both",
                "hook": None,
                "fix": None,
            },
            {
                "rule": "MM101",
                "name": "deprecated-mmap-hook",
                "severity": "warning",
                "path": "drivers/foo.c",
                "line": 20,
                "column": 2,
                "end_line": 20,
                "end_column": 18,
                "message": "foo_fops.mmap names foo_mmap()",
                "hook": HOOK,
                "fix": {"tier": "blocked", "reasons": REASONS},
            },
        ],
        "unparsed": [{"path": "drivers/foo.c", "line": 30, "message": "odd"}],
        "errors": [{"path": "drivers/gone.c", "line": 0, "message": "no such file or folder"}],
        "summary": {
            "files": 2,
            "parsed": 1,
            "findings": 2,
            "by_rule": {"MM101": 1, "MM102": 1},
            "by_tier": {"blocked": 1},
        },
    }


def test_fix(api: KernelApi) -> None:
    outcome = FixOutcome(
        rule="MM101",
        path="foo.c",
        line=3,
        hooks=(HookRef("file_operations", "mmap", "foo_fops", "foo_mmap"),),
        tier=Tier.REVIEW,
        applied=True,
        files=("foo.c", "foo.h"),
        reasons=(Reason("foo.c", 9, "mergeable", "may merge", Tier.REVIEW),),
    )
    document = json.loads(fix_json(FixResult((), (outcome,), CheckResult()), api))
    assert {key: document[key] for key in HEAD} == HEAD
    assert document["conversions"] == [
        {
            "rule": "MM101",
            "path": "foo.c",
            "line": 3,
            "hook": HOOK,
            "hooks": [HOOK],
            "tier": "review",
            "applied": True,
            "files": ["foo.c", "foo.h"],
            "reasons": [{"code": "mergeable", "path": "foo.c", "line": 9, "message": "may merge"}],
        }
    ]


def test_a_path_that_is_no_utf_8_gives_json_that_any_reader_takes(
    result: CheckResult, api: KernelApi
) -> None:
    odd = replace(result, findings=(replace(result.findings[0], path="f\udcff.c"),))
    text = check_json(odd, api)
    assert text.encode("utf-8")
    assert json.loads(text)["findings"][0]["path"] == "f\ufffd.c"


def test_the_reasons_of_one_conversion_are_kept_once(
    result: CheckResult, api: KernelApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    objects = report.reason_objects

    def counted(reasons: Iterable[Reason]) -> list[report.Object]:
        made.append(reasons)
        return objects(reasons)

    monkeypatch.setattr(report, "reason_objects", counted)
    blocked = next(finding for finding in result.findings if finding.fix and finding.fix.reasons)
    document = json.loads(check_json(replace(result, findings=(blocked,) * 50), api))
    assert [each["fix"]["reasons"] for each in document["findings"]] == [REASONS] * 50
    assert len(made) == 1
