# SPDX-License-Identifier: GPL-2.0-only
"""fix --interactive shows each fix and asks."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from mmapmigrate.cli.interactive import Interview
from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.lint.fixed import FileChange, FixOutcome, FixResult, Refusals
from mmapmigrate.lint.result import CheckResult
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


def test_a_line_that_does_not_end_is_no_answer(tool: Tool, driver: Path) -> None:
    done = tool("fix", "-i", stdin=None, input="y" * 100_000)
    assert (done.returncode, converted(driver)) == (1, False)


def test_a_standard_input_that_cannot_be_read(tool: Tool, driver: Path) -> None:
    with (driver.parent / "answers").open("w") as stdin:
        done = tool("fix", "-i", stdin=stdin)
    assert (done.returncode, done.stdout, converted(driver)) == (2, "", False)
    assert done.stderr.endswith("\nmmapmigrate: error: standard input: cannot be read: Bad file descriptor\n")


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


OLD = b"one\ntwo\nthree\n"


class Planner:
    """Fixes of one file, each a replacement; what all of them make need not be the sum of each."""

    def __init__(self, path: Path, *edits: tuple[str, bytes, bytes], together: bytes = b"") -> None:
        self.path, self.edits, self.together = str(path), edits, together
        path.write_bytes(OLD)

    def __call__(self, refused: Refusals, files: Sequence[str] | None = None) -> FixResult:
        new, outcomes = OLD, []
        for hook, old, text in self.edits:
            applied = (self.path, hook) not in refused
            new = new.replace(old, text) if applied else new
            outcomes.append(
                FixOutcome("MM101", self.path, 1, (), Tier.COMPLETE, applied, (self.path,), handler=hook)
            )
        if all(each.applied for each in outcomes) and files is None:
            new = self.together or new
        changes = (FileChange(self.path, OLD, new),) if new != OLD else ()
        return FixResult(changes, tuple(outcomes), CheckResult.of(()))


def interview(
    planner: Planner, answers: bytes, monkeypatch: pytest.MonkeyPatch, refused: Sequence[str] = ()
) -> bytes:
    """What is planned for the file with these answers, or with those of a second round with ``refused``."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(answers)))
    asking = Interview(planner)
    result = asking.plan({})
    if refused:
        reason = Reason(planner.path, 1, "compiler", "refused", Tier.SKELETON)
        result = asking.plan({(planner.path, hook): reason for hook in refused})
    return result.changes[0].new if result.changes else OLD


ONE, TWO = ("one", b"one\n", b"1\n"), ("two", b"two\n", b"2\n")


def test_what_all_answers_make_is_shown_where_no_answer_showed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planner = Planner(tmp_path / "a.c", ONE, TWO, together=b"1\n2\nTHREE\n")
    assert interview(planner, b"y\ny\ny\n", monkeypatch) == b"1\n2\nTHREE\n"
    shown = capsys.readouterr().err
    assert shown.count("Apply this?") == 2
    assert " 1\n 2\n-three\n+THREE\nThe answers together make this of it." in shown
    assert interview(planner, b"y\ny\nn\n", monkeypatch) == OLD


def test_what_was_shown_is_not_shown_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interview(Planner(tmp_path / "a.c", ONE, TWO), b"y\ny\n", monkeypatch) == b"1\n2\nthree\n"
    shown = capsys.readouterr().err
    assert shown.count("\n-one\n") == shown.count("\n-two\n") == 1
    assert "together" not in shown


def test_a_yes_that_another_answer_undoes_is_asked_about_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planner = Planner(tmp_path / "a.c", ONE, TWO)
    assert interview(planner, b"y\ny\ny\n", monkeypatch, refused=["two"]) == b"1\ntwo\nthree\n"
    assert " 1\n-2\n+two\n three\nThe answers together" in capsys.readouterr().err
    assert interview(planner, b"y\ny\nn\n", monkeypatch, refused=["two"]) == OLD


def test_nothing_is_asked_where_nothing_is_left_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interview(Planner(tmp_path / "a.c", ONE), b"y\n", monkeypatch, refused=["one"]) == OLD
    assert "together" not in capsys.readouterr().err


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
