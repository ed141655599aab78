# SPDX-License-Identifier: GPL-2.0-only
"""README's commands and its excerpt are true."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"

TEXT = README.read_text("utf-8") if README.is_file() else ""

NESTED = "MMAPMIGRATE_README_TEST"
"""Set while README's second command runs, which runs this module again."""

pytestmark = pytest.mark.skipif(not README.is_file(), reason="not in a checkout")


def quick_start() -> list[str]:
    """The fenced sh blocks under ``## Quick start``."""
    section = TEXT.partition("\n## Quick start\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def fresh_copy(folder: Path) -> Path:
    """The checkout as somebody who clones it would have it: no environment, no caches."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        for name in map(os.fsdecode, filter(None, listed.stdout.split(b"\0"))):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
    else:
        ignored = shutil.ignore_patterns(".venv", "__pycache__", ".*_cache", "dist", "build")
        shutil.copytree(ROOT, folder, ignore=ignored, dirs_exist_ok=True)
    return folder


def run(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**inherited, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_there_are_two_blocks_of_one_line() -> None:
    assert [block.count("\n") for block in quick_start()] == [1, 1]


@pytest.mark.skipif(NESTED in os.environ, reason="README's own command is running")
def test_the_first_command_works_as_written(tmp_path: Path) -> None:
    done = run(quick_start()[0], fresh_copy(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "[MM101 deprecated-mmap-hook]" in done.stdout
    assert "+++ b/fixtures/" in done.stdout


@pytest.mark.skipif(NESTED in os.environ, reason="README's own command is running")
def test_the_second_command_works_as_written(tmp_path: Path) -> None:
    done = run(quick_start()[1], fresh_copy(tmp_path), **{NESTED: "1"})
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


EXCERPTS = re.findall(r"^```console\n\$ mmapmigrate ([^\n]*)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def test_there_are_excerpts() -> None:
    assert [arguments.split()[0] for arguments, _ in EXCERPTS] == ["check", "fix"]


@pytest.mark.parametrize(("arguments", "printed"), EXCERPTS, ids=lambda text: text.partition("\n")[0])
def test_an_excerpt_is_what_the_tool_prints(arguments: str, printed: str) -> None:
    command = [sys.executable, "-m", "mmapmigrate", *arguments.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == printed


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_architecture_page_names_modules_that_exist() -> None:
    package = ""
    missing = []
    for line in (ROOT / "docs" / "architecture.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            package = line.removeprefix("## ").partition(":")[0]
        folders = [top / name for name in package.split(" and ") for top in (ROOT / "mmapmigrate", ROOT)]
        for name in re.findall(r"`(\w+\.(?:py|toml))`", line):
            if not any(next(folder.rglob(name), None) for folder in folders):
                missing.append(f"{package}: {name}")
    assert missing == []
