# SPDX-License-Identifier: GPL-2.0-only
"""The JSON of check and fix: a contract that other programs read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

from mmapmigrate import __version__
from mmapmigrate.convert.conversion import HookRef, Reason
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.fixed import FixOutcome, FixResult
from mmapmigrate.lint.result import CheckResult, Problem
from mmapmigrate.report.style import harmless_json, unicode_text

SCHEMA = 1

Object = dict[str, object]


def check_json(result: CheckResult, api: KernelApi) -> str:
    """What ``check --format json`` prints."""
    return dump(
        {
            **head(api),
            "findings": _findings(result.findings),
            **problem_objects(result),
            "summary": _summary(result),
        }
    )


def fix_json(result: FixResult, api: KernelApi) -> str:
    """What ``fix --format json`` prints; its summary is that of a check of the result."""
    return dump(
        {
            **head(api),
            "conversions": [outcome_object(outcome) for outcome in result.outcomes],
            **problem_objects(result.left),
            "summary": _summary(result.left),
        }
    )


def head(api: KernelApi) -> Object:
    """What every object begins with: schema, tool and kernel."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "mmapmigrate", "version": __version__},
        "kernel": {"release": api.release, "source": api.source},
    }


def _findings(findings: Iterable[Finding]) -> list[Object]:
    # The tables of one hook have one conversion, and as many findings and reasons as there are tables.
    reasons: dict[int, list[Object]] = {}
    found = []
    for finding in findings:
        each = () if finding.fix is None else finding.fix.reasons
        if id(each) not in reasons:
            reasons[id(each)] = reason_objects(each)
        found.append(_finding(finding, reasons[id(each)]))
    return found


def _finding(finding: Finding, reasons: Sequence[Object]) -> Object:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.value,
        "path": unicode_text(finding.path),
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "message": unicode_text(finding.message),
        "hook": None if finding.hook is None else hook_object(finding.hook),
        "fix": None if finding.fix is None else {"tier": finding.fix.tier.value, "reasons": reasons},
    }


def outcome_object(outcome: FixOutcome) -> Object:
    """What became of one conversion or own fix."""
    hooks = [hook_object(hook) for hook in outcome.hooks]
    return {
        "rule": outcome.rule,
        "path": unicode_text(outcome.path),
        "line": outcome.line,
        "hook": hooks[0] if hooks else None,
        "hooks": hooks,
        "tier": outcome.tier.value,
        "applied": outcome.applied,
        "files": [unicode_text(path) for path in outcome.files],
        "reasons": reason_objects(outcome.reasons),
    }


def hook_object(hook: HookRef) -> Mapping[str, str | None]:
    """An ops table's member and its hook."""
    return {"struct": hook.struct, "member": hook.member, "object": hook.object, "handler": hook.handler}


def reason_objects(reasons: Iterable[Reason]) -> list[Object]:
    """The reasons of a conversion."""
    return [
        {
            "code": reason.code,
            "path": unicode_text(reason.path),
            "line": reason.line,
            "message": unicode_text(reason.message),
        }
        for reason in reasons
    ]


def problem_objects(result: CheckResult) -> Object:
    """What could not be read or done."""
    return {"unparsed": _list(result.unparsed), "errors": _list(result.errors)}


def _list(problems: Iterable[Problem]) -> list[Object]:
    return [
        {"path": unicode_text(each.path), "line": each.line, "message": unicode_text(each.message)}
        for each in problems
    ]


def _summary(result: CheckResult) -> Object:
    return {
        "files": result.files,
        "parsed": result.parsed,
        "findings": len(result.findings),
        "by_rule": result.by_rule(),
        "by_tier": result.by_tier(),
    }


def dump(document: Object) -> str:
    """``document`` as it is printed."""
    # A piece at a time: all pieces in one list take several times what the text does.
    text = StringIO()
    text.writelines(json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(document))
    return harmless_json(text.getvalue())
