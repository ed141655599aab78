# SPDX-License-Identifier: GPL-2.0-only
"""Rules of the user's that misbehave: each is named and left out, and the rest is as without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint import limits
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.options import CheckOptions

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

RULE = """\
import os
import sys
import time
from msgspec.structs import replace
from mmapmigrate.lint.finding import Severity
from mmapmigrate.lint.rule import Rule
RULE = Rule("ACME{number}", "own", Severity.NOTE, "x")
{beside}
def check(context):
    {body}
    return []
"""


def own_rules(tmp_path: Path, *bodies: str, beside: str = "") -> str:
    folder = tmp_path / "own"
    folder.mkdir()
    for number, body in enumerate(bodies, 1):
        (folder / f"r{number}.py").write_text(RULE.format(number=number, body=body, beside=beside))
    return "own"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise type('Mute', (Exception,), {'__str__': lambda _: 1 / 0})", "Mute"),
        ("raise ValueError('x' * 1_000_000)", f"ValueError: {'x' * 100}"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("sys.exit('bye')", "SystemExit: bye"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise BaseException('odd')", "BaseException: odd"),
        ("return 5", "TypeError"),
        ("return [5]", "TypeError: check() yields int, not Finding"),
        ("return [context.finding(0, 1, 5)]", "TypeError: the message of a Finding is int, not str"),
        (
            "return [context.finding(0, 1, 'x', remedy=None)]",
            "TypeError: the remedy of a Finding",
        ),
        ("return [context.finding(0, 1, chr(0xD800))]", "UnicodeEncodeError"),
        ("return [replace(context.finding(0, 1, 'x'), line='1')]", "TypeError: the line of a Finding is str"),
        (
            "return [replace(context.finding(0, 1, 'x'), column=0)]",
            "ValueError: the column of a Finding",
        ),
    ],
)
def test_whatever_it_raises_or_returns(
    tool: Tool, driver: Path, tmp_path: Path, body: str, said: str
) -> None:
    own = own_rules(tmp_path, body)
    done = tool("check", "--rules", own, "--format", "json", "--select", "MM101,ACME", driver.name)
    found = json.loads(done.stdout)
    assert (done.returncode, [each["rule"] for each in found["findings"]]) == (2, ["MM101"])
    (error,) = found["errors"]
    assert error["message"].startswith(f"rule ACME1 failed: {said}")
    assert len(error["message"]) < 1000


@pytest.mark.parametrize("command", [("check", "--format", "json"), ("fix", "--diff")])
def test_what_it_prints_is_no_part_of_the_report(
    tool: Tool, driver: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    own = own_rules(tmp_path, "print('noise')", beside="print('loud')")
    arguments = ("--select", "MM101,MM301", driver.name)
    plain = tool(*command, *arguments)
    done = tool(*command, "--rules", own, "--extend-select", "ACME", *arguments)
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    assert "noise" in done.stderr
    assert "loud" in done.stderr


def test_one_that_closes_standard_output(tool: Tool, driver: Path, tmp_path: Path) -> None:
    own = own_rules(tmp_path, "sys.__stdout__.close()")
    done = tool("check", "--rules", own, "--select", "MM101,ACME", driver.name)
    assert done.returncode == 2
    assert "mmapmigrate: error: standard output is closed" in done.stderr


@pytest.mark.parametrize(
    ("body", "limit", "said"),
    [
        ("while True: pass", "TIME_LIMIT", "takes more than 0.3 s of processor time"),
        ("time.sleep(1000)", "WAIT_LIMIT", "takes more than 0.3 s"),
    ],
)
def test_one_that_never_ends_is_given_up(
    driver: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, limit: str, said: str
) -> None:
    own_rules(tmp_path, body, "pass")
    options = CheckOptions(
        load_snapshot("7.3"), frozenset({"MM101", "ACME1", "ACME2"}), (str(tmp_path / "own"),)
    )
    checker = Checker(replace(options, conversions=False))
    monkeypatch.setattr(limits, limit, 0.3)
    results = [checker.check(str(driver)) for _ in range(4)]
    assert [each.message for result in results for each in result.errors] == [
        f"rule ACME1 {said}: left out",
        f"rule ACME1 {said}: left out",
        f"rule ACME1 {said}: left out from here on",
    ]
    assert [[each.rule for each in result.findings] for result in results] == [["MM101"]] * 4
