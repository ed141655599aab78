# SPDX-License-Identifier: GPL-2.0-only
"""Writing planned fixes."""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.disk import alone
from mmapmigrate.lint.fixed import FileChange, FixOutcome, FixResult
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.lint.write import write_changes
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.write import ReadyFile


def change(path: Path, new: bytes) -> FileChange:
    source = SourceFile.read(str(path))
    return FileChange(str(path), source.data, new, source.identity)


def outcome(*paths: Path) -> FixOutcome:
    return FixOutcome("MM101", str(paths[0]), 1, (), Tier.COMPLETE, True, tuple(str(path) for path in paths))


def files(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_bytes(b"old\n")
    return [folder / name for name in names]


def test_changes_are_written(tmp_path: Path) -> None:
    (one,) = files(tmp_path, "a.c")
    result = write_changes(FixResult((change(one, b"new\n"),), (outcome(one),), CheckResult()))
    assert one.read_bytes() == b"new\n"
    assert result.outcomes[0].applied


def test_a_file_that_changed_since_is_refused(tmp_path: Path) -> None:
    (one,) = files(tmp_path, "a.c")
    planned = FixResult((change(one, b"new\n"),), (outcome(one),), CheckResult())
    one.write_bytes(b"another hand\n")
    os.utime(one, ns=(1, 1))
    result = write_changes(planned)
    assert one.read_bytes() == b"another hand\n"
    assert (result.changes, result.outcomes[0].applied, len(result.left.errors)) == ((), False, 1)


def test_what_belongs_together_changes_together_or_not_at_all(tmp_path: Path) -> None:
    one, two, three = files(tmp_path, "a.c", "b.c", "c.c")
    planned = FixResult(
        tuple(change(path, b"new\n") for path in (one, two, three)),
        (outcome(one, two), outcome(three)),
        CheckResult(),
    )
    two.unlink()
    result = write_changes(planned)
    assert (one.read_bytes(), three.read_bytes()) == (b"old\n", b"new\n")
    assert [each.applied for each in result.outcomes] == [False, True]
    assert [each.path for each in result.changes] == [str(three)]


def test_two_runs_at_once_do_not_put_back_what_the_other_has_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one begins when this one has found its first file unchanged, and replaces that in between."""
    paths = files(tmp_path, "a.c", "b.c")
    planned = FixResult(tuple(change(path, b"new\n") for path in paths), (outcome(*paths),), CheckResult())
    others: list[FixResult] = []
    other = threading.Thread(target=lambda: others.append(write_changes(planned)))

    put = ReadyFile.put

    def slow_put(ready: ReadyFile) -> SourceFile:
        if other.ident is None:
            other.start()
            other.join(0.3)
        return put(ready)

    monkeypatch.setattr(ReadyFile, "put", slow_put)
    assert write_changes(planned).outcomes[0].applied
    other.join()
    assert [path.read_bytes() for path in paths] == [b"new\n", b"new\n"]
    assert [each.message for each in others[0].left.errors] == [
        "cannot be written: changed since it was read"
    ]


def test_a_run_that_does_not_end_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = files(tmp_path, "a.c")
    planned = FixResult((change(one, b"new\n"),), (outcome(one),), CheckResult())
    monkeypatch.setattr(alone, "PATIENCE", 0.1)
    with alone.alone_in([str(tmp_path)]):
        result = write_changes(planned)
    assert one.read_bytes() == b"old\n"
    assert [each.message for each in result.left.errors] == [
        "cannot be written: another run writes to its folder"
    ]


def test_ctrl_c_between_two_files_puts_the_first_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = files(tmp_path, "a.c", "b.c")
    planned = FixResult((change(one, b"new\n"), change(two, b"new\n")), (outcome(one, two),), CheckResult())

    put = ReadyFile.put

    def interrupted(ready: ReadyFile) -> SourceFile:
        if ready.source.path == str(two):
            raise KeyboardInterrupt
        return put(ready)

    monkeypatch.setattr(ReadyFile, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_changes(planned)
    assert (one.read_bytes(), two.read_bytes()) == (b"old\n", b"old\n")
    assert sorted(tmp_path.iterdir()) == [one, two]


def test_all_files_of_a_conversion_are_ready_before_the_first_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk has no room for the second, the first was never another."""
    one, two = files(tmp_path, "a.c", "b.c")
    planned = FixResult((change(one, b"new\n"), change(two, b"new\n")), (outcome(one, two),), CheckResult())
    sync, synced = os.fsync, []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    before = one.stat()
    monkeypatch.setattr(os, "fsync", full)
    result = write_changes(planned)
    assert [(each.path, each.message) for each in result.left.errors] == [
        (str(two), "cannot be written: No space left on device")
    ]
    assert (one.stat().st_ino, one.read_bytes(), two.read_bytes()) == (before.st_ino, b"old\n", b"old\n")
    assert sorted(tmp_path.iterdir()) == [one, two]


def test_ctrl_c_when_a_file_has_just_been_replaced_puts_it_back_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = files(tmp_path, "a.c", "b.c")
    planned = FixResult((change(one, b"new\n"), change(two, b"new\n")), (outcome(one, two),), CheckResult())
    replace = Path.replace

    def interrupted(source: Path, target: Path) -> Path:
        done = replace(source, target)
        signal.raise_signal(signal.SIGINT)
        return done

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_changes(planned)
    assert (one.read_bytes(), two.read_bytes()) == (b"old\n", b"old\n")
    assert sorted(tmp_path.iterdir()) == [one, two]


@pytest.mark.parametrize("place", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("b.c")])
def test_what_has_taken_a_file_s_place_stays(tmp_path: Path, place: Callable[[Path], None]) -> None:
    one, two = files(tmp_path, "a.c", "b.c")
    planned = FixResult((change(one, b"new\n"),), (outcome(one),), CheckResult())
    one.unlink()
    place(one)
    before = one.lstat()
    result = write_changes(planned)
    assert (result.changes, [each.path for each in result.left.errors]) == ((), [str(one)])
    # Looking where a link leads counts as an access of it.
    after = one.lstat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert two.read_bytes() == b"old\n"


def test_conversions_that_share_a_file_are_one_group(tmp_path: Path) -> None:
    one, two, three = files(tmp_path, "a.c", "b.c", "c.c")
    planned = FixResult(
        tuple(change(path, b"new\n") for path in (one, two, three)),
        (outcome(one, two), outcome(two, three)),
        CheckResult(),
    )
    three.unlink()
    write_changes(planned)
    assert (one.read_bytes(), two.read_bytes()) == (b"old\n", b"old\n")


def test_a_file_of_the_user_s_that_is_called_alike_stays(tmp_path: Path) -> None:
    (one,) = files(tmp_path, "a.c")
    kept = files(tmp_path, ".mmapmigrate-baseline.json", ".mmapmigrate-notes", ".mmapmigrate-plan.markdown")
    left = files(tmp_path, ".mmapmigrate-a.c.0g1h_2ij", f".mmapmigrate-{'é' * 100}.abcdefgh")
    write_changes(FixResult((change(one, b"new\n"),), (outcome(one),), CheckResult()))
    assert all(path.read_bytes() == b"old\n" for path in kept)
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize("name", ["n" * 253 + ".c", "é" * 126 + ".c", "a" + "é" * 126 + ".c"])
def test_the_longest_names_have_room(tmp_path: Path, name: str) -> None:
    (one,) = files(tmp_path, name)
    result = write_changes(FixResult((change(one, b"new\n"),), (outcome(one),), CheckResult()))
    assert (one.read_bytes(), result.left.errors) == (b"new\n", ())
