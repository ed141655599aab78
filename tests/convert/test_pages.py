# SPDX-License-Identifier: GPL-2.0-only
"""Kernel pages: vm_map_pages(), vm_map_pages_zero(), vm_insert_page() and loops of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import c, complete, convert, driver, refused

MAPPED = [
    pytest.param(
        """
        struct foo *foo = file->private_data;

        return vm_map_pages(vma, foo->pages, foo->nr);
        """,
        """
        struct file *file = desc->file;
        struct foo *foo = file->private_data;

        if (desc->pgoff >= foo->nr ||
            vma_desc_pages(desc) > foo->nr - desc->pgoff)
                return -ENXIO;

        mmap_action_map_kernel_pages_full(desc, foo->pages + desc->pgoff);
        return 0;
        """,
        id="from the offset",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        return vm_map_pages_zero(vma, foo->pages, foo->nr);
        """,
        """
        struct file *file = desc->file;
        struct foo *foo = file->private_data;

        if (vma_desc_pages(desc) > foo->nr)
                return -ENXIO;

        mmap_action_map_kernel_pages_full(desc, foo->pages);
        return 0;
        """,
        id="from the first",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        if (vm_map_pages_zero(vma, foo->pages, foo->nr))
                return -EAGAIN;
        return 0;
        """,
        """
        struct file *file = desc->file;
        struct foo *foo = file->private_data;

        if (vma_desc_pages(desc) > foo->nr)
                return -EAGAIN;

        mmap_action_map_kernel_pages_full(desc, foo->pages);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="another errno",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        return vm_insert_page(vma, vma->vm_start, foo->page);
        """,
        """
        struct file *file = desc->file;
        struct foo *foo = file->private_data;

        mmap_action_map_kernel_pages(desc, desc->start, &foo->page, 1);
        return 0;
        """,
        id="one page",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        """
        struct file *file = desc->file;
        struct foo *foo = file->private_data;

        mmap_action_map_kernel_pages_full(desc, foo->pages);
        return 0;
        """,
        id="loop by the index",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        unsigned long addr = vma->vm_start;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, addr, foo->pages[i]);
                if (ret)
                        return ret;
                addr += PAGE_SIZE;
        }
        return 0;
        """,
        """
        struct file *file = desc->file;
        struct foo *foo = file->private_data;

        mmap_action_map_kernel_pages_full(desc, foo->pages);
        return 0;
        """,
        id="loop by an address",
    ),
    pytest.param(
        """
        unsigned long i;
        int ret;

        if (vma_pages(vma) != FOO_PAGES)
                return -EINVAL;
        for (i = 0; i < FOO_PAGES; i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo_pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        """
        if (vma_desc_pages(desc) != FOO_PAGES)
                return -EINVAL;
        mmap_action_map_kernel_pages_full(desc, foo_pages);
        return 0;
        """,
        id="as many as a test says",
    ),
]


@pytest.mark.parametrize(("before", "after"), MAPPED)
def test_pages_become_the_action_with_their_checks(before: str, after: str) -> None:
    assert complete(before) == c(after)


REFUSED = [
    pytest.param(
        "page-on-stack",
        """
        struct foo *foo = file->private_data;
        struct page *pages[] = { foo->first, foo->second };

        return vm_map_pages(vma, pages, 2);
        """,
        id="array on the stack",
    ),
    pytest.param(
        "page-on-stack",
        """
        struct foo *foo = file->private_data;
        struct page *pages[] = { foo->first, foo->second };
        struct page **array = pages;

        return vm_map_pages(vma, array, 2);
        """,
        id="array on the stack by a pointer",
    ),
    pytest.param(
        "page-on-stack",
        """
        struct page *page = virt_to_page(foo_memory);

        return vm_map_pages_zero(vma, &page, 1);
        """,
        id="address of a local",
    ),
    pytest.param(
        "page-on-stack",
        """
        struct foo *foo = file->private_data;
        struct page *one[1];
        struct page **pages = foo->pages;

        if (foo_one)
                pages = one;
        return vm_map_pages_zero(vma, pages, 1);
        """,
        id="array on the stack on one path",
    ),
    pytest.param(
        "page-on-stack",
        """
        struct foo local;
        struct foo *foo = &local;

        if (foo_fill(foo))
                return -EINVAL;
        return vm_map_pages_zero(vma, foo->pages, 1);
        """,
        id="struct on the stack by a pointer",
    ),
    pytest.param(
        "page-on-stack",
        """
        struct foo foo;

        if (foo_fill(&foo))
                return -EINVAL;
        return vm_map_pages(vma, foo.pages, 2);
        """,
        id="struct on the stack",
    ),
    pytest.param(
        "page-on-stack",
        """
        struct foo *foo = file->private_data;
        struct page *page = foo->page;

        return vm_insert_page(vma, vma->vm_start, page);
        """,
        id="page in a local",
    ),
    pytest.param(
        "page-on-stack",
        "return vm_insert_page(vma, vma->vm_start, virt_to_page(foo_memory));",
        id="page from a call",
    ),
    pytest.param(
        "result-after-action",
        """
        struct foo *foo = file->private_data;
        struct page **pages = foo_pages_of(foo);
        int ret;

        ret = vm_map_pages(vma, pages, foo->nr);
        kfree(pages);
        return ret;
        """,
        id="array given back",
    ),
    pytest.param(
        "lock-spans-action",
        """
        struct foo *foo = file->private_data;
        int ret;

        mutex_lock(&foo->lock);
        ret = vm_map_pages(vma, foo->pages, foo->nr);
        mutex_unlock(&foo->lock);
        return ret;
        """,
        id="array under a lock",
    ),
    pytest.param(
        "late-page-prot",
        """
        struct foo *foo = file->private_data;
        int ret;

        ret = vm_map_pages(vma, foo->pages, foo->nr);
        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        return ret;
        """,
        id="protection changed later",
    ),
    pytest.param(
        "insert-start",
        """
        struct foo *foo = file->private_data;

        return vm_insert_page(vma, vma->vm_start + PAGE_SIZE, foo->page);
        """,
        id="not at the start",
    ),
]


@pytest.mark.parametrize(("code", "body"), REFUSED)
def test_what_the_action_would_read_too_late_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


LOOPS = [
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return i == foo->nr ? 0 : -EINVAL;
        """,
        id="index read later",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long addr = vma->vm_start;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, addr, foo->pages[i]);
                if (ret)
                        return ret;
                addr += PAGE_SIZE;
        }
        return addr == vma->vm_end ? 0 : -EINVAL;
        """,
        id="address read later",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long addr = vma->vm_start;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                addr += PAGE_SIZE;
                ret = vm_insert_page(vma, addr, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="address moved in front",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long addr = vma->vm_start;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, addr, foo->pages[i]);
                if (ret)
                        return ret;
        }
        addr += PAGE_SIZE;
        return 0;
        """,
        id="address moved behind the loop",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="address not moved",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[foo->nr - i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="another array order",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 1; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="another start",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i += 2) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="another step",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                foo->mapped++;
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="something else in the loop",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
                if (ret)
                        break;
        }
        return 0;
        """,
        id="failure left by a break",
    ),
    pytest.param(
        "insert-loop",
        """
        struct foo *foo = file->private_data;
        struct foo_page *p;
        int ret;

        list_for_each_entry(p, &foo->list, node) {
                ret = vm_insert_page(vma, p->address, p->page);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="list",
    ),
    pytest.param(
        "count-unproven",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        for (i = 0; i < foo->nr; i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="any number",
    ),
    pytest.param(
        "count-unproven",
        """
        unsigned long i;
        int ret;

        if (vma_pages(vma) > FOO_PAGES)
                return -EINVAL;
        for (i = 0; i < FOO_PAGES; i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo_pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="a number that the mapping may not reach",
    ),
    pytest.param(
        "count-unproven",
        """
        unsigned long i;
        int ret;

        if (vma->vm_pgoff && vma_pages(vma) != FOO_PAGES)
                return -EINVAL;
        for (i = 0; i < FOO_PAGES; i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo_pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="a number that one way alone proves",
    ),
    pytest.param(
        "count-unproven",
        """
        struct foo *foo = file->private_data;
        unsigned long i;
        int ret;

        if (vma_pages(vma) != foo->nr)
                return -EINVAL;
        foo_refill(foo);
        for (i = 0; i < foo->nr; i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="a number that may have changed since",
    ),
]


@pytest.mark.parametrize(("code", "body"), LOOPS)
def test_a_loop_over_anything_else_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


def test_the_check_of_the_range_leaves_no_lock_behind() -> None:
    body = """
        int ret;

        mutex_lock(&foo_lock);
        ret = vm_map_pages_zero(vma, foo_pages, foo_nr);
        mutex_unlock(&foo_lock);
        return ret;
        """
    assert "remap-result" in refused(body)


def test_what_follows_the_insertion_may_free_the_array() -> None:
    result = convert(
        driver(
            """
            struct page **pages = foo_pages_of(file);

            if (vm_map_pages_zero(vma, pages, FOO_PAGES))
                    return -EAGAIN;
            foo_forget(pages);
            return 0;
            """
        )
    )
    assert result.tier is Tier.SKELETON
    assert "result-after-action" in result.codes


@pytest.mark.parametrize(
    ("pages", "given"),
    [
        pytest.param("struct page *pages[4] = { foo_page };", "pages", id="an array"),
        pytest.param("struct page *page = foo_page;", "&page", id="a pointer"),
        pytest.param("struct foo_set set = { .pages = { foo_page } };", "set.pages", id="a member"),
    ],
)
def test_a_helper_is_given_no_pages_of_the_hooks_stack(pages: str, given: str) -> None:
    helper = """
    static int foo_map(struct vm_area_struct *vma, struct page **pages)
    {
            return vm_map_pages_zero(vma, pages, 1);
    }
    """
    result = convert(driver(f"{pages}\n\nreturn foo_map(vma, {given});", helper))
    assert result.tier is Tier.BLOCKED
    assert "page-on-stack" in result.codes


def test_a_helper_may_be_given_pages_that_outlive_the_hook() -> None:
    helper = """
    static int foo_map(struct vm_area_struct *vma, struct page **pages)
    {
            return vm_map_pages_zero(vma, pages, FOO_PAGES);
    }
    """
    body = "struct foo *foo = file->private_data;\n\nreturn foo_map(vma, foo->pages);"
    assert convert(driver(body, helper)).tier is Tier.COMPLETE


LOOP_IN_AN_ARM = """\
        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo_pages[i]);
                if (ret)
                        return ret;
        }"""


@pytest.mark.parametrize(
    ("end", "left"),
    [
        pytest.param(
            "ret = REMAP;\nreturn ret;", "mmap_action_remap_full(desc, foo_pfn);\nreturn 0;", id="kept"
        ),
        pytest.param(
            "if (foo_wide)\n        ret = REMAP;\nelse\n        ret = IO_REMAP;\nreturn ret;",
            "if (foo_wide)\n\tmmap_action_remap_full(desc, foo_pfn);\nelse\n"
            "\tmmap_action_ioremap_full(desc, foo_pfn);\nreturn 0;",
            id="kept in arms without braces",
        ),
        pytest.param(
            "if (ret)\n        foo_pfn = 0;\nreturn REMAP;", None, id="of which something else is left"
        ),
    ],
)
def test_a_result_that_is_not_read_any_more_is_not_set_to_0(end: str, left: str | None) -> None:
    body = f"int i, ret = 0;\n\nif (vma->vm_pgoff == 0) {{\n{LOOP_IN_AN_ARM}\n        return 0;\n}}\n{end}"
    result = convert(driver(body, "extern bool foo_wide;"))
    if left is None:
        assert "ret = 0;" in result.body()
    else:
        assert result.tier is Tier.COMPLETE
        assert "ret" not in result.body().replace("return", "")
        assert result.body().endswith(left)


@pytest.mark.parametrize(
    ("kind", "address", "tier"),
    [
        pytest.param("unsigned int", "i * PAGE_SIZE", Tier.COMPLETE, id="an index of 32 bits"),
        pytest.param("u8", "i * PAGE_SIZE", Tier.BLOCKED, id="an index that comes round"),
        pytest.param("unsigned int", "(i << PAGE_SHIFT)", Tier.BLOCKED, id="a shift of 32 bits"),
        pytest.param("unsigned long", "(i << PAGE_SHIFT)", Tier.COMPLETE, id="a shift of a long"),
    ],
)
def test_the_index_of_a_loop_reaches_every_page(kind: str, address: str, tier: Tier) -> None:
    body = f"""
    {kind} i;
    int ret;

    for (i = 0; i < vma_pages(vma); i++) {{
            ret = vm_insert_page(vma, vma->vm_start + {address}, foo_pages[i]);
            if (ret)
                    return ret;
    }}
    return 0;
    """
    assert convert(driver(body)).tier is tier


@pytest.mark.parametrize(
    ("kind", "tier"), [("unsigned long", Tier.COMPLETE), ("u32", Tier.BLOCKED), ("int", Tier.BLOCKED)]
)
def test_an_address_is_kept_in_a_type_that_holds_it(kind: str, tier: Tier) -> None:
    body = f"""
    {kind} addr = vma->vm_start;
    unsigned long i;
    int ret;

    for (i = 0; i < vma_pages(vma); i++) {{
            ret = vm_insert_page(vma, addr, foo_pages[i]);
            if (ret)
                    return ret;
            addr += PAGE_SIZE;
    }}
    return 0;
    """
    assert convert(driver(body)).tier is tier


@pytest.mark.parametrize(
    ("count", "tier"),
    [
        ("foo_count(file)", Tier.SKELETON),
        ("foo_next++", Tier.SKELETON),
        ("ARRAY_SIZE(foo_pages)", Tier.COMPLETE),
        ("foo_size >> PAGE_SHIFT", Tier.COMPLETE),
    ],
)
def test_a_count_that_must_be_computed_once_is_not_computed_twice(count: str, tier: Tier) -> None:
    assert convert(driver(f"return vm_map_pages(vma, foo_pages, {count});")).tier is tier


@pytest.mark.parametrize(
    ("pages", "tier"),
    [
        pytest.param("(struct page *[]){ foo->first, foo->second }", Tier.BLOCKED, id="a compound literal"),
        pytest.param("foo_pages(&here)", Tier.BLOCKED, id="of a struct on the stack"),
        pytest.param("({ struct page **own = foo->pages; own; })", Tier.BLOCKED, id="a statement expression"),
        pytest.param("foo_pages(foo)", Tier.COMPLETE, id="of the driver's own"),
        pytest.param("(struct page **)foo->pages", Tier.COMPLETE, id="a cast"),
        pytest.param("foo->second ? foo->pages : foo->spare", Tier.COMPLETE, id="one of two"),
        pytest.param("foo->cookie", Tier.SKELETON, id="a step in bytes"),
        pytest.param("(struct page **)foo->cookie", Tier.COMPLETE, id="a cast of what has no type"),
    ],
)
def test_an_array_is_known_to_outlive_the_hook(pages: str, tier: Tier) -> None:
    body = f"""
    struct foo *foo = file->private_data;
    struct foo here = *foo;

    return vm_map_pages(vma, {pages}, 2);
    """
    assert convert(driver(body, "struct foo {\n        void *cookie;\n};")).tier is tier


@pytest.mark.parametrize(
    ("page", "tier"),
    [
        pytest.param("foo_page", Tier.COMPLETE, id="a variable"),
        pytest.param("FOO_PAGE", Tier.SKELETON, id="a macro"),
        pytest.param("foo_second", Tier.SKELETON, id="a macro in lower case"),
        pytest.param("foo_group->cookie", Tier.SKELETON, id="a pointer to anything"),
        pytest.param("foo_group->page", Tier.COMPLETE, id="a member"),
    ],
)
def test_a_page_has_an_address(page: str, tier: Tier) -> None:
    before = """
    #define FOO_PAGE virt_to_page(foo_buffer)
    #define foo_second virt_to_page(foo_buffer + PAGE_SIZE)

    static struct page *foo_page;

    struct foo {
            void *cookie;
            struct page *page;
    };
    """
    assert convert(driver(f"return vm_insert_page(vma, vma->vm_start, {page});", before)).tier is tier


PROTECTED = [
    pytest.param("vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);", set(), id="cached otherwise"),
    pytest.param(
        "vma->vm_page_prot = pgprot_writecombine(vm_get_page_prot(vma->vm_flags));", set(), id="of the flags"
    ),
    pytest.param("vm_flags_clear(vma, VM_MAYWRITE);", set(), id="a flag that no protection has"),
    pytest.param("vma->vm_ops = &foo_vm_ops;", set(), id="a fault alone"),
    pytest.param("vma->vm_page_prot = PAGE_READONLY;", {"page-prot-recomputed"}, id="less than the flags"),
    pytest.param(
        "vma->vm_page_prot = vm_get_page_prot(vma->vm_flags & ~VM_WRITE);",
        {"page-prot-recomputed"},
        id="of some",
    ),
    pytest.param(
        "vma->vm_page_prot = pgprot_decrypted(vma->vm_page_prot);",
        {"page-prot-recomputed"},
        id="a bit of its own",
    ),
    pytest.param("vm_flags_clear(vma, VM_WRITE);", {"page-prot-recomputed"}, id="a flag that it is made of"),
    pytest.param("vma->vm_ops = &bar_vm_ops;", {"page-prot-recomputed"}, id="a first write that is told"),
]


@pytest.mark.parametrize(("statement", "codes"), PROTECTED)
def test_pages_are_inserted_with_a_protection_that_is_computed_anew(statement: str, codes: set[str]) -> None:
    before = """
    static const struct vm_operations_struct bar_vm_ops = {
            .page_mkwrite = bar_mkwrite,
    };
    """
    body = f"{statement}\nreturn vm_map_pages_zero(vma, foo_pages, FOO_PAGES);"
    assert convert(driver(body, before)).codes == codes


def test_a_remap_captures_its_protection() -> None:
    assert complete("vma->vm_page_prot = PAGE_READONLY;\nreturn REMAP;")


def test_a_batch_of_pages_is_what_the_action_inserts() -> None:
    body = """
    unsigned long count = min(foo_count, vma_pages(vma));

    return vm_insert_pages(vma, vma->vm_start, foo_pages, &count);
    """
    after = """
    unsigned long count = min(foo_count, vma_desc_pages(desc));

    mmap_action_map_kernel_pages(desc, desc->start, foo_pages, count);
    return 0;
    """
    assert complete(body) == c(after)


def test_an_errno_of_the_hook_stands_for_all_that_the_whole_range_can_fail_with() -> None:
    body = """
    unsigned long count = vma_pages(vma);

    if (vm_insert_pages(vma, vma->vm_start, foo_pages, &count))
            return -EAGAIN;
    return 0;
    """
    assert "desc->action.error_override = -EAGAIN;" in complete(body)


BATCHES = [
    pytest.param(
        "remap-result",
        """
        unsigned long count = vma_pages(vma);
        int ret = vm_insert_pages(vma, vma->vm_start, foo_pages, &count);

        foo_left = count;
        return ret;
        """,
        id="what is left is asked for",
    ),
    pytest.param(
        "remap-result",
        "return vm_insert_pages(vma, vma->vm_start, foo_pages, &foo->count);",
        id="what is left is kept",
    ),
    pytest.param(
        "page-on-stack",
        """
        struct page *pages[2] = { foo_page, foo_page };
        unsigned long count = 2;

        return vm_insert_pages(vma, vma->vm_start, pages, &count);
        """,
        id="array on the stack",
    ),
    pytest.param(
        "released-on-return",
        """
        struct page **pages __free(kfree) = kcalloc(2, sizeof(*pages), GFP_KERNEL);
        unsigned long count = 2;

        return vm_insert_pages(vma, vma->vm_start, pages, &count);
        """,
        id="array that the scope frees",
    ),
    pytest.param(
        "insert-loop",
        """
        unsigned long count = 1;
        int i;

        for (i = 0; i < 2; i++)
                if (vm_insert_pages(vma, vma->vm_start, foo_pages, &count))
                        return -EIO;
        return 0;
        """,
        id="in a loop",
    ),
    pytest.param(
        "override-gap",
        """
        unsigned long count = foo_count;

        if (vm_insert_pages(vma, vma->vm_start, foo_pages, &count))
                return -EAGAIN;
        return 0;
        """,
        id="more than the range with an errno of the hook's",
    ),
    pytest.param(
        "override-gap",
        """
        unsigned long count = vma_pages(vma);

        if (vm_insert_pages(vma, vma->vm_start + PAGE_SIZE, foo_pages, &count))
                return -EAGAIN;
        return 0;
        """,
        id="past the end with an errno of the hook's",
    ),
    pytest.param(
        "lock-spans-action",
        """
        unsigned long count = vma_pages(vma);

        guard(mutex)(&foo_lock);
        return vm_insert_pages(vma, vma->vm_start, foo_pages, &count);
        """,
        id="under a lock",
    ),
]


@pytest.mark.parametrize(("code", "body"), BATCHES)
def test_a_batch_of_pages_that_is_more_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


@pytest.mark.parametrize(
    ("value", "tier"),
    [
        pytest.param("own", Tier.BLOCKED, id="an array of the hook's own"),
        pytest.param("&page", Tier.BLOCKED, id="the address of a local"),
        pytest.param("foo->spare", Tier.REVIEW, id="an array that outlives it"),
    ],
)
def test_memory_that_leads_the_action_to_the_stack(value: str, tier: Tier) -> None:
    helper = """
    static int foo_map(struct vm_area_struct *vma, struct foo *foo)
    {
            return vm_map_pages_zero(vma, foo->pages, 1);
    }
    """
    body = f"""
    struct foo *foo = file->private_data;
    struct page *own[1] = {{ foo->first }};
    struct page *page = foo->first;

    foo->pages = {value};
    return foo_map(vma, foo);
    """
    assert convert(driver(body, helper)).tier is tier


LOOP_OF_MEMBER = """
struct foo *foo = file->private_data;
int i, ret;

for (i = 0; i < vma_pages(vma); i++) {
        ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo->pages[i]);
        if (ret)
                return ret;
}
return 0;
"""


@pytest.mark.parametrize(
    ("member", "codes"),
    [
        ("struct page **pages;", set()),
        ("struct page *pages[16];", set()),
        ("void **pages;", {"page-type"}),
        ("struct page *const *pages;", {"page-type"}),
    ],
)
@pytest.mark.parametrize("place", ["file", "header"])
def test_an_array_that_is_none_of_pages_is_a_reason(
    member: str, codes: set[str], place: str, tmp_path: Path
) -> None:
    struct = f"struct foo {{\n        {member}\n}};"
    (tmp_path / "foo.h").write_text(struct)
    before = struct if place == "file" else '#include "foo.h"'
    assert convert(driver(LOOP_OF_MEMBER, before), str(tmp_path / "foo.c")).codes == codes


def test_an_element_that_is_no_page_has_another_address() -> None:
    body = "return vm_insert_page(vma, vma->vm_start, foo_pages[2]);"
    assert complete(body, "static struct page *foo_pages[4];")
    assert refused(body, "static void *foo_pages[4];") == {"page-type"}
