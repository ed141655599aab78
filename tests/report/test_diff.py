# SPDX-License-Identifier: GPL-2.0-only
"""Unified diffs that git apply takes, byte for byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmapmigrate.lint.fixed import FileChange
from mmapmigrate.report.diff import render_diff


def diff(old: bytes, new: bytes, path: str = "foo.c") -> bytes:
    return render_diff([FileChange(path, old, new)], lambda name: name)


def applied(folder: Path, patch: bytes, name: str, old: bytes) -> bytes:
    """What git apply makes of ``old``."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(old)
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"],
        cwd=folder,
        input=patch,
        check=True,
    )
    return file.read_bytes()


def test_a_change_in_the_middle() -> None:
    old = b"".join(b"%d\n" % number for number in range(10))
    assert diff(old, old.replace(b"5\n", b"five\n")) == (
        b"--- a/foo.c\n+++ b/foo.c\n@@ -3,7 +3,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
    )


def test_no_change_gives_nothing() -> None:
    assert diff(b"a\n", b"a\n") == b""


def test_changes_far_apart_get_hunks_of_their_own() -> None:
    old = b"".join(b"%d\n" % number for number in range(40))
    patch = diff(old, old.replace(b"5\n", b"five\n", 1).replace(b"33\n", b"many\n"))
    assert patch.count(b"@@ -") == 2


def test_changes_close_together_share_a_hunk() -> None:
    old = b"".join(b"%d\n" % number for number in range(40))
    assert diff(old, old.replace(b"\n5\n", b"\nfive\n").replace(b"12\n", b"many\n")).count(b"@@ -") == 1


def test_a_missing_last_newline_is_said() -> None:
    assert diff(b"a\nb", b"a\nc").endswith(
        b"-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"a\nb", b"a\nc", id="no last newline"),
        pytest.param(b"a\nb", b"a\nb\n", id="newline added"),
        pytest.param(b"a\nb\n", b"a\nb", id="newline taken"),
        pytest.param(b"a\r\nb\r\n", b"a\r\nc\r\n", id="CRLF"),
        pytest.param(b"gr\xfcn\nb\n", b"gr\xfcn\nc\n", id="Latin-1"),
        pytest.param(b"a\x0cb\x0bc\rd\n", b"a\x0cb\x0bc\re\n", id="other line ends"),
        pytest.param(b"a\xe2\x80\xa8b\nc\n", b"a\xe2\x80\xa8b\nd\n", id="unicode line separator"),
        pytest.param(b"a\n", b"", id="emptied"),
        pytest.param(b"x\n" * 500, b"x\n" * 250 + b"y\n" + b"x\n" * 250, id="all lines alike"),
    ],
)
def test_git_apply_gives_the_new_bytes(tmp_path: Path, old: bytes, new: bytes) -> None:
    # A file that becomes empty keeps its name under git apply only with git's extended header; nothing here
    # empties a file, so /dev/null is never written either.
    assert applied(tmp_path, diff(old, new), "foo.c", old) == new


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("drivers/char/foo.c", id="a folder"),
        pytest.param("my driver/a file.c", id="blanks"),
        pytest.param('a"b\\c.c', id="quote and backslash"),
        pytest.param("größe.c", id="UTF-8"),
        pytest.param("tab\there.c", id="tab"),
    ],
)
def test_git_apply_takes_the_name(tmp_path: Path, name: str) -> None:
    assert applied(tmp_path, diff(b"a\n", b"b\n", name), name, b"a\n") == b"b\n"


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"c\r\n", b"\xff\n"]), max_size=30)


@settings(max_examples=40, deadline=None)
@given(old=LINES, new=LINES, tail=st.sampled_from([b"", b"end"]))
def test_any_change_applies(
    tmp_path_factory: pytest.TempPathFactory, old: list[bytes], new: list[bytes], tail: bytes
) -> None:
    before, after = b"first\n" + b"".join(old) + tail, b"first\n" + b"".join(new)
    patch = diff(before, after)
    folder = tmp_path_factory.mktemp("apply")
    assert (applied(folder, patch, "foo.c", before) if patch else before) == after


def test_frequent_lines_stay_where_they_are_in_a_long_file() -> None:
    functions = [f"int f{number}(void)\n{{\n\n\treturn {number};\n}}\n\n" for number in range(300)]
    old = "".join(functions).encode()
    new = old.replace(b"return 7;", b"return 8;").replace(b"int f250(void)", b"int g250(void)")
    diff = render_diff([FileChange("a.c", old, new, None)], lambda path: path)
    changed = [
        line for line in diff.splitlines() if line[:1] in (b"-", b"+") and line[:3] not in (b"---", b"+++")
    ]
    assert changed == [b"-\treturn 7;", b"+\treturn 8;", b"-int f250(void)", b"+int g250(void)"]
