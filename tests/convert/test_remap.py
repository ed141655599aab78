# SPDX-License-Identifier: GPL-2.0-only
"""remap_pfn_range(), io_remap_pfn_range() and vm_iomap_memory(): range and protection."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import c, complete, convert, driver, refused

REMAPS = [
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               vma->vm_end - vma->vm_start, vma->vm_page_prot);
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="whole",
    ),
    pytest.param(
        """
        return io_remap_pfn_range(vma, vma->vm_start, foo_pfn,
                                  vma->vm_end - vma->vm_start,
                                  vma->vm_page_prot);
        """,
        """
        mmap_action_ioremap_full(desc, foo_pfn);
        return 0;
        """,
        id="whole, io",
    ),
    pytest.param(
        """
        unsigned long size = vma->vm_end - vma->vm_start;

        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="size in a local",
    ),
    pytest.param(
        """
        size_t size = vma->vm_end - vma->vm_start;

        if (size > foo_limit)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        """
        size_t size = vma_desc_size(desc);

        if (size > foo_limit)
                return -EINVAL;
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="size in a local that is read elsewhere",
    ),
    pytest.param(
        """
        long size = vma->vm_end - vma->vm_start;

        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="size in a signed local",
    ),
    pytest.param(
        """
        u32 size = vma->vm_end - vma->vm_start;

        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        """
        u32 size = vma_desc_size(desc);

        mmap_action_remap(desc, desc->start, foo_pfn, size);
        return 0;
        """,
        id="size in a narrow local",
    ),
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               vma_pages(vma) << PAGE_SHIFT, vma->vm_page_prot);
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="pages shifted",
    ),
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               vma_pages(vma) * PAGE_SIZE, vma->vm_page_prot);
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="pages times",
    ),
    pytest.param(
        """
        unsigned long start = vma->vm_start;

        return remap_pfn_range(vma, start, foo_pfn,
                               vma->vm_end - vma->vm_start, vma->vm_page_prot);
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="start in a local",
    ),
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               PAGE_SIZE, vma->vm_page_prot);
        """,
        """
        mmap_action_remap(desc, desc->start, foo_pfn, PAGE_SIZE);
        return 0;
        """,
        id="one page",
    ),
    pytest.param(
        """
        if (vma->vm_end - vma->vm_start != PAGE_SIZE)
                return -EINVAL;
        if (remap_pfn_range(vma, vma->vm_start, foo_pfn, PAGE_SIZE, vma->vm_page_prot))
                return -EAGAIN;
        return 0;
        """,
        """
        if (vma_desc_size(desc) != PAGE_SIZE)
                return -EINVAL;
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="one page, checked and checked",
    ),
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start, vma->vm_pgoff,
                               vma->vm_end - vma->vm_start, vma->vm_page_prot);
        """,
        """
        mmap_action_remap_full(desc, desc->pgoff);
        return 0;
        """,
        id="frame from the offset",
    ),
    pytest.param(
        """
        unsigned long offset = vma->vm_pgoff;

        vma->vm_pgoff = 0;
        return remap_pfn_range(vma, vma->vm_start, offset,
                               vma->vm_end - vma->vm_start, vma->vm_page_prot);
        """,
        """
        unsigned long offset = desc->pgoff;

        desc->pgoff = 0;
        mmap_action_remap_full(desc, offset);
        return 0;
        """,
        id="frame from a local taken before the offset is cleared",
    ),
    pytest.param(
        "return vm_iomap_memory(vma, foo_start, foo_size);",
        """
        mmap_action_simple_ioremap(desc, foo_start, foo_size);
        return 0;
        """,
        id="physical range",
    ),
    pytest.param(
        """
        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        return vm_iomap_memory(vma, foo_start, foo_size);
        """,
        """
        desc->page_prot = pgprot_noncached(desc->page_prot);
        mmap_action_simple_ioremap(desc, foo_start, foo_size);
        return 0;
        """,
        id="physical range after the protection",
    ),
    pytest.param(
        """
        vma->vm_pgoff = 0;
        return vm_iomap_memory(vma, foo_start, vma->vm_end - vma->vm_start);
        """,
        """
        desc->pgoff = 0;
        mmap_action_simple_ioremap(desc, foo_start, vma_desc_size(desc));
        return 0;
        """,
        id="offset ignored by the hook",
    ),
]


