# SPDX-License-Identifier: GPL-2.0-only
"""The gate between a conversion and the user."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mmapmigrate.convert.gate import defect, skeleton_problem
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.source import SourceFile


def finding(rule: str) -> Sequence[tuple[str, int, str]]:
    return [(rule, 3, "something")]


def verdict(rule: str, stated: Sequence[str]) -> str | None:
    project = Project()
    file = project.model(SourceFile("foo.c", b"int foo;\n"))
    return defect(project, file, {"foo_mmap"}, {}, (), lambda _after: finding(rule), stated)


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


BEFORE = """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct foo *foo = file->private_data;

	vma->vm_private_data = foo;
	return 0;
}
"""

AFTER = BEFORE.replace(
    "foo_mmap(struct file *file, struct vm_area_struct *vma)", "foo_mmap_prepare(struct vm_area_desc *desc)"
)


def problem(body: str) -> str | None:
    """What the gate says of a new body for the hook of BEFORE."""
    project = Project()
    file = project.model(SourceFile("foo.c", BEFORE.encode()))
    start, end = AFTER.index("{\n") + 2, AFTER.rindex("}")
    text = (AFTER[:start] + body + AFTER[end:]).encode()
    edits = [Edit(0, len(BEFORE), text)]
    return defect(project, file, {"foo_mmap"}, {"foo_mmap": "foo_mmap_prepare"}, edits, None)


def test_a_whole_conversion_passes() -> None:
    assert problem("\tdesc->private_data = desc->file->private_data;\n\treturn 0;\n") is None


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("\tdesc->private_data = foo;\n\treturn 0;\n", "leaves `foo`"),
        ("\tdesc->private_data = file->private_data;\n\treturn 0;\n", "leaves `file`"),
        ("\tvm_desc->private_data = NULL;\n\treturn 0;\n", "brings `vm_desc`"),
        ("\tdesc->page_prot = vma_prot;\n\treturn 0;\n", "brings `vma_prot`"),
        ("\tvma->vm_private_data = NULL;\n\treturn 0;\n", "leaves a use of `vma`"),
        ("\tdesc->private_data = ;\n\treturn 0;\n", "does not"),
        ("\tif (!desc->pgoff)\n\t\tgoto err;\n\treturn 0;\n", "to `err`"),
        (
            "\treturn 0;\n}\n\nstatic int foo_mmap_prepare(struct vm_area_desc *desc)\n{\n",
            "leaves 2 definitions",
        ),
    ],
)
def test_a_text_that_no_compiler_takes_is_refused(body: str, wrong: str) -> None:
    found = problem(body)
    assert found is not None
    assert wrong in found


SKELETON = """\
static int __maybe_unused foo_mmap_prepare(struct vm_area_desc *desc)
{
	/* FIXME: finish it */
	desc->private_data = desc->file->private_data;
	return 0;
}
"""


def beside(text: str, start: int = len(BEFORE), rules: Sequence[tuple[str, int, str]] = ()) -> str | None:
    """What the gate says of a skeleton of the hook of BEFORE."""
    project = Project()
    file = project.model(SourceFile("foo.c", BEFORE.encode()))
    edits = [Edit(start, len(BEFORE), f"\n{text}".encode())]
    names = {"foo_mmap": "foo_mmap_prepare"}
    return skeleton_problem(project, file, names, edits, lambda _after: rules)


def test_a_whole_skeleton_passes() -> None:
    assert beside(SKELETON) is None


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (SKELETON.replace("__maybe_unused ", ""), "is not recognised"),
        (SKELETON.replace("return 0", "return vma->vm_pgoff"), "leaves a use of `vma`"),
        (SKELETON.replace("return 0;", "return 0"), "does not"),
        (SKELETON.replace("foo_mmap_prepare", "foo_other"), "leaves 0 definitions"),
    ],
    ids=["unmarked", "the VMA", "broken text", "another name"],
)
def test_a_skeleton_that_would_not_do_is_refused(text: str, wrong: str) -> None:
    found = beside(text)
    assert found is not None
    assert wrong in found


def test_a_skeleton_touches_no_code_in_use() -> None:
    assert beside(SKELETON, len(BEFORE) - 1) == "changes code that is in use"


def test_a_skeleton_brings_no_finding() -> None:
    assert "MM401" in str(beside(SKELETON, rules=finding("MM401")))
