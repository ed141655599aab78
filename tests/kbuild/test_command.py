# SPDX-License-Identifier: GPL-2.0-only
"""``fix --build`` as a person types it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mmapmigrate.cli.app import run
from tests.kbuild.conftest import ACTION, HEADER

pytestmark = pytest.mark.skipif(
    not (shutil.which("gcc") and shutil.which("make")), reason="no gcc or no make on this machine"
)

DRIVER = """\
#include "kernel.h"

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
