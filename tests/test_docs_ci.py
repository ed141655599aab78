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
    """A repository whose last commit brings the second of two old hooks.

    Beside it are ``mmapmigrate`` and a ``pip`` that needs no network.
    """
    folder = tmp_path / "repository"
    (folder / "drivers").mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "mmapmigrate.toml").write_text('target = "7.3"\n')
    for name, text in (("foo.c", DRIVER), ("bar.c", BLOCKED)):
        (folder / "drivers" / name).write_text(text)
        git(folder, "add", "drivers")
        git(folder, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", name)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, line in (("mmapmigrate", f'exec "{sys.executable}" -m mmapmigrate "$@"'), ("pip", "exit 0")):
        (tools / name).write_text(f"#!/bin/sh\n{line}\n")
        (tools / name).chmod(0o755)
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def run(document: Object, repository: Path) -> list[tuple[int, str]]:
    """Runs every script of an example as its service would: the exit code and what is printed by each."""
    environment = {
        **os.environ,
        "PATH": f"{repository.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(mmapmigrate.__file__).parents[1]),
        "XDG_CACHE_HOME": str(repository.parent / "cache"),
        "MMAPMIGRATE": "mmapmigrate",
    }
    results = []
    for script in scripts(document):
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.stderr == ""
        results.append((done.returncode, done.stdout))
    return results


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


def test_github_gets_annotations_of_the_change_and_a_log_of_all(repository: Path) -> None:
    document = example("upload-sarif")
    _pip, (gate, annotations), (code, rest) = run(document, repository)
    assert (gate, code, rest) == (1, 0, "")
    assert annotations.startswith("::warning title=MM")
    assert {re.search("file=(.*?),", line)[1] for line in annotations.splitlines()} == {"drivers/bar.c"}  # type: ignore[index]
    steps = document["jobs"]["check"]["steps"]
    (upload,) = [step["with"]["sarif_file"] for step in steps if "sarif_file" in step.get("with", {})]
    log = json.loads((repository / upload).read_text())
    assert validation_errors(log) == []
    assert len(log["runs"][0]["artifacts"]) == 2


def test_gitlab_gets_its_reports(repository: Path) -> None:
    document = example("codequality")
    _pip, (code, printed) = run(document, repository)
    reports = document["mmap hooks"]["artifacts"]["reports"]
    issues = json.loads((repository / reports["codequality"]).read_text())
    assert {issue["location"]["path"] for issue in issues} == {"drivers/foo.c", "drivers/bar.c"}
    assert JUnitXml.fromfile(str(repository / reports["junit"])).failures == len(issues)
    assert (code, f"{len(issues)} findings" in printed) == (0, True)


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
    _pip, (code, printed) = run(example("add-matcher"), repository)
    registered, *lines = printed.splitlines()
    assert code == 0
    assert registered.startswith("::add-matcher::")
    assert registered.endswith(f"/{MATCHER.name}")
    assert len(lines) > 2
    assert [len(matched(line)) for line in lines] == [1] * len(lines)
    assert matched("foo.c:3:4: warning: a compiler's [-Wunused]") == []
    assert matched("foo.c: In function 'f':") == []


def test_every_format_is_told_of() -> None:
    table = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
    assert tuple(table) == CHECK_FORMATS
