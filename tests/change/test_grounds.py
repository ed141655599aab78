# SPDX-License-Identifier: GPL-2.0-only
"""The grounds of git's answer change with all that the answer hangs on, but for the folder itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.change.grounds import grounds
from mmapmigrate.disk import rests
from tests.repositories import Git, repository

WAIT = 10.0


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository below ``tmp_path`` with a file in a folder; what is young is settled."""
    monkeypatch.setattr(rests, "SETTLED", -(10**18))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    (tmp_path / "linux/drivers").mkdir(parents=True)
    (tmp_path / "linux/drivers/a.c").write_text("a")
    run = repository(tmp_path / "linux")
    run("add", "drivers")
    run("commit", "-qm", "Begin")
    return run


def excluded(folder: Path) -> None:
    (folder / "linux/.git/info").mkdir(exist_ok=True)
    (folder / "linux/.git/info/exclude").write_text("b.c\n")


def own_rules(folder: Path) -> None:
    (folder / "xdg/git").mkdir(parents=True)
    (folder / "xdg/git/ignore").write_text("b.c\n")


CHANGES: dict[str, Callable[[Path], object]] = {
    "the user's settings": lambda folder: (folder / "config").write_text("[core]\n\tignoreCase = true\n"),
    "the user's rules": own_rules,
    "the repository's rules": excluded,
    "rules of a folder above": lambda folder: (folder / "linux/.gitignore").write_text("b.c\n"),
    "what is tracked": lambda folder: (folder / "linux/.git/index").write_bytes(b""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_they_change_with_what_git_goes_by(
    git: Git, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    folder = str(tmp_path / "linux/drivers")
    before = grounds(folder, WAIT)
    assert before == grounds(folder, WAIT) != ""
    change(tmp_path)
    assert grounds(folder, WAIT) != before


def test_rules_that_settings_name_count(git: Git, tmp_path: Path) -> None:
    named = tmp_path / "named"
    git("config", "core.excludesFile", named)
    before = grounds(str(tmp_path / "linux"), WAIT)
    named.write_text("b.c\n")
    assert "" != before != grounds(str(tmp_path / "linux"), WAIT)


@pytest.mark.parametrize("named", ["rules", "%(prefix)/rules", ""])
def test_rules_at_a_place_that_only_git_knows_are_no_grounds(git: Git, tmp_path: Path, named: str) -> None:
    git("config", "core.excludesFile", named)
    assert grounds(str(tmp_path / "linux"), WAIT) == ""


def test_what_has_changed_a_moment_ago_is_no_grounds(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "SETTLED", 60_000_000_000)
    assert grounds(str(tmp_path / "linux"), WAIT) == ""


def test_there_are_none_without_a_repository(tmp_path: Path) -> None:
    assert grounds(str(tmp_path), WAIT) == ""
