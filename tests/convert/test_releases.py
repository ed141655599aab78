# SPDX-License-Identifier: GPL-2.0-only
"""A driver that is built for other kernels too keeps its old hook until somebody looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import TABLE, convert, driver

TEST = "#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)\n{}#else\n{}#endif\n"


@pytest.mark.parametrize(
    "text",
    [
        driver(TEST.format("vm_flags_set(vma, VM_IO);\n", "vma->vm_flags |= VM_IO;\n") + "return REMAP;"),
        driver("return REMAP;") + TEST.format("", "typedef int vm_fault_t;\n"),
        TEST.format("", "") + TABLE.replace("foo_mmap", "generic_file_mmap"),
    ],
    ids=["in the hook", "elsewhere in the file", "beside a table of the kernel's hook"],
)
def test_a_driver_for_several_kernels_is_for_review(text: str) -> None:
    result = convert(text)
    assert (result.tier, result.codes) == (Tier.REVIEW, {"other-kernels"})
    assert ".mmap_prepare" in (result.new or "")


@pytest.mark.parametrize(
    "text",
    [
        driver("return REMAP;") + "static const int foo_version = LINUX_VERSION_CODE;\n",
        TABLE.replace("foo_mmap", "generic_file_mmap"),
    ],
)
def test_a_driver_that_only_tells_its_version_converts(text: str) -> None:
    assert convert(text).tier is Tier.COMPLETE


def test_the_file_of_a_helper_counts(tmp_path: Path) -> None:
    (tmp_path / "foo.h").write_text("int foo_map(struct file *file, struct vm_area_struct *vma);\n")
    (tmp_path / "map.c").write_text(
        '#include "foo.h"\n'
        + driver("return REMAP;", parameters="struct file *file, struct vm_area_struct *vma")
        .partition("static const struct file_operations")[0]
        .replace("static int foo_mmap", "int foo_map")
        + TEST.format("", "")
    )
    path = tmp_path / "foo.c"
    path.write_text('#include "foo.h"\n' + driver("return foo_map(file, vma);"))
    result = convert(path.read_text(), str(path))
    assert "other-kernels" in result.codes
    assert result.tier is Tier.REVIEW
