# SPDX-License-Identifier: GPL-2.0-only
"""A hook that counts the references to its file: the mapping's own is taken after mmap_prepare now."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import convert, driver

BEFORE = """
static bool foo_busy(struct file *file)
{
        return file_count(file) > 2;
}

static bool foo_ready(struct file *file)
{
        return file->f_mode & FMODE_READ;
}

static bool foo_free(struct file *file)
{
        return !foo_busy(file);
}

#define FOO_USERS(file) file_ref_read(&(file)->f_ref)
#define FOO_MODE(file) ((file)->f_mode)
"""


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ("file_count(file) > 2", {"file-count"}),
        ("file_count(vma->vm_file) > 2", {"file-count"}),
        ("atomic_long_read(&file->f_count) > 2", {"file-count"}),
        ("foo_busy(file)", {"file-count"}),
        ("!foo_free(file)", {"file-count"}),
        ("FOO_USERS(file) > 2", {"file-count"}),
        ("foo_ready(file)", set()),
        ("FOO_MODE(file)", set()),
        ("foo_n > 2", set()),
    ],
)
def test_who_counts_references_to_the_file(asked: str, codes: set[str]) -> None:
    result = convert(driver(f"if ({asked})\n        return -EBUSY;\nreturn REMAP;", BEFORE))
    assert result.codes & {"file-count"} == codes
    assert result.tier is (Tier.REVIEW if codes else Tier.COMPLETE)


def test_a_helper_that_the_vma_is_handed_to() -> None:
    head = "static bool foo_shared(struct vm_area_struct *vma)\n"
    helper = f"{head}{{\n        return file_count(vma->vm_file) > 2;\n}}"
    body = "if (foo_shared(vma))\n        return -EBUSY;\nreturn REMAP;"
    assert convert(driver(body, helper)).codes == {"file-count"}
    assert convert(driver(body, helper.replace("file_count", "file_inode"))).codes == set()
