# SPDX-License-Identifier: GPL-2.0-only
"""However a run is ended, nothing of it stays behind: no file half written, no worker."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from mmapmigrate.cli import app
from mmapmigrate.disk.undisturbed import ENDING
from mmapmigrate.lint.pool import WorkerDiedError, begin_worker, shared
from tests.cli.test_faults import drivers, slow_rule, start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_files_are_written(tmp_path: Path, number: signal.Signals) -> None:
    paths = drivers(tmp_path / "src", 12)
    before = [path.read_bytes() for path in paths]
    process = start(tmp_path, "fix", "--select", "MM101,MM301", "src")
    while paths[0].read_bytes() == before[0] and process.poll() is None:
        pass
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    # It may have been done already.
    assert (process.returncode in (128 + number, 0), b"Traceback" in stderr) == (True, False)
    assert all(b"mmap_prepare" in path.read_bytes() or path.read_bytes() in before for path in paths)
    assert sorted((tmp_path / "src").iterdir()) == sorted(paths)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_a_class_is_made(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: signal.Signals, code: int
) -> None:
    """As when a module is imported; up to 3.11, Python makes another error of whatever is raised there."""

    class Named:
        def __set_name__(self, owner: type, name: str) -> None:
            os.kill(os.getpid(), number)
            time.sleep(1)

    monkeypatch.setattr(app.group, "main", lambda **_: type("Owner", (), {"name": Named()}))
    assert app.run(["rules"]) == code
    assert capfd.readouterr() == ("", "")


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    """As nohup has it."""
    drivers(tmp_path / "src", 2)
    own = slow_rule(tmp_path, "import signal; os.kill(os.getpid(), signal.SIGHUP)")
    process = start(
        tmp_path,
        *("check", "--rules", own, "--select", "MM101,ACME1", "src"),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    stdout, _ = process.communicate(timeout=60)
    assert (process.returncode, stdout.count(b"[MM101 ")) == (1, 2)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_how_children_end_is_known_though_who_starts_a_run_does_not_ask(tmp_path: Path, jobs: str) -> None:
    drivers(tmp_path / "src", 20)
    for kept in ((), (), ("--no-cache",)):
        process = start(
            tmp_path,
            *("check", *kept, "--jobs", jobs, "src"),
            preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
        )
        stdout, stderr = process.communicate(timeout=60)
        assert (process.returncode, stdout.count(b"[MM101 "), b"internal" in stderr) == (1, 20, False)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_workers_end_with_the_run(tmp_path: Path, number: signal.Signals) -> None:
    drivers(tmp_path / "src", 1)
    for index in range(600):
        (tmp_path / "src" / f"x{index}.c").write_text("int mmap;\n")
    body = 'Path(f"pid{os.getpid()}").touch(); time.sleep(0.3)'
    own = slow_rule(tmp_path, body)
    process = start(tmp_path, "check", "--jobs", "2", "--rules", own, "--select", "MM101,ACME1", "src")
    deadline = time.monotonic() + 60
    while len(workers := [int(path.name[3:]) for path in tmp_path.glob("pid*")]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    ended = -number if number == signal.SIGKILL else 128 + number
    assert (process.returncode, b"Traceback" in stderr) == (ended, False)
    while any(_runs(worker) for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state != b"Z"


def test_a_kept_answer_that_is_a_pipe_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (path,) = drivers(tmp_path / "src", 1)
    os.utime(path, ns=(1, 1))
    time.sleep(2.1)
    asked = ("check", "--select", "MM101", "src")
    first = start(tmp_path, *asked).communicate(timeout=60)
    kept = [each for each in (tmp_path / "cache").rglob("*") if each.is_file()]
    assert kept
    for each in kept:
        each.unlink()
        os.mkfifo(each)
    assert start(tmp_path, *asked).communicate(timeout=60) == first


def test_a_worker_for_which_there_is_no_thread_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = {number: signal.getsignal(number) for number in ENDING}
    monkeypatch.setattr(threading.Thread, "start", none_left)
    try:
        begin_worker()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_worker_that_cannot_begin_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """As where there is no memory for what it reads files into."""

    def begin() -> None:
        raise MemoryError

    with pytest.raises(WorkerDiedError, match="a worker process died"):
        shared([["a.c"]], len, workers=1, prepare=begin)
    assert capfd.readouterr() == ("", "")
