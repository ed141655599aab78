# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.model.arms import exclusive, in_same_builds
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

TEXT = """\
int always;
#ifdef CONFIG_A
int first;
int second;
#else
int other;
#endif
"""


def model(path: str) -> FileModel:
    return FileModel(SourceUnit(SourceFile(path, TEXT.encode())))


FILE, HEADER = model("a.c"), model("a.h")


def place(name: str, file: FileModel = FILE) -> tuple[FileModel, int]:
    return file, TEXT.index(name)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (place("first"), place("second"), True),
        (place("first"), place("other"), False),
        (place("first"), place("always"), False),
        (place("always"), place("always", HEADER), True),
        (place("first"), place("first", HEADER), False),
    ],
    ids=["one arm", "two arms", "an arm and none", "none, of two files", "the arms of two files"],
)
def test_places_are_in_the_same_builds_where_their_arms_show_it(
    one: tuple[FileModel, int], other: tuple[FileModel, int], same: bool
) -> None:
    assert in_same_builds(one, other) is same


@pytest.mark.parametrize(("one", "other", "never"), [("first", "other", True), ("first", "always", False)])
def test_two_arms_of_one_conditional_never_meet(one: str, other: str, never: bool) -> None:
    conditions = [FILE.unit.conditions(TEXT.index(name)) for name in (one, other)]
    assert exclusive(*conditions) is never
