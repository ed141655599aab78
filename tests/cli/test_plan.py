# SPDX-License-Identifier: GPL-2.0-only
"""``plan`` as people and other programs rely on it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.terminal import on_terminal
from tests.migration.support import write_tree

if TYPE_CHECKING:
    from tests.cli.conftest import Tool


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


def printed(tool: Tool, tree: Path, *arguments: str, **more: object) -> str:
    done = tool("plan", *arguments, cwd=tree, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return str(done.stdout)


def planned(tool: Tool, tree: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed(tool, tree, "--format", "json", *arguments))
    return found


def test_hooks_that_are_left_do_not_fail(tool: Tool, tree: Path) -> None:
    text = printed(tool, tree)
    assert text.startswith("Linux 8.1.2: 9 hooks to move, 1 moved (10 %)\n")
    assert text.endswith("9 hooks (1 complete, 8 blocked) in 12 files; 2 of them through macros\n")


def test_the_tables_rank_blockers(tool: Tool, tree: Path) -> None:
    rows = [line.split() for line in printed(tool, tree).splitlines()]
    assert ["struct", "foo_queue_ops.mmap", "no", "mmap_prepare", "form", "6", "4", "-"] in rows
    assert ["fooq_mmap()", "no", "counterpart", "5", "3", "1"] in rows
    assert ["FOO", "DRIVERS", "3", "-", "3", "-"] in rows


def test_a_table_shows_as_many_rows_as_are_asked_for(tool: Tool, tree: Path) -> None:
    short = printed(tool, tree, "--top", "2")
    assert "... and 3 more (--top 0 shows all)" in short
    assert "FOO_FOPS" not in short
    assert "... and" not in printed(tool, tree, "--top", "0")


def test_a_file_that_cannot_be_read_exits_with_2(tool: Tool, tree: Path) -> None:
    done = tool("plan", "core", "none.c", cwd=tree)
    assert done.returncode == 2
    assert "error: none.c: no such file or folder" in done.stderr
    assert done.stdout.startswith("Linux 8.1.2: 2 hooks to move")


def test_nothing_to_move_says_so(tool: Tool, tree: Path) -> None:
    assert printed(tool, tree, "drivers/bar/done.c").startswith(
        "Linux 8.1.2: 0 hooks to move, 1 moved (100 %)\n"
    )


def test_a_kernel_without_mmap_prepare_has_nothing_to_move(tool: Tool, old_tree: Path) -> None:
    done = tool("plan", old_tree)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "Linux 6.12.3: 0 hooks to move, 0 moved (100 %)",
    )
    assert "note: Linux 6.12.3" in done.stderr


def test_links_without_a_page_are_refused(tool: Tool, tree: Path) -> None:
    done = tool("plan", "--link-base", "https://example.org", cwd=tree)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--link-base goes with --format html" in done.stderr


def test_output_goes_to_a_file(tool: Tool, tree: Path) -> None:
    assert printed(tool, tree, "--format", "html", "--output", "plan.html") == ""
    assert (tree / "plan.html").read_text().startswith("<!doctype html>\n")


def test_one_run_writes_several_reports(tool: Tool, tree: Path) -> None:
    text = printed(tool, tree, "--format", "text", "--format", "json:plan.json", "--format", "html:plan.html")
    assert text.startswith("Linux 8.1.2: 9 hooks to move")
    assert len(json.loads((tree / "plan.json").read_text())["hooks"]) == 9
    assert (tree / "plan.html").read_text().startswith("<!doctype html>\n")


def test_one_process_and_several_say_the_same(tool: Tool, tree: Path) -> None:
    for number in range(420):
        (tree / "drivers" / f"z{number}.c").write_text("int mmap;\n")
    texts = {printed(tool, tree, "--format", "json", "--jobs", jobs) for jobs in ("1", "2")}
    assert len(texts) == 1


def test_a_hook_count_is_that_of_check(tool: Tool, tree: Path) -> None:
    done = tool("check", "--select", "MM101,MM103,MM105", "--format", "json", cwd=tree)
    assert planned(tool, tree)["summary"]["by_rule"] == json.loads(done.stdout)["summary"]["by_rule"]


def terminal(tree: Path, columns: int, **environment: str) -> str:
    return on_terminal(tree, "plan", "--quiet", columns=columns, **environment)


def test_a_terminal_gets_colour_and_a_pipe_none(tool: Tool, tree: Path) -> None:
    assert "\x1b[1m" in terminal(tree, columns=100)
    assert "\x1b" not in printed(tool, tree)


def test_no_color_is_obeyed(tree: Path) -> None:
    assert "\x1b" not in terminal(tree, columns=100, NO_COLOR="1")


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_narrow_terminal_cuts_no_number(tree: Path, columns: int) -> None:
    text = terminal(tree, columns=columns, NO_COLOR="1")
    table = text.partition("What to move first\n")[2].partition("Blockers\n")[0]
    assert all(len(line) <= columns for line in table.splitlines())
    words = re.findall(r"\w+", table)
    assert {"4", "6", "8"} <= set(words)
    assert "ops" in table


SHAPE = {
    "": {
        "schema", "tool", "kernel", "hooks", "converted", "subsystems", "blockers", "cores", "order",
        "unparsed", "errors", "summary",
    },
    "hooks": {"rule", "path", "line", "hook", "macro", "subsystem", "tier", "blockers", "reasons"},
    "converted": {"path", "line", "hook", "subsystem"},
    "subsystems": {"name", "status", "hooks", "converted", "by_tier"},
    "blockers": {
        "id", "kind", "name", "path", "line", "subsystem", "in_the_way", "frees_alone", "needs",
    },
    "cores": {"subsystem", "blockers", "in_the_way", "frees_alone"},
    "order": {"blocker", "freed", "total"},
    "summary": {
        "files", "parsed", "hooks", "converted", "by_rule", "by_macro", "by_tier", "blockers",
    },
}  # fmt: skip


def test_the_json_has_the_documented_keys(tool: Tool, tree: Path) -> None:
    found = planned(tool, tree)
    assert found.keys() == SHAPE[""]
    assert found["schema"] == 1
    assert found["summary"].keys() == SHAPE["summary"]
    for name in ("hooks", "converted", "subsystems", "blockers", "cores", "order"):
        assert found[name]
        assert all(one.keys() == SHAPE[name] for one in found[name]), name
    tiers = {"complete", "review", "skeleton", "blocked", "no_fix"}
    assert found["summary"]["by_tier"].keys() == tiers
    assert all(one["by_tier"].keys() == tiers for one in found["subsystems"])


def test_each_key_of_the_json_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "plan.md"
    if not page.is_file():
        pytest.skip("not in a checkout")
    rows = {
        re.sub(r"\[\]", "", name): set(re.findall(r"`(\w+)`", text))
        for names, text in re.findall(r"^\| (`[^|]*) \| ([^\n]*) \|$", page.read_text("utf-8"), re.MULTILINE)
        for name in re.findall(r"`([\w\[\]]+)`", names)
    }
    assert SHAPE[""] <= rows.keys()
    for name in SHAPE.keys() - {""}:
        assert SHAPE[name] <= rows[name], name


def test_ids_in_the_json_lead_somewhere(tool: Tool, tree: Path) -> None:
    found = planned(tool, tree)
    known = {one["id"] for one in found["blockers"]}
    named = [key for one in (*found["hooks"], *found["cores"]) for key in one["blockers"]]
    named += [key for one in found["blockers"] for key in one["needs"]]
    named += [step["blocker"] for step in found["order"]]
    assert named
    assert set(named) <= known


def test_counts_in_the_json_agree(tool: Tool, tree: Path) -> None:
    found = planned(tool, tree)
    summary = found["summary"]
    assert summary["hooks"] == len(found["hooks"]) == sum(summary["by_tier"].values()) == 9
    assert summary["hooks"] == sum(summary["by_rule"].values()) + summary["by_macro"]
    assert summary["converted"] == len(found["converted"]) == 1
    assert summary["hooks"] == sum(one["hooks"] for one in found["subsystems"])
    assert summary["blockers"] == len(found["blockers"])


def test_undecodable_paths_leave_the_json_readable(tool: Tool, tree: Path) -> None:
    odd = os.fsencode(tree) + b"/drivers/bar/\xff.c"
    Path(os.fsdecode(odd)).write_text((tree / "drivers/bar/own.c").read_text())
    found = planned(tool, tree)
    assert "./drivers/bar/\ufffd.c" in [hook["path"] for hook in found["hooks"]]
