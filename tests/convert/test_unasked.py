# SPDX-License-Identifier: GPL-2.0-only
"""What a hook decides by a mapping's range, which a mapping that merged was never asked."""

from __future__ import annotations

import pytest

from tests.convert.support import convert, driver

ASKED = [
    pytest.param(
        """
        vm_flags_clear(vma, VM_MAYWRITE);
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTEXPAND);
        return 0;
        """,
        id="flags are taken that the mapping may not have",
    ),
    pytest.param(
        """
        vm_flags_clear(vma, VM_MAYWRITE);
        if (vma->vm_pgoff > 4)
                vm_flags_clear(vma, VM_MAYEXEC);
        return 0;
        """,
        id="other flags are taken",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vm_flags_clear(vma, VM_DONTCOPY);
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTDUMP);
        return 0;
        """,
        id="a flag is given and taken",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff >= 4)
                return REMAP;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a remap behind some offset",
    ),
    pytest.param(
        """
        unsigned long offset = vma->vm_pgoff << PAGE_SHIFT;
        bool far = offset > SZ_1M;

        if (far)
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="flags, by a local",
    ),
    pytest.param(
        """
        switch (vma->vm_pgoff) {
        case 0:
                return REMAP;
        case 1:
                vma->vm_ops = &foo_vm_ops;
                return 0;
        default:
                return -EINVAL;
        }
        """,
        id="a switch",
    ),
    pytest.param(
        """
        if (vma_pages(vma) > 4)
                return REMAP;
        return 0;
        """,
        id="the size",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        if (foo->coherent)
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="what may have changed since",
    ),
    pytest.param(
        """
        foo_set_far(vma);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a helper decides",
    ),
    pytest.param(
        """
        if (foo_is_far(vma))
                return REMAP;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a helper answers",
    ),
]

HELPERS = """
static struct page *foo_pages[16];

static bool foo_is_far(struct vm_area_struct *vma)
{
        return vma->vm_pgoff > 4;
}

static bool foo_is_shared(struct vm_area_struct *vma)
{
        return vma->vm_flags & VM_SHARED;
}

static void foo_set_far(struct vm_area_struct *vma)
{
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTEXPAND);
}

static void foo_set_shared(struct vm_area_struct *vma)
{
        if (vma->vm_flags & VM_SHARED)
                vm_flags_set(vma, VM_DONTEXPAND);
}
"""


@pytest.mark.parametrize("body", ASKED)
def test_a_mapping_that_merged_was_not_asked_for_its_range(body: str) -> None:
    assert convert(driver(body, HELPERS)).codes == {"runs-for-merged"}


ALIKE = [
    pytest.param(
        """
        if (vma->vm_flags & VM_SHARED)
                return REMAP;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="by flags, which both have",
    ),
    pytest.param(
        """
        if (foo_is_shared(vma))
                return REMAP;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="by flags, in a helper",
    ),
    pytest.param(
        """
        foo_set_shared(vma);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a helper decides by flags",
    ),
    pytest.param(
        """
        if (!(file->f_mode & FMODE_WRITE))
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="by the file, which both have",
    ),
    pytest.param(
        """
        if (IS_DAX(file_inode(vma->vm_file)))
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="by the inode, which both have",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff)
                return IO_REMAP;
        return REMAP;
        """,
        id="none is left as it is",
    ),
    pytest.param(
        """
        unsigned long i;
        int ret;

        if (vma->vm_pgoff > 4)
                return -EINVAL;
        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo_pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="pages of a loop, which runs",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTEXPAND);
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTDUMP);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="none ever merged",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vm_flags_clear(vma, VM_MAYWRITE);
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTDUMP);
        return 0;
        """,
        id="none had the flag that all get",
    ),
    pytest.param(
        """
        vm_flags_clear(vma, VM_MAYWRITE);
        if (vma->vm_pgoff > 4)
                pr_debug("far\\n");
        return 0;
        """,
        id="the same flags are taken",
    ),
]


@pytest.mark.parametrize("body", ALIKE)
def test_what_two_neighbours_answer_alike(body: str) -> None:
    assert convert(driver(body, HELPERS)).codes == set()


def test_what_has_no_counterpart_may_set_the_mapping_apart() -> None:
    body = """
    if (vma->vm_pgoff)
            return REMAP;
    return dma_mmap_coherent(foo_dev, vma, foo_cpu, foo_dma, foo_size);
    """
    assert convert(driver(body)).codes == {"no-counterpart"}
