# SPDX-License-Identifier: GPL-2.0-only
"""``check`` as other programs rely on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import on_terminal

if TYPE_CHECKING:
    from tests.cli.conftest import Tool


def test_findings_exit_with_1(tool: Tool, driver: Path) -> None:
    done = tool("check", "foo.c", "--select", "MM101")
    assert done.returncode == 1
    assert done.stdout.startswith("foo.c:10:2: warning: ")
    assert "[MM101 deprecated-mmap-hook]\n 10 |         .mmap = foo_mmap,\n" in done.stdout
    assert done.stdout.rstrip().split("\n")[-1].startswith("1 finding in 1 file (1 parsed)")


def test_no_finding_exits_with_0(tool: Tool, clean: Path) -> None:
    done = tool("check", "clean.c")
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 findings in 1 file (0 parsed)\n", "")


def test_exit_zero_turns_1_into_0(tool: Tool, driver: Path) -> None:
    assert tool("check", "--exit-zero", "foo.c").returncode == 0


def test_exit_zero_does_not_hide_an_error(tool: Tool, driver: Path) -> None:
    assert tool("check", "--exit-zero", "foo.c", "none.c").returncode == 2


def test_an_error_outranks_findings_which_are_still_printed(tool: Tool, driver: Path) -> None:
    done = tool("check", "--format", "gcc", "--select", "MM101", "none.c", "foo.c")
    assert done.returncode == 2
    assert done.stderr == "mmapmigrate: error: none.c: no such file or folder\n"
    assert done.stdout.count("\n") == 1


def test_the_current_folder_is_the_default(tool: Tool, driver: Path) -> None:
    done = tool("check", "--format", "gcc", "--select", "MM101")
    assert done.stdout.startswith("./foo.c:10:2: warning: ")


@pytest.mark.parametrize("given", ["foo.c", "./foo.c", "../{}/foo.c"])
def test_paths_are_printed_as_they_were_given(tool: Tool, driver: Path, given: str) -> None:
    given = given.format(driver.parent.name)
    done = tool("check", "--format", "gcc", "--select", "MM101", given)
    assert done.stdout.startswith(f"{given}:10:2: ")


def test_gcc_is_silent_when_clean(tool: Tool, clean: Path) -> None:
    done = tool("check", "--format", "gcc", "clean.c")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_json_is_one_object_in_the_contracts_order(tool: Tool, driver: Path) -> None:
    done = tool("check", "--format", "json", "--target", "7.3", "foo.c")
    document = json.loads(done.stdout)
    assert list(document) == ["schema", "tool", "kernel", "findings", "unparsed", "errors", "summary"]
    assert document["kernel"]["source"] == "snapshot"
    assert document["kernel"]["release"].startswith("7.3")
    hooks = [finding["hook"] for finding in document["findings"] if finding["rule"] == "MM101"]
    assert hooks == [
        {"struct": "file_operations", "member": "mmap", "object": "foo_fops", "handler": "foo_mmap"}
    ]


def test_json_tells_errors_too(tool: Tool, driver: Path) -> None:
    done = tool("check", "--format", "json", "none.c", "foo.c")
    assert json.loads(done.stdout)["errors"] == [
        {"path": "none.c", "line": 0, "message": "no such file or folder"}
    ]
    assert done.returncode == 2


def test_output_goes_to_a_file(tool: Tool, driver: Path, tmp_path: Path) -> None:
    done = tool("check", "--format", "gcc", "--select", "MM101", "--output", "report", "foo.c")
    assert (done.returncode, done.stdout) == (1, "")
    assert (tmp_path / "report").read_text().startswith("foo.c:10:2: warning: ")


def test_quiet_leaves_the_summary_out(tool: Tool, clean: Path) -> None:
    done = tool("check", "--quiet", "clean.c")
    assert (done.stdout, done.stderr) == ("", "")


def test_statistics_count_instead_of_listing(tool: Tool, driver: Path) -> None:
    done = tool("check", "--statistics", "--select", "MM101", "foo.c")
    assert "foo.c:10" not in done.stdout
    assert "MM101  deprecated-mmap-hook         1" in done.stdout


def test_selection(tool: Tool, driver: Path) -> None:
    done = tool("check", "--format", "json", "--select", "MM1,MM3", "--ignore", "MM301", "foo.c")
    assert set(json.loads(done.stdout)["summary"]["by_rule"]) == {"MM101"}


def test_a_suppression_comment_works(tool: Tool, driver: Path) -> None:
    driver.write_text(
        driver.read_text().replace("foo_mmap,\n", "foo_mmap, /* mmapmigrate: ignore[MM101] x */\n")
    )
    assert tool("check", "--select", "MM101", "foo.c").returncode == 0


def test_a_users_rules(tool: Tool, driver: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "acme.py").write_text(
        "from mmapmigrate.lint.finding import Severity\n"
        "from mmapmigrate.lint.rule import Rule\n"
        'RULE = Rule("ACME1", "first-byte", Severity.NOTE, "x")\n'
        "def check(context):\n"
        "    yield context.finding(0, 6, 'a first byte')\n"
    )
    done = tool("check", "--format", "gcc", "--rules", "own", "--select", "ACME1", "foo.c")
    assert done.stdout == "foo.c:1:1: note: a first byte [ACME1]\n"


def test_a_tree_without_mmap_prepare_deprecates_nothing(tool: Tool, old_tree: Path) -> None:
    done = tool("check", "linux-6.12/drivers")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "Linux 6.12.3" in done.stderr
    assert "no mmap_prepare" in done.stderr


def test_a_target_tells_what_another_release_would_say(tool: Tool, old_tree: Path) -> None:
    done = tool("check", "--target", "7.3", "--format", "gcc", "--select", "MM101", "linux-6.12/drivers")
    assert (done.returncode, done.stderr) == (1, "")


def test_a_terminal_gets_colours(driver: Path) -> None:
    assert "\x1b[" in on_terminal(driver.parent, "check", "foo.c")


def test_no_color_is_obeyed(driver: Path) -> None:
    assert "\x1b" not in on_terminal(driver.parent, "check", "foo.c", NO_COLOR="1")


def test_a_pipe_gets_no_colours(tool: Tool, driver: Path) -> None:
    assert "\x1b" not in tool("check", "foo.c").stdout
