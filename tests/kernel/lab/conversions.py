# SPDX-License-Identifier: GPL-2.0-only
"""What the tool makes of a whole tree, got the way a user gets it: a diff, and ``git apply``."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kernel.lab.commands import locked, run
from tests.kernel.lab.folders import scratch
from tests.kernel.lab.objects import replaced

CHECKOUT = Path(__file__).parents[3]

Row = Mapping[str, Any]
"""A conversion as ``fix --format json`` prints it."""


@dataclass(frozen=True)
class TreeFixes:
    """``texts`` are the changed files, by path from the top of the tree; ``conversions`` as --format json."""

    texts: Mapping[str, bytes]
    conversions: tuple[Row, ...]

    def applied(self, tier: str) -> int:
        """How many conversions of a tier were made."""
        return sum(row["applied"] and row["tier"] == tier for row in self.conversions)


def tree_fixes(tree: Path, *options: str) -> TreeFixes:
    """Runs ``fix --diff`` with ``options`` over ``tree`` and applies the diff to copies of its files.

    Raises CommandError when the diff does not apply.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        output, conversions = _fix(tree, work, *options)
        diff = work / "fixes.diff"
        diff.write_bytes(output.encode("utf-8", "surrogateescape"))
        paths = re.findall(r"^--- a/(.*)$", output, re.MULTILINE)
        copies = work / "copies"
        for path in paths:
            (copies / path).parent.mkdir(parents=True, exist_ok=True)
            (copies / path).write_bytes((tree / path).read_bytes())
        if paths:
            run(["git", "apply", diff], cwd=copies)
        return TreeFixes({path: (copies / path).read_bytes() for path in paths}, conversions)


def fixed_again(tree: Path, texts: Mapping[str, bytes], *options: str) -> tuple[str, tuple[Row, ...]]:
    """The diff and the conversions of another run over ``tree`` with ``texts`` in the place of its files."""
    source = scratch(tree)
    with (
        tempfile.TemporaryDirectory() as name,
        locked(source.parent / ".objects.lock"),
        replaced(tree, source, texts),
    ):
        return _fix(source, Path(name), *options)


def _fix(tree: Path, work: Path, *options: str) -> tuple[str, tuple[Row, ...]]:
    """What ``fix --diff`` prints, and its conversions, their paths from the top of ``tree``."""
    report = work / "report.json"
    command = [sys.executable, "-m", "mmapmigrate", "fix", "--diff", "--quiet", "--no-cache", *options]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    output = run(
        [*command, "--format", "json", "--output", report, tree], env=environment, check=False
    )  # fmt: skip
    rows = json.loads(report.read_text())["conversions"]
    return output, tuple({**row, "path": row["path"].removeprefix(f"{tree}/")} for row in rows)
