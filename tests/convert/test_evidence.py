# SPDX-License-Identifier: GPL-2.0-only
"""The old hook as a witness: what it left behind when it failed, it may leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import c, complete, convert, driver, refused

EVIDENCE = [
    pytest.param(
        """
        struct foo *foo = file->private_data;

        foo_note(foo);
        if (vma->vm_pgoff)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="later check",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        foo->mapped = true;
        if (vma->vm_pgoff)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="store before a check",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        if (!foo->mm)
                foo->mm = current->mm;
        if (vma->vm_flags & VM_WRITE)
                return -EPERM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="store under a test that the check does not ask",
    ),
    pytest.param(
        """
        struct foo *foo = foo_get(file);
        int ret;

        ret = foo_check(vma->vm_pgoff);
        if (ret)
                return ret;
        vma->vm_private_data = foo;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="later check of another call",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        int ret = -EINVAL;

        foo_note(foo);
        if (vma->vm_pgoff)
                goto out;
        vm_flags_set(vma, VM_IO);
        ret = 0;
        out:
        return ret;
        """,
        id="label that only returns",
    ),
]


@pytest.mark.parametrize("body", EVIDENCE)
def test_an_error_after_a_call_shows_that_it_need_not_be_undone(body: str) -> None:
    assert complete(body)


NONE = [
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        if (vma->vm_pgoff)
                return -EINVAL;
        foo_note(foo);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="no error after it",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;
        int ret;

        ret = foo_get(foo);
        if (ret)
                return ret;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="its own error",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;
        int ret;

        ret = foo_get(foo);
        if (ret < 0)
                return -EIO;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="its own error, renamed",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        if (foo_get(foo))
                return -EIO;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="its own error in the test",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = foo_get(file);

        if (IS_ERR(foo))
                return PTR_ERR(foo);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="its own error by a pointer",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        foo_note(foo);
        if (vma->vm_pgoff) {
                foo_forget(foo);
                return -EINVAL;
        }
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="undone",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;
        int ret;

        foo_note(foo);
        ret = -EINVAL;
        if (vma->vm_pgoff)
                goto undo;
        vm_flags_set(vma, VM_IO);
        return 0;
        undo:
        foo_forget(foo);
        return ret;
        """,
        id="undone at a label",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        foo_note(foo);
        if (vma->vm_pgoff) {
                if (foo->noted)
                        foo_forget(foo);
                return -EINVAL;
        }
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="undone if need be",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        if (foo->exclusive)
                foo_note(foo);
        if (!foo->exclusive)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="the same test twice",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;
        bool exclusive = foo->exclusive;

        if (foo->exclusive)
                foo_note(foo);
        if (!exclusive)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="the same test by a local",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        if (foo->exclusive)
                foo_note(foo);
        if (foo_check(foo))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a test of the same struct",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (vma->vm_pgoff < 4)
                foo_note(file);
        if (vma->vm_pgoff >= 4)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="the same count",
    ),
    pytest.param(
        "stateful",
        """
        struct foo *foo = file->private_data;

        foo->memory = kzalloc(8, GFP_KERNEL);
        if (vma->vm_pgoff)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="allocation",
    ),
]


@pytest.mark.parametrize(("code", "body"), NONE)
def test_what_shows_nothing_is_no_evidence(code: str, body: str) -> None:
    assert code in refused(body)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param("foo_bad && (ret = -EIO);", id="behind &&"),
        pytest.param("foo_bad ? (ret = -EIO) : 0;", id="in an arm of ?:"),
        pytest.param("if (foo_bad && (ret = -EIO))\n        cpu_relax();", id="in a test"),
    ],
)
def test_a_write_that_may_not_happen(write: str) -> None:
    body = f"int ret = 0;\n\n{write}\nkref_get(&foo->ref);\nvma->vm_ops = &foo_vm_ops;\nreturn ret;"
    assert "stateful" in refused(body, "static struct foo *foo;")


@pytest.mark.parametrize(
    "test",
    [
        "foo->broken",
        "!foo->ready",
        "foo->broken < 0",
        "!foo_spare",
        "unlikely(foo->broken)",
        "vma->vm_pgoff",
        "vma->vm_end - vma->vm_start > SZ_64K",
        "vma->vm_end - vma->vm_start != 4 * PAGE_SIZE",
        "vma_pages(vma) != 1",
        "size > foo->size",
        "vma->vm_end < vma->vm_start || foo->broken",
        "!(foo->ready && foo_spare)",
        "foo_check(foo)",
        "!capable(CAP_SYS_ADMIN)",
    ],
)
def test_a_failure_that_may_come_about_is_evidence(test: str) -> None:
    body = """
    struct foo *foo = file->private_data;
    unsigned long size = vma->vm_end - vma->vm_start;
    unsigned int count = foo->count;

    foo->used = size + count;
    if ({test})
            return -EIO;
    return REMAP;
    """
    assert convert(driver(body.format(test=test))).codes == set()


