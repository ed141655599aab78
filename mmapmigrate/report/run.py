# SPDX-License-Identifier: GPL-2.0-only
"""What a report for a service or another program is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.loader import LoadedRule
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.style import Style, printable
from mmapmigrate.report.text import tier_text
from mmapmigrate.syntax.source import SourceFile


class CheckRun(Struct, frozen=True):
    """One run of check.

    The findings of ``result`` have their fingerprints. ``rules`` are the active ones. ``root`` is the
    absolute path of the folder that ``name`` names files from (and absolutely where they lie elsewhere).
    ``read`` gives the text that was checked, without an identity where the file holds another, and raises
    OSError where it cannot.
    """

    result: CheckResult
    api: KernelApi
    rules: Sequence[LoadedRule]
    root: str
    name: Callable[[str], str]
    read: Callable[[str], SourceFile]
    exit_code: int


def details(run: CheckRun, finding: Finding) -> list[str]:
    """What to do about a finding and what ``fix`` would do, a line each, without its message."""
    lines = []
    if finding.remedy:
        lines.append(f"remedy: {printable(finding.remedy)}")
    if finding.fix is not None:
        reasons = tuple(replace(reason, path=run.name(reason.path)) for reason in finding.fix.reasons)
        lines.append(f"fix: {tier_text(finding.fix.tier, reasons, Style())}")
    return lines