@pytest.mark.parametrize(("before", "after"), REMAPS)
def test_a_remap_becomes_the_action_of_its_range(before: str, after: str) -> None:
    assert complete(before) == c(after)


PROTS = [
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               vma->vm_end - vma->vm_start,
                               pgprot_noncached(vma->vm_page_prot));
        """,
        """
        const pgprot_t vma_prot = desc->page_prot;

        desc->page_prot = pgprot_noncached(desc->page_prot);
        mmap_action_remap_full(desc, foo_pfn);
        desc->page_prot = vma_prot;
        return 0;
        """,
        id="computed",
    ),
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               vma->vm_end - vma->vm_start, PAGE_SHARED);
        """,
        """
        const pgprot_t vma_prot = desc->page_prot;

        desc->page_prot = PAGE_SHARED;
        mmap_action_remap_full(desc, foo_pfn);
        desc->page_prot = vma_prot;
        return 0;
        """,
        id="constant",
    ),
    pytest.param(
        """
        pgprot_t prot = pgprot_writecombine(vma->vm_page_prot);

        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               vma->vm_end - vma->vm_start, prot);
        """,
        """
        const pgprot_t vma_prot = desc->page_prot;
        pgprot_t prot = pgprot_writecombine(desc->page_prot);

        desc->page_prot = prot;
        mmap_action_remap_full(desc, foo_pfn);
        desc->page_prot = vma_prot;
        return 0;
        """,
        id="local",
    ),
    pytest.param(
        """
        pgprot_t prot = vma->vm_page_prot;

        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               vma->vm_end - vma->vm_start, prot);
        """,
        """
        pgprot_t vma_prot;
        pgprot_t prot = desc->page_prot;

        desc->page_prot = pgprot_noncached(desc->page_prot);
        vma_prot = desc->page_prot;
        desc->page_prot = prot;
        mmap_action_remap_full(desc, foo_pfn);
        desc->page_prot = vma_prot;
        return 0;
        """,
        id="taken before another is kept",
    ),
    pytest.param(
        """
        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               vma->vm_end - vma->vm_start, vma->vm_page_prot);
        """,
        """
        desc->page_prot = pgprot_noncached(desc->page_prot);
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="set where the VMA keeps it",
    ),
]


@pytest.mark.parametrize(("before", "after"), PROTS)
def test_a_protection_that_the_vma_does_not_keep_is_lent_to_the_action(before: str, after: str) -> None:
    assert complete(before) == c(after)


SIZES = [
    pytest.param(
        "size-may-exceed",
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               foo_size, vma->vm_page_prot);
        """,
        id="any size",
    ),
    pytest.param(
        "size-may-exceed",
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               PAGE_ALIGN(foo_size), vma->vm_page_prot);
        """,
        id="rounded up",
    ),
    pytest.param(
        "size-may-exceed",
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               2 * PAGE_SIZE, vma->vm_page_prot);
        """,
        id="two pages",
    ),
    pytest.param(
        "size-may-exceed",
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               (vma->vm_end - vma->vm_start) / 2,
                               vma->vm_page_prot);
        """,
        id="half",
    ),
    pytest.param(
        "size-may-exceed",
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               min(vma->vm_end - vma->vm_start, foo_size),
                               vma->vm_page_prot);
        """,
        id="smaller of two",
    ),
    pytest.param(
        "size-may-exceed",
        """
        int size = vma->vm_end - vma->vm_start;

        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        id="size in an int",
    ),
    pytest.param(
        "size-may-exceed",
        """
        u16 size = vma->vm_end - vma->vm_start;

        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        id="size in a short",
    ),
    pytest.param(
        "size-may-exceed",
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               (int)(vma->vm_end - vma->vm_start),
                               vma->vm_page_prot);
        """,
        id="size cast to an int",
    ),
    pytest.param(
        "size-may-exceed",
        """
        int pages = vma_pages(vma);

        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               pages << PAGE_SHIFT, vma->vm_page_prot);
        """,
        id="pages in an int",
    ),
    pytest.param(
        "size-may-exceed",
        """
        unsigned long size = vma->vm_end - vma->vm_start;

        size = foo_size;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        id="local reassigned",
    ),
    pytest.param(
        "size-may-exceed",
        """
        unsigned long size = vma->vm_end - vma->vm_start;

        size += PAGE_SIZE;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        id="local grown",
    ),
    pytest.param(
        "size-may-exceed",
        """
        unsigned long size = vma->vm_end - vma->vm_start;

        size++;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        id="local counted",
    ),
    pytest.param(
        "size-may-exceed",
        """
        unsigned long size = vma->vm_end - vma->vm_start;

        if (foo_adjust(&size))
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        id="local lent out",
    ),
    pytest.param(
        "size-may-exceed",
        """
        unsigned long size = foo_all ? vma->vm_end - vma->vm_start : foo_size;

        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               size, vma->vm_page_prot);
        """,
        id="chosen",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (foo_check) {
                unsigned long foo_size = vma->vm_end - vma->vm_start;

                if (foo_size > foo_limit)
                        return -EINVAL;
        }
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                               foo_size, vma->vm_page_prot);
        """,
        id="the name of a local elsewhere",
    ),
    pytest.param(
        "override-gap",
        """
        if (remap_pfn_range(vma, vma->vm_start, foo_pfn, PAGE_SIZE, vma->vm_page_prot))
                return -EAGAIN;
        return 0;
        """,
        id="part with its own errno",
    ),
    pytest.param(
        "override-gap",
        """
        if (vm_iomap_memory(vma, foo_start, foo_size))
                return -EAGAIN;
        return 0;
        """,
        id="range whose checks move, with its own errno",
    ),
]


