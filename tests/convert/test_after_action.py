# SPDX-License-Identifier: GPL-2.0-only
"""What runs behind the remap, and now before the mapping exists."""

from __future__ import annotations

import pytest

from tests.convert.support import complete, convert, driver, refused

LATE = [
    pytest.param(
        "failure-after-action",
        """
        int ret;

        ret = REMAP;
        if (foo_check(vma->vm_start))
                return -EINVAL;
        return ret;
        """,
        id="a check that may look at the mapping",
    ),
    pytest.param(
        "failure-after-action",
        """
        int ret;

        ret = REMAP;
        if (ret)
                return ret;
        if (foo_closing(file))
                return -ENODEV;
        return 0;
        """,
        id="a check whose errno came second",
    ),
    pytest.param(
        "failure-after-action",
        """
        int ret;

        ret = REMAP;
        if (ret)
                return ret;
        return foo_ready(file);
        """,
        id="a result that came second",
    ),
    pytest.param(
        "late-page-prot",
        """
        int ret;

        ret = REMAP;
        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        return ret;
        """,
        id="page protection",
    ),
    pytest.param(
        "late-page-prot",
        """
        int ret;

        ret = vm_iomap_memory(vma, foo_start, foo_size);
        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        return ret;
        """,
        id="page protection of a physical range",
    ),
    pytest.param(
        "late-page-prot",
        """
        int ret;

        ret = REMAP;
        foo_uncache(&vma->vm_page_prot);
        return ret;
        """,
        id="page protection by address",
    ),
    pytest.param(
        "late-offset",
        """
        int ret;

        ret = REMAP;
        vma->vm_pgoff = 0;
        return ret;
        """,
        id="offset",
    ),
    pytest.param(
        "late-offset",
        r"""
        int ret;

        ret = REMAP;
        foo_debug("%lu\n", vma->vm_pgoff);
        return ret;
        """,
        id="offset read",
    ),
    pytest.param(
        "late-flags",
        """
        int ret;

        ret = REMAP;
        if (vma->vm_flags & VM_IO)
                return ret;
        return ret;
        """,
        id="flags read",
    ),
    pytest.param(
        "late-flags",
        """
        int ret;

        ret = REMAP;
        vm_flags_clear(vma, VM_DONTDUMP);
        return ret;
        """,
        id="flag cleared that the action sets",
    ),
    pytest.param(
        "late-flags",
        """
        int ret;

        ret = REMAP;
        vm_flags_clear(vma, VM_MAYWRITE);
        return ret;
        """,
        id="flag cleared that decides on copy-on-write",
    ),
    pytest.param(
        "late-flags",
        """
        int ret;

        ret = REMAP;
        vm_flags_set(vma, VM_SHARED);
        return ret;
        """,
        id="flag set that decides on copy-on-write",
    ),
    pytest.param(
        "late-flags",
        """
        int ret;

        ret = REMAP;
        vm_flags_reset(vma, VM_READ);
        return ret;
        """,
        id="flags assigned",
    ),
    pytest.param(
        "message-after-action",
        r"""
        int ret;

        ret = REMAP;
        dev_dbg(foo_dev, "mapped\n");
        return ret;
        """,
        id="message",
    ),
    pytest.param(
        "message-after-action",
        r"""
        int ret;

        ret = REMAP;
        foo_dbg("mapped\n");
        return ret;
        """,
        id="message of the driver",
    ),
    pytest.param(
        "result-after-action",
        """
        int ret;

        ret = REMAP;
        foo_start(file);
        return ret;
        """,
        id="call",
    ),
    pytest.param(
        "result-after-action",
        """
        int ret;

        ret = REMAP;
        foo_size = 1;
        return ret;
        """,
        id="store",
    ),
    pytest.param(
        "result-after-action",
        """
        int ret;

        ret = REMAP;
        atomic_inc(&foo_users);
        return ret;
        """,
        id="count",
    ),
]


@pytest.mark.parametrize(("code", "body"), LATE)
def test_what_the_action_reads_or_sets_must_be_final(code: str, body: str) -> None:
    assert code in refused(body)


