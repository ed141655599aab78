# SPDX-License-Identifier: GPL-2.0-only
"""mmapmigrate.toml, [tool.mmapmigrate], and ``config``."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.drivers import GOOD_HOOK

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

CHECK = ("check", "--format", "gcc")


def codes(done: subprocess.CompletedProcess[str]) -> list[str]:
    """``path rule`` of each line of a gcc report."""
    return [f"{line.partition(':')[0]} {line[-6:-1]}" for line in done.stdout.splitlines()]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two drivers in two folders, without a configuration."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "foo.c").write_text(GOOD_HOOK)
    return tmp_path


def test_a_selection_found_upward(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('select = ["MM3"]\n')
    assert codes(tool(*CHECK, "one/foo.c")) == ["one/foo.c MM301"]
    assert codes(tool(*CHECK, "foo.c", cwd=tree / "one")) == ["foo.c MM301"]


def test_pyproject_counts_only_with_its_table(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('select = ["MM3"]\n')
    (tree / "one" / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert codes(tool(*CHECK, "one")) == ["one/foo.c MM301"]
    (tree / "one" / "pyproject.toml").write_text('[tool.mmapmigrate]\nignore = ["MM3"]\n')
    assert codes(tool(*CHECK, "one")) == ["one/foo.c MM101"]


def test_each_path_has_its_own(tool: Tool, tree: Path) -> None:
    (tree / "one" / "mmapmigrate.toml").write_text('select = ["MM3"]\n')
    (tree / "two" / "mmapmigrate.toml").write_text('select = ["MM1"]\n')
    assert codes(tool(*CHECK, "one", "two")) == ["one/foo.c MM301", "two/foo.c MM101"]


def test_the_command_line_wins(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('select = ["MM3"]\nignore = ["MM101"]\ntarget = "9.9"\n')
    assert codes(tool(*CHECK, "--select", "MM101", "--target", "7.3", "one")) == ["one/foo.c MM101"]


def test_ignores_by_path(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('[per-path-ignores]\n"one/" = ["MM1"]\n"**/two/*.c" = ["MM3"]\n')
    assert codes(tool(*CHECK, ".")) == ["./one/foo.c MM301", "./two/foo.c MM101"]
    assert codes(tool(*CHECK, "foo.c", cwd=tree / "one")) == ["foo.c MM301"]


def test_excluded_files(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('exclude = ["one/"]\nselect = ["MM1"]\n')
    assert codes(tool(*CHECK, ".")) == ["./two/foo.c MM101"]
    assert codes(tool(*CHECK, "one/foo.c")) == ["one/foo.c MM101"]


def test_it_holds_for_fix_too(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('exclude = ["one/"]\n')
    assert tool("fix", "-q", ".").returncode == 0
    assert (tree / "one" / "foo.c").read_text() == GOOD_HOOK
    assert (tree / "two" / "foo.c").read_text() != GOOD_HOOK


def test_the_target(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('target = "7.2"\n')
    release = json.loads(tool("check", "--format", "json", "one").stdout)["kernel"]["release"]
    assert release.startswith("7.2")
    assert "7.2" in tool("api", "one").stdout.splitlines()[0]


def test_a_kernel_from_the_files_folder(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('kernel = "linux"\n')
    done = tool(*CHECK, "foo.c", cwd=tree / "one")
    assert done.returncode == 2
    assert f"--kernel {tree}/linux: no such folder" in done.stderr


def test_two_kernels_need_an_option(tool: Tool, tree: Path) -> None:
    (tree / "one" / "mmapmigrate.toml").write_text('target = "7.2"\n')
    assert tool(*CHECK, "one", "two").returncode == 2
    assert tool(*CHECK, "--target", "7.3", "one", "two").returncode == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\nselekt = ["MM1"]\n', "mmapmigrate.toml:2: unknown key 'selekt'; did you mean 'select'?"),
        (
            "per_path_ignores = 1",
            "mmapmigrate.toml:1: unknown key 'per_path_ignores'; did you mean 'per-path",
        ),
        ("zzzz = 1", "known are select, "),
        ('ignore = "MM1"', 'mmapmigrate.toml:1: ignore must be a list of texts, such as ["MM101"]'),
        ("target = 7.3", 'mmapmigrate.toml:1: target must be a text, such as target = "7.3"'),
        ('[per-path-ignores]\n"a/" = "MM1"', "mmapmigrate.toml:2: per-path-ignores.'a/' must be a list"),
        ("per-path-ignores = 1", "mmapmigrate.toml:1: per-path-ignores must be a table"),
        ('kernel = "a"\ntarget = "b"', "mmapmigrate.toml:2: kernel and target exclude each other"),
        ('select = ["QQ1"]', "unknown rule 'QQ1'"),
        ("select = [", "mmapmigrate.toml: Invalid"),
        ('rules = ["own"]', "mmapmigrate.toml:1: 'rules' cannot be configured: what it names is run"),
    ],
)
def test_what_is_wrong_is_named(tool: Tool, tree: Path, text: str, message: str) -> None:
    (tree / "mmapmigrate.toml").write_text(text)
    for command in ("check", "config"):
        done = tool(command, "one")
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


def circle(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (folder, "it is a folder"),
        (pipe, "it is no regular file"),
        (device, "it is no regular file"),
        (link_to_nothing, "a link: No such file or directory"),
        (circle, "a link: "),
    ],
)
def test_what_is_no_file_is_not_passed_over(
    tool: Tool, tree: Path, make: Callable[[Path], None], message: str
) -> None:
    make(tree / "mmapmigrate.toml")
    for command in ("check", "fix", "config"):
        done = tool(command, "one/foo.c")
        assert (done.returncode, done.stdout) == (2, "")
        assert f"error: {tree}/mmapmigrate.toml: cannot be read: {message}" in done.stderr
    # The nearest one counts, whatever lies above.
    (tree / "one" / "mmapmigrate.toml").write_text('select = ["MM3"]\n')
    assert codes(tool(*CHECK, "one")) == ["one/foo.c MM301"]


def test_a_link_to_a_file_is_followed(tool: Tool, tree: Path) -> None:
    (tree / "mm.toml").write_text('select = ["MM3"]\n')
    (tree / "mmapmigrate.toml").symlink_to("mm.toml")
    assert codes(tool(*CHECK, "one")) == ["one/foo.c MM301"]


@pytest.mark.parametrize("make", [folder, pipe, link_to_nothing])
def test_a_pyproject_that_is_no_file_has_no_table(
    tool: Tool, tree: Path, make: Callable[[Path], None]
) -> None:
    (tree / "mmapmigrate.toml").write_text('select = ["MM3"]\n')
    make(tree / "one" / "pyproject.toml")
    assert codes(tool(*CHECK, "one")) == ["one/foo.c MM301"]


def test_config_says_what_is_in_force_and_from_where(tool: Tool, tree: Path) -> None:
    (tree / "mmapmigrate.toml").write_text('select = ["MM3"]\nexclude = ["old/"]\n')
    done = tool("config", "--ignore", "MM301", "one")
    assert done.stdout.splitlines() == [
        f"one: {tree}/mmapmigrate.toml",
        f'  select = ["MM3"]  ({tree}/mmapmigrate.toml)',
        '  ignore = ["MM301"]  (command line)',
        f'  exclude = ["old/"]  ({tree}/mmapmigrate.toml)',
        "  active rules: MM302 MM303 MM304 MM305",
    ]


def test_config_for_programs(tool: Tool, tree: Path) -> None:
    (tree / "one" / "mmapmigrate.toml").write_text('[per-path-ignores]\n"a/" = ["MM1"]\n')
    document = json.loads(tool("config", "--format", "json", "one", "two").stdout)
    first, second = document["paths"]
    assert first["values"]["per-path-ignores"] == {
        "value": {"a/": ["MM1"]},
        "from": f"{tree}/one/mmapmigrate.toml",
    }
    assert (second["file"], second["values"]["select"]) == (None, {"value": None, "from": "default"})


def test_gits_ignore_rules_hold_for_what_git_does_not_track(tool: Tool, tree: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tree), *arguments], check=True, capture_output=True)

    (tree / ".gitignore").write_text("/*\n")
    git("init", "-q")
    assert len(codes(tool(*CHECK, "--select", "MM1", "."))) == 2
    git("add", "-f", "one/foo.c")
    (tree / "one" / "generated.c").write_text(GOOD_HOOK)
    (tree / "one" / ".gitignore").write_text("generated.c\n")
    assert codes(tool(*CHECK, "--select", "MM1", ".")) == ["./one/foo.c MM101"]
    assert codes(tool(*CHECK, "--select", "MM1", "one/generated.c", "two")) == [
        "one/generated.c MM101",
        "two/foo.c MM101",
    ]


def test_a_comment_that_suppresses_nothing_is_reported(tool: Tool, driver: Path) -> None:
    driver.write_text(
        GOOD_HOOK.replace("foo_mmap,\n", "foo_mmap, /* mmapmigrate: ignore[MM101, MM205, MM204, XX] */\n")
        + "int a; /* mmapmigrate: ignore */\n"
    )
    done = tool(*CHECK, "--select", "MM1,MM2", "--ignore", "MM205", "foo.c")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "mmapmigrate: note: foo.c:10: ignore[MM204] suppresses nothing here: remove it",
        "mmapmigrate: note: foo.c:10: ignore[XX] names no rule: remove it",
    ]
    assert "foo.c:12: ignore suppresses nothing here" in tool(*CHECK, "foo.c").stderr
    assert tool(*CHECK, "--quiet", "foo.c").stderr == ""
