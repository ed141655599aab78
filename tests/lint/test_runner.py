# SPDX-License-Identifier: GPL-2.0-only
"""Checking many files."""

from __future__ import annotations

import errno
import multiprocessing
import multiprocessing.synchronize
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from mmapmigrate.lint import runner
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.pool import WorkerDiedError
from mmapmigrate.lint.runner import holding, run

DRIVER = "static const struct file_operations foo_fops = {\n\t.mmap = foo_mmap,\n};\n"


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files enough for several batches."""
    monkeypatch.setattr(runner, "BATCH", 5)
    monkeypatch.setattr(runner, "SERIAL_LIMIT", 10)
    paths = [tmp_path / f"f{number:02}.c" for number in range(23)]
    for path in paths:
        path.write_text(DRIVER)
    return [str(path) for path in paths]


@pytest.fixture
def plain(options: CheckOptions) -> CheckOptions:
    return replace(options, conversions=False)


def test_processes_find_what_one_process_finds(many: list[str], plain: CheckOptions) -> None:
    assert run(many, plain, jobs=2) == run(many, plain, jobs=1)


def test_results_come_in_the_order_of_the_paths(many: list[str], plain: CheckOptions) -> None:
    assert [result.path for result in run(many[::-1], plain, jobs=2)] == many[::-1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_reaches_the_end_of_the_last_batch(many: list[str], plain: CheckOptions, jobs: int) -> None:
    seen: list[tuple[int, int]] = []
    run(many, plain, jobs=jobs, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1][0] >= 20
    assert {total for _, total in seen} == {23}


def test_workers_load_a_users_rules(many: list[str], plain: CheckOptions, acme: Callable[[str], str]) -> None:
    folder = acme("yield context.finding(0, 6, 'foo')\n")
    found = run(many, replace(plain, codes=frozenset({"ACME1"}), rule_folders=(folder,)), jobs=2)
    assert all(len(result.findings) == 1 for result in found)


def test_a_dead_worker_is_one_clear_error(
    many: list[str], plain: CheckOptions, acme: Callable[[str], str]
) -> None:
    folder = acme("import os\nos._exit(9)\n")
    with pytest.raises(WorkerDiedError, match="a worker process died"):
        run(many, replace(plain, codes=frozenset({"ACME1"}), rule_folders=(folder,)), jobs=2)


@pytest.mark.parametrize("left", [0, 1])
def test_workers_that_cannot_begin_are_one_clear_error(
    many: list[str], plain: CheckOptions, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """So many more threads may be had, as a limit on a user's processes has it."""
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def start_one(thread: threading.Thread) -> None:
        started.append(thread)
        if len(started) > left:
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start_one)
        with pytest.raises(WorkerDiedError, match="can't start new thread; --jobs 1 does without them"):
            run(many, plain, jobs=2)
    for worker in multiprocessing.active_children():
        worker.join(60)
    assert multiprocessing.active_children() == []
    assert len(run(many, plain, jobs=2)) == 23


def test_no_room_for_the_locks_of_workers_is_the_same(
    many: list[str], plain: CheckOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They live in /dev/shm."""

    def refuse(*_: object, **_more: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", refuse)
    with pytest.raises(WorkerDiedError, match="Read-only file system; --jobs 1 does without them"):
        run(many, plain, jobs=2)
    with pytest.raises(WorkerDiedError, match="Read-only file system; --jobs 1 does without them"):
        holding(many, ["foo"], jobs=2)


def test_nobody_asked_for_workers_that_cannot_begin(
    many: list[str], plain: CheckOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[object] = []

    def refuse(*_: object, **_more: object) -> None:
        refused.append(_)
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", refuse)
    monkeypatch.setattr(runner, "workers_for", lambda jobs: jobs or 2)
    assert run(many, plain) == run(many, plain, jobs=1)
    assert holding([*many, "gone.c"], ["foo_mmap"]) == many
    assert len(refused) == 2


def test_no_file_is_no_work(plain: CheckOptions) -> None:
    assert run([], plain) == []
