# SPDX-License-Identifier: GPL-2.0-only
"""Calls that have a counterpart taking the descriptor."""

from __future__ import annotations

import pytest

from tests.convert.support import c, complete, refused

CALLS = [
    pytest.param(
        "return generic_file_mmap(file, vma);",
        "return generic_file_mmap_prepare(desc);",
        id="generic mapping",
    ),
    pytest.param(
        "return generic_file_readonly_mmap(file, vma);",
        "return generic_file_readonly_mmap_prepare(desc);",
        id="generic mapping, read only",
    ),
    pytest.param(
        "return generic_file_mmap(vma->vm_file, vma);",
        "return generic_file_mmap_prepare(desc);",
        id="file of the VMA",
    ),
    pytest.param(
        """
        if (foo_read_only)
                return generic_file_readonly_mmap(file, vma);
        return generic_file_mmap(file, vma);
        """,
        """
        if (foo_read_only)
                return generic_file_readonly_mmap_prepare(desc);
        return generic_file_mmap_prepare(desc);
        """,
        id="in branches",
    ),
    pytest.param(
        """
        if (!foo_alive(file))
                return -EIO;
        return generic_file_mmap(file, vma);
        """,
        """
        if (!foo_alive(desc->file))
                return -EIO;
        return generic_file_mmap_prepare(desc);
        """,
        id="after a check",
    ),
    pytest.param(
        """
        if (vma_start_pgoff(vma) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (desc->pgoff > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="offset",
    ),
    pytest.param(
        """
        file_accessed(file);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        """
        file_accessed(desc->file);
        desc->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="access time",
    ),
    pytest.param(
        """
        int ret;

        ret = generic_file_mmap(file, vma);
        if (!ret)
                vma->vm_ops = &foo_vm_ops;
        return ret;
        """,
        """
        int ret;

        ret = generic_file_mmap_prepare(desc);
        if (!ret)
                desc->vm_ops = &foo_vm_ops;
        return ret;
        """,
        id="then its own ops",
    ),
]


@pytest.mark.parametrize(("before", "after"), CALLS)
def test_a_call_becomes_its_counterpart(before: str, after: str) -> None:
    assert complete(before) == c(after)


REFUSED = [
    pytest.param("counterpart-arguments", "return generic_file_mmap(foo_file, vma);", id="another file"),
    pytest.param("delegate", "return shmem_zero_setup(vma);", id="shmem"),
    pytest.param(
        "two-actions",
        """
        int ret = vfs_mmap(file, vma);

        if (ret)
                return ret;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot);
        """,
        id="remap after it",
    ),
]


@pytest.mark.parametrize(("code", "body"), REFUSED)
def test_a_setup_that_is_not_the_last_word_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


def test_a_function_that_takes_a_descriptor_under_its_old_name() -> None:
    body = """
    if (!daxdev_mapping_supported(vma, foo_inode, foo_dax))
            return -EOPNOTSUPP;
    return 0;
    """
    assert "daxdev_mapping_supported(desc, foo_inode, foo_dax)" in complete(body)
    assert refused(body.replace("foo_inode, ", "")) == {"counterpart-arguments"}


def test_a_function_of_the_driver_is_not_the_kernels_of_that_name() -> None:
    own = """
    static bool daxdev_mapping_supported(struct vm_area_struct *vma, struct dax_device *dax)
    {
            return vma->vm_pgoff == 0;
    }
    """
    body = "return daxdev_mapping_supported(vma, foo_dax) ? 0 : -EOPNOTSUPP;"
    assert "daxdev_mapping_supported(desc, foo_dax)" in complete(body, own)


def test_a_mapping_that_is_made_anonymous_is_for_a_person_to_look_at() -> None:
    body = """
    if (vma->vm_flags & VM_SHARED)
            return shmem_zero_setup(vma);
    vma_set_anonymous(vma);
    return 0;
    """
    assert {"no-vm-ops", "delegate"} <= refused(body)
