# SPDX-License-Identifier: GPL-2.0-only
"""What one check of one file found, and the texts that it speaks of."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from mmapmigrate.convert.conversion import Conversion
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.fix import FixOptions, plan_fixes
from mmapmigrate.lint.fixed import FileChange
from mmapmigrate.lint.loader import RuleLoadError
from mmapmigrate.lint.options import CONVERTED_RULES
from mmapmigrate.lint.result import FileResult
from mmapmigrate.lsp.settings import Settings, SettingsError, SettingsOf
from mmapmigrate.model.discovery import candidate


class Analysis(Struct, frozen=True):
    """The result for one file.

    ``texts`` are the open files as they were. ``sources`` are the bytes that the findings, reasons and edits
    speak of, by path, for the files that they name. ``problem`` is why there is nothing, "" else.
    ``made`` is when it was begun, on the monotonic clock.
    """

    path: str
    texts: Mapping[str, bytes]
    made: float
    settings: Settings | None = None
    result: FileResult = field(default_factory=lambda: FileResult(""))
    sources: Mapping[str, bytes] = field(default_factory=dict)
    problem: str = ""

    def conversion_of(self, finding: Finding) -> Conversion | None:
        """The conversion that fixes ``finding``, where it is fixed by one."""
        if finding.rule not in CONVERTED_RULES or finding.hook is None:
            return None
        return next((each for each in self.result.conversions if finding.hook in each.hooks), None)


def analyse(path: str, texts: Mapping[str, bytes], settings_of: SettingsOf) -> Analysis:
    """Checks ``path``, whose text and that of other open files is in ``texts``."""
    nothing = Analysis(path, texts, time.monotonic(), result=FileResult(path))
    if path not in texts or not candidate(texts[path]):
        return nothing
    try:
        settings = settings_of(path)
        if settings.options is None:
            return replace(nothing, settings=settings)
        checker = Checker(replace(settings.options, texts=texts))
    except (SettingsError, RuleLoadError) as error:
        return replace(nothing, problem=str(error))
    result = checker.check(path)
    return replace(nothing, settings=settings, result=result, sources=_sources(checker, result))


def fix_all(analysis: Analysis) -> Sequence[FileChange]:
    """What ``fix`` of this one file writes: all of tier complete that edits no other."""
    settings = analysis.settings
    if settings is None or settings.options is None:
        return ()
    options = FixOptions(replace(settings.options, texts=analysis.texts), (analysis.path,))
    return plan_fixes([analysis.path], options).changes


def _sources(checker: Checker, result: FileResult) -> Mapping[str, bytes]:
    """The texts of the files that ``result`` names, as the checker read them."""
    paths = {result.path}
    for conversion in result.conversions:
        paths.update(conversion.files, (reason.path for reason in conversion.reasons))
    for finding in result.findings:
        paths.update(reason.path for reason in (finding.fix.reasons if finding.fix else ()))
    found = {path: checker.text(path) for path in sorted(paths)}
    return {path: text for path, text in found.items() if text is not None}
