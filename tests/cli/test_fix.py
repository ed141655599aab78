# SPDX-License-Identifier: GPL-2.0-only
"""``fix`` as other programs rely on it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Tool


def test_fix_writes_in_place_and_exits_with_0(tool: Tool, driver: Path) -> None:
    done = tool("fix", "foo.c")
    assert done.returncode == 0
    assert "fixed: foo_mmap()" in done.stdout
    assert ".mmap_prepare = foo_mmap_prepare," in driver.read_text()
    assert tool("check", "foo.c").returncode == 0


def test_a_second_fix_changes_nothing(tool: Tool, driver: Path) -> None:
    tool("fix", "foo.c")
    state = driver.stat()
    done = tool("fix", "foo.c")
    assert done.stdout == "0 fixes in 0 files; 0 findings left\n"
    assert (driver.stat().st_mtime_ns, driver.stat().st_ino) == (state.st_mtime_ns, state.st_ino)


def test_the_mode_is_kept(tool: Tool, driver: Path) -> None:
    driver.chmod(0o640)
    tool("fix", "foo.c")
    assert driver.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_fixed_is_left_with_1(tool: Tool, blocked: Path) -> None:
    before = blocked.read_bytes()
    done = tool("fix", "bar.c")
    assert done.returncode == 1
    assert "not fixed: bar_mmap()" in done.stdout
    assert "dma_mmap_coherent" in done.stdout
    assert blocked.read_bytes() == before


def test_a_diff_writes_nothing_and_exits_with_1(tool: Tool, driver: Path) -> None:
    before = driver.read_bytes()
    done = tool("fix", "--diff", "foo.c")
    assert done.returncode == 1
    assert done.stdout.startswith("--- a/foo.c\n+++ b/foo.c\n@@ -")
    assert driver.read_bytes() == before


def test_an_empty_diff_is_nothing_on_standard_output(tool: Tool, blocked: Path, clean: Path) -> None:
    assert (tool("fix", "--diff", "bar.c").returncode, tool("fix", "--diff", "bar.c").stdout) == (1, "")
    assert (tool("fix", "--diff", "clean.c").returncode, tool("fix", "--diff", "clean.c").stdout) == (0, "")


def test_git_apply_takes_the_diff_and_gives_what_fix_writes(tool: Tool, driver: Path, tmp_path: Path) -> None:
    patch = tool("fix", "--diff", "--exit-zero", "foo.c").stdout
    subprocess.run(["git", "apply"], cwd=tmp_path, input=patch, text=True, check=True)
    applied = driver.read_bytes()
    subprocess.run(["git", "apply", "-R"], cwd=tmp_path, input=patch, text=True, check=True)
    tool("fix", "foo.c")
    assert driver.read_bytes() == applied


def test_headers_start_at_gits_top_level(tool: Tool, driver: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    folder = tmp_path / "drivers" / "char"
    folder.mkdir(parents=True)
    driver.rename(folder / "foo.c")
    done = tool("fix", "--diff", "foo.c", cwd=folder)
    assert done.stdout.startswith("--- a/drivers/char/foo.c\n+++ b/drivers/char/foo.c\n")


def test_headers_start_at_the_trees_root(tool: Tool, old_tree: Path) -> None:
    done = tool("fix", "--diff", "--target", "7.3", "linux-6.12/drivers")
    assert done.stdout.startswith("--- a/drivers/foo.c\n+++ b/drivers/foo.c\n")


def test_json_tells_each_conversion(tool: Tool, driver: Path, blocked: Path) -> None:
    done = tool("fix", "--format", "json", ".")
    document = json.loads(done.stdout)
    assert [(each["path"], each["tier"], each["applied"]) for each in document["conversions"]] == [
        ("./bar.c", "blocked", False),
        ("./foo.c", "complete", True),
    ]
    assert done.returncode == 1


def test_diff_with_a_report_in_a_file(tool: Tool, driver: Path, tmp_path: Path) -> None:
    done = tool("fix", "--diff", "--format", "json", "--output", "report.json", "foo.c")
    assert done.stdout.startswith("--- a/foo.c\n")
    assert json.loads((tmp_path / "report.json").read_text())["conversions"][0]["applied"] is True


def test_diff_into_a_file(tool: Tool, driver: Path, tmp_path: Path) -> None:
    done = tool("fix", "--diff", "--output", "foo.diff", "foo.c")
    assert done.stdout == ""
    assert (tmp_path / "foo.diff").read_text().startswith("--- a/foo.c\n")


def test_a_suppressed_table_is_not_converted(tool: Tool, driver: Path) -> None:
    text = driver.read_text().replace("\t.mmap", "\t/* mmapmigrate: ignore[MM101] why */\n\t.mmap")
    driver.write_text(text)
    assert tool("fix", "--select", "MM101", "foo.c").returncode == 0
    assert driver.read_text() == text


def test_a_rule_that_is_not_selected_is_not_fixed(tool: Tool, driver: Path) -> None:
    text = driver.read_text()
    tool("fix", "--ignore", "MM101", "foo.c")
    assert driver.read_text() == text


def test_crlf_and_a_missing_last_newline_stay(tool: Tool, driver: Path) -> None:
    driver.write_bytes(driver.read_bytes().replace(b"\n", b"\r\n").rstrip())
    patch = tool("fix", "--diff", "foo.c", text=False).stdout
    assert b"\\ No newline at end of file" in patch or b"@@" in patch
    assert tool("fix", "foo.c").returncode == 0
    data = driver.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert not data.endswith(b"\n")


NESTED = """\
static int foo_mmap(struct uio_info *info, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;

	return io_remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot);
}

