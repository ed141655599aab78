# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from mmapmigrate.cli.app import run
from mmapmigrate.disk.temporary import temporary_folder
from tests.drivers import GOOD_HOOK


def test_it_is_gone_afterwards() -> None:
    with temporary_folder("mmapmigrate-") as name:
        assert Path(name).is_dir()
    assert not Path(name).exists()


def test_none_that_can_be_made_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> list[str]:
        return [str(tmp_path / "none")]

    monkeypatch.setenv("GIT_AUTHOR_NAME", "Tester")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "tester@example.org")
    (tmp_path / "foo.c").write_text(GOOD_HOOK)
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "tempdir", None)
        patched.setattr(tempfile, "_candidate_tempdir_list", refuse)
        code = run(["series", "-q", "-o", str(tmp_path / "out"), str(tmp_path / "foo.c")])
    assert code == 2
    told = "no temporary folder can be made (is the disk full? TMPDIR names another)"
    assert capfd.readouterr().err == f"mmapmigrate: error: {told}\n"
