# SPDX-License-Identifier: GPL-2.0-only
"""What the system refused once is not remembered as what the files hold."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mmapmigrate
from mmapmigrate.disk import refused, rests
from mmapmigrate.disk.rests import Rests, now
from mmapmigrate.disk.scan import read
from tests.drivers import GOOD_HOOK

DRIVERS = 30

REFUSING = """\
import os
import sys

from mmapmigrate.cli import main
from mmapmigrate.disk import rests

rests.SETTLED = -(10**18)
opened = os.open


def refuse(path, *more, **named):
    if str(path).endswith(".c") and {number}:
        raise OSError({number}, "refused")
    return opened(path, *more, **named)


os.open = refuse
main()
"""


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused, "_last", 0)
    monkeypatch.setattr(rests, "SETTLED", -(10**18))


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (errno.ENOENT, True),
        (errno.EACCES, True),
        (errno.ENOMEM, False),
        (errno.EMFILE, False),
        (errno.EIO, False),
    ],
)
def test_an_answer_rests_on_no_read_that_may_go_well_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kept: bool
) -> None:
    def refuse(*_: object, **_more: object) -> int:
        raise OSError(number, os.strerror(number))

    (tmp_path / "a.c").write_text("int a;\n")
    begun = now()
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        assert read(str(tmp_path / "a.c"), 100) is None
    assert (Rests.on([str(tmp_path / "a.c")], begun) is not None) is kept
    assert Rests.on([str(tmp_path / "a.c")], now() + 1) is not None


@pytest.mark.parametrize("many", [1, 410])
def test_a_run_that_was_refused_is_not_repeated_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """In this process and in workers."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for index in range(many):
        (tree / f"a{index}.c").write_text(GOOD_HOOK if index < DRIVERS else "int a;\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(Path(mmapmigrate.__file__).parents[1]))

    def check(number: int) -> subprocess.CompletedProcess[str]:
        script = REFUSING.format(number=number)
        arguments = ["check", "--select", "MM101", "--format", "gcc", "-q", "-j2", str(tree)]
        command = [sys.executable, "-c", script, *arguments]
        return subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, timeout=300, check=False)

    failed = check(errno.ENOMEM)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert len(re.findall("cannot be read: refused", failed.stderr)) == many
    for _ in range(2):
        done = check(0)
        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout.count("[MM101]") == min(many, DRIVERS)
