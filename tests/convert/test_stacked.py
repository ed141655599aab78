# SPDX-License-Identifier: GPL-2.0-only
"""Hooks that call a hook which has moved already, through the compat layer."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import Result, c, convert, driver

RING = """
static int foo_ring_mmap_prepare(struct foo *foo, struct vm_area_desc *desc)
{
        if (!foo->ready)
                return -ENODEV;

        mmap_action_simple_ioremap(desc, foo->phys, foo->size);
        return 0;
}
"""

DIRECT = """
struct foo *foo = file->private_data;
struct vm_area_desc desc;
int err;

compat_set_desc_from_vma(&desc, file, vma);
err = foo_ring_mmap_prepare(foo, &desc);
if (err)
        return err;

return __compat_vma_mmap(&desc, vma);
"""

INDIRECT = DIRECT.replace("foo_ring_mmap_prepare(", "foo->ops->mmap_prepare(")


def stacked(body: str, before: str = RING) -> Result:
    return convert(driver(body, before))


def test_a_twin_that_acts_takes_the_hooks_own_descriptor() -> None:
    result = stacked(DIRECT)
    assert result.conversion.reasons == ()
    assert result.body() == c("""
        struct file *file = desc->file;
        struct foo *foo = file->private_data;

        return foo_ring_mmap_prepare(foo, desc);
    """)


def test_a_twin_may_read_the_descriptor() -> None:
    twin = RING.replace("!foo->ready", "vma_desc_pages(desc) > foo->pages")
    assert stacked(DIRECT, twin).tier is Tier.COMPLETE


def test_a_twin_that_is_not_known_may_override_or_merge() -> None:
    result = stacked(INDIRECT)
    assert (result.tier, result.codes) == (Tier.REVIEW, {"stacked-call"})
    assert "return foo->ops->mmap_prepare(foo, desc);" in result.body()


@pytest.mark.parametrize(
    "line",
    [
        "desc->action.error_override = -EAGAIN;",
        "desc->vm_ops = &foo_vm_ops;",
        "desc->private_data = foo;",
        "if (foo->plain)\n                return 0;",
    ],
    ids=["override", "vm_ops", "private_data", "no action"],
)
def test_a_twin_that_does_more_or_less_than_act_needs_review(line: str) -> None:
    twin = RING.replace("mmap_action", f"{line}\n        mmap_action")
    assert "stacked-call" in stacked(DIRECT, twin).codes


@pytest.mark.parametrize(
    "line",
    ["get_device(foo->dev);", "foo->mappings++;", "foo->last = foo_now;", "foo_count();", "foo_n = 1;"],
)
def test_what_a_twin_takes_stays_behind_when_no_vma_comes_to_be(line: str) -> None:
    twin = RING.replace("mmap_action", f"{line}\n        mmap_action")
    result = stacked(DIRECT, twin)
    assert (result.tier, result.codes) == (Tier.REVIEW, {"unproven-effect"})
    assert f"`{line[:-1]}` in foo_ring_mmap_prepare()" in result.conversion.reasons[0].message


@pytest.mark.parametrize(
    "line",
    [
        "unsigned long size = foo->size;\n\n        size += foo->more;",
        "mutex_lock(&foo->lock);\n        foo_pfn_of(foo);\n        mutex_unlock(&foo->lock);",
        "if (foo->full) {\n                foo->refused++;\n                return -EBUSY;\n        }",
    ],
    ids=["local", "lock", "on failure"],
)
def test_what_a_twin_does_for_itself_is_nobodys_concern(line: str) -> None:
    twin = RING.replace("mmap_action", f"{line}\n        mmap_action")
    reader = "\nstatic int foo_pfn_of(struct foo *foo)\n{\n        return foo->pfn;\n}\n"
    assert stacked(DIRECT, reader + twin).conversion.reasons == ()


def test_a_close_now_runs_when_the_twins_action_fails() -> None:
    ops = "static const struct vm_operations_struct foo_ops = {\n        .close = foo_close,\n};\n"
    body = DIRECT.replace("compat_set", "vma->vm_ops = &foo_ops;\ncompat_set")
    assert stacked(body, ops + RING).codes == {"close-after-failure"}
    assert stacked(body, ops.replace("close", "fault") + RING).codes == set()


def test_the_descriptor_of_an_inner_block_goes_too() -> None:
    body = """
        struct foo *foo = file->private_data;
        int ret = -ENODEV;

        if (foo->ring) {
                struct vm_area_desc desc;

                compat_set_desc_from_vma(&desc, file, vma);
                ret = foo_ring_mmap_prepare(foo, &desc);
                if (ret)
                        goto out;
                ret = __compat_vma_mmap(&desc, vma);
                goto out;
        }
        out:
        return ret;
    """
    result = stacked(body)
    assert result.tier is Tier.COMPLETE, result.conversion.reasons
    assert "if (foo->ring) {\n\tret = foo_ring_mmap_prepare(foo, desc);\n\tgoto out;\n}\n" in result.body()


def test_a_check_that_jumps_elsewhere_stays() -> None:
    body = DIRECT.replace("return err;", "goto fail;", 1) + "\nfail:\nfoo->failed = true;\nreturn err;"
    result = stacked(body)
    assert "failure-cleanup" in result.codes
    assert result.tier is Tier.SKELETON


def test_one_check_is_left_of_two() -> None:
    body = DIRECT.replace(
        "return __compat_vma_mmap(&desc, vma);",
        "err = __compat_vma_mmap(&desc, vma);\nif (err)\n        return err;\nreturn 0;",
    )
    result = stacked(body)
    assert result.tier is Tier.COMPLETE, result.conversion.reasons
    assert result.body().count("if (err)") == 1


def test_a_lock_around_the_nested_call_is_released_before_it_maps() -> None:
    body = """
        struct foo *foo = file->private_data;
        struct vm_area_desc desc;
        int ret;

        mutex_lock(&foo->lock);
        compat_set_desc_from_vma(&desc, file, vma);
        ret = foo_ring_mmap_prepare(foo, &desc);
        if (ret)
                goto out;
        ret = __compat_vma_mmap(&desc, vma);
    out:
        mutex_unlock(&foo->lock);
        return ret;
    """
    assert stacked(c(body)).codes == {"lock-spans-action"}


def test_what_the_hook_stored_before_was_lost_and_is_not_now() -> None:
    body = DIRECT.replace("compat_set", "vma->vm_private_data = foo;\ncompat_set", 1)
    result = stacked(body)
    assert (result.tier, result.codes) == (Tier.REVIEW, {"stacked-private-data"})


def test_what_follows_ran_after_the_pages_were_mapped() -> None:
    body = DIRECT.replace(
        "return __compat_vma_mmap(&desc, vma);",
        "err = __compat_vma_mmap(&desc, vma);\nif (err)\n        return err;\n"
        "vma->vm_ops = &foo_vm_ops;\nreturn 0;",
    )
    assert "result-after-action" in stacked(body).codes


def test_a_second_action_behind_the_twins_would_be_the_only_one() -> None:
    body = DIRECT.replace(
        "return __compat_vma_mmap(&desc, vma);",
        "err = __compat_vma_mmap(&desc, vma);\nif (err)\n        return err;\nreturn REMAP;",
    )
    assert "two-actions" in stacked(body).codes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("file, vma);\n", "foo->other, vma);\n"),
        ("if (err)\n", "if (err < 0)\n"),
        ("if (err)\n        return err;\n", "desc.pgoff = 0;\nif (err)\n        return err;\n"),
        ("err = foo_ring", "foo_ring"),
        ("return __compat_vma_mmap(&desc, vma);", "return 0;"),
    ],
    ids=["another file", "another test", "the descriptor is changed", "nothing is checked", "not closed"],
)
def test_a_sequence_of_another_shape_needs_a_person(old: str, new: str) -> None:
    assert old in DIRECT
    result = stacked(DIRECT.replace(old, new, 1))
    assert result.tier is Tier.SKELETON
    assert "stacked-call" in result.codes
    assert "no-counterpart" not in result.codes
