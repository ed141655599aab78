# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.sites import MemberSite, call_arguments, is_tested, member_sites, names_in
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit


def model(body: str) -> FileModel:
    head = "int foo(struct file *file, struct vm_area_struct *vma, struct foo_ops *ops)\n{\n\t"
    return FileModel(SourceUnit(SourceFile("foo.c", f"{head}{body}\n}}\n".encode())))


def only(file: FileModel, member: str = "mmap") -> MemberSite:
    (site,) = member_sites(file, member)
    return site


@pytest.mark.parametrize(
    ("body", "base", "struct"),
    [
        ("return file->f_op->mmap(file, vma);", "file->f_op", "file_operations"),
        ("return (file)->f_op->mmap(file, vma);", "(file)->f_op", "file_operations"),
        ("return vma->vm_file->f_op->mmap(file, vma);", "vma->vm_file->f_op", "file_operations"),
        ("return (*file->f_op->mmap)(file, vma);", "file->f_op", "file_operations"),
        (
            "return ((struct file *)ops)->f_op->mmap(file, vma);",
            "((struct file *)ops)->f_op",
            "file_operations",
        ),
        ("return ops->mmap(ops, vma);", "ops", "foo_ops"),
        ("return lost[3]->mmap(ops, vma);", "lost[3]", None),
        ("return lost->file->f_op->mmap(file, vma);", "lost->file->f_op", "file_operations"),
        ("return f_op->mmap(file, vma);", "f_op", None),
    ],
)
def test_the_struct_that_a_member_is_taken_from(body: str, base: str, struct: str | None) -> None:
    file = model(body)
    site = only(file)
    assert (site.base(file), site.struct) == (base, struct)
    assert file.unit.source.data[site.start : site.end].decode() == f"{base}->mmap"


@pytest.mark.parametrize(
    "body", ["struct foo_ops o = { .mmap = f };", "mmap(vma);", "/* file->f_op->mmap */;", 'p("->mmap");']
)
def test_what_is_no_member_of_an_expression(body: str) -> None:
    assert list(member_sites(model(body), "mmap")) == []


def test_the_function_must_hold_what_the_caller_asks_for() -> None:
    file = model("return ops->mmap(ops, vma);")
    assert list(member_sites(file, "mmap", within=b"vm_area_desc")) == []
    assert list(member_sites(file, "mmap", before=rb"\s*=")) == []
    assert len(list(member_sites(file, "mmap", within=b"vm_area_struct", before=rb"\("))) == 1


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("return ops->mmap(ops, vma);", ["ops", "vma"]),
        ("return (*ops->mmap)(f(1, 2), vma);", ["f(1, 2)", "vma"]),
        ("return ops->mmap();", []),
        ("return !ops->mmap;", None),
        ("ops->mmap = file;", None),
    ],
)
def test_the_arguments_of_a_call(body: str, arguments: list[str] | None) -> None:
    file = model(body)
    assert call_arguments(only(file), file) == arguments


@pytest.mark.parametrize(
    ("body", "tested"),
    [
        ("if (!ops->mmap)\n\t\treturn 1;", True),
        ("if (ops->mmap)\n\t\treturn 1;", True),
        ("if (vma && ops->mmap)\n\t\treturn 1;", True),
        ("return ops->mmap ? 1 : 0;", True),
        ("printk(ops->mmap);", False),
        ("old = ops->mmap;", False),
        ("if (ops->mmap == old)\n\t\treturn 1;", False),
        ("return vma ? ops->mmap : NULL;", False),
    ],
)
def test_where_only_zero_or_not_matters(body: str, tested: bool) -> None:
    assert is_tested(only(model(body))) is tested


def test_a_word_is_no_part_of_a_word() -> None:
    file = model("return ops->mmap_prepared + ops->mmap;")
    site = only(file)
    assert not names_in(site.item, file, "mmap_prepare")
    assert names_in(site.item, file, "mmap_prepared")


def test_a_quote_that_nothing_closes_is_no_reason_to_fail() -> None:
    text = b'static int foo(struct bar *bar)\n{\n\ta # include "b \\\n#if A \\\n, bar->mmap = 1;\n}\n'
    file = FileModel(SourceUnit(SourceFile("foo.c", text)))
    assert [site.member for site in member_sites(file, "mmap")] == []


def test_a_literal_that_is_continued_hides_nothing_behind_it() -> None:
    site = only(model('return foo("one \\\n\t\ttwo", ops->mmap(file, vma));'))
    assert site.struct == "foo_ops"
