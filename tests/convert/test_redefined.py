# SPDX-License-Identifier: GPL-2.0-only
"""Names with another meaning in the driver: the VMA's members, what a conversion writes, macros unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import complete, convert, driver, refused

BODY = """
if (vma->vm_end - vma->vm_start > foo_size)
        return -EINVAL;
vm_flags_set(vma, VM_IO);
vma->vm_ops = &foo_vm_ops;
return 0;
"""


@pytest.mark.parametrize(
    "define", ["#define vm_end vm_start", "#define vm_ops vm_private_data", "#define vm_start foo->start"]
)
def test_a_member_of_the_vma_that_the_driver_defines(define: str) -> None:
    assert refused(BODY, define) == {"redefined"}


@pytest.mark.parametrize(
    "own",
    [
        "#define mmap mmap_more",
        "#define file_operations foo_operations",
        "struct file_operations {\n        int (*mmap)(struct file *, struct vm_area_struct *);\n};",
        "struct vm_area_struct {\n        unsigned long vm_start, vm_end;\n};",
    ],
)
def test_what_a_table_or_a_mapping_is_that_the_driver_says_itself(own: str) -> None:
    assert refused(BODY, own) == {"redefined"}


@pytest.mark.parametrize(
    "own", ["#define mmap_more mmap", "struct file_operations;", "struct vm_area_struct;"]
)
def test_what_only_sounds_so(own: str) -> None:
    assert complete(BODY, own)


@pytest.mark.parametrize(
    ("above", "codes"),
    [
        ("#define vm_flags_set foo_flags_set", {"redefined"}),
        ("#define foo_size foo_size_of(vma)", {"redefined"}),
        ("#define foo_size 4096", set()),
        ("#define bar_size foo_size", set()),
    ],
)
def test_a_macro_of_a_file_that_includes_the_hooks(above: str, codes: set[str], tmp_path: Path) -> None:
    (tmp_path / "bar.c").write_text(f'{above}\n#include "foo.c"\n')
    assert convert(driver(BODY), str(tmp_path / "foo.c")).codes == codes


@pytest.mark.parametrize("define", ["#define vm_end(vma) ((vma)->foo)", "#define vm_last vm_start"])
def test_a_macro_that_stands_for_no_member_is_none(define: str) -> None:
    assert complete(BODY, define)


@pytest.mark.parametrize(
    "own",
    [
        "#define vma_desc_size(desc) foo_size_of(desc)",
        "static inline unsigned long vma_desc_size(struct vm_area_desc *desc)\n{\n        return 0;\n}",
        "#define vma_desc_set_flags(desc, ...) do { } while (0)",
        "#define VMA_IO_BIT 3",
    ],
)
def test_a_name_that_the_conversion_brings_and_the_driver_defines(own: str) -> None:
    result = convert(driver(BODY, own))
    assert result.codes == {"redefined"}
    assert result.tier is Tier.REVIEW


def test_a_name_that_the_conversion_does_not_bring() -> None:
    assert complete(BODY, "#define vma_desc_pages(desc) foo_pages_of(desc)")


def test_a_counterpart_is_that_of_the_kernels_function() -> None:
    body = "file_accessed(file);\nreturn generic_file_mmap(file, vma);"
    assert "generic_file_mmap_prepare(desc)" in complete(body)
    assert refused(body, "#define generic_file_mmap foo_file_mmap") == {"redefined"}
    own = """
    static int generic_file_mmap(struct file *file, struct vm_area_struct *vma)
    {
            vma->vm_ops = &foo_vm_ops;
            return 0;
    }
    """
    result = convert(driver(body, own))
    assert result.new is None or "generic_file_mmap_prepare(desc)" not in result.body()


@pytest.mark.parametrize(
    ("define", "declaration", "codes"),
    [
        pytest.param(
            "#define __foo_auto __cleanup(foo_end)", "int users __foo_auto = 0", {"redefined"}, id="scope"
        ),
        pytest.param("#define foo_int static int", "foo_int users", {"redefined"}, id="static"),
        pytest.param(
            "#define __foo_auto __maybe_unused", "int users __foo_auto = 0", set(), id="plain attribute"
        ),
        pytest.param("#define foo_int unsigned int", "foo_int users", set(), id="plain type"),
    ],
)
def test_a_macro_in_a_declaration_may_do_something(define: str, declaration: str, codes: set[str]) -> None:
    body = f"{declaration};\n\nusers = 1;\n{BODY.lstrip()}"
    assert convert(driver(body, define)).codes == codes


def test_a_macro_of_the_name_that_a_descriptor_gets() -> None:
    assert "desc->vm_ops" in complete(BODY)
    assert "vm_desc->vm_ops" in complete(BODY, "#define desc foo->desc")
