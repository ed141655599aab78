# SPDX-License-Identifier: GPL-2.0-only
"""Many hooks in one file: the gate reads their new forms in one text, and each is what it is alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest

from mmapmigrate.convert import engine
from mmapmigrate.convert.conversion import Conversion
from mmapmigrate.convert.engine import Converter
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile
from tests.convert.support import snapshot
from tests.drivers import BLOCKED_HOOK, GOOD_HOOK

NUMBER = 40

UNPROVEN = GOOD_HOOK.replace("\treturn remap", "\tasm volatile (FOO (size) BAR);\n\treturn remap")
"""What has a reason, and the strict parser does not take."""


def text(number: int) -> str:
    """Hooks of every kind in turn."""
    kinds = (GOOD_HOOK, BLOCKED_HOOK.replace("bar", "foo"), UNPROVEN)
    return "".join(kinds[index % len(kinds)].replace("foo", f"foo{index}x") for index in range(number))


def converted(bad: Sequence[int] = ()) -> tuple[list[Conversion], int]:
    """The conversions, where those numbered ``bad`` bring a finding; how often the gate read the file."""
    asked = count()

    def recheck(after: FileModel) -> list[tuple[str, int, str]]:
        next(asked)
        return [
            ("MM303", 1, f"foo{each}x")
            for each in bad
            if f"foo{each}x_mmap_prepare(".encode() in after.unit.source.data
        ]

    project = Project()
    file = project.model(SourceFile("foo.c", text(NUMBER).encode()))
    project._files["foo.c"] = file
    converter = Converter(project, snapshot(), recheck=recheck)
    found = [converter.conversion(file, entry) for entry in file.entries()]
    return found, next(asked)


@pytest.mark.parametrize("bad", [(), (3,), (0, 3, 15, 38), range(NUMBER)])
def test_each_is_what_it_is_alone(monkeypatch: pytest.MonkeyPatch, bad: Sequence[int]) -> None:
    together, _ = converted(bad)
    monkeypatch.setattr(engine, "MANY", NUMBER)
    alone, _ = converted(bad)
    assert together == alone
    assert all(
        (each.defect is not None) == (index in bad) for index, each in enumerate(together) if index % 3 != 1
    )
    assert [bool(each.notes) for each in together] == [
        index % 3 == 2 and index not in bad for index in range(NUMBER)
    ]


def test_the_gate_reads_few_texts() -> None:
    assert converted()[1] == 2
    assert converted((3,))[1] < 16
