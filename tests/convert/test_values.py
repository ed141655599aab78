# SPDX-License-Identifier: GPL-2.0-only
"""Sizes that the tests in front of a remap prove to be the size of the VMA."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import complete, convert, driver, refused

PROVEN = [
    pytest.param(
        """
        if (vma->vm_end - vma->vm_start != foo_size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="not equal",
    ),
    pytest.param(
        """
        if (foo_size != vma->vm_end - vma->vm_start)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="other way round",
    ),
    pytest.param(
        """
        if (!(vma->vm_end - vma->vm_start == foo_size))
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="negated equality",
    ),
    pytest.param(
        """
        if (vma->vm_end - vma->vm_start != foo_size || vma->vm_pgoff)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="or another reason",
    ),
    pytest.param(
        """
        if (unlikely(vma->vm_end - vma->vm_start != foo_size))
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="unlikely",
    ),
    pytest.param(
        """
        if (vma->vm_end - vma->vm_start == foo_size)
                return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                                       vma->vm_page_prot);
        return -EINVAL;
        """,
        id="inside an if",
    ),
    pytest.param(
        """
        if (vma->vm_end - vma->vm_start == foo_size && !vma->vm_pgoff)
                return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                                       vma->vm_page_prot);
        return -EINVAL;
        """,
        id="inside an if with more",
    ),
    pytest.param(
        """
        if (vma->vm_end - vma->vm_start != foo_size) {
                return -EINVAL;
        } else {
                return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                                       vma->vm_page_prot);
        }
        """,
        id="in the else",
    ),
    pytest.param(
        """
        if (vma_pages(vma) << PAGE_SHIFT != foo_size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="by pages",
    ),
    pytest.param(
        """
        unsigned long size = vma->vm_end - vma->vm_start;

        if (size != foo_size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="by a local of the size",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        if (vma->vm_end - vma->vm_start != foo->size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo->size,
                               vma->vm_page_prot);
        """,
        id="member of a struct",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        if (vma->vm_end - vma->vm_start != foo->size)
                return -EINVAL;
        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo->size,
                               vma->vm_page_prot);
        """,
        id="member, and the protection changes",
    ),
    pytest.param(
        r"""
        struct foo *foo = file->private_data;

        if (vma->vm_end - vma->vm_start != foo->size)
                return -EINVAL;
        dev_dbg(foo_dev, "ok\n");
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo->size,
                               vma->vm_page_prot);
        """,
        id="member, and a message follows",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        size_t size = foo->size;

        if (vma->vm_end - vma->vm_start != foo->size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        id="local taken from a member",
    ),
    pytest.param(
        """
        size_t size = 0;
        int i;

        for (i = 0; i < 4; i++)
                size += PAGE_SIZE;
        if (vma->vm_end - vma->vm_start != size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        id="sum of a loop",
    ),
    pytest.param(
        """
        int size = foo_size;

        if (vma->vm_end - vma->vm_start != size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        id="int of the same value",
    ),
]


@pytest.mark.parametrize("body", PROVEN)
def test_the_tests_of_every_path_prove_a_size(body: str) -> None:
    assert complete(body)


UNPROVEN = [
    pytest.param(
        "size-may-exceed",
        """
        if (vma->vm_end - vma->vm_start > foo_size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="larger only",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (vma->vm_end - vma->vm_start == foo_size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="equal is refused",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (vma->vm_end - vma->vm_start != foo_size && vma->vm_pgoff)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="and another reason",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (vma->vm_end - vma->vm_start == foo_size || !vma->vm_pgoff)
                return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                                       vma->vm_page_prot);
        return -EINVAL;
        """,
        id="one of two is enough",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (vma->vm_pgoff) {
                if (vma->vm_end - vma->vm_start != foo_size)
                        return -EINVAL;
        }
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="on one path only",
    ),
    pytest.param(
        "size-may-exceed",
        """
        int ret;

        ret = remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                              vma->vm_page_prot);
        if (vma->vm_end - vma->vm_start != foo_size)
                return -EINVAL;
        return ret;
        """,
        id="after the remap",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (vma->vm_end - vma->vm_start != foo_limit)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="against another size",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (vma_pages(vma) != foo_size >> PAGE_SHIFT)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="pages against pages",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if ((int)(vma->vm_end - vma->vm_start) != foo_size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="cut to an int",
    ),
    pytest.param(
        "size-may-exceed",
        """
        int size = vma->vm_end - vma->vm_start;

        if (size != foo_size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="cut by a local",
    ),
    pytest.param(
        "size-may-exceed",
        """
        size_t size = foo_size;

        if (vma->vm_end - vma->vm_start != size)
                return -EINVAL;
        size = foo_limit;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        id="local changed since",
    ),
    pytest.param(
        "size-may-exceed",
        """
        size_t size = foo_size;

        if (vma->vm_end - vma->vm_start != size)
                return -EINVAL;
        size++;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        id="local counted since",
    ),
    pytest.param(
        "size-may-exceed",
        """
        size_t size = foo_size;

        foo_watch(&size);
        if (vma->vm_end - vma->vm_start != size)
                return -EINVAL;
        foo_wait();
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        id="local that others may change",
    ),
    pytest.param(
        "size-may-exceed",
        """
        struct foo *foo = file->private_data;

        if (vma->vm_end - vma->vm_start != foo->size)
                return -EINVAL;
        foo->size = 0;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo->size,
                               vma->vm_page_prot);
        """,
        id="member changed since",
    ),
    pytest.param(
        "size-may-exceed",
        """
        struct foo *foo = file->private_data;

        if (vma->vm_end - vma->vm_start != foo->size)
                return -EINVAL;
        foo_resize(foo);
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo->size,
                               vma->vm_page_prot);
        """,
        id="member changed by a call",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (vma->vm_end - vma->vm_start != foo_size)
                return -EINVAL;
        foo_resize();
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size,
                               vma->vm_page_prot);
        """,
        id="variable changed by a call",
    ),
    pytest.param(
        "size-may-exceed",
        """
        struct foo *foo = file->private_data;
        size_t size = foo->size;

        foo->size = foo_limit;
        if (vma->vm_end - vma->vm_start != foo->size)
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        id="local taken before the member changed",
    ),
    pytest.param(
        "size-may-exceed",
        """
        if (vma->vm_end - vma->vm_start != foo_size_of(file))
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size_of(file),
                               vma->vm_page_prot);
        """,
        id="call twice",
    ),
]


@pytest.mark.parametrize(("code", "body"), UNPROVEN)
def test_what_a_path_leaves_open_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


def _mapping(test: str, size: str) -> str:
    remap = f"remap_pfn_range(vma, vma->vm_start, foo_pfn, {size}, vma->vm_page_prot)"
    return f"struct foo *foo = file->private_data;\n\nif ({test})\n        return -EINVAL;\nreturn {remap};"


WITHIN = [
    pytest.param("vma_pages(vma) < 2", "2 * PAGE_SIZE", "2 * PAGE_SIZE", id="a number of pages"),
    pytest.param("foo->n > vma_pages(vma)", "PAGE_SIZE * foo->n", "PAGE_SIZE * foo->n", id="a count"),
    pytest.param(
        "vma->vm_end - vma->vm_start < foo->size",
        "foo->size",
        "PAGE_ALIGN((unsigned long)foo->size)",
        id="a size",
    ),
    pytest.param(
        "!(foo->size <= vma->vm_end - vma->vm_start)",
        "foo->size",
        "PAGE_ALIGN((unsigned long)foo->size)",
        id="negated",
    ),
    pytest.param(
        "vma->vm_end - vma->vm_start < PAGE_ALIGN(foo->size)",
        "foo->size",
        "PAGE_ALIGN((unsigned long)foo->size)",
        id="rounded up in the test",
    ),
]


@pytest.mark.parametrize(("test", "size", "new"), WITHIN)
def test_a_size_that_a_test_keeps_within_the_vma_is_mapped(test: str, size: str, new: str) -> None:
    assert f"mmap_action_remap(desc, desc->start, foo_pfn, {new});" in " ".join(
        complete(_mapping(test, size)).split()
    )


@pytest.mark.parametrize(
    ("test", "size"),
    [
        pytest.param("vma_pages(vma) != 2", "2 * PAGE_SIZE", id="a number of pages"),
        pytest.param("vma->vm_end - vma->vm_start != PAGE_ALIGN(foo->size)", "foo->size", id="rounded up"),
        pytest.param(
            "vma->vm_end - vma->vm_start != PAGE_ALIGN(foo->size)",
            "PAGE_ALIGN(foo->size)",
            id="on both sides",
        ),
    ],
)
def test_a_size_that_a_test_makes_the_vmas_is_all_of_it(test: str, size: str) -> None:
    assert "mmap_action_remap_full(desc, foo_pfn);" in complete(_mapping(test, size))


@pytest.mark.parametrize(
    ("test", "size"),
    [
        pytest.param("vma_pages(vma) > 2", "2 * PAGE_SIZE", id="the other way round"),
        pytest.param("vma_pages(vma) < 2", "3 * PAGE_SIZE", id="another number"),
        pytest.param("vma->vm_end - vma->vm_start > foo->size", "foo->size", id="the VMA may be less"),
        pytest.param("vma->vm_end - vma->vm_start < foo->size && foo_pfn", "foo->size", id="not always"),
        pytest.param("vma->vm_end - vma->vm_start < foo->size / 2", "foo->size", id="half of it"),
        pytest.param("(u32)(vma->vm_end - vma->vm_start) < foo->size", "foo->size", id="a part of the VMA's"),
    ],
)
def test_a_size_that_no_test_keeps_within_the_vma_may_exceed_it(test: str, size: str) -> None:
    assert "size-may-exceed" in refused(_mapping(test, size))


def test_an_errno_that_stands_for_a_part_of_the_vma_has_a_gap() -> None:
    body = """
        if (vma_pages(vma) < 2)
                return -EINVAL;
        if (remap_pfn_range(vma, vma->vm_start, foo_pfn, 2 * PAGE_SIZE, vma->vm_page_prot))
                return -EAGAIN;
        return 0;
        """
    assert "override-gap" in refused(body)


PARTS = [
    pytest.param("foo_size", "-EAGAIN", {"size-may-exceed", "override-gap"}, id="any size, another errno"),
    pytest.param("foo_size", "-EINVAL", {"size-may-exceed"}, id="any size, the errno of the prepare step"),
    pytest.param("PAGE_SIZE", "-EAGAIN", {"override-gap"}, id="a part, another errno"),
    pytest.param("PAGE_SIZE", "-EINVAL", set(), id="a part, the errno of the prepare step"),
]


@pytest.mark.parametrize(("size", "errno", "codes"), PARTS)
def test_the_prepare_step_has_an_errno_of_its_own_for_a_part(size: str, errno: str, codes: set[str]) -> None:
    body = f"""
        if (remap_pfn_range(vma, vma->vm_start, foo_pfn, {size}, vma->vm_page_prot))
                return {errno};
        return 0;
        """
    assert convert(driver(body)).codes == codes


SIZE = "vma->vm_end - vma->vm_start"
LENGTHS = "struct foo {\n        unsigned long len;\n        int n;\n};\n\nstatic struct foo *foo;"


def sized(test: str, size: str) -> str:
    """A hook's statements: a test that refuses, and a remap of ``size``."""
    remap = f"remap_pfn_range(vma, vma->vm_start, foo_pfn, {size}, vma->vm_page_prot)"
    return f"{test}\n        return -EINVAL;\nreturn {remap};"


@pytest.mark.parametrize(
    ("test", "size", "macro"),
    [
        pytest.param(f"u16 size = foo->len;\n\nif (foo->len != {SIZE})", "size", "", id="cut, equal"),
        pytest.param(f"int size = foo->len;\n\nif (foo->len > {SIZE})", "size", "", id="cut, within"),
        pytest.param(
            "u32 size = foo->n * PAGE_SIZE;\n\nif (foo->n != vma_pages(vma))", "size", "", id="cut product"
        ),
        pytest.param(
            f"long full = {SIZE};\nint size = foo->n;\n\nif (size > full)", "size", "", id="signed compare"
        ),
        pytest.param(f"loff_t size = foo->len;\n\nif (size > {SIZE})", "size", "", id="signed on 32 bits"),
        pytest.param(
            f"unsigned long size = foo->len;\n\nif (size > {SIZE} || !(size = foo->n))",
            "size",
            "",
            id="set in the test",
        ),
        pytest.param(f"if (foo->len > {SIZE} || foo_grow(foo))", "foo->len", "", id="changed by the test"),
        pytest.param(
            f"unsigned long size = foo->len;\n\nsize += 0;\nif (SIZE > {SIZE})\n        return -EIO;\n"
            "size = foo->n;\nif (!size)",
            "SIZE",
            "#define SIZE (size)",
            id="a macro that computes",
        ),
    ],
)
def test_a_size_that_the_test_did_not_see(test: str, size: str, macro: str) -> None:
    assert refused(sized(test, size), f"{LENGTHS}\n{macro}") >= {"size-may-exceed"}


def test_another_variable_of_the_name_that_was_tested() -> None:
    block = (
        "unsigned long size = foo->len;\n\nif (size != vma->vm_end - vma->vm_start)\n"
        "        return -EIO;\n{\n"
    )
    block += (
        "        unsigned long size = foo->n;\n\n        return remap_pfn_range(vma, vma->vm_start, foo_pfn, "
    )
    assert "size-may-exceed" in refused(f"{block}size, vma->vm_page_prot);\n}}", LENGTHS)


@pytest.mark.parametrize(
    ("test", "size", "macro", "given"),
    [
        pytest.param(
            f"size_t size = foo->len;\n\nif (foo->len > {SIZE})", "size", "", "PAGE_ALIGN(size)", id="wide"
        ),
        pytest.param(
            f"if (LEN > {SIZE})", "LEN", "#define LEN (4 * SZ_1K)", "PAGE_ALIGN(LEN)", id="constant"
        ),
        pytest.param(
            f"u8 size = foo->len;\n\nif (size > {SIZE})",
            "size",
            "",
            "PAGE_ALIGN((unsigned long)size)",
            id="rounded up in a type that holds it",
        ),
        pytest.param(
            f"if (foo->n + 8 > {SIZE})",
            "foo->n + 8",
            "",
            "PAGE_ALIGN((unsigned long)(foo->n + 8))",
            id="a sum",
        ),
        pytest.param(
            f"if (foo->n + sizeof(*foo) > {SIZE})",
            "foo->n + sizeof(*foo)",
            "",
            "PAGE_ALIGN(foo->n + sizeof(*foo))",
            id="a sum that is wide",
        ),
        pytest.param(
            f"if (LEN > {SIZE})",
            "LEN",
            "#define LEN ((u8)200)",
            "PAGE_ALIGN((unsigned long)LEN)",
            id="cut constant",
        ),
        pytest.param(
            f"if (LEN > {SIZE})",
            "LEN",
            "#define LEN 0xfffff800",
            "PAGE_ALIGN((unsigned long)LEN)",
            id="large constant",
        ),
    ],
)
def test_a_size_that_the_test_saw(test: str, size: str, macro: str, given: str) -> None:
    new = " ".join(complete(sized(test, size), f"{LENGTHS}\n{macro}").split())
    assert f"mmap_action_remap(desc, desc->start, foo_pfn, {given});" in new


@pytest.mark.parametrize(
    ("between", "proven"),
    [
        pytest.param("memset(&size, 0, sizeof(size));", False, id="its address is given away"),
        pytest.param("size++;", False, id="counted"),
        pytest.param("for_each_size(size, foo)\n        cpu_relax();", False, id="a loop's variable"),
        pytest.param("foo_other = size;", True, id="read"),
        pytest.param("foo->len = 1;", True, id="what it was taken from"),
    ],
)
def test_what_happens_between_the_test_and_the_remap(between: str, proven: bool) -> None:
    test = f"unsigned long size = foo->len, foo_other;\n\nif (size > {SIZE})\n        return -EIO;"
    test += f"\n{between}\nif (!size)"
    result = convert(driver(sized(test, "size"), LENGTHS))
    assert ("size-may-exceed" not in result.codes) is proven


@pytest.mark.parametrize(
    ("asked", "proven"),
    [
        pytest.param("foo_probe(foo)", False, id="a name alone"),
        pytest.param("IS_ALIGNED(foo->len, 8)", True, id="what a table knows"),
        pytest.param("foo_odd(foo)", True, id="a body in reach"),
    ],
)
def test_a_call_between_the_test_and_the_remap(asked: str, proven: bool) -> None:
    test = f"if (foo->len > {SIZE})\n        return -EIO;\nif ({asked})"
    before = LENGTHS + "\nstatic bool foo_odd(const struct foo *foo)\n{\n        return foo->len & 1;\n}\n"
    result = convert(driver(sized(test, "foo->len"), before))
    assert ("size-may-exceed" not in result.codes) is proven


def test_a_size_that_a_helper_takes_in_a_narrow_type() -> None:
    helper = "static int foo_map(struct vm_area_struct *vma, u16 size)\n{\n        "
    helper += sized(f"if (size > {SIZE})", "size").replace("\n", "\n        ") + "\n}"
    result = convert(driver("return foo_map(vma, foo->len);", f"{LENGTHS}\n\n{helper}"))
    assert result.tier is Tier.COMPLETE
    assert result.new is not None
    assert "PAGE_ALIGN((unsigned long)size)" in result.new


def test_a_size_rounded_up_in_a_narrow_type_is_not_within() -> None:
    test = f"u32 size = foo->len;\n\nif (PAGE_ALIGN(size) {{}} {SIZE})"
    assert "size-may-exceed" in refused(sized(test.format(">"), "size"), LENGTHS)
    assert "mmap_action_remap_full" in complete(sized(test.format("!="), "size"), LENGTHS)


@pytest.mark.parametrize(
    ("declared", "size", "proven"),
    [
        pytest.param("unsigned int start = vma->vm_start;", "vma->vm_end - start", False, id="cut start"),
        pytest.param("u32 end = vma->vm_end;", "end - vma->vm_start", False, id="cut end"),
        pytest.param("unsigned long end = vma->vm_end;", "end - vma->vm_start", True, id="whole end"),
    ],
)
def test_a_size_from_locals(declared: str, size: str, proven: bool) -> None:
    result = convert(driver(sized(f"{declared}\n\nif (foo->n)", size), LENGTHS))
    assert ("size-may-exceed" not in result.codes) is proven


@pytest.mark.parametrize(
    ("declared", "size", "proven"),
    [
        pytest.param("unsigned long size = {all};", "PAGE_ALIGN(size)", True, id="when handed over"),
        pytest.param("unsigned long size = PAGE_ALIGN({all});", "size", True, id="when taken"),
        pytest.param("unsigned long size = PAGE_ALIGN(PAGE_ALIGN({all}));", "size", True, id="twice"),
        pytest.param("unsigned long size = PAGE_ALIGN({all} + 1);", "size", False, id="of one byte more"),
        pytest.param("unsigned long size = PAGE_ALIGN(foo->n);", "size", False, id="of another size"),
    ],
)
def test_the_size_of_a_vma_is_whole_pages_already(declared: str, size: str, proven: bool) -> None:
    whole = "(vma->vm_end - vma->vm_start)"
    result = convert(driver(sized(f"{declared.format(all=whole)}\n\nif (foo->n)", size), LENGTHS))
    assert ("size-may-exceed" not in result.codes) is proven
    assert ("mmap_action_remap_full" in (result.new or "")) is proven


def test_a_size_that_was_cut_and_rounded_is_part_of_the_vma() -> None:
    taken = "unsigned int size = PAGE_ALIGN(vma->vm_end - vma->vm_start);\n\nif (foo->n)"
    assert "mmap_action_remap(desc, desc->start, foo_pfn, size)" in complete(sized(taken, "size"), LENGTHS)


CHANGING = [
    pytest.param("do_div(size, 2);", False, id="the kernel's"),
    pytest.param("raw_spin_lock_irqsave(&foo->lock, size);", False, id="a lock's flags"),
    pytest.param("raw_spin_lock(&foo->lock);", True, id="a lock without flags"),
    pytest.param("readl_poll_timeout(foo->base, size, size != 0, 1, 2);", False, id="a register's value"),
    pytest.param("get_kernel_nofault(size, foo->address);", False, id="what memory holds"),
    pytest.param("sector_div(size, 3);", False, id="another name of the kernel's"),
    pytest.param("phy_read_poll_timeout(foo->phy, 1, size, size, 1, 2, 0);", False, id="a bus's register"),
    pytest.param("snd_pcm_stream_lock_irqsave(foo->stream, size);", False, id="flags of another lock"),
    pytest.param("phy_read_poll(foo->phy, 1, size);", True, id="no such ending"),
    pytest.param("HALVE(size);", False, id="out of sight"),
    pytest.param("HALF(size);", False, id="in sight"),
    pytest.param("QUARTER(size);", False, id="by another macro"),
    pytest.param("TWICE(size);", True, id="only read"),
    pytest.param("PAGE_ALIGN(size);", True, id="a question"),
]
MACROS = """
#define HALF(x) ((x) >>= 1)
#define QUARTER(x) do_div(x, 4)
#define TWICE(x) ((x) * 2)
"""


@pytest.mark.parametrize(("statement", "proven"), CHANGING)
def test_a_macro_that_is_given_the_size_by_name(statement: str, proven: bool) -> None:
    test = f"u64 size = {SIZE};\n\n{statement}\nif (foo->n)"
    result = convert(driver(sized(test, "size"), LENGTHS + MACROS))
    assert ("size-may-exceed" not in result.codes) is proven


@pytest.mark.parametrize(
    ("statement", "proven"), [*CHANGING, pytest.param("memset(&size, 0, 8);", False, id="lent")]
)
def test_a_macro_that_is_given_a_parameter_by_name(statement: str, proven: bool) -> None:
    helper = "static int foo_map(struct vm_area_struct *vma, unsigned long size)\n{\n        "
    test = f"if (size != {SIZE})\n        return -EINVAL;\n{statement}\nif (foo->n)"
    helper += sized(test, "size").replace("\n", "\n        ") + "\n}"
    result = convert(driver("return foo_map(vma, foo->len);", f"{LENGTHS}{MACROS}\n{helper}"))
    assert ("size-may-exceed" not in result.codes) is proven
