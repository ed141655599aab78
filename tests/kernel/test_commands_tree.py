# SPDX-License-Identifier: GPL-2.0-only
"""The commands on a real tree."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mmapmigrate

pytestmark = pytest.mark.kernel

FOLDERS = ("drivers/char", "drivers/misc", "drivers/video", "drivers/xen")


@pytest.fixture(scope="module")
def tree() -> Path:
    named = os.environ.get("MMAPMIGRATE_KERNEL")
    if not named:
        pytest.skip("MMAPMIGRATE_KERNEL names no kernel tree")
    return Path(named)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(mmapmigrate.__file__).parents[1])}
    command = [sys.executable, "-m", "mmapmigrate", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def test_check_ends_without_an_error(tree: Path) -> None:
    done = run("check", "--format", "json", *FOLDERS, cwd=tree)
    document = json.loads(done.stdout)
    assert (document["errors"], done.stderr) == ([], "")
    assert done.returncode == (1 if document["findings"] else 0)


def test_check_says_the_same_with_any_number_of_processes(tree: Path) -> None:
    assert (
        run("check", "--jobs", "1", *FOLDERS, cwd=tree).stdout
        == run("check", "--jobs", "3", *FOLDERS, cwd=tree).stdout
    )


def test_git_apply_takes_the_diff_and_a_second_fix_changes_nothing(tree: Path, tmp_path: Path) -> None:
    patch = run("fix", "--diff", *FOLDERS, cwd=tree).stdout
    names = re.findall(r"^\+\+\+ b/(.*)$", patch, re.MULTILINE)
    assert names
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree / name, tmp_path / name)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=patch, text=True, check=True)
    assert run("fix", "--diff", "--kernel", str(tree), *names, cwd=tmp_path).stdout == ""
