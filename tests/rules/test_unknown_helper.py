# SPDX-License-Identifier: GPL-2.0-only
"""What MM204 tells a reader to do about a name, beyond its examples."""

from __future__ import annotations

import pytest

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.loader import builtin_folder, load_folder
from mmapmigrate.lint.rule import RuleContext
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile

RULES = {loaded.code: loaded for loaded in load_folder(builtin_folder(), builtin=True)}
NEW = load_snapshot("7.3")


def remedy(code: str, api: KernelApi = NEW) -> str:
    project = Project()
    file = project.model(SourceFile("foo.c", code.encode()))
    (finding,) = RULES["MM204"].check(RuleContext(RULES["MM204"].rule, file, api, project))
    assert "\n" not in finding.remedy
    return finding.remedy


def hook(statement: str) -> str:
    return f"static int foo_mmap_prepare(struct vm_area_desc *desc)\n{{\n\t{statement}\n\treturn 0;\n}}\n"


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        (
            hook("if (vma_desc_test_flags(desc, VMA_IO_BIT)) foo();"),
            "use vma_desc_test_any() or vma_desc_test(); vma_desc_test_flags was renamed",
        ),
        (hook("desc->vm_flags = 0;"), "use vma_flags; vm_flags gave way to a bitmap"),
        (hook("desc->action.success_hook = f;"), "use vm_ops->mapped; success_hook was removed"),
        (hook("desc->action.custom_action = f;"), "no name replaces it in this kernel; custom_action gave"),
        (
            "struct file_operations foo_fops = {\n\t.mmap_abort = f,\n};\n",
            "no name replaces it in this kernel; mmap_abort was proposed and never merged",
        ),
        (
            "struct vm_operations_struct foo_vm_ops = {\n\t.find_special_page = f,\n};\n",
            "use find_normal_page; find_special_page was renamed",
        ),
    ],
)
def test_a_name_of_another_day_is_told_with_what_replaced_it(code: str, begins: str) -> None:
    assert remedy(code).startswith(begins)


def test_a_name_that_nobody_knows_is_sent_to_the_list() -> None:
    assert remedy(hook("vma_desc_frobnicate(desc);")) == "see `mmapmigrate api` for what this kernel has"


def test_a_kernel_without_mmap_prepare_has_nothing_to_offer() -> None:
    old = KernelApi("6.12", "tree", "/src")
    assert remedy(hook("vma_desc_size(desc);"), old) == "Linux 6.12 has no mmap_prepare"
