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

from tests.kernel.lab.commands import run

CHECKOUT = Path(__file__).parents[3]


@dataclass(frozen=True)
class TreeFixes:
    """``texts`` are the changed files, by path from the top of the tree; ``conversions`` as --format json."""

    texts: Mapping[str, bytes]
    conversions: tuple[Mapping[str, Any], ...]

    def applied(self, tier: str) -> int:
        """How many conversions of a tier were made."""
        return sum(row["applied"] and row["tier"] == tier for row in self.conversions)


def tree_fixes(tree: Path, *options: str) -> TreeFixes:
    """Runs ``fix --diff`` with ``options`` over ``tree`` and applies the diff to copies of its files.

    Raises CommandError when the diff does not apply.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        report, diff = work / "report.json", work / "fixes.diff"
        command = [sys.executable, "-m", "mmapmigrate", "fix", "--diff", "--quiet", "--no-cache", *options]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        output = run(
            [*command, "--format", "json", "--output", report, tree], env=environment, check=False
        )  # fmt: skip
        diff.write_bytes(output.encode("utf-8", "surrogateescape"))
        paths = re.findall(r"^--- a/(.*)$", output, re.MULTILINE)
        copies = work / "copies"
        for path in paths:
            (copies / path).parent.mkdir(parents=True, exist_ok=True)
            (copies / path).write_bytes((tree / path).read_bytes())
        if paths:
            run(["git", "apply", diff], cwd=copies)
        conversions = json.loads(report.read_text())["conversions"]
        return TreeFixes({path: (copies / path).read_bytes() for path in paths}, tuple(conversions))
