# SPDX-License-Identifier: GPL-2.0-only
"""``check --cc`` as kbuild calls a checker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.drivers import GOOD_HOOK

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

FLAGS = (
    "-D__linux__", "-Wbitwise", "--arch=x86", "-mlittle-endian", "-m64", "-Wp,-MMD,drivers/.foo.o.d",
    "-nostdinc", "-I../include", "-include", "../include/linux/kconfig.h", "-DMODULE",
    '-DKBUILD_MODNAME="foo"', "-std=gnu11", "--quiet", "-o", "x.o", "--format", "--cc", "-",
)  # fmt: skip


def test_findings_go_to_standard_error_and_stop_no_build(tool: Tool, driver: Path) -> None:
    done = tool("check", "--select", "MM101", "--cc", *FLAGS, "foo.c")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("foo.c:10:2: warning: foo_fops.mmap names foo_mmap()")
    assert done.stderr.count("\n") == 1


def test_silent_when_clean(tool: Tool, clean: Path) -> None:
    done = tool("check", "--cc", *FLAGS, "clean.c")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_last_argument_is_the_file_whatever_its_name(tool: Tool, driver: Path) -> None:
    driver.rename(driver.parent / "-tmp.X5fRe0")
    done = tool("check", "--select", "MM101", "--cc", *FLAGS, "-tmp.X5fRe0")
    assert done.stderr.startswith("-tmp.X5fRe0:10:2: ")


def test_other_options_come_before_it(tool: Tool, driver: Path) -> None:
    done = tool("check", "--target", "7.3", "--ignore", "MM1,MM3", "--cc", "-O2", "foo.c")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_tree_without_mmap_prepare_is_no_reason_to_speak(tool: Tool, old_tree: Path) -> None:
    done = tool("check", "--cc", "-O2", "linux-6.12/drivers/foo.c")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_comment_that_suppresses_nothing_is_no_reason_to_speak(tool: Tool, driver: Path) -> None:
    driver.write_text("int a; /* mmapmigrate: ignore */ /* vm_flags */\n")
    assert tool("check", "--cc", "foo.c").stderr == ""


@pytest.mark.parametrize("arguments", [("--cc",), ("--format", "json", "--cc", "foo.c"), ("--cc", "none.c")])
def test_what_cannot_be_done(tool: Tool, driver: Path, arguments: tuple[str, ...]) -> None:
    done = tool("check", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("mmapmigrate: error: ")


def test_a_baseline_goes_with_it(tool: Tool, driver: Path) -> None:
    tool("check", "--write-baseline", "known.json", "foo.c")
    assert tool("check", "--baseline", "known.json", "--cc", "foo.c").stderr == ""
    driver.write_text(GOOD_HOOK.replace("foo_fops", "new_fops"))
    assert "new_fops" in tool("check", "--baseline", "known.json", "--cc", "foo.c").stderr
