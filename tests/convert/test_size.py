# SPDX-License-Identifier: GPL-2.0-only
"""The size of the VMA, in bytes and in pages."""

from __future__ import annotations

import pytest

from tests.convert.support import c, complete, refused

SIZES = [
    pytest.param(
        """
        if (vma->vm_end - vma->vm_start > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (vma_desc_size(desc) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="bytes",
    ),
    pytest.param(
        """
        if ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (vma_desc_pages(desc) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="pages by a shift",
    ),
    pytest.param(
        """
        if ((vma->vm_end - vma->vm_start) / PAGE_SIZE > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (vma_desc_pages(desc) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="pages by a division",
    ),
    pytest.param(
        """
        if (vma_pages(vma) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (vma_desc_pages(desc) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="pages by name",
    ),
    pytest.param(
        """
        if (((vma->vm_end) - (vma->vm_start)) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (vma_desc_size(desc) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="parentheses",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff + vma_pages(vma) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (desc->pgoff + vma_desc_pages(desc) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="pages and offset",
    ),
    pytest.param(
        """
        if ((vma->vm_end - vma->vm_start) >> 10 > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (vma_desc_size(desc) >> 10 > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="bytes shifted otherwise",
    ),
    pytest.param(
        """
        if (vma->vm_end - foo_start > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (desc->end - foo_start > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="end minus another start",
    ),
    pytest.param(
        """
        if (vma->vm_start - vma->vm_end > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (desc->start - desc->end > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="start minus end",
    ),
    pytest.param(
        """
        if (vma->vm_end - (vma->vm_start + (vma->vm_pgoff << PAGE_SHIFT)) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        if (desc->end - (desc->start + (desc->pgoff << PAGE_SHIFT)) > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="start plus offset",
    ),
    pytest.param(
        """
        size_t size = vma->vm_end - vma->vm_start;

        if (size > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        size_t size = vma_desc_size(desc);

        if (size > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="local",
    ),
    pytest.param(
        """
        unsigned long start = vma->vm_start;
        unsigned long end = vma->vm_end;

        if (end - start > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        unsigned long start = desc->start;
        unsigned long end = desc->end;

        if (end - start > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="locals for the ends",
    ),
    pytest.param(
        """
        u32 size = vma->vm_end - vma->vm_start;

        if (size > foo_limit)
                return -EINVAL;
        return 0;
        """,
        """
        u32 size = vma_desc_size(desc);

        if (size > foo_limit)
                return -EINVAL;
        return 0;
        """,
        id="narrow local",
    ),
    pytest.param(
        r"""
        dev_dbg(foo_dev, "%lu bytes\n", vma->vm_end - vma->vm_start);
        return 0;
        """,
        r"""
        dev_dbg(foo_dev, "%lu bytes\n", vma_desc_size(desc));
        return 0;
        """,
        id="argument of a message",
    ),
]


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_a_size_is_written_as_the_kernel_writes_it(before: str, after: str) -> None:
    assert complete(before) == c(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """
            unsigned long size = vma->vm_end - vma->vm_start;

            if (foo_busy(file) || foo_gone(file))
                    return -EBUSY;
            return remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot);
            """,
            """
            struct file *file = desc->file;

            if (foo_busy(file) || foo_gone(file))
                    return -EBUSY;
            mmap_action_remap_full(desc, foo_pfn);
            return 0;
            """,
            id="another takes its place",
        ),
        pytest.param(
            """
            unsigned long size = vma->vm_end - vma->vm_start;
            int ret;

            if (vma->vm_pgoff)
                    return -EINVAL;
            ret = remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot);
            return ret;
            """,
            """
            if (desc->pgoff)
                    return -EINVAL;
            mmap_action_remap_full(desc, foo_pfn);
            return 0;
            """,
            id="none is left",
        ),
        pytest.param(
            """
            unsigned long size = vma->vm_end - vma->vm_start;
            unsigned long pfn = foo_pfn;

            return remap_pfn_range(vma, vma->vm_start, pfn + vma->vm_pgoff, size, vma->vm_page_prot);
            """,
            """
            unsigned long pfn = foo_pfn;

            mmap_action_remap_full(desc, pfn + desc->pgoff);
            return 0;
            """,
            id="one is left",
        ),
    ],
)
def test_one_empty_line_follows_the_declarations_that_stay(before: str, after: str) -> None:
    assert complete(before) == c(after)


SIZED = """
unsigned long size = vma->vm_end - vma->vm_start;

#ifdef FOO_DEBUG
pr_info("%lu\\n", size);
#endif
{more}return remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot);
"""


def test_a_size_that_only_some_builds_would_read() -> None:
    assert refused(SIZED.format(more="")) == {"unused-local"}


@pytest.mark.parametrize(
    "more", ["if (size > SZ_64K)\n        return -EINVAL;\n", "BUILD_BUG_ON(sizeof(size) != 8);\n"]
)
def test_a_size_that_every_build_reads(more: str) -> None:
    assert "unsigned long size = vma_desc_size(desc);" in complete(SIZED.format(more=more))


IN_PARENTHESES = """
unsigned long size = vma->vm_end - vma->vm_start;

{change}
return remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot);
"""


@pytest.mark.parametrize(
    "change", ["(size) = PAGE_SIZE;", "((size)) -= 1;", "--(size);", "foo_fix((&(size)));"]
)
def test_a_size_that_changes_between_parentheses_is_another_one(change: str) -> None:
    fix = "static void foo_fix(unsigned long *size)\n{\n\t*size = PAGE_SIZE;\n}\n"
    assert "size-may-exceed" in refused(IN_PARENTHESES.format(change=change), fix)


def test_a_size_that_is_read_between_parentheses_is_the_vmas() -> None:
    body = IN_PARENTHESES.format(change="if ((size) > SZ_64K)\n        return -EINVAL;")
    assert "mmap_action_remap_full(desc, foo_pfn);" in complete(body)
