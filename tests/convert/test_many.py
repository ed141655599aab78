# SPDX-License-Identifier: GPL-2.0-only
"""Many hooks in one file: the gate reads their new forms in one text, and each is what it is alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import pytest

from mmapmigrate.convert import engine
from mmapmigrate.convert.conversion import Conversion, Tier
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


HEADER = "#include <linux/mm.h>\n\n"
PROTOTYPE = "int foo{}x_mmap(struct file *file, struct vm_area_struct *vma);\n"
HOOK, _, TABLE = GOOD_HOOK.replace("static int", "int").partition("\n}\n")


def files(number: int, *, apart: bool) -> dict[str, str]:
    """Public hooks of one header, with their tables in one file, and in it themselves unless ``apart``."""
    hooks = [f'#include "foo.h"\n\n{HOOK}\n}}\n'.replace("foo_", f"foo{at}x_") for at in range(number)]
    tables = [TABLE.replace("foo_", f"foo{at}x_") for at in range(number)]
    header = HEADER + "".join(PROTOTYPE.format(at) for at in range(number))
    if apart:
        own = {f"h{at}.c": text for at, text in enumerate(hooks)}
        return {"foo.h": header, "foo.c": '#include "foo.h"\n' + "".join(tables), **own}
    return {"foo.h": header, "foo.c": "".join(hooks + tables)}


def converted_in(folder: Path, texts: Mapping[str, str]) -> tuple[list[Conversion], int]:
    """The conversions of the hooks of ``foo.c``, and how often the gate read a file."""
    asked = count()

    def recheck(_after: FileModel) -> list[tuple[str, int, str]]:
        next(asked)
        return []

    for name, text in texts.items():
        (folder / name).write_text(text)
    project = Project()
    file = project.file(str(folder / "foo.c"))
    converter = Converter(project, snapshot(), recheck=recheck)
    return [converter.conversion(file, entry) for entry in file.entries()], next(asked)


@pytest.mark.parametrize("apart", [False, True])
def test_hooks_of_several_files_are_what_they_are_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    together, read = converted_in(tmp_path, files(NUMBER, apart=apart))
    # Each file of a hook's own, and header and tables for some hooks at a time.
    assert read <= (NUMBER + 4 if apart else 2)
    monkeypatch.setattr(engine, "MANY", NUMBER)
    alone, _ = converted_in(tmp_path, files(NUMBER, apart=apart))
    assert together == alone
    assert {each.tier for each in together} == {Tier.COMPLETE}


def test_what_several_files_share_is_not_forgotten(tmp_path: Path) -> None:
    helper = "void foo_set(struct vm_area_struct *vma)\n{\n\tvm_flags_set(vma, VM_IO);\n}\n"
    sharing = GOOD_HOOK.replace("\treturn", "\tfoo_set(vma);\n\treturn")
    texts = {
        "foo.h": "void foo_set(struct vm_area_struct *vma);\n",
        "foo.c": f'#include "foo.h"\n{helper}{sharing}',
        "bar.c": '#include "foo.h"\n' + sharing.replace("foo_mmap", "bar_mmap"),
        "baz.c": GOOD_HOOK,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    project = Project()
    converter = Converter(project, snapshot())

    def conversion(name: str) -> Conversion:
        file = project.file(str(tmp_path / name))
        return converter.conversion(file, file.entries()[0])

    shared, own = conversion("foo.c"), conversion("baz.c")
    converter.forget()
    assert len(shared.edits) == 3
    assert conversion("bar.c") is conversion("foo.c") is shared
    assert conversion("baz.c") is not own
    assert conversion("baz.c") == own
