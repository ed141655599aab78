# SPDX-License-Identifier: GPL-2.0-only
"""The progress bar."""

from __future__ import annotations

import io
import sys

import pytest

from mmapmigrate.cli import progress
from mmapmigrate.cli.progress import progress_bar


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Called in the test itself: pytest puts its own streams back after the fixtures."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return stream


def test_a_long_run_on_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0)
    with progress_bar("checking", quiet=False) as draw:
        assert draw is not None
        draw(3, 7)
    assert "checking" in terminal.getvalue()
    assert "3/7" in terminal.getvalue()


def test_a_short_run_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with progress_bar("checking", quiet=False) as draw:
        assert draw is not None
        draw(3, 7)
    assert terminal.getvalue() == ""


def test_quiet_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch)
    with progress_bar("checking", quiet=True) as draw:
        assert draw is None


def test_a_dumb_terminal_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch)
    monkeypatch.setenv("TERM", "dumb")
    with progress_bar("checking", quiet=False) as draw:
        assert draw is None


def test_a_file_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar("checking", quiet=False) as draw:
        assert draw is None
