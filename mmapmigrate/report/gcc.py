# SPDX-License-Identifier: GPL-2.0-only
"""One line a finding, as compilers print it, so that editors and make output parsers can use it."""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.style import printable


def render_gcc(result: CheckResult) -> Iterator[str]:
    """``path:line:column: warning: text [MM101]``; nothing at all when there is nothing to say."""
    for finding in result.findings:
        yield printable(
            f"{finding.path}:{finding.line}:{finding.column}: {finding.severity.value}: "
            f"{finding.message} [{finding.rule}]"
        )
