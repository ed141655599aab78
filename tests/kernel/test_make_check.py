# SPDX-License-Identifier: GPL-2.0-only
"""``make C=1`` and ``C=2`` take the tool for a checker, wherever the build folder is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mmapmigrate
from tests.kernel.lab.folders import object_folder, scratch

pytestmark = pytest.mark.kernel

OBJECTS = ("drivers/char/uv_mmtimer", "drivers/dma-buf/dma-buf", "drivers/char/hpet")
"""Small ones with mmap hooks, of which some have been converted."""

PACKAGE = str(Path(mmapmigrate.__file__).parents[1])


@pytest.fixture(scope="module")
def build(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the prepared build folder, and in its ``bin`` the command."""
    folder = tmp_path_factory.mktemp("make") / "build"
    shutil.copytree(object_folder(tree), folder, symlinks=True)
    command = folder / "bin" / "mmapmigrate"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH={PACKAGE} exec {sys.executable} -m mmapmigrate "$@"\n')
    command.chmod(0o755)
    return folder


def make(build: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``make``, with the command on the path and every object to be built anew."""
    for name in OBJECTS:
        (build / f"{name}.o").unlink(missing_ok=True)
    return subprocess.run(
        ["make", "CHECK=mmapmigrate check --cc", *arguments, *(f"{name}.o" for name in OBJECTS)],
        cwd=cwd,
        env={**os.environ, "PATH": f"{build / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def findings(text: str) -> list[str]:
    """The tool's lines, without their paths' beginnings."""
    lines = [line for line in text.splitlines() if line.endswith("]") and "[MM" in line]
    return sorted(line[line.index("drivers/") :] for line in lines)


@pytest.fixture(scope="module")
def expected(tree: Path, build: Path) -> list[str]:
    """What a plain check says of the same files."""
    done = subprocess.run(
        [build / "bin" / "mmapmigrate", "check", "--format", "gcc", *(f"{name}.c" for name in OBJECTS)],
        cwd=scratch(tree),
        capture_output=True,
        text=True,
        check=False,
    )
    assert findings(done.stdout)
    return findings(done.stdout)


@pytest.mark.parametrize("level", ["1", "2"])
def test_from_the_source_with_a_relative_build_folder(
    tree: Path, build: Path, expected: list[str], level: str
) -> None:
    source = scratch(tree)
    done = make(build, source, f"O={os.path.relpath(build, source)}", f"C={level}")
    assert done.returncode == 0, done.stderr
    assert "not available" not in done.stderr
    assert findings(done.stderr) == expected
    assert findings(done.stdout) == []


def test_from_the_build_folder(build: Path, expected: list[str]) -> None:
    done = make(build, build, "C=1")
    assert done.returncode == 0, done.stderr
    assert findings(done.stderr) == expected


def test_a_checker_that_fails_on_its_probe_is_noticed(build: Path) -> None:
    done = make(build, build, "C=1", "CHECK=mmapmigrate check --target 9.9 --cc")
    assert "is not available or not up to date" in done.stderr