static struct uio_info foo_info = {
	.mmap = foo_mmap,
};
"""


def test_a_nested_hook_is_a_conversion_of_its_own_rule(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "foo.c"
    path.write_text(NESTED)
    (finding,) = json.loads(tool("check", "--format", "json", "--target", "7.3", "foo.c").stdout)["findings"]
    assert (finding["rule"], finding["fix"]["tier"]) == ("MM103", "complete")
    done = json.loads(tool("fix", "--format", "json", "--target", "7.3", "foo.c").stdout)
    (conversion,) = done["conversions"]
    assert (conversion["rule"], conversion["applied"]) == ("MM103", True)
    assert conversion["hooks"][0]["struct"] == "uio_info"
    assert ".mmap_prepare = foo_mmap_prepare," in path.read_text()
    assert tool("check", "--target", "7.3", "foo.c").returncode == 0


def test_a_suppressed_nested_hook_stays(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "foo.c"
    path.write_text(NESTED.replace("foo_mmap,", "foo_mmap, /* mmapmigrate: ignore[MM103] later */"))
    assert tool("fix", "--target", "7.3", "foo.c").returncode == 0
    assert "foo_mmap_prepare" not in path.read_text()


def test_skeleton_leaves_the_hook_in_use_and_its_finding(tool: Tool, blocked: Path) -> None:
    before = blocked.read_text()
    done = tool("fix", "--skeleton", "bar.c")
    assert done.returncode == 1
    assert "skeleton: bar_mmap() (blocked)" in done.stdout
    assert "0 fixes and 1 skeleton in 1 file; " in done.stdout
    assert "static int __maybe_unused bar_mmap_prepare(" in blocked.read_text()
    for part in before.split("\n\n"):
        assert part in blocked.read_text()
    checked = tool("check", "bar.c")
    assert checked.returncode == 1
    assert "remedy: bar_mmap_prepare() at line 10 is a skeleton with 1 FIXME left (line 13)" in checked.stdout


def test_a_second_skeleton_is_not_written(tool: Tool, blocked: Path) -> None:
    tool("fix", "--skeleton", "bar.c")
    state = blocked.stat()
    done = tool("fix", "--skeleton", "bar.c")
    assert done.returncode == 1
    assert "not fixed: bar_mmap()" in done.stdout
    assert (blocked.stat().st_mtime_ns, blocked.stat().st_ino) == (state.st_mtime_ns, state.st_ino)


def test_a_skeleton_is_applied_once_in_json(tool: Tool, blocked: Path) -> None:
    done = tool("fix", "--skeleton", "--diff", "--format", "json", "--output", "report.json", "bar.c")
    assert done.returncode == 1
    assert "+static int __maybe_unused bar_mmap_prepare(" in done.stdout
    [row] = json.loads((blocked.parent / "report.json").read_text())["conversions"]
    assert (row["tier"], row["applied"], row["files"]) == ("blocked", True, ["bar.c"])
    assert {reason["code"] for reason in row["reasons"]} == {"no-counterpart"}


def test_a_skeleton_that_cannot_be_says_why(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "only.c"
    path.write_text("static const struct file_operations foo_fops = {\n\t.mmap = drm_gem_mmap,\n};\n")
    done = tool("fix", "--skeleton", "only.c")
    assert done.returncode == 1
    assert "no skeleton: no function drm_gem_mmap() is in reach (no-skeleton)" in done.stdout


def test_a_hook_of_another_file_gets_its_skeleton_there(tool: Tool, blocked: Path) -> None:
    hook, table = blocked.read_text().split("\n\n", 1)
    blocked.write_text(hook.removeprefix("static ") + "\n")
    (blocked.parent / "table.c").write_text(f"int bar_mmap(struct file *, struct vm_area_struct *);\n{table}")
    assert "outside-paths" in tool("fix", "--skeleton", "table.c").stdout
    assert "__maybe_unused" not in blocked.read_text()
    done = tool("fix", "--skeleton", ".")
    assert "skeleton: bar_mmap()" in done.stdout
    assert "static int __maybe_unused bar_mmap_prepare(" in blocked.read_text()
    again = tool("fix", "--skeleton", ".")
    assert "0 fixes in 0 files" in again.stdout
    assert "bar_mmap_prepare() at line 10 is a skeleton" in again.stdout


def test_without_skeleton_none_is_written(tool: Tool, blocked: Path) -> None:
    before = blocked.read_bytes()
    tool("fix", "--review", "bar.c")
    assert blocked.read_bytes() == before
