# SPDX-License-Identifier: GPL-2.0-only
"""The fixes of findings as SARIF's replacements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mmapmigrate.convert.conversion import Conversion, Tier
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.sarif_regions import Regions
from mmapmigrate.syntax.edit import Edit

Changes = dict[str, list[dict[str, object]]]


class Fixes:
    """What ``fix`` would do about a finding without being asked.

    A reader of SARIF applies a fix at a click and shows no reasons: other tiers than complete stay out.
    """

    def __init__(self, result: CheckResult, regions: Regions) -> None:
        self._identities = result.identities
        self._regions = regions
        self._conversions: dict[str, list[Conversion]] = {}
        for conversion in result.conversions:
            if conversion.tier is Tier.COMPLETE and conversion.defect is None:
                for path in conversion.edits:
                    self._conversions.setdefault(path, []).append(conversion)

    def changes(self, finding: Finding) -> Changes:
        """The replacements in each file; none where there is no such fix or a file holds another text."""
        if finding.fix is None or finding.fix.tier is not Tier.COMPLETE:
            return {}
        return self._changes(self._edits(finding)) or {}

    def _edits(self, finding: Finding) -> Mapping[str, Iterable[Edit]]:
        assert finding.fix is not None
        if finding.fix.edits:
            return {finding.path: finding.fix.edits}
        for conversion in self._conversions.get(finding.path, ()):
            # A conversion rewrites each ops table's member that it is about.
            if finding.hook in conversion.hooks and any(
                edit.start < finding.end and finding.start < edit.end
                for edit in conversion.edits[finding.path]
            ):
                return conversion.edits
        return {}

    def _changes(self, edits: Mapping[str, Iterable[Edit]]) -> Changes | None:
        changes: Changes = {}
        for path in sorted(edits):
            source = self._regions.source(path)
            if source is None or source.identity is None:
                return None
            if self._identities.get(path) not in (None, source.identity):
                return None
            wanted = sorted(edit for edit in set(edits[path]) if edit.text or edit.start < edit.end)
            changes[path] = [self._regions.replacement(source, edit) for edit in wanted]
        return changes
