# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.kernel.declarators import fold, parameter, parameters


@pytest.mark.parametrize(
    ("text", "type_text", "name"),
    [
        ("struct vm_area_struct *vma", "struct vm_area_struct *", "vma"),
        ("struct vm_area_struct * vma", "struct vm_area_struct *", "vma"),
        ("struct vm_area_struct *", "struct vm_area_struct *", ""),
        ("const struct file *file", "const struct file *", "file"),
        ("unsigned long", "unsigned long", ""),
        ("unsigned long pfn", "unsigned long", "pfn"),
        ("pgoff_t", "pgoff_t", ""),
        ("struct page **pages", "struct page **", "pages"),
        ("struct page * * pages", "struct page **", "pages"),
        ("const vma_flag_t bits[]", "const vma_flag_t []", "bits"),
        ("int (*fn)(struct page *page, int x)", "int (*)(struct page *page, int x)", "fn"),
        ("char __user *buf", "char __user *", "buf"),
        ("enum pgtable_level level", "enum pgtable_level", "level"),
        ("struct page *page __maybe_unused", "struct page *", "page"),
        ("struct list_head *head __counted_by(nr)", "struct list_head *", "head"),
        ("struct mm_struct *const mm", "struct mm_struct *const", "mm"),
    ],
)
def test_a_parameter_is_its_type_and_its_name(text: str, type_text: str, name: str) -> None:
    found = parameter(text)
    assert (found.type, found.name) == (type_text, name)


def test_a_variadic_list_keeps_its_fixed_parameters() -> None:
    found, variadic = parameters("struct vm_area_desc *desc, ...")
    assert [one.name for one in found] == ["desc"]
    assert variadic


def test_void_is_no_parameter() -> None:
    assert parameters("void") == ((), False)


def test_fold_attaches_stars_to_the_right() -> None:
    assert fold("struct  page *\n\t*pages") == "struct page **pages"
