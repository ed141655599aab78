# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.flag_writes import flag_writes
from mmapmigrate.syntax.edit import apply_edits
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit


def rewritten(statement: str) -> str | None:
    """The statement after the one write's edit, None when it has none."""
    head = b"void foo(struct vm_area_struct *vma, struct foo *p, unsigned long x)\n{\n\t"
    code = head + statement.encode() + b"\n}\n"
    (write,) = flag_writes(FileModel(SourceUnit(SourceFile("foo.c", code))))
    if write.edit is None:
        return None
    return apply_edits(code, [write.edit])[len(head) :].decode().removesuffix("\n}\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("vma->vm_flags |= VM_IO;", "vm_flags_set(vma, VM_IO);"),
        ("vma->vm_flags |= VM_IO |\n\t\tVM_PFNMAP;", "vm_flags_set(vma, VM_IO |\n\t\tVM_PFNMAP);"),
        ("vma->vm_flags |= x ? VM_IO : 0;", "vm_flags_set(vma, x ? VM_IO : 0);"),
        ("vma->vm_flags |= f(x, 1);", "vm_flags_set(vma, f(x, 1));"),
        ("vma->vm_flags &= ~VM_IO;", "vm_flags_clear(vma, VM_IO);"),
        ("vma->vm_flags &= ~(VM_IO | VM_PFNMAP);", "vm_flags_clear(vma, VM_IO | VM_PFNMAP);"),
        ("if (x)\n\t\tvma->vm_flags |= VM_IO;", "if (x)\n\t\tvm_flags_set(vma, VM_IO);"),
    ],
)
def test_a_statement_that_only_sets_or_only_clears(before: str, after: str) -> None:
    assert rewritten(before) == after


@pytest.mark.parametrize(
    "statement",
    [
        "vma->vm_flags = x;",
        "vma->vm_flags ^= x;",
        "vma->vm_flags &= x;",
        "vma->vm_flags &= ~VM_IO & x;",
        "vma->vm_flags &= ~(VM_IO) | x;",
        "vma->vm_flags &= ~x;",
        "vma->vm_flags &= ~0x20u;",
        "vma->vm_flags &= ~(VM_IO | p->flags);",
        "x = vma->vm_flags |= VM_IO;",
        "f(vma->vm_flags |= VM_IO);",
        "vma->vm_flags |= VM_IO, x = 1;",
        "ACCESS_PRIVATE(vma, __vm_flags) = x;",
        "WRITE_ONCE(ACCESS_PRIVATE(vma, __vm_flags), x);",
        "WRITE_ONCE(vma->vm_flags, x);",
    ],
)
def test_other_writes_are_found_and_left(statement: str) -> None:
    assert rewritten(statement) is None


@pytest.mark.parametrize(
    "statement",
    [
        "x = vma->vm_flags;",
        "x = READ_ONCE(vma->vm_flags);",
        "f(vma->vm_flags, x);",
        "x = vma->vm_flags <= 3;",
        "p->vm_flags |= VM_IO;",
        "p->region.vm_flags = vma->vm_flags;",
        "x = ACCESS_PRIVATE(vma, __vm_flags);",
    ],
)
def test_what_writes_no_vma_flags(statement: str) -> None:
    code = f"void foo(struct vm_area_struct *vma, struct foo *p, unsigned long x)\n{{\n\t{statement}\n}}\n"
    assert list(flag_writes(FileModel(SourceUnit(SourceFile("foo.c", code.encode()))))) == []
