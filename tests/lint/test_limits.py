# SPDX-License-Identifier: GPL-2.0-only
"""No file costs more than its share."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from mmapmigrate.lint import checker as checker_module
from mmapmigrate.lint import limits
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.limits import LimitError, bounded, memory_in_use
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.result import FileResult
from mmapmigrate.lint.workspace import Workspace

FOR_EVER = "while True:\n    try:\n        pass\n    except Exception:\n        pass\n"
TOO_MUCH = "pile = []\nwhile True:\n    pile.append(bytes(1 << 20))\n"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TIME_LIMIT", 0.4)
    monkeypatch.setattr(limits, "MEMORY_LIMIT", 100 << 20)
    monkeypatch.setattr(limits, "_TICK", 0.05)


def test_a_file_that_takes_too_long_is_an_error_with_its_name(
    options: CheckOptions, driver: Path, acme: Callable[[str], str]
) -> None:
    check = replace(options, codes=frozenset({"ACME1"}), rule_folders=(acme(FOR_EVER),))
    (error,) = Checker(check).check(str(driver)).errors
    assert (error.path, error.message) == (
        str(driver),
        "rule ACME1 takes more than 0.4 s of processor time: left out",
    )


def test_a_file_that_takes_too_much_memory_is_an_error(
    options: CheckOptions, driver: Path, acme: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TIME_LIMIT", 60)
    check = replace(options, codes=frozenset({"ACME1"}), rule_folders=(acme(TOO_MUCH),))
    (error,) = Checker(check).check(str(driver)).errors
    assert error.message == "rule ACME1 takes more than 100 MB of memory: left out"


def test_the_findings_stay_where_only_the_conversion_takes_too_long(
    options: CheckOptions, driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def for_ever(_workspace: Workspace, _path: str) -> None:
        while True:
            pass

    monkeypatch.setattr(Workspace, "converter", for_ever)
    result = Checker(options).check(str(driver))
    assert [(each.rule, each.fix) for each in result.findings] == [("MM101", None)]
    assert [each.message for each in result.errors] == [
        "converting its hooks takes more than 0.4 s of processor time: none is converted"
    ]


def test_the_next_file_is_checked(
    options: CheckOptions, driver: Path, tmp_path: Path, acme: Callable[[str], str]
) -> None:
    body = 'if b"slow" in data:\n    while True:\n        pass\nyield context.finding(0, 1, "x")\n'
    (tmp_path / "slow.c").write_text("int slow; /* mmap */\n")
    checker = Checker(replace(options, codes=frozenset({"ACME1"}), rule_folders=(acme(body),)))
    assert checker.check(str(tmp_path / "slow.c")).errors
    assert [each.rule for each in checker.check(str(driver)).findings] == ["ACME1"]


def test_what_is_slow_without_a_rule_of_the_user_is_not_checked(
    options: CheckOptions, driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def for_ever(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr(checker_module, "read_suppressions", for_ever)
    (error,) = Checker(options).check(str(driver)).errors
    assert error.message == "takes more than 0.4 s of processor time: not checked"


def test_memory_counts_from_where_the_file_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TIME_LIMIT", 60)
    # What a test before left behind may go at any time, and counts for less memory then.
    gc.collect()
    before = memory_in_use()
    pile = b"x" * (300 << 20)

    def keep() -> None:
        while pile:
            pass

    # Called, as Python 3.13 does not take the end of a loop for a part of the block around it.
    with pytest.raises(LimitError, match="100 MB of memory"), bounded(before):
        keep()


def test_a_thread_beside_the_first_is_bounded_too(
    options: CheckOptions, driver: Path, acme: Callable[[str], str]
) -> None:
    checker = Checker(replace(options, codes=frozenset({"ACME1"}), rule_folders=(acme(FOR_EVER),)))
    found: list[FileResult] = []
    thread = threading.Thread(target=lambda: found.append(checker.check(str(driver))), daemon=True)
    thread.start()
    thread.join(20)
    assert [each.message for result in found for each in result.errors] == [
        "rule ACME1 takes more than 0.4 s: left out"
    ]


def test_an_answer_that_is_swallowed_comes_again() -> None:
    swallowed = 0
    with pytest.raises(LimitError), bounded():
        while True:
            try:
                while True:
                    pass
            except LimitError:
                swallowed += 1
                if swallowed == 3:
                    raise


def test_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with bounded():
        pass
    assert (signal.getsignal(signal.SIGPROF), signal.getitimer(signal.ITIMER_PROF)) == (before, (0.0, 0.0))


def test_a_body_that_waits_uses_no_time() -> None:
    with bounded():
        time.sleep(0.6)
