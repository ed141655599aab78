# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable

import pytest

from mmapmigrate.model.file import FileModel

Model = Callable[[str], FileModel]

BROKEN = "    if (x ] + ) {\n    return 0 0;\n"


def test_what_parses_is_not_reported(model: Model) -> None:
    file = model("static int f(struct vm_area_struct *vma)\n{\n\treturn g(vma);\n}\n")
    assert list(file.unparsed()) == []


def test_a_function_with_a_vma_parameter_matters(model: Model) -> None:
    (region,) = model(f"static int f(struct vm_area_struct *vma)\n{{\n{BROKEN}}}\n").unparsed()
    assert region.matters
    assert region.message == "function f() could not be read"


def test_a_descriptor_makes_a_hook_too(model: Model) -> None:
    (region,) = model(f"static int f(struct vm_area_desc *desc)\n{{\n\tg(vma);\n{BROKEN}}}\n").unparsed()
    assert region.matters


def test_a_function_that_only_finds_a_vma_is_not_looked_at(model: Model) -> None:
    code = f"static int f(void)\n{{\n    struct vm_area_struct *vma = g();\n{BROKEN}}}\n"
    assert list(model(code).unparsed()) == []


@pytest.mark.parametrize(
    "code",
    ["vma->vm_flags |= VM_IO;", "vm_flags_set(vma, VM_IO);", "return file->f_op->mmap(file, vma);"],
)
def test_where_a_rule_looks_at_all_code_it_is_told_what_could_not_be_read(model: Model, code: str) -> None:
    (region,) = model(
        f"static int f(void)\n{{\n    struct vm_area_struct *vma = g();\n    {code}\n{BROKEN}}}\n"
    ).unparsed()
    assert not region.matters


def test_a_prototype_is_not_looked_at_unless_it_is_a_hooks(model: Model) -> None:
    code = "int f(struct vm_area_struct *vma, int x ] );\n"
    table = "static const struct file_operations fops = { .mmap = f };\n"
    assert list(model(code).unparsed()) == []
    assert len(list(model(table + code).unparsed())) == 1


def test_an_ops_table_matters(model: Model) -> None:
    code = "static const struct file_operations fops = { .mmap = foo_mmap, .x = @@ };\n"
    (region,) = model(code).unparsed()
    assert region.matters
    assert region.message == "an ops table could not be read"
    assert "@@" in code[region.start : region.end]


def test_a_function_that_names_a_hook_where_it_cannot_be_read_matters(model: Model) -> None:
    file = model(
        "static const struct file_operations fops = { .mmap = foo_mmap };\n"
        "static int f(void)\n{\n    vma = 1;\n    if (x ] + ) { foo_mmap 0 0;\n    return 0 0;\n}\n"
    )
    (region,) = file.unparsed()
    assert region.matters


def test_what_mentions_no_vma_is_not_looked_at(model: Model) -> None:
    assert list(model(f"static int f(void)\n{{\n{BROKEN}}}\n").unparsed()) == []


def test_a_mention_in_a_comment_is_none(model: Model) -> None:
    assert list(model(f"static int f(void)\n{{\n    /* the vma */\n{BROKEN}}}\n").unparsed()) == []
