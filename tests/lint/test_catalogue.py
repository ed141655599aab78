# SPDX-License-Identifier: GPL-2.0-only
"""The built-in rules as far as they are known without being imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.drivers import GOOD_HOOK

CHECK = """
import sys
from pathlib import Path
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.catalogue import builtin_rules
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.options import CheckOptions

folder, path = Path(sys.argv[1]), sys.argv[2]
codes = frozenset(loaded.code for loaded in builtin_rules(folder))
options = CheckOptions(load_snapshot("7.3"), codes, conversions=False, catalogue=folder)
print(*(finding.rule for finding in Checker(options).check(path).findings))
print(*sorted(name.rpartition(".")[2][:5] for name in sys.modules if name.startswith("mmapmigrate_rules.")))
"""


def checked(folder: Path, path: Path) -> tuple[list[str], list[str]]:
    """What a check of ``path`` by a new process finds, and which rules it has imported at its end."""
    ran = subprocess.run(
        [sys.executable, "-c", CHECK, folder, path], check=True, capture_output=True, text=True
    )
    findings, modules = ran.stdout.splitlines()
    return findings.split(), modules.split()


def test_a_rule_is_imported_where_a_file_has_its_sign(tmp_path: Path) -> None:
    plain, prepared = tmp_path / "plain.c", tmp_path / "prepared.c"
    plain.write_text(GOOD_HOOK)
    prepared.write_text(f"{GOOD_HOOK}\nstatic int bar_mmap_prepare(struct vm_area_desc *desc);\n")
    first, every = checked(tmp_path, plain)
    known, some = checked(tmp_path, plain)
    _, more = checked(tmp_path, prepared)
    assert known == first != []
    assert {"mm101", "mm302"} <= set(every)
    assert "mm101" in some and "mm302" not in some
    assert {"mm101", "mm302"} <= set(more)
