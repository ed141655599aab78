# SPDX-License-Identifier: GPL-2.0-only
"""What was looked at, and what is known of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from mmapmigrate.disk.rests import Rests, now
from mmapmigrate.lint.memory.witness import Seen, unwitnessed, witnessed


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / name for name in ("a.c", "b.c", "c.c")]
    for path in paths:
        path.write_text("int a;\n")
        os.utime(path, (1, 1))
    return [str(path) for path in paths]


@pytest.fixture
def seen() -> Seen:
    """As if nothing had been looked at until long after the files were written."""
    return Seen(now() + 10**10)


def test_what_is_known_is_not_asked_for_again(
    seen: Seen, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Rests, "on", recorded(asked, Rests.on))
    seen.know(files[:2])
    seen.paths.update(files)
    rests = seen.rests()
    assert rests is not None
    assert sorted(rests.paths()) == sorted(asked) == files
    assert seen.rests() is not None
    assert sorted(asked) == files


States = Callable[[Iterable[str], int], Rests | None]


def recorded(asked: list[str], on: States) -> States:
    def recording(paths: Iterable[str], begun: int) -> Rests | None:
        asked.extend(paths)
        return on(paths, begun)

    return recording


def test_a_known_file_that_changes_is_no_longer_as_it_was(seen: Seen, files: list[str]) -> None:
    seen.know(files)
    Path(files[1]).write_text("int b;\n")
    rests = seen.rests()
    assert rests is not None
    assert not rests.hold()


def test_what_may_still_change_leaves_nothing_to_rest_on(files: list[str]) -> None:
    Path(files[0]).write_text("int b;\n")
    seen = Seen(now())
    seen.know(files)
    assert seen.rests() is None


def test_what_is_read_unwitnessed_is_the_readers_to_tell(files: list[str]) -> None:
    with witnessed() as seen:
        Path(files[0]).read_bytes()
        with unwitnessed():
            Path(files[1]).read_bytes()
        Path(files[2]).read_bytes()
    assert seen.paths >= {files[0], files[2]}
    assert files[1] not in seen.paths
