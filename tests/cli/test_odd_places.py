# SPDX-License-Identifier: GPL-2.0-only
"""Where the tool may be started, and what its options may be handed: one clear line each."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mmapmigrate.cli.app import run
from tests.drivers import GOOD_HOOK

if TYPE_CHECKING:
    from tests.cli.conftest import Tool


@pytest.mark.parametrize("arguments", [["check", "."], ["fix", "--diff", "{0}"], ["plan", "{0}"], ["config"]])
def test_a_current_folder_that_is_gone(tool: Tool, driver: Path, arguments: list[str]) -> None:
    gone = driver.parent / "gone"
    gone.mkdir()
    named = [each.format(driver) for each in arguments]
    done = tool(*named, cwd=gone, preexec_fn=gone.rmdir)
    assert done.returncode == 2
    assert done.stderr == "mmapmigrate: error: the current folder is gone: change to one that exists\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["config"],
        ["check", "--kernel"],
        ["check", "--rules"],
        ["check", "--output"],
        ["check", "--write-baseline"],
        ["series", "-o"],
    ],
)
def test_a_name_that_is_too_long(tool: Tool, driver: Path, arguments: list[str]) -> None:
    done = tool(*arguments, "a/" * 3000)
    assert (done.returncode, "internal" in done.stderr) == (0 if arguments == ["config"] else 2, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"select = {'9' * 5000}", "4300 digits"),
        (f"select = {'[' * 100_000}", "nested too deeply"),
        (f"{'a.' * 100_000}a = 1", "nested too deeply"),
        (f"[{'a . ' * 100_000}a]", "nested too deeply"),
        # From Python 3.14 on, pathlib does not tell one that cannot be from one that is not there.
        (
            f'kernel = "{"a/" * 5000}"',
            "no such folder" if sys.version_info >= (3, 14) else "File name too long",
        ),
        ('exclude = ["!"]', "mmapmigrate.toml: "),
        ('[per-path-ignores]\n"!" = ["MM101"]', "mmapmigrate.toml: "),
        (f"{'x' * 20_000} = 1", "mmapmigrate.toml:1: unknown key"),
        (f"{'x' * 200_000} = 1", "mmapmigrate.toml: unknown key"),
        ("exclude = ['*a*a*a*a*a*a*b']", "too many wildcards in the pattern '*a*a*a*a*a*a*b'"),
        ("exclude = ['*a*b/*a*b/*a*b/*a*b']", "too many wildcards"),
        (f"per-path-ignores = {{'{'**/a/' * 9999}' = ['MM101']}}", "too many wildcards"),
        (f"target = '{'9' * 1_000_000}'", f"unknown target '{'9' * 80}';"),
        (f"kernel = '{'a' * 1_000_000}'", "no such folder" if sys.version_info >= (3, 14) else "too long"),
        (f"ignore = ['{'M' * 1_000_000}']", f"unknown rule '{'M' * 80}';"),
        (f"per-path-ignores = {{'{'a' * 1_000_000}' = 1}}", f"per-path-ignores.'{'a' * 80}' must be"),
        (f"exclude = ['{'a' * 1_000_000}\\']", f"the pattern '{'a' * 80}...' cannot be read"),
        ("exclude = ['a.c', '[z-a]']", "the pattern '[z-a]' cannot be read"),
        ("exclude = ['[[:alpha:]].c']", "the pattern '[[:alpha:]].c' cannot be read"),
    ],
    ids=[
        "number",
        "brackets",
        "key",
        "table",
        "folder",
        "pattern",
        "path pattern",
        "long key",
        "endless key",
        "stars",
        "stars in folders",
        "folders",
        "long target",
        "long folder",
        "long rule",
        "long path pattern",
        "long pattern",
        "range",
        "class",
    ],
)
def test_a_configuration_that_means_harm(
    tool: Tool, driver: Path, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "mmapmigrate.toml").write_text(text)
    done = tool("check", driver.name, timeout=30)
    assert (done.returncode, "internal" in done.stderr) == (2, False)
    assert said in done.stderr
    assert len(done.stderr) < (20_000 if said in ("File name too long", "no such folder") else 5000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"--- a/foo.c\n+++ b/foo.c\n@@ -{'9' * 5000},1 +1,1 @@\n a\n", "a line number is too large"),
        ("--- /dev/null\n+++ b/f\0oo.c\n@@ -0,0 +1,1 @@\n+mmap\n", "no name of a file"),
    ],
)
def test_a_patch_that_means_harm(tool: Tool, driver: Path, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "p.diff").write_text(text)
    done = tool("check", "--patch", "p.diff", driver.name)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith("mmapmigrate: error: p.diff: ")


def test_names_are_not_remembered_in_another_encoding(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same cache serves runs whose locales decode a name differently."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "f\u00e9.c").write_text(GOOD_HOOK)
    found = []
    for plain in (False, True, False, True):
        if plain:
            monkeypatch.setenv("LC_ALL", "C")
            monkeypatch.setenv("PYTHONUTF8", "0")
            monkeypatch.setenv("PYTHONCOERCECLOCALE", "0")
        else:
            for name in ("LC_ALL", "PYTHONCOERCECLOCALE"):
                monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv("PYTHONUTF8", "1")
        done = tool("check", "--format", "gcc", "--select", "MM101", "src", text=False)
        assert done.returncode == 1, done.stderr
        found.append(done.stdout)
    assert set(found) == {found[0]}


def test_a_folder_that_may_not_be_looked_into(
    driver: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Pathlib raises where it may not look, up to Python 3.13."""

    is_dir = Path.is_dir

    def refuse(path: Path) -> bool:
        if path == driver:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", refuse)
    assert run(["check", str(driver)]) == 2
    assert capfd.readouterr().err == f"mmapmigrate: error: {driver}: Permission denied\n"