@pytest.mark.parametrize(("code", "body"), SIZES)
def test_a_size_that_may_pass_the_end_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


RANGES = [
    pytest.param(
        "remap-start",
        """
        return remap_pfn_range(vma, vma->vm_start + PAGE_SIZE, foo_pfn,
                               PAGE_SIZE, vma->vm_page_prot);
        """,
        id="start inside",
    ),
    pytest.param(
        "remap-start",
        """
        unsigned long start = vma->vm_start;

        start += PAGE_SIZE;
        return remap_pfn_range(vma, start, foo_pfn,
                               PAGE_SIZE, vma->vm_page_prot);
        """,
        id="start moved",
    ),
    pytest.param(
        "remap-start",
        """
        return remap_pfn_range(vma, foo_address, foo_pfn,
                               vma->vm_end - vma->vm_start, vma->vm_page_prot);
        """,
        id="another address",
    ),
    pytest.param(
        "remap-loop",
        """
        unsigned long i;

        for (i = 0; i < foo_pages; i++)
                if (remap_pfn_range(vma, vma->vm_start, foo_pfn, PAGE_SIZE, vma->vm_page_prot))
                        return -EAGAIN;
        return 0;
        """,
        id="loop",
    ),
    pytest.param(
        "remap-loop",
        """
        while (foo_more())
                if (remap_pfn_range(vma, vma->vm_start, foo_pfn, PAGE_SIZE, vma->vm_page_prot))
                        return -EAGAIN;
        return 0;
        """,
        id="while",
    ),
    pytest.param(
        "two-actions",
        """
        int ret;

        ret = REMAP;
        if (ret)
                return ret;
        return io_remap_pfn_range(vma, vma->vm_start, foo_pfn,
                                  vma->vm_end - vma->vm_start,
                                  vma->vm_page_prot);
        """,
        id="two",
    ),
    pytest.param(
        "two-actions",
        """
        int ret;

        switch (vma->vm_pgoff) {
        case 0:
                ret = REMAP;
                if (ret)
                        return ret;
                fallthrough;
        default:
                return IO_REMAP;
        }
        """,
        id="two by falling through",
    ),
    pytest.param(
        "two-actions",
        """
        int ret;

        again:
        ret = REMAP;
        if (!ret && foo_more())
                goto again;
        return ret;
        """,
        id="two by a goto",
    ),
    pytest.param(
        "two-actions",
        """
        #ifdef CONFIG_FOO
        if (REMAP)
                return -EAGAIN;
        #endif
        #ifdef CONFIG_BAR
        if (REMAP)
                return -EAGAIN;
        #endif
        return 0;
        """,
        id="two in two conditionals",
    ),
    pytest.param(
        "no-counterpart",
        "return remap_4k_pfn(vma, vma->vm_start, foo_pfn, vma->vm_page_prot);",
        id="a 4K frame",
    ),
]


