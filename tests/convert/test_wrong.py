# SPDX-License-Identifier: GPL-2.0-only
"""Wrong conversions that no kernel is needed for: the gate or a rule refuses them."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from mmapmigrate.cli.app import run
from mmapmigrate.convert.gate import defect
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.source import SourceFile
from tests.kernel.lab.traps import Trap, traps

TRAPS = traps()
GATED = [trap for trap in TRAPS if trap.gate]
FOUND = [trap for trap in TRAPS if trap.rule]


def test_every_trap_has_something_that_catches_it() -> None:
    assert len(TRAPS) >= 10
    assert [trap.name for trap in TRAPS if not (trap.gate or trap.rule or trap.transcript)] == []


def test_what_is_booted_builds() -> None:
    assert [trap.name for trap in TRAPS if trap.transcript is not None and not trap.builds] == []


@pytest.mark.parametrize("trap", GATED, ids=[trap.name for trap in GATED])
def test_the_gate_refuses_a_wrong_text(trap: Trap) -> None:
    project = Project()
    file = project.model(SourceFile.read(str(trap.before)))
    edits = [Edit(0, len(file.unit.source.data), trap.wrong.read_bytes())]
    problem = defect(project, file, {trap.hook}, {trap.hook: f"{trap.hook}_prepare"}, edits, None)
    assert problem is not None
    assert fnmatchcase(problem, trap.gate)


@pytest.mark.parametrize("trap", FOUND, ids=[trap.name for trap in FOUND])
def test_a_rule_finds_a_wrong_text(trap: Trap, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ["--target", "7.3", "--format", "json", "--output", str(report), "--quiet", "--jobs", "1"]
    assert run(["check", *options, str(trap.wrong)]) == 1
    found = {finding["rule"] for finding in json.loads(report.read_text())["findings"]}
    assert trap.rule in found
