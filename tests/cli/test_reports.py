# SPDX-License-Identifier: GPL-2.0-only
"""``--format NAME[:FILE]`` and ``--output``: several reports of one run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from mmapmigrate.cli.formats import CHECK_FORMATS

if TYPE_CHECKING:
    from tests.cli.conftest import Tool


def test_every_format_in_one_run(tool: Tool, driver: Path, tmp_path: Path) -> None:
    wanted = [f"--format={name}:out.{name}" for name in CHECK_FORMATS]
    done = tool("check", "--select", "MM101", *wanted, "foo.c")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    texts = {name: (tmp_path / f"out.{name}").read_text() for name in CHECK_FORMATS}
    assert texts["text"].startswith("foo.c:10:2: warning: ")
    assert texts["gcc"].endswith("[MM101]\n")
    assert texts["github"].startswith("::warning title=MM101 ")
    assert len(json.loads(texts["json"])["findings"]) == 1
    assert len(json.loads(texts["gitlab"])) == 1
    assert len(json.loads(texts["sarif"])["runs"][0]["results"]) == 1
    assert len(ElementTree.fromstring(texts["junit"]).findall(".//failure")) == 1


@pytest.mark.parametrize("name", CHECK_FORMATS)
def test_a_file_holds_what_standard_output_would(tool: Tool, driver: Path, tmp_path: Path, name: str) -> None:
    shown = tool("check", "--format", name, "foo.c").stdout
    tool("check", "--format", f"{name}:out", "foo.c")
    assert (tmp_path / "out").read_text() == shown
    tool("check", "--format", name, "--output", "again", "foo.c")
    assert (tmp_path / "again").read_text() == shown


def test_text_on_standard_output_beside_files(tool: Tool, driver: Path, tmp_path: Path) -> None:
    plain = tool("check", "foo.c")
    done = tool(
        "check",
        "--target",
        "7.3",
        "--format",
        "text",
        "--format",
        "sarif:a.sarif",
        "--format",
        "json:b.json",
        "foo.c",
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, plain.stdout, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.sarif", "b.json", "foo.c"]


def test_a_dash_is_standard_output(tool: Tool, driver: Path, tmp_path: Path) -> None:
    shown = tool("check", "--format", "gcc", "foo.c").stdout
    assert tool("check", "--format", "gcc:-", "foo.c").stdout == shown
    assert tool("check", "--format", "gcc", "--output", "-", "foo.c").stdout == shown
    assert tool("rules", "--output", "-").stdout.startswith("code ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foo.c"]


def test_a_file_name_may_hold_a_colon(tool: Tool, driver: Path, tmp_path: Path) -> None:
    tool("check", "--format", "gcc:a:b", "foo.c")
    assert (tmp_path / "a:b").exists()


@pytest.mark.parametrize("command", ["check", "fix"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--format", "xml"], "'xml' is not one of 'text', ", id="unknown"),
        pytest.param(["--format", "xml:a"], "'xml' is not one of 'text', ", id="unknown with a file"),
        pytest.param(["--format", "json:"], "'json:' names no file after the colon", id="no file"),
        pytest.param(["--format", "text", "--format", "json"], "standard output takes one", id="two"),
        pytest.param(["--format", "text", "--format", "json:-"], "standard output takes one", id="two, dash"),
        pytest.param(["--output", "a", "--format", "json:b"], "--output goes with one --format", id="both"),
        pytest.param(
            ["--output", "a", "--format", "json", "--format", "text"],
            "--output goes with one --format",
            id="output for two",
        ),
        pytest.param(
            ["--format", "text:a", "--format", "json:./a"], "two reports would be written to ./a", id="same"
        ),
    ],
)
def test_contradictions_are_usage_errors(
    tool: Tool, driver: Path, tmp_path: Path, command: str, arguments: list[str], words: str
) -> None:
    before = driver.read_bytes()
    done = tool(command, *arguments, "foo.c")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("mmapmigrate: error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert (driver.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (before, ["foo.c"])


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("none/report", "No such file or directory"),
        ("foo.c/report", "Not a directory"),
        (".", "Is a directory"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_before_the_run(
    tool: Tool, driver: Path, place: str, why: str
) -> None:
    done = tool("fix", "--format", "text", "--format", f"json:{place}", "foo.c")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"mmapmigrate: error: {place}: cannot be written: {why}\n"
    assert ".mmap = " in driver.read_text()


def test_one_file_that_cannot_be_written_does_not_cost_the_others(
    tool: Tool, driver: Path, tmp_path: Path
) -> None:
    formats = ("--format", "gcc:/dev/full", "--format", "json:a.json", "--format", "text")
    done = tool("check", "--target", "7.3", *formats, "foo.c")
    assert done.returncode == 2
    assert done.stderr == "mmapmigrate: error: /dev/full: cannot be written: No space left on device\n"
    assert json.loads((tmp_path / "a.json").read_text())["findings"]
    assert done.stdout.startswith("foo.c:")


def test_a_report_takes_the_place_of_the_old_one_at_once(tool: Tool, driver: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.write_text("old\n")
    report.chmod(0o640)
    (tmp_path / "link").symlink_to("report")
    with report.open() as reader:
        tool("check", "--format", "gcc:link", "foo.c")
        assert reader.read() == "old\n"
    assert report.read_text().startswith("foo.c:")
    assert (report.stat().st_mode & 0o777, (tmp_path / "link").is_symlink()) == (0o640, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foo.c", "link", "report"]


def test_a_new_report_gets_the_users_mode(tool: Tool, driver: Path, tmp_path: Path) -> None:
    tool("check", "--format", "gcc:report", "foo.c", umask=0o027)
    assert (tmp_path / "report").stat().st_mode & 0o777 == 0o640


def test_a_report_goes_into_a_pipe(driver: Path) -> None:
    command = f"{sys.executable} -m mmapmigrate check --format gcc:/dev/stdout foo.c | cat"
    done = subprocess.run(["sh", "-c", command], cwd=driver.parent, capture_output=True, text=True)
    assert done.stdout.startswith("foo.c:")


def test_files_are_there_when_standard_output_is_closed(driver: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [
        sys.executable,
        "-m",
        "mmapmigrate",
        "check",
        "--format",
        "text",
        "--format",
        "json:a",
        "foo.c",
    ]
    done = subprocess.run(command, cwd=driver.parent, stdout=write, check=False)
    os.close(write)
    assert done.returncode == 141
    assert json.loads((driver.parent / "a").read_text())["findings"]


def test_a_diff_beside_a_report(tool: Tool, driver: Path, tmp_path: Path) -> None:
    plain = tool("fix", "--diff", "foo.c")
    done = tool("fix", "--diff", "--format", "json:a.json", "foo.c")
    assert (done.returncode, done.stdout, done.stderr) == (1, plain.stdout, plain.stderr)
    assert json.loads((tmp_path / "a.json").read_text())["conversions"][0]["tier"] == "complete"


def test_fix_writes_several_reports(tool: Tool, driver: Path, tmp_path: Path) -> None:
    done = tool("fix", "--format", "text", "--format", "json:a.json", "foo.c")
    assert (done.returncode, done.stdout.startswith("foo.c:1: fixed:")) == (0, True)
    assert json.loads((tmp_path / "a.json").read_text())["conversions"][0]["applied"]


@pytest.mark.parametrize("name", ["sarif", "github", "gitlab", "junit"])
def test_a_service_gets_paths_from_the_top_of_the_repository(
    tool: Tool, blocked: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "drivers"
    folder.mkdir()
    (tmp_path / ".git").mkdir()
    blocked.rename(folder / "bar.c")
    done = tool("check", "--format", name, "../drivers/bar.c", cwd=folder)
    # The finding itself and the reason that stands in the way of its fix.
    assert done.stdout.count("drivers/bar.c") >= 2
    assert "../drivers" not in done.stdout


@pytest.mark.parametrize("name", ["sarif", "github", "gitlab", "junit"])
def test_statistics_are_for_people(tool: Tool, clean: Path, name: str) -> None:
    done = tool("check", "--statistics", "--format", name, "clean.c")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--statistics goes with --format text, not {name}" in done.stderr


def results(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / name).read_text())["runs"][0]["results"]
    return found


def test_a_suppressed_finding_does_not_change_the_fingerprints_of_others(
    tool: Tool, driver: Path, tmp_path: Path
) -> None:
    call = "\tremap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot);\n"
    text = driver.read_text().replace("\treturn", call + call + "\treturn")
    driver.write_text(text)
    tool("check", "--select", "MM301", "--format", "sarif:a", "foo.c")
    driver.write_text(text.replace(call, "\t/* mmapmigrate: ignore[MM301] known */\n" + call, 1))
    tool("check", "--select", "MM301", "--format", "sarif:b", "foo.c")
    before = [each["partialFingerprints"] for each in results(tmp_path, "a")]
    assert [each["partialFingerprints"] for each in results(tmp_path, "b")] == before[1:]
    assert len(before) == 3


def test_a_fix_of_what_is_staged_is_offered_only_where_the_file_is_the_same(
    tool: Tool, driver: Path, tmp_path: Path
) -> None:
    for arguments in (["init", "-q"], ["add", "foo.c"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    tool("check", "--staged", "--select", "MM101", "--format", "sarif:same", "foo.c")
    driver.write_text("\n" + driver.read_text())
    tool("check", "--staged", "--select", "MM101", "--format", "sarif:other", "foo.c")
    ((same,), (other,)) = (results(tmp_path, "same"), results(tmp_path, "other"))
    region = {"startLine": 10, "startColumn": 2, "endLine": 10, "endColumn": 18}
    for found in (same, other):
        assert found["locations"][0]["physicalLocation"]["region"] == region
    assert ("fixes" in same, "fixes" in other) == (True, False)