@pytest.mark.parametrize(
    "test",
    [
        pytest.param("!foo", id="a pointer that was followed"),
        pytest.param("foo == NULL", id="a pointer that was followed, spelled out"),
        pytest.param("!file", id="the file"),
        pytest.param("!vma->vm_file", id="the mapping's file"),
        pytest.param("vma->vm_end < vma->vm_start", id="an end before the start"),
        pytest.param("!size", id="no size"),
        pytest.param("size < PAGE_SIZE", id="less than a page"),
        pytest.param("vma_pages(vma) == 0", id="no pages"),
        pytest.param("vma->vm_start & ~PAGE_MASK", id="a start in a page"),
        pytest.param("PAGE_SIZE > (1 << 16)", id="a constant"),
        pytest.param("sizeof(long) == 2", id="the size of a type"),
        pytest.param("WARN_ON(foo->broken)", id="what the driver holds impossible"),
        pytest.param("count < 0", id="less than nothing"),
        pytest.param("!size || !foo", id="one of two that cannot be"),
    ],
)
def test_a_failure_that_cannot_come_about_is_none(test: str) -> None:
    body = """
    struct foo *foo = file->private_data;
    unsigned long size = vma->vm_end - vma->vm_start;
    unsigned int count = foo->count;

    foo->used = size + count;
    if ({test})
            return -EIO;
    return REMAP;
    """
    assert "store" in refused(body.format(test=test))


POOL = """
static int foo_pool_fill(struct foo *foo)
{
        if (!foo->pool)
                foo->pool = kzalloc(PAGE_SIZE, GFP_KERNEL);
        return foo->pool ? 0 : -ENOMEM;
}
"""


def test_what_the_driver_left_behind_when_its_remap_failed_is_for_a_person_to_look_at() -> None:
    body = """
    if (foo_pool_fill(file->private_data))
            return -ENOMEM;
    return REMAP;
    """
    result = convert(driver(body, POOL))
    assert (result.tier, result.codes) == (Tier.REVIEW, {"stateful"})
    assert result.conversion.reasons[0].message.endswith(", as it did when the remap failed")


STILL_STATE = [
    pytest.param(
        """
        struct foo *foo = file->private_data;

        atomic_inc(&foo->maps);
        return REMAP;
        """,
        id="taken by the hook itself",
    ),
    pytest.param(
        """
        if (foo_pool_fill(file->private_data))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        return 0;
        """,
        id="no remap",
    ),
]


@pytest.mark.parametrize("body", STILL_STATE)
def test_state_that_the_old_hook_did_not_leave_behind_needs_a_place(body: str) -> None:
    result = convert(driver(body, POOL))
    assert result.tier is Tier.SKELETON
    assert "stateful" in result.codes


def test_state_that_the_old_hook_gave_back_when_its_remap_failed_needs_a_place() -> None:
    body = """
    int ret;

    if (foo_pool_fill(file->private_data))
            return -ENOMEM;
    ret = REMAP;
    if (ret)
            foo_pool_drop(file->private_data);
    return ret;
    """
    result = convert(driver(body, POOL))
    assert result.tier is Tier.SKELETON
    assert {"stateful", "failure-cleanup"} <= result.codes


@pytest.mark.parametrize(
    ("rest", "codes"),
    [
        pytest.param("vma->vm_ops = &foo_vm_ops;\nreturn 0;", {"runs-for-merged"}, id="merged before"),
        pytest.param("vm_flags_set(vma, VM_IO);\nreturn 0;", set(), id="never merged"),
        pytest.param("return REMAP;", set(), id="an action keeps it apart"),
    ],
)
@pytest.mark.parametrize("did", ["foo_address = vma->vm_start;", "foo_kick(file);"], ids=["store", "call"])
def test_what_a_hook_does_was_not_done_for_a_mapping_that_merged(
    did: str, rest: str, codes: set[str]
) -> None:
    body = """
    DID
    if (vma->vm_end - vma->vm_start > SZ_1M)
            return -EINVAL;
    """
    before = "static unsigned long foo_address;"
    assert convert(driver(c(body).replace("DID", did) + "\n" + rest, before)).codes == codes


