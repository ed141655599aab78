# SPDX-License-Identifier: GPL-2.0-only
"""SARIF 2.1.0, which code scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from urllib.parse import quote

from mmapmigrate import __version__
from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.fingerprint import VERSION as FINGERPRINT_VERSION
from mmapmigrate.lint.loader import LoadedRule
from mmapmigrate.lint.result import Problem
from mmapmigrate.report.run import CheckRun
from mmapmigrate.report.sarif_fixes import Fixes
from mmapmigrate.report.sarif_regions import Regions
from mmapmigrate.report.style import printable, unicode_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
"""The base of relative URIs."""

Object = dict[str, object]

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
AREAS = {
    "MM0": "coverage",
    "MM1": "hooks",
    "MM2": "vma-flags",
    "MM3": "mapping-actions",
    "MM4": "vma-lifetime",
}
"""What the built-in rules of a hundred are about; it becomes a tag."""

NOTIFICATIONS = (
    {"id": "error", "shortDescription": {"text": "Something could not be checked."}},
    {"id": "unparsed", "shortDescription": {"text": "A region of a file could not be read as C."}},
)


def sarif_json(run: CheckRun) -> str:
    """The whole log: one run, with every active rule and its page.

    Fixes are those that ``fix`` applies without being asked: tier complete.
    """
    return json.dumps(_Log(run).document(), indent=1)


class _Log:
    """Builds the log; every file that is mentioned becomes an artifact."""

    def __init__(self, run: CheckRun) -> None:
        self._run = run
        self._regions = Regions(run.read)
        self._fixes = Fixes(run.result, self._regions)
        self._rules = {loaded.code: index for index, loaded in enumerate(run.rules)}
        self._artifacts: dict[str, int] = {}

    def document(self) -> Object:
        result = self._run.result
        results = [self._result(finding) for finding in result.findings]
        notifications = [self._notification(0, "error", problem) for problem in result.errors]
        notifications += [self._notification(1, "note", problem) for problem in result.unparsed]
        run: Object = {
            "tool": {"driver": self._driver()},
            "invocations": [
                {
                    "executionSuccessful": not result.errors,
                    "exitCode": self._run.exit_code,
                    "toolExecutionNotifications": notifications,
                }
            ],
            "originalUriBaseIds": {
                ROOT: {
                    "uri": _file_uri(self._run.root.rstrip("/") + "/"),
                    "description": {"text": "The root of the sources."},
                }
            },
            "columnKind": "utf16CodeUnits",
            "defaultEncoding": "utf-8",
            "defaultSourceLanguage": "c",
            "artifacts": [self._artifact(path) for path in self._artifacts],
            "results": results,
            "properties": {
                "kernel": {"release": self._run.api.release, "source": self._run.api.source},
                "files": result.files,
                "parsed": result.parsed,
            },
        }
        return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}

    def _driver(self) -> Object:
        driver: Object = {"name": "mmapmigrate", "version": __version__}
        if re.fullmatch(r"\d+\.\d+\.\d+", __version__):
            driver["semanticVersion"] = __version__
        driver["rules"] = [_rule(loaded) for loaded in self._run.rules]
        driver["notifications"] = list(NOTIFICATIONS)
        return driver

    def _result(self, finding: Finding) -> Object:
        reasons = finding.fix.reasons if finding.fix is not None else ()
        result: Object = {"ruleId": finding.rule}
        if finding.rule in self._rules:
            result["ruleIndex"] = self._rules[finding.rule]
        result |= {
            "level": LEVELS[finding.severity],
            "message": {"text": _message(finding)},
            "locations": [self._location(finding)],
            "partialFingerprints": {f"mmapmigrate/v{FINGERPRINT_VERSION}": finding.fingerprint},
        }
        if reasons:
            result["relatedLocations"] = [
                self._related(number, reason) for number, reason in enumerate(reasons, 1)
            ]
        changes = self._fixes.changes(finding)
        if changes:
            result["fixes"] = [
                {
                    "description": {"text": _fix_text(finding)},
                    "artifactChanges": [
                        {"artifactLocation": self._file(path), "replacements": replacements}
                        for path, replacements in changes.items()
                    ],
                }
            ]
        if finding.fix is not None:
            properties: Object = {"tier": finding.fix.tier.value}
            if reasons:
                properties["reasons"] = sorted({reason.code for reason in reasons})
            result["properties"] = properties
        return result

    def _location(self, finding: Finding) -> Object:
        physical: Object = {
            "artifactLocation": self._file(finding.path),
            "region": self._regions.region(finding),
        }
        lines = self._regions.lines(finding)
        if lines is not None:
            physical["contextRegion"] = {
                "startLine": finding.line,
                "endLine": finding.end_line,
                "snippet": {"text": lines},
            }
        location: Object = {"physicalLocation": physical}
        hook = finding.hook
        if hook is not None and hook.object:
            location["logicalLocations"] = [
                {"name": hook.member, "fullyQualifiedName": f"{hook.object}.{hook.member}", "kind": "member"}
            ]
        return location

    def _related(self, number: int, reason: Reason) -> Object:
        return {
            "id": number,
            **self._line(reason.path, reason.line),
            "message": {"text": unicode_text(printable(f"{reason.message} ({reason.code})"))},
        }

    def _notification(self, index: int, level: str, problem: Problem) -> Object:
        return {
            "descriptor": {"id": NOTIFICATIONS[index]["id"], "index": index},
            "level": level,
            "message": {"text": unicode_text(printable(problem.message))},
            "locations": [self._line(problem.path, problem.line)],
        }

    def _line(self, path: str, line: int) -> Object:
        physical: Object = {"artifactLocation": self._file(path)}
        if line:
            physical["region"] = {"startLine": line}
        return {"physicalLocation": physical}

    def _file(self, path: str) -> Object:
        return {**self._place(path), "index": self._artifacts.setdefault(path, len(self._artifacts))}

    def _artifact(self, path: str) -> Object:
        artifact: Object = {"location": self._place(path)}
        encoding = self._regions.encoding(path)
        if encoding != "utf-8":
            artifact["encoding"] = encoding
        return artifact

    def _place(self, path: str) -> Object:
        name = self._run.name(path)
        return {"uri": _file_uri(name)} if name.startswith("/") else {"uri": _quote(name), "uriBaseId": ROOT}


def _rule(loaded: LoadedRule) -> Object:
    rule = loaded.rule
    tags = ["linux-kernel", "mmap"]
    area = AREAS.get(rule.code[:3])
    summary = _sentence(rule.summary)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": _first_paragraph(loaded.page) or summary},
        "help": {"text": loaded.page or summary, "markdown": _markdown(loaded, summary)},
        "defaultConfiguration": {"enabled": rule.default, "level": LEVELS[rule.severity]},
        "properties": {"tags": [*tags, area] if area else tags},
    }


def _sentence(text: str) -> str:
    """``text`` with a full stop, and with a capital letter where its first word is no name in the code."""
    word = re.match(r"[a-z]+(?=\s)", text)
    return f"{text[:1].upper()}{text[1:]}." if word else f"{text}."


def _markdown(loaded: LoadedRule, summary: str) -> str:
    return f"# {loaded.code} {loaded.rule.name}\n\n{loaded.page or summary}\n"


def _first_paragraph(page: str) -> str:
    return " ".join(page.partition("\n\n")[0].split())


def _message(finding: Finding) -> str:
    """The finding, its remedy and its fix as sentences; the deciding reason links to its location."""
    parts = [printable(finding.message)]
    if finding.remedy:
        parts.append(f"Remedy: {printable(finding.remedy)}")
    if finding.fix is not None:
        parts.append(f"Fix: {_tier(finding.fix.tier, finding.fix.reasons)}")
    return unicode_text(". ".join(parts) + ".")


def _tier(tier: Tier, reasons: Sequence[Reason]) -> str:
    if not reasons:
        return tier.value
    worst = max(range(len(reasons)), key=lambda index: reasons[index].tier.rank)
    text = re.sub(r"([\\\[\]])", r"\\\1", printable(reasons[worst].message))
    more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    return f"{tier.value}: [{text}]({worst + 1}){more}"


def _fix_text(finding: Finding) -> str:
    handler = finding.hook.handler if finding.hook is not None else None
    what = f"Convert {handler}() to mmap_prepare" if handler else f"Fix {finding.name}"
    return f"{what} (tier {Tier.COMPLETE.value})"


def _file_uri(path: str) -> str:
    return "file://" + _quote(path)


def _quote(path: str) -> str:
    """The bytes of a path as a URI's; a colon too, which would make the first part a scheme."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")
