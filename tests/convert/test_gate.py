# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Sequence

import pytest

from mmapmigrate.convert.gate import passes
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile


def finding(rule: str) -> Sequence[tuple[str, int, str]]:
    return [(rule, 3, "something")]


def verdict(rule: str, stated: Sequence[str]) -> str | None:
    project = Project()
    file = project.model(SourceFile("foo.c", b"int foo;\n"))
    return passes(project, file, "foo_mmap", {}, (), lambda _path, _data: finding(rule), stated)[0]


def test_a_new_finding_is_refused() -> None:
    assert verdict("MM401", ()) == "brings a new finding: MM401 at line 3: something"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [("MM304", "late-page-prot"), ("MM305", "result-after-action"), ("MM401", "store")],
)
def test_a_finding_that_a_reason_tells_of_is_let_through(rule: str, reason: str) -> None:
    assert verdict(rule, [reason]) is None


def test_a_reason_excuses_no_other_rule() -> None:
    assert verdict("MM303", ["store", "late-page-prot", "result-after-action"]) is not None
    assert verdict("MM401", ["late-page-prot"]) is not None
