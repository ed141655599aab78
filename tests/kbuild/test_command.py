# SPDX-License-Identifier: GPL-2.0-only
"""``fix --build`` as a person types it."""

from __future__ import annotations

import shutil
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from mmapmigrate.cli.app import run
from tests.kbuild.conftest import ACTION, HEADER

pytestmark = pytest.mark.skipif(
    not (shutil.which("gcc") and shutil.which("make")), reason="no gcc or no make on this machine"
)

DRIVER = """\
#include <kernel.h>

static unsigned long foo_pfn;

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, foo_pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
"""


@pytest.fixture
def driver(source: Path) -> Path:
    path = source / "drivers/foo.c"
    path.write_text(DRIVER)
    (source / "kernel.h").write_text(HEADER + ACTION)
    return path


def _fix(driver: Path, build: Path, *options: str) -> int:
    return run(["fix", "--target", "7.3", "--jobs", "1", "--build", str(build), *options, str(driver)])


def test_what_builds_is_written(driver: Path, build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _fix(driver, build) == 0
    assert "mmap_action_remap_full" in driver.read_text()
    assert "built before and after" in capsys.readouterr().err


def test_what_does_not_build_is_left_as_it_was_and_the_compilers_line_is_shown(
    driver: Path, build: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "kernel.h").write_text(HEADER)
    assert _fix(driver, build) == 1
    assert driver.read_text() == DRIVER
    printed = capsys.readouterr().out
    assert "implicit declaration of function" in printed
    assert "not fixed" in printed


def test_what_does_not_build_is_left_out_of_the_diff(
    driver: Path, build: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "kernel.h").write_text(HEADER)
    assert _fix(driver, build, "--diff") == 1
    assert capsys.readouterr().out == ""


def test_a_diff_of_what_builds_is_printed_and_nothing_written(
    driver: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _fix(driver, build, "--diff") == 1
    assert "+\tmmap_action_remap_full(desc, foo_pfn);" in capsys.readouterr().out
    assert driver.read_text() == DRIVER


def test_a_file_that_the_folder_does_not_build_is_said_so(
    driver: Path, build: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "kernel.h").unlink()
    assert _fix(driver, build) == 0
    assert "not built with this configuration" in capsys.readouterr().err


def test_a_folder_that_cannot_build_is_an_error(
    driver: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _fix(driver, tmp_path / "none") == 2
    assert "not a folder" in capsys.readouterr().err
    assert driver.read_text() == DRIVER


@pytest.fixture
def unbuildable(driver: Path, source: Path) -> Path:
    """A second driver, whose conversion needs what its header does not declare."""
    path = driver.with_name("bar.c")
    (source / "old.h").write_text(HEADER)
    path.write_text(DRIVER.replace("foo", "bar").replace("kernel.h", "old.h"))
    return path


@pytest.mark.parametrize("answer", [b"y\n", b"n\n"])
def test_nobody_is_asked_about_what_does_not_build(
    driver: Path,
    unbuildable: Path,
    build: Path,
    answer: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = unbuildable.read_text()
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(answer)))
    assert _fix(driver.parent, build, "--interactive") == 1
    assert unbuildable.read_text() == old
    assert (".mmap_prepare = foo_mmap_prepare" in driver.read_text()) == (answer == b"y\n")
    printed = capsys.readouterr()
    assert printed.err.count("Apply this? (1 of 1)") == 1
    assert "implicit declaration of function" in printed.out
    assert ("declined when asked" in printed.out) == (answer == b"n\n")


def test_a_series_is_of_what_builds(
    driver: Path,
    unbuildable: Path,
    build: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@example.org")
    out = tmp_path / "out"
    command = ["series", "--target", "7.3", "--jobs", "1", "--build", str(build), "-o", str(out)]
    assert run([*command, str(driver.parent)]) == 0
    cover, patch = sorted(out.iterdir())
    assert "foo_mmap_prepare" in patch.read_text()
    assert "--build BUILD" in cover.read_text()
    assert "built before and after" in capsys.readouterr().err
    assert (driver.read_text(), "bar_mmap_prepare" in unbuildable.read_text()) == (DRIVER, False)


def test_a_series_wants_a_folder_that_builds(
    driver: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["series", "--build", str(tmp_path), "-o", str(tmp_path / "out"), str(driver)]) == 2
    assert "not a configured kernel build folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