@pytest.mark.parametrize(
    ("mapping", "codes"),
    [
        pytest.param("vm_insert_page(vma, vma->vm_start, foo_page)", {"store"}, id="page read later"),
        pytest.param("vm_map_pages_zero(vma, &foo_page, 1)", {"store"}, id="array read later"),
        pytest.param("vm_insert_page(vma, vma->vm_start, foo_pages[0])", set(), id="something else"),
        pytest.param("REMAP", set(), id="all read at once"),
    ],
)
def test_what_the_hook_stores_may_not_be_what_an_action_finds_later(mapping: str, codes: set[str]) -> None:
    body = f"""
    foo_page = foo_page_of(file);
    if (foo_gone)
            return -ENODEV;
    return {mapping};
    """
    assert convert(driver(body, "static struct page *foo_page, *foo_pages[4];")).codes == codes


COUNTING = """
static int foo_count_one(struct foo *foo)
{
        foo->users++;
        return 0;
}
"""


COUNTED = """
struct foo *foo = file->private_data;

foo_count_one(foo);
if (vma->vm_pgoff)
        return -EINVAL;
vm_flags_set(vma, VM_IO);
vma->vm_ops = &foo_vm_ops;
return 0;
"""


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        pytest.param("foo->users++;", {"store"}, id="a count"),
        pytest.param("foo->users += 2;", {"store"}, id="several"),
        pytest.param("foo->users = foo->users + 1;", {"store"}, id="written out"),
        pytest.param("foo->users = 1 + foo -> users;", {"store"}, id="the other way round"),
        pytest.param("foo->users = (foo->users - 1);", {"store"}, id="down"),
        pytest.param("foo->users = foo->limit + 1;", set(), id="another's value"),
        pytest.param("foo->users = 1 - foo->users;", set(), id="in turns"),
        pytest.param("foo_count_one(foo);", {"unproven-effect"}, id="in a function"),
        pytest.param("foo->mapped = true;", set(), id="no count"),
    ],
)
def test_what_leaks_when_the_hook_fails_would_leak_more_often(statement: str, codes: set[str]) -> None:
    body = f"""
    struct foo *foo = file->private_data;

    {statement}
    if (vma->vm_pgoff)
            return -EINVAL;
    vm_flags_set(vma, VM_IO);
    vma->vm_ops = &foo_vm_ops;
    return 0;
    """
    assert convert(driver(body, COUNTING)).codes == codes


NOT_COUNTING = COUNTING.replace("foo->users++;", "foo->used = true;")


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        pytest.param(COUNTING, NOT_COUNTING, {"unproven-effect"}, id="in the first arm"),
        pytest.param(NOT_COUNTING, COUNTING, {"unproven-effect"}, id="in the other arm"),
        pytest.param(NOT_COUNTING, NOT_COUNTING, set(), id="in none"),
    ],
)
def test_what_one_of_two_builds_counts_is_counted(first: str, second: str, codes: set[str]) -> None:
    before = f"#ifdef CONFIG_FOO{first}#else{second}#endif"
    assert convert(driver(COUNTED, before)).codes == codes


@pytest.mark.parametrize(("code", "codes"), [(COUNTING, {"unproven-effect"}), (NOT_COUNTING, set())])
def test_what_a_function_of_a_header_counts_is_counted(code: str, codes: set[str], tmp_path: Path) -> None:
    (tmp_path / "foo.h").write_text(c(code).replace("static int", "static inline int") + "\n")
    text = driver(COUNTED, '#include "foo.h"')
    assert convert(text, str(tmp_path / "foo.c")).codes == codes


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        pytest.param("foo_users++;", {"store"}, id="a count"),
        pytest.param("kref_get(&foo_ref);", {"stateful"}, id="a reference"),
        pytest.param("foo_used = true;", set(), id="no count"),
    ],
)
def test_a_helper_is_judged_by_itself_where_the_hook_never_succeeds(statement: str, codes: set[str]) -> None:
    before = f"""
    static int foo_take(struct vm_area_struct *vma)
    {{
            if (vma->vm_pgoff)
                    return -EINVAL;
            {statement}
            return 0;
    }}
    """
    body = """
    int ret = foo_take(vma);

    return ret ? ret : -ENODEV;
    """
    result = convert(driver(body, before))
    assert result.codes == codes
    assert result.conversion.defect is None
