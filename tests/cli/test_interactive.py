# SPDX-License-Identifier: GPL-2.0-only
"""fix --interactive shows each fix and asks."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Tool
from tests.drivers import GOOD_HOOK


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two drivers whose hooks can be converted."""
    paths = (tmp_path / "a.c", tmp_path / "b.c")
    for path in paths:
        path.write_text(GOOD_HOOK)
    return paths


def converted(path: Path) -> bool:
    return ".mmap_prepare" in path.read_text()


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ("y\ny\n", (True, True)),
        ("n\ny\n", (False, True)),
        ("y\nn\n", (True, False)),
        ("a\n", (True, True)),
        ("q\n", (False, False)),
        ("y\nq\n", (True, False)),
        ("n\na\n", (False, True)),
        ("Yes\nno\n", (True, False)),
        ("y\n", (True, False)),
        ("", (False, False)),
    ],
)
def test_answers(tool: Tool, two: tuple[Path, Path], answers: str, wanted: tuple[bool, bool]) -> None:
    done = tool("fix", "-i", stdin=None, input=answers)
    assert tuple(map(converted, two)) == wanted
    assert done.returncode == (0 if all(wanted) else 1)


def test_the_diff_and_the_question_are_on_standard_error(tool: Tool, driver: Path) -> None:
    done = tool("fix", "--interactive", stdin=None, input="n\n")
    assert "--- a/foo.c\n+++ b/foo.c\n" in done.stderr
    assert "\n+\t.mmap_prepare = foo_mmap_prepare,\n" in done.stderr
    assert "Apply this? (1 of 1) [y,n,a,q,?] " in done.stderr
    assert "\x1b" not in done.stderr
    assert "declined when asked" in done.stdout
    assert "+++" not in done.stdout


def test_an_answer_that_is_none_explains_them(tool: Tool, driver: Path) -> None:
    done = tool("fix", "-i", stdin=None, input="?\nx\ny\n")
    assert done.stderr.count("leave this out") == 2
    assert converted(driver)


def test_two_hooks_of_one_file_are_two_questions(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "foo.c"
    path.write_text(GOOD_HOOK + GOOD_HOOK.replace("foo", "bar"))
    done = tool("fix", "-i", stdin=None, input="n\ny\n")
    text = path.read_text()
    assert ".mmap = foo_mmap," in text
    assert ".mmap_prepare = bar_mmap_prepare," in text
    first, second = done.stderr.split("(1 of 2)")
    assert "+\t.mmap_prepare = foo_mmap_prepare," in first
    assert "bar_mmap_prepare" not in first
    assert "+\t.mmap_prepare = bar_mmap_prepare," in second
    assert "foo_mmap_prepare" not in second


def test_a_diff_takes_what_was_chosen(tool: Tool, two: tuple[Path, Path]) -> None:
    done = tool("fix", "-i", "--diff", stdin=None, input="n\ny\n")
    assert done.stdout.startswith("--- a/b.c\n")
    assert "a/a.c" not in done.stdout
    assert not any(map(converted, two))


def test_nothing_to_fix_asks_nothing(tool: Tool, blocked: Path) -> None:
    done = tool("fix", "-i")
    assert "Apply" not in done.stderr
    assert done.returncode == 1


def on_terminal(folder: Path, answers: bytes, **environment: str) -> str:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mmapmigrate", "fix", "-i"],
        cwd=folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment},
    )
    os.close(slave)
    os.write(master, answers)
    shown = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    process.wait(timeout=60)
    os.close(master)
    return shown.decode()


def test_on_a_terminal_the_diff_has_colours(driver: Path) -> None:
    shown = on_terminal(driver.parent, b"y\n")
    # The terminal may have made spaces of the tab.
    assert re.search(r"\x1b\[32m\+\s+\.mmap_prepare = foo_mmap_prepare,\x1b\[0m", shown)
    assert converted(driver)


def test_no_color_on_a_terminal(driver: Path) -> None:
    shown = on_terminal(driver.parent, b"n\n", NO_COLOR="1")
    assert "Apply this?" in shown
    assert "\x1b" not in shown
    assert not converted(driver)


def test_the_end_of_input_on_a_terminal_applies_nothing(driver: Path) -> None:
    on_terminal(driver.parent, b"\x04")
    assert not converted(driver)


def test_an_interrupt_writes_nothing(two: tuple[Path, Path]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mmapmigrate", "fix", "-i"],
        cwd=two[0].parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stderr is not None
    process.stdin.write(b"y\n")
    process.stdin.flush()
    shown = b""
    while b"(2 of 2) [y,n,a,q,?] " not in shown:
        chunk = os.read(process.stderr.fileno(), 65536)
        assert chunk, shown
        shown += chunk
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert not any(map(converted, two))