HARMLESS = [
    pytest.param(
        """
        int ret;

        ret = REMAP;
        vma->vm_ops = &foo_vm_ops;
        return ret;
        """,
        id="ops",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        vma->vm_private_data = file->private_data;
        return ret;
        """,
        id="private data",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        vm_flags_set(vma, VM_DONTCOPY);
        return ret;
        """,
        id="flag that it does not ask for",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        vma->vm_private_data = (void *)vma->vm_start;
        return ret;
        """,
        id="address read",
    ),
]


@pytest.mark.parametrize("body", HARMLESS)
def test_what_the_action_does_not_look_at_may_follow(body: str) -> None:
    assert complete(body)


@pytest.mark.parametrize(
    ("flags", "codes"),
    [
        pytest.param("VM_IO | VM_PFNMAP", {"late-flags"}, id="one that an action of pages warns of"),
        pytest.param("VM_IO | VM_DONTDUMP", set(), id="others"),
    ],
)
def test_flags_set_behind_pages(flags: str, codes: set[str]) -> None:
    body = f"""
    int ret;

    ret = vm_map_pages(vma, foo_pages, 4);
    if (ret)
            return ret;
    vm_flags_set(vma, {flags});
    return 0;
    """
    assert convert(driver(body, "static struct page *foo_pages[4];")).codes == codes


def test_what_a_user_address_holds_is_read_through_the_mapping() -> None:
    copy = "copy_from_user(word, (void __user *)vma->vm_start, 8);"
    declared, rest = "char word[8];\nint ret;", "if (ret)\n        return ret;"
    after = f"{declared}\n\nret = REMAP;\n{rest}\nif (foo_test)\n        {copy}\nreturn 0;"
    assert "result-after-action" in refused(after)
    assert complete(f"{declared}\n\nret = 0;\nif (foo_test)\n        {copy}\nreturn REMAP;")


@pytest.mark.parametrize(
    ("read", "codes"),
    [
        pytest.param("vma_start_pgoff(vma) > 4", {"late-offset"}, id="offset"),
        pytest.param("vma_test(vma, VMA_PFNMAP_BIT)", {"late-flags"}, id="flag"),
        pytest.param("vma_test_any(vma, VMA_IO_BIT, VMA_EXEC_BIT)", {"late-flags"}, id="several flags"),
        pytest.param("pgprot_val(vma_get_page_prot(vma))", {"late-flags"}, id="protection of the flags"),
        pytest.param("vma_pages(vma) > 4", set(), id="size"),
    ],
)
def test_what_a_function_of_the_vma_reads_behind_the_action(read: str, codes: set[str]) -> None:
    test = f"if ({read})\n        vma->vm_private_data = file->private_data;"
    behind = f"int ret;\n\nret = REMAP;\nif (ret)\n        return ret;\n{test}\nreturn 0;"
    assert convert(driver(behind)).codes == codes
    assert convert(driver(f"{test}\nreturn REMAP;")).codes == set()


LATE_CALLS = [
    pytest.param("foo_done(foo)", {"result-after-action"}, id="a name alone"),
    pytest.param("foo->ops->done(foo)", {"result-after-action"}, id="a pointer"),
    pytest.param("foo_open(foo)", set(), id="a body in reach"),
    pytest.param("IS_ALIGNED(foo->size, 8)", set(), id="what a table knows"),
]


@pytest.mark.parametrize(("asked", "codes"), LATE_CALLS)
def test_what_a_call_behind_the_action_does_is_not_told_by_its_name(asked: str, codes: set[str]) -> None:
    before = """
    static bool foo_open(const struct foo *foo)
    {
            return foo->size && !foo->closed;
    }
    """
    body = f"""
    struct foo *foo = file->private_data;
    int ret = REMAP;

    if (ret)
            return ret;
    vma->vm_private_data = {asked} ? foo : NULL;
    return 0;
    """
    assert convert(driver(body, before)).codes == codes


def test_the_same_call_before_the_action_is_told_by_its_name() -> None:
    body = (
        "struct foo *foo = file->private_data;\n\nif (!foo_done(foo))\n        return -EBUSY;\nreturn REMAP;"
    )
    assert convert(driver(body)).codes == set()
