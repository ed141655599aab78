# SPDX-License-Identifier: GPL-2.0-only
"""Each rule's own examples, run through the engine."""

from __future__ import annotations

from functools import cache

import pytest
from _pytest.mark.structures import ParameterSet

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.loader import LoadedRule, builtin_folder, load_folder
from mmapmigrate.lint.rule import Example, RuleContext
from mmapmigrate.model.discovery import candidate
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.model.signs import matters
from mmapmigrate.syntax.edit import apply_edits
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

RULES = load_folder(builtin_folder(), builtin=True)


@cache
def api(target: str | None) -> KernelApi:
    return load_snapshot(target or newest_snapshot())


def find(loaded: LoadedRule, data: bytes, target: str | None) -> list[Finding]:
    file = FileModel(SourceUnit(SourceFile("example.c", data)))
    return list(loaded.check(RuleContext(loaded.rule, file, api(target), Project())))


def fixed(loaded: LoadedRule, data: bytes, target: str | None) -> bytes:
    """What ``fix`` makes of ``data``: in rounds, for one fix may make another possible."""
    for _round in range(3):
        findings = find(loaded, data, target)
        edits = [edit for finding in findings if finding.fix is not None for edit in finding.fix.edits]
        if not edits:
            return data
        data = apply_edits(data, edits)
    raise AssertionError("the fixes do not end")


def examples(*, bad: bool) -> list[ParameterSet]:
    return [
        pytest.param(loaded, example, id=f"{loaded.code}: {example.title}")
        for loaded in RULES
        for example in (loaded.rule.bad if bad else loaded.rule.good)
    ]


@pytest.mark.parametrize(("loaded", "example"), examples(bad=True))
def test_a_bad_example_is_found(loaded: LoadedRule, example: Example) -> None:
    data = example.code.encode()
    findings = find(loaded, data, example.target)
    assert [finding.rule for finding in findings] == [loaded.code] * example.findings
    assert example.findings > 0


@pytest.mark.parametrize(("loaded", "example"), examples(bad=False))
def test_a_good_example_is_left_alone(loaded: LoadedRule, example: Example) -> None:
    assert example.findings == 0
    assert find(loaded, example.code.encode(), example.target) == []


@pytest.mark.parametrize(("loaded", "example"), examples(bad=True))
def test_a_bad_example_is_a_file_that_the_engine_looks_into(loaded: LoadedRule, example: Example) -> None:
    assert candidate(example.code.encode())
    assert matters(example.code.encode())
    assert loaded.rule.sign in example.code.encode()


@pytest.mark.parametrize("loaded", [each for each in RULES if each.rule.sign], ids=lambda loaded: loaded.code)
def test_without_its_sign_a_rule_finds_nothing(loaded: LoadedRule) -> None:
    texts = [(one.code.encode(), one.target) for each in RULES for one in (*each.rule.bad, *each.rule.good)]
    others = [(text, target) for text, target in texts if loaded.rule.sign not in text]
    assert others
    assert [found for text, target in others for found in find(loaded, text, target)] == []


@pytest.mark.parametrize(("loaded", "example"), examples(bad=True))
def test_the_fix_makes_what_the_example_says(loaded: LoadedRule, example: Example) -> None:
    data = example.code.encode()
    expected = example.code if example.fixed is None else example.fixed
    assert fixed(loaded, data, example.target).decode() == expected


@pytest.mark.parametrize(("loaded", "example"), examples(bad=True))
def test_a_finding_points_into_its_line(loaded: LoadedRule, example: Example) -> None:
    data = example.code.encode()
    for finding in find(loaded, data, example.target):
        assert 0 <= finding.start < finding.end <= len(data)
        assert data.count(b"\n", 0, finding.start) == finding.line - 1
        assert finding.message and "\n" not in finding.message
        assert finding.remedy and "\n" not in finding.remedy


@pytest.mark.parametrize("loaded", RULES, ids=lambda loaded: loaded.code)
def test_carriage_returns_change_nothing(loaded: LoadedRule) -> None:
    for example in (*loaded.rule.bad, *loaded.rule.good):
        data = example.code.replace("\n", "\r\n").encode()
        assert len(find(loaded, data, example.target)) == example.findings, example.title


@pytest.mark.parametrize("loaded", RULES, ids=lambda loaded: loaded.code)
def test_a_file_that_breaks_off_raises_nothing(loaded: LoadedRule) -> None:
    for example in loaded.rule.bad:
        data = example.code.encode()
        for end in range(0, len(data), 3):
            for finding in find(loaded, data[:end], example.target):
                assert finding.end <= end


@pytest.mark.parametrize("loaded", RULES, ids=lambda loaded: loaded.code)
def test_as_many_passing_examples_as_failing_ones(loaded: LoadedRule) -> None:
    assert len(loaded.rule.good) >= len(loaded.rule.bad) > 0 or len(loaded.rule.good) >= 5
