# SPDX-License-Identifier: GPL-2.0-only
"""Work that another process does while this one does something else."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from mmapmigrate.disk.rests import Rests, now, rest_on
from mmapmigrate.lint.aside import aside
from mmapmigrate.lint.memory.witness import witnessed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmapmigrate.lint.aside.cpus", lambda: 2)


def no_child_is_left() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_another_process_has_the_answer() -> None:
    with aside(os.getpid) as answer:
        assert answer() != os.getpid()
    assert no_child_is_left()


def test_with_one_cpu_there_is_no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmapmigrate.lint.aside.cpus", lambda: 1)
    with aside(os.getpid) as answer:
        assert answer() == os.getpid()


@pytest.mark.parametrize("missing", ["os.fork", "os.pipe"])
def test_where_there_can_be_no_other_process_this_one_works(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise BlockingIOError

    monkeypatch.setattr(missing, fail)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - Path.iterdir opens one more
    with aside(os.getpid) as answer:
        assert answer() == os.getpid()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - see above


def test_an_error_is_raised_here() -> None:
    def fail() -> int:
        raise ValueError(os.getpid())

    with aside(fail) as answer, pytest.raises(ValueError, match=str(os.getpid())):
        answer()


def test_work_of_a_process_that_was_killed_is_done_here() -> None:
    here = os.getpid()

    def work() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    with aside(work) as answer:
        assert answer() == here


def test_a_process_that_nobody_asks_ends() -> None:
    begin = time.monotonic()
    with pytest.raises(KeyError), aside(lambda: time.sleep(60)):
        raise KeyError
    assert no_child_is_left()
    assert time.monotonic() - begin < 30


def test_an_answer_may_be_large() -> None:
    with aside(lambda: bytes(range(256)) * 4096) as answer:
        assert answer() == bytes(range(256)) * 4096


def test_who_is_watching_hears_of_what_was_looked_at_there(tmp_path: Path) -> None:
    opened, rested = tmp_path / "opened", tmp_path / "rested"
    for path in (opened, rested):
        path.write_text("text")
        os.utime(path, (1, 1))

    def work() -> str:
        rests = Rests.on([str(rested)], now() + (1 << 50))
        assert rests is not None
        rest_on(rests)
        return opened.read_text()

    with witnessed() as seen, aside(work) as answer:
        assert answer() == "text"
    assert seen.paths == {str(opened)}
    assert [list(each.paths()) for each in seen.known] == [[str(rested)]]
