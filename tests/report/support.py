# SPDX-License-Identifier: GPL-2.0-only
"""Runs of check over drivers, for the printers of services."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.fingerprint import fingerprinted
from mmapmigrate.lint.loader import load_rules
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.result import CheckResult, Problem
from mmapmigrate.report.run import CheckRun
from mmapmigrate.syntax.source import SourceFile
from tests.drivers import BLOCKED_HOOK as BLOCKED
from tests.drivers import GOOD_HOOK as DRIVER

__all__ = ["BLOCKED", "DRIVER", "check_run"]


def check_run(
    root: Path, files: dict[str, bytes], *, errors: Sequence[Problem] = (), exit_code: int = 1
) -> CheckRun:
    """A run of all default rules over ``files``, written below ``root`` under names that may be any bytes."""
    paths = []
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        paths.append(str(path))
    api = load_snapshot("7.3")
    rules = tuple(loaded for loaded in load_rules() if loaded.rule.default)
    checker = Checker(CheckOptions(api, frozenset(loaded.code for loaded in rules)))
    result = CheckResult.of([checker.check(path) for path in paths], errors)

    def below(path: str) -> str:
        return path.removeprefix(f"{root}/")

    result = replace(result, findings=fingerprinted(result.findings, below))
    return CheckRun(result, api, rules, str(root), below, SourceFile.read, exit_code)