@pytest.mark.parametrize(("code", "body"), RANGES)
def test_a_range_that_no_action_maps_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


def test_a_start_inside_the_vma_is_kept_for_review() -> None:
    result = convert(
        driver(
            """
            if (vma->vm_end - vma->vm_start < 2 * PAGE_SIZE)
                    return -EINVAL;
            return remap_pfn_range(vma, vma->vm_start + PAGE_SIZE, foo_pfn, PAGE_SIZE, vma->vm_page_prot);
            """
        )
    )
    assert (result.tier, result.codes) == (Tier.REVIEW, {"remap-start"})
    assert "\tmmap_action_remap(desc, desc->start + PAGE_SIZE, foo_pfn, PAGE_SIZE);\n\treturn 0;\n" in str(
        result.new
    )


def test_the_whole_size_from_inside_the_vma_is_not_the_whole_vma() -> None:
    result = convert(
        driver(
            """
            return remap_pfn_range(vma, vma->vm_start + foo_offset, foo_pfn,
                                   vma->vm_end - vma->vm_start, vma->vm_page_prot);
            """
        )
    )
    assert result.tier is Tier.REVIEW
    assert "mmap_action_remap(desc, desc->start + foo_offset, foo_pfn," in str(result.new)


def test_two_ranges_of_one_mapping_are_two_actions() -> None:
    assert {"two-actions", "remap-start"} <= refused(
        """
        int ret = 0;

        ret = remap_pfn_range(vma, vma->vm_start, foo_pfn, PAGE_SIZE, vma->vm_page_prot);
        if (ret)
                return ret;
        return remap_pfn_range(vma, vma->vm_start + PAGE_SIZE, bar_pfn, PAGE_SIZE, vma->vm_page_prot);
        """
    )


@pytest.mark.parametrize("kind", ["u32", "int", "unsigned int"])
def test_a_start_that_is_cut_is_not_the_start(kind: str) -> None:
    assert "remap-start" in refused(
        f"""
        {kind} start = vma->vm_start;

        return remap_pfn_range(vma, start, foo_pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot);
        """
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param("foo_pfn_of(vma)", True, id="a helper that gets the VMA"),
        pytest.param("foo_pfn + vma_pages(vma)", False, id="a question"),
        pytest.param("foo_pfn_at(vma->vm_pgoff)", False, id="a helper that gets a value"),
    ],
)
def test_an_argument_that_may_change_the_vma(given: str, told: bool) -> None:
    before = """
    static unsigned long foo_pfn_of(struct vm_area_struct *vma)
    {
            vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
            return vma->vm_pgoff;
    }

    static unsigned long foo_pfn_at(unsigned long offset)
    {
            return offset + foo_pfn;
    }
    """
    size = "vma->vm_end - vma->vm_start"
    body = f"return remap_pfn_range(vma, vma->vm_start, {given}, {size}, vma->vm_page_prot);"
    assert ("remap-argument" in convert(driver(body, before)).codes) is told
