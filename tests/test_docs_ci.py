# SPDX-License-Identifier: GPL-2.0-only
"""The examples of docs/ci.md are what the services take, and their commands do what they are there for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from junitparser import JUnitXml
from sarif_kit.validate import validation_errors

import mmapmigrate
from mmapmigrate.cli.formats import CHECK_FORMATS
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.gcc import render_gcc
from tests.report.support import BLOCKED, DRIVER

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "ci.md"
MATCHER = DOCS / "ci" / "problem-matcher.json"
TEXT = PAGE.read_text("utf-8") if PAGE.is_file() else ""

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="not in a checkout")

Object = dict[str, Any]


def examples() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def example(word: str) -> Object:
    """The one example that has ``word``."""
    (found,) = [text for text in examples() if word in text]
    document: Object = yaml.safe_load(found)
    return document


def scripts(document: object) -> Iterator[str]:
    """The shell scripts of a workflow's steps or of a pipeline's jobs."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "run":
                yield value
            elif key == "script":
                yield from value
            else:
                yield from scripts(value)
    elif isinstance(document, list):
        for each in document:
            yield from scripts(each)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two old hooks, and ``mmapmigrate`` and a ``pip`` that need no network."""
    folder = tmp_path / "repository"
    (folder / "drivers").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "drivers" / "foo.c").write_text(DRIVER)
    (folder / "drivers" / "bar.c").write_text(BLOCKED)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, line in (("mmapmigrate", f'exec "{sys.executable}" -m mmapmigrate "$@"'), ("pip", "exit 0")):
        (tools / name).write_text(f"#!/bin/sh\n{line}\n")
        (tools / name).chmod(0o755)
    return folder


def run(document: Object, repository: Path) -> str:
    """Runs every script of an example as its service would; what they print together."""
    environment = {
        **os.environ,
        "PATH": f"{repository.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(mmapmigrate.__file__).parents[1]),
        "XDG_CACHE_HOME": str(repository.parent / "cache"),
        "MMAPMIGRATE": "mmapmigrate",
    }
    printed = ""
    for script in scripts(document):
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, "")
        printed += done.stdout
    return printed


@pytest.mark.parametrize("text", examples(), ids=lambda text: text.partition("\n")[0].strip(":"))
def test_an_example_is_valid(text: str, tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text(text)
    kind = (
        ["vendor.github-workflows"]
        if "jobs:" in text
        else ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    )
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *kind, "ci.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_github_gets_annotations_and_a_log_to_upload(repository: Path) -> None:
    document = example("upload-sarif")
    printed = run(document, repository)
    commands = printed.splitlines()
    assert commands
    assert all(line.startswith("::warning title=MM") for line in commands)
    (upload,) = [
        step["with"]["sarif_file"]
        for step in document["jobs"]["check"]["steps"]
        if "sarif_file" in step.get("with", {})
    ]
    log = json.loads((repository / upload).read_text())
    assert validation_errors(log) == []
    assert len(log["runs"][0]["results"]) == len(commands)


def test_gitlab_gets_its_reports(repository: Path) -> None:
    document = example("codequality")
    printed = run(document, repository)
    reports = document["mmap hooks"]["artifacts"]["reports"]
    issues = json.loads((repository / reports["codequality"]).read_text())
    assert {issue["location"]["path"] for issue in issues} == {"drivers/foo.c", "drivers/bar.c"}
    assert JUnitXml.fromfile(str(repository / reports["junit"])).failures == len(issues)
    assert f"{len(issues)} findings" in printed


def matchers() -> list[Object]:
    found: list[Object] = json.loads(MATCHER.read_text("utf-8"))["problemMatcher"]
    return found


def matched(line: str) -> list[Object]:
    """What each matcher that takes ``line`` makes of it."""
    found = []
    for matcher in matchers():
        (pattern,) = matcher["pattern"]
        match = re.search(pattern["regexp"], line)
        if match is not None:
            groups = {key: match[value] for key, value in pattern.items() if key != "regexp"}
            found.append({"severity": matcher.get("severity"), **groups})
    return found


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("path", ["drivers/foo.c", "./a b/foo:1.c", "../c.h"])
def test_the_matcher_takes_every_line_once(severity: Severity, path: str) -> None:
    finding = Finding(
        path=path,
        line=12,
        column=3,
        rule="MM101",
        name="deprecated-mmap-hook",
        severity=severity,
        message="a.mmap names b(), which [is odd]: 1:2: note: x",
        start=0,
        end=1,
        end_line=12,
        end_column=4,
    )
    (line,) = render_gcc(CheckResult(1, 1, (finding,)))
    assert matched(line) == [
        {
            # GitHub knows error, warning and notice, and drops a line of any other severity.
            "severity": "notice" if severity is Severity.NOTE else severity.value,
            "file": path,
            "line": "12",
            "column": "3",
            "message": finding.message,
            "code": "MM101",
        }
    ]


def test_the_matcher_takes_what_its_example_prints_and_nothing_else(repository: Path) -> None:
    printed = run(example("add-matcher"), repository).splitlines()
    registered, *lines = printed
    assert registered.startswith("::add-matcher::")
    assert registered.endswith(f"/{MATCHER.name}")
    assert len(lines) > 2
    assert [len(matched(line)) for line in lines] == [1] * len(lines)
    assert matched("foo.c:3:4: warning: a compiler's [-Wunused]") == []
    assert matched("foo.c: In function 'f':") == []


def test_every_format_is_told_of() -> None:
    table = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
    assert tuple(table) == CHECK_FORMATS
