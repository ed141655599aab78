# SPDX-License-Identifier: GPL-2.0-only
"""The JSON of series."""

from __future__ import annotations

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.json import dump, head, outcome_object, problem_objects
from mmapmigrate.report.style import unicode_text
from mmapmigrate.series.written import WrittenSeries


def series_json(series: WrittenSeries, left: CheckResult, api: KernelApi) -> str:
    """What ``series --format json`` prints; ``left`` is what a check of the result would find."""
    patches = [
        {
            "path": unicode_text(str(patch.path)),
            "subject": unicode_text(patch.subject),
            "tier": patch.driver.tier.value,
            "files": [unicode_text(name) for name in patch.driver.files],
            "cc": list(patch.recipients),
            "conversions": [outcome_object(outcome) for outcome in patch.driver.outcomes],
        }
        for patch in series.patches
    ]
    return dump(
        {
            **head(api),
            "cover_letter": None if series.cover is None else unicode_text(str(series.cover)),
            "patches": patches,
            **problem_objects(left),
        }
    )
