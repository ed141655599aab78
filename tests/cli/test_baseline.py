# SPDX-License-Identifier: GPL-2.0-only
"""``--write-baseline`` and ``--baseline``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.drivers import BLOCKED_HOOK, GOOD_HOOK

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

CHECK = ("check", "--format", "gcc", "--baseline", "known.json")


@pytest.fixture
def known(tool: Tool, driver: Path) -> Path:
    """A baseline of the driver's findings."""
    done = tool("check", "--write-baseline", "known.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "known.json: 2 known findings written" in done.stderr
    return driver.parent / "known.json"


def test_old_findings_are_quiet(tool: Tool, known: Path) -> None:
    done = tool(*CHECK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_lines_may_move_and_paths_be_written_otherwise(tool: Tool, known: Path, driver: Path) -> None:
    driver.write_text("/* moved */\n\n" + GOOD_HOOK.replace("\t", "    "))
    assert tool(*CHECK, str(driver)).stdout == ""


def test_new_findings_are_reported(tool: Tool, known: Path, driver: Path) -> None:
    driver.write_text(BLOCKED_HOOK + GOOD_HOOK)
    done = tool(*CHECK, "--select", "MM101")
    assert done.returncode == 1
    assert [line.split()[2] for line in done.stdout.splitlines()] == ["bar_fops.mmap"]


def test_only_conversions_of_what_is_shown_are_counted(tool: Tool, known: Path) -> None:
    done = tool("check", "--format", "json", "--baseline", "known.json")
    assert json.loads(done.stdout)["summary"]["by_tier"] == {}


def test_fixed_findings_are_pointed_out(tool: Tool, known: Path, driver: Path) -> None:
    driver.write_text("int a;\n")
    done = tool(*CHECK)
    assert (done.returncode, done.stdout) == (0, "")
    assert "note: gone: foo.c: foo_fops.mmap = foo_mmap [MM101]\n" in done.stderr
    assert "known.json knows them still" in done.stderr
    driver.unlink()
    assert "gone: foo.c" in tool(*CHECK).stderr


def test_what_was_not_checked_is_not_gone(tool: Tool, known: Path, clean: Path, driver: Path) -> None:
    driver.write_text("int a;\n")
    assert tool(*CHECK, "clean.c").stderr == ""
    assert "[MM101]" not in tool(*CHECK, "--select", "MM301").stderr


def test_the_file_is_stable_and_sorted(tool: Tool, known: Path, driver: Path) -> None:
    (driver.parent / "bar.c").write_text(BLOCKED_HOOK)
    tool("check", "--write-baseline", "one.json")
    tool("check", "--write-baseline", "two.json", ".", "./foo.c")
    text = (driver.parent / "one.json").read_text()
    assert text == (driver.parent / "two.json").read_text()
    assert [each["path"] for each in json.loads(text)["findings"]] == ["bar.c", "bar.c", "foo.c", "foo.c"]
    assert sum('"fingerprint":' in line for line in text.splitlines()) == 4


def test_an_incomplete_check_writes_no_baseline(tool: Tool, driver: Path) -> None:
    done = tool("check", "--write-baseline", "known.json", "foo.c", "none.c")
    assert done.returncode == 2
    assert not (driver.parent / "known.json").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON (line 1"),
        ("\xff", "no baseline"),
        ("[]", "no baseline"),
        ('{"mmapmigrate-baseline": 99, "fingerprints": "1", "findings": []}', "another version"),
        ('{"mmapmigrate-baseline": 1, "fingerprints": "1", "findings": {}}', "no list"),
        ('{"mmapmigrate-baseline": 1, "fingerprints": "1", "findings": [{"rule": 1}]}', "entry 1"),
    ],
)
def test_a_broken_baseline(tool: Tool, driver: Path, text: str, message: str) -> None:
    (driver.parent / "known.json").write_text(text, "latin-1")
    done = tool(*CHECK)
    assert done.returncode == 2
    assert done.stderr.startswith("mmapmigrate: error: known.json: ")
    assert message in done.stderr


def test_a_missing_baseline(tool: Tool, driver: Path) -> None:
    done = tool(*CHECK)
    assert (done.returncode, done.stdout) == (2, "")
    assert "known.json: cannot be read" in done.stderr


def test_another_file_is_not_replaced(tool: Tool, known: Path, driver: Path) -> None:
    other = driver.with_name("Makefile")
    other.write_text("obj-m += foo.o\n")
    done = tool("check", "--write-baseline", other.name, driver.name)
    assert (done.returncode, done.stdout, other.read_text()) == (2, "", "obj-m += foo.o\n")
    assert "Makefile: not written: there is a file that is no baseline" in done.stderr
    new = known.read_text()
    for old in ("", f"<<<<<<< ours\n{new}"):
        known.write_text(old)
        assert tool("check", "--write-baseline", known.name, driver.name).returncode == 0
        assert known.read_text() == new


def test_a_baseline_on_standard_output(tool: Tool, known: Path, driver: Path) -> None:
    done = tool("check", "--write-baseline", "-", driver.name)
    assert (done.returncode, done.stdout) == (0, known.read_text())
    assert "standard output: " in done.stderr
    assert not (driver.parent / "-").exists()


def test_a_part_is_no_baseline(tool: Tool, driver: Path) -> None:
    done = tool("check", "--write-baseline", "known.json", "--since", "HEAD")
    assert done.returncode == 2
    assert "takes all findings" in done.stderr
