# SPDX-License-Identifier: GPL-2.0-only
"""How far the fixes of the rules may be trusted."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.loader import builtin_folder, load_folder
from mmapmigrate.lint.rule import RuleContext
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

RULES = {loaded.code: loaded for loaded in load_folder(builtin_folder(), builtin=True)}
OLD = KernelApi("6.12", "snapshot", "6.12")


def find(code: str, source: str, api: KernelApi | None = None) -> list[Finding]:
    file = FileModel(SourceUnit(SourceFile("foo.c", source.encode())))
    api = api or load_snapshot(newest_snapshot())
    return list(RULES[code].check(RuleContext(RULES[code].rule, file, api, Project())))


def tier(code: str, source: str) -> Tier | None:
    (finding,) = find(code, source)
    if finding.fix is None:
        return None
    assert (finding.fix.tier is Tier.COMPLETE) is (not finding.fix.reasons)
    return finding.fix.tier


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        # VM_WRITE is 2, the number of VMA_EXEC_BIT: the code built, and did something else.
        ("return vma_desc_test(desc, VM_WRITE);", Tier.REVIEW),
        ("vma_desc_clear_flags(desc, VM_WRITE | VM_READ);", Tier.REVIEW),
        # 0x4000 is the number of no bit.
        ("vma_desc_set_flags(desc, VM_IO);", Tier.COMPLETE),
        # These do not build: a vma_flags_t is a struct.
        ("desc->vma_flags |= VM_WRITE;", Tier.COMPLETE),
        ("vma_desc_set_flags_mask(desc, VM_WRITE);", Tier.COMPLETE),
        ("vma_desc_set_flags(desc, VM_SOFTDIRTY);", None),
        ("if (vma_desc_test(desc, VM_WRITE | VM_EXEC))\n\t\treturn 1;", None),
        ("desc->vma_flags = VM_WRITE;", None),
        ("flags = desc->vma_flags & VM_WRITE;", None),
        ("if ((desc->vma_flags & VM_WRITE) == VM_WRITE)\n\t\treturn 1;", None),
    ],
)
def test_a_mask_for_a_bit(statement: str, expected: Tier | None) -> None:
    code = f"static int foo_mmap_prepare(struct vm_area_desc *desc)\n{{\n\t{statement}\n\treturn 0;\n}}\n"
    assert tier("MM202", code) is expected


WRITE = "static int foo_mmap(struct foo *foo, struct vm_area_struct *vma)\n{\n\tvma->vm_flags |= VM_IO;\n}\n"
TABLE = "static const struct STRUCT foo_ops = {\n\t.mmap = HOOK,\n};\n"
FOPS = TABLE.replace("STRUCT", "file_operations")


def test_a_write_in_an_mmap_callback_holds_the_lock() -> None:
    table = TABLE.replace("STRUCT", "foo_ops").replace("HOOK", "foo_mmap")
    assert tier("MM203", WRITE + table) is Tier.COMPLETE


def test_a_write_of_a_flag_that_is_gone_is_not_rewritten() -> None:
    text = WRITE.replace("VM_IO", "VM_IO | VM_RESERVED") + TABLE.replace("STRUCT", "foo_ops")
    text = text.replace("HOOK", "foo_mmap")
    assert tier("MM203", text) is None
    assert tier("MM203", "#define VM_RESERVED (VM_DONTEXPAND | VM_DONTDUMP)\n" + text) is Tier.COMPLETE


def test_a_write_elsewhere_is_for_review() -> None:
    assert tier("MM203", WRITE) is Tier.REVIEW


def test_a_write_in_a_deprecated_hook_is_left_to_the_conversion() -> None:
    assert tier("MM203", WRITE + FOPS.replace("HOOK", "foo_mmap")) is None


def test_a_helper_of_a_deprecated_hook_is_left_to_the_conversion() -> None:
    hook = "static int foo(struct file *f, struct vm_area_struct *vma)\n{\n\treturn foo_mmap(f, vma);\n}\n"
    assert tier("MM203", WRITE + hook + FOPS.replace("HOOK", "foo")) is None


@pytest.mark.parametrize("code", sorted(RULES.keys() - {"MM001", "MM202", "MM204"}))
def test_a_kernel_without_mmap_prepare_deprecates_nothing(code: str) -> None:
    for example in RULES[code].rule.bad:
        assert find(code, example.code, OLD) == []


TESTED = "#if LINUX_VERSION_CODE {} KERNEL_VERSION(6, 3, 0)\ntypedef int foo_fault_t;\n#endif\n"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("MM203", WRITE + TABLE.replace("STRUCT", "foo_ops").replace("HOOK", "foo_mmap")),
        (
            "MM104",
            "int foo_map(struct file *file, struct vm_area_struct *vma)\n"
            "{\n\treturn file->f_op->mmap(file, vma);\n}\n",
        ),
    ],
)
def test_a_file_for_several_kernels_is_for_review(code: str, text: str) -> None:
    assert tier(code, text) is Tier.COMPLETE
    (finding,) = find(code, TESTED.format("<") + text)
    assert finding.fix is not None
    assert (finding.fix.tier, {reason.code for reason in finding.fix.reasons}) == (
        Tier.REVIEW,
        {"other-kernels"},
    )


def test_what_only_older_kernels_are_given_is_not_reported() -> None:
    head = "int foo_map(struct file *file, struct vm_area_struct *vma)\n"
    call = head + "{\n\treturn file->f_op->mmap(file, vma);\n}\n"
    test = "#if LINUX_VERSION_CODE %s KERNEL_VERSION(4, 18, 0)\n" + call + "#endif\n"
    assert find("MM104", test % "<") == []
    assert len(find("MM104", test % ">=")) == 1
