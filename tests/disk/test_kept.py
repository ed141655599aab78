# SPDX-License-Identifier: GPL-2.0-only
"""Entries of a cache come back as they were written, or not at all."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.disk.kept import read_entry, write_entry
from mmapmigrate.disk.sealed import seal
from mmapmigrate.kernel.api import Parameter

VALUES = ({"a": (1, None)}, frozenset({"b"}), [Parameter("int", "x")], Path("linux"))


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    path = tmp_path / "below" / "an.entry"
    write_entry(path, *VALUES)
    return path


def test_values_come_back(entry: Path) -> None:
    assert tuple(read_entry(entry)) == VALUES
    assert [path.name for path in entry.parent.iterdir()] == ["an.entry"]


def test_none_is_none(tmp_path: Path) -> None:
    assert list(read_entry(tmp_path / "none.entry")) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
        lambda data: data.replace(b"kept 2", b"kept 1"),
        lambda data: data + b".",
        lambda data: b"",
    ],
)
def test_a_spoiled_entry_is_none(entry: Path, spoil: Callable[[bytes], bytes]) -> None:
    entry.write_bytes(spoil(entry.read_bytes()))
    assert list(read_entry(entry)) == []


class Evil:
    """A value that wants a folder made when it is read."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, (self.place,)


def test_nothing_is_called_when_an_entry_is_read(entry: Path, tmp_path: Path) -> None:
    place = tmp_path / "made"
    head, digest = entry.read_bytes()[: -len(b"".join(map(_dump, VALUES))) - 32], hashlib.sha256
    payload = _dump(1) + _dump(Evil(str(place)))
    entry.write_bytes(head + digest(payload).digest() + payload)
    assert list(read_entry(entry)) == [1]
    assert not place.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("mmapmigrate.change.git", "subprocess.Popen"),
        ("mmapmigrate.series.repository", "tempfile.TemporaryDirectory"),
        ("mmapmigrate.disk.kept", "pickle.Unpickler"),
        ("mmapmigrate.disk.kept", "Path"),
        ("mmapmigrate.disk.scan", "Reader"),
    ],
)
def test_no_class_is_made_that_is_none_of_our_data(tmp_path: Path, module: str, name: str) -> None:
    """A pickle finds a class through any module that imports it, or one that it is imported by."""
    mark = tmp_path / "mark"
    argument = ["touch", str(mark)] if name == "subprocess.Popen" else 5
    asked = b"".join(b"\x8c" + bytes([len(each)]) + each.encode() for each in (module, name))
    # PROTO 4, both names, STACK_GLOBAL, the tuple of one argument, REDUCE, STOP.
    payload = b"\x80\x04" + asked + b"\x93" + pickle.dumps((argument,), 2)[2:-1] + b"R."
    seal(str(tmp_path / "an.entry"), payload)
    assert list(read_entry(tmp_path / "an.entry")) == []
    assert [path.name for path in tmp_path.iterdir()] == ["an.entry"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser gives files away")
def test_what_somebody_else_wrote_is_not_believed(entry: Path) -> None:
    os.chown(entry, 12345, -1)
    assert list(read_entry(entry)) == []
    os.chown(entry, os.geteuid(), -1)
    assert tuple(read_entry(entry)) == VALUES


def test_only_the_user_may_look_into_the_folder(entry: Path) -> None:
    assert entry.parent.stat().st_mode & 0o077 == 0


def test_what_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    write_entry(tmp_path / "file" / "an.entry", 1)
    (tmp_path / "an.entry").mkdir()
    write_entry(tmp_path / "an.entry", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["an.entry", "file"]


def _dump(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
