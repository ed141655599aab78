# SPDX-License-Identifier: GPL-2.0-only
"""What a hook did with the result of its remap."""

from __future__ import annotations

import pytest

from tests.convert.support import c, complete, convert, driver, refused

RESULTS = [
    pytest.param(
        "return REMAP;",
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="returned",
    ),
    pytest.param(
        """
        if (REMAP)
                return -EAGAIN;
        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="another errno",
    ),
    pytest.param(
        """
        if (REMAP) {
                return -EAGAIN;
        }

        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;

        return 0;
        """,
        id="another errno, braces",
    ),
    pytest.param(
        """
        if (REMAP < 0)
                return -EAGAIN;
        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="negative",
    ),
    pytest.param(
        """
        if (REMAP != 0)
                return -ENXIO;
        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -ENXIO;
        return 0;
        """,
        id="not zero",
    ),
    pytest.param(
        """
        if (unlikely(REMAP))
                return -EAGAIN;
        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="unlikely",
    ),
    pytest.param(
        "return REMAP ? -EAGAIN : 0;",
        """
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="chosen",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        return ret;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="through a local",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        if (ret)
                return ret;

        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);

        return 0;
        """,
        id="through a local, checked",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        if (ret < 0)
                return ret;

        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);

        return 0;
        """,
        id="through a local, negative",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        if (ret)
                return -EAGAIN;
        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="through a local, another errno",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        return ret ? -EAGAIN : 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="through a local, chosen",
    ),
    pytest.param(
        """
        int ret;

        ret = foo_check(file);
        if (ret)
                return ret;
        ret = REMAP;
        if (ret)
                return ret;
        return 0;
        """,
        """
        int ret;

        ret = foo_check(desc->file);
        if (ret)
                return ret;
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="the local is used before",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        if (ret)
                goto out;
        vma->vm_ops = &foo_vm_ops;
        out:
        return ret;
        """,
        """
        int ret;

        mmap_action_remap_full(desc, foo_pfn);
        ret = 0;
        desc->vm_ops = &foo_vm_ops;
        return ret;
        """,
        id="to a label that success reaches too",
    ),
    pytest.param(
        """
        int ret;

        ret = foo_check(file);
        if (ret)
                goto out;
        ret = REMAP;
        if (ret)
                goto out;
        vma->vm_ops = &foo_vm_ops;
        out:
        return ret;
        """,
        """
        int ret;

        ret = foo_check(desc->file);
        if (ret)
                goto out;
        mmap_action_remap_full(desc, foo_pfn);
        ret = 0;
        desc->vm_ops = &foo_vm_ops;
        out:
        return ret;
        """,
        id="to a label that others jump to",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff == 0)
                return REMAP;
        return -EINVAL;
        """,
        """
        if (desc->pgoff == 0) {
                mmap_action_remap_full(desc, foo_pfn);
                return 0;
        }
        return -EINVAL;
        """,
        id="in an arm",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff == 0)
                return REMAP;
        else
                return IO_REMAP;
        """,
        """
        if (desc->pgoff == 0) {
                mmap_action_remap_full(desc, foo_pfn);
                return 0;
        } else {
                mmap_action_ioremap_full(desc, foo_pfn);
                return 0;
        }
        """,
        id="in both arms",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff) {
                return -EINVAL;
        } else if (REMAP) {
                return -EAGAIN;
        }
        return 0;
        """,
        """
        if (desc->pgoff) {
                return -EINVAL;
        } else {
                mmap_action_remap_full(desc, foo_pfn);
                desc->action.error_override = -EAGAIN;
        }
        return 0;
        """,
        id="in an else if",
    ),
    pytest.param(
        """
        switch (vma->vm_pgoff) {
        case 0:
                return REMAP;
        case 1:
                return IO_REMAP;
        default:
                return -EINVAL;
        }
        """,
        """
        switch (desc->pgoff) {
        case 0:
                mmap_action_remap_full(desc, foo_pfn);
                return 0;
        case 1:
                mmap_action_ioremap_full(desc, foo_pfn);
                return 0;
        default:
                return -EINVAL;
        }
        """,
        id="in cases",
    ),
    pytest.param(
        """
        int ret = -EINVAL;

        if (vma->vm_pgoff == 0)
                ret = REMAP;
        return ret;
        """,
        """
        int ret = -EINVAL;

        if (desc->pgoff == 0) {
                mmap_action_remap_full(desc, foo_pfn);
                ret = 0;
        }
        return ret;
        """,
        id="in an arm, through a local",
    ),
    pytest.param(
        """
        #ifdef CONFIG_FOO
        return REMAP;
        #else
        return IO_REMAP;
        #endif
        """,
        """
        #ifdef CONFIG_FOO
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        #else
        mmap_action_ioremap_full(desc, foo_pfn);
        return 0;
        #endif
        """,
        id="in arms of the preprocessor",
    ),
]


@pytest.mark.parametrize(("before", "after"), RESULTS)
def test_a_result_that_is_passed_on_leaves_with_the_remap(before: str, after: str) -> None:
    assert complete(before) == c(after)


REFUSED = [
    pytest.param(
        "unused-label",
        """
        int ret;

        ret = REMAP;
        if (ret)
                goto out;
        vma->vm_ops = &foo_vm_ops;
        out: return ret;
        """,
        id="label on the line of its statement",
    ),
    pytest.param(
        "unused-local",
        """
        unsigned long size;

        if (foo_whole)
                size = vma->vm_end - vma->vm_start;
        else
                return -EINVAL;
        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        id="size computed in an arm",
    ),
    pytest.param(
        "unused-local",
        """
        int ret = foo_users++;

        ret = REMAP;
        if (ret)
                return ret;
        return 0;
        """,
        id="result that once counted",
    ),
    pytest.param(
        "unchecked-remap",
        """
        REMAP;
        return 0;
        """,
        id="ignored",
    ),
    pytest.param(
        "unchecked-remap",
        """
        int ret;

        ret = REMAP;
        return 0;
        """,
        id="ignored in a local",
    ),
    pytest.param(
        "unchecked-remap",
        """
        int ret;

        ret = REMAP;
        ret = foo_check(file);
        return ret;
        """,
        id="overwritten",
    ),
    pytest.param(
        "unchecked-remap",
        """
        int ret;

        ret = REMAP;
        if (foo_strict)
                return ret;
        return 0;
        """,
        id="returned on one path only",
    ),
    pytest.param(
        "remap-result",
        """
        (void)REMAP;
        return 0;
        """,
        id="cast away",
    ),
    pytest.param(
        "errno-changed",
        """
        int ret;

        ret = REMAP;
        if (ret)
                goto out;
        vma->vm_ops = &foo_vm_ops;
        out:
        if (ret)
                ret = -EAGAIN;
        return ret;
        """,
        id="errno changed at the label",
    ),
    pytest.param(
        "remap-result",
        """
        if (REMAP)
                return EAGAIN;
        return 0;
        """,
        id="positive errno",
    ),
    pytest.param(
        "remap-result",
        """
        if (REMAP)
                return foo_errno;
        return 0;
        """,
        id="errno in a variable",
    ),
    pytest.param(
        "remap-result",
        """
        if (REMAP)
                return -1;
        return 0;
        """,
        id="minus one",
    ),
    pytest.param(
        "remap-result",
        """
        if (!REMAP)
                return -EBUSY;
        return 0;
        """,
        id="success is an error",
    ),
    pytest.param(
        "remap-result",
        """
        if (REMAP)
                return 0;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="zero on failure",
    ),
    pytest.param(
        "remap-result",
        """
        if (foo_strict && REMAP)
                return -EAGAIN;
        return 0;
        """,
        id="with another condition",
    ),
    pytest.param(
        "remap-result",
        """
        if (REMAP || foo_check(file))
                return -EAGAIN;
        return 0;
        """,
        id="or another condition",
    ),
    pytest.param(
        "remap-result",
        """
        if (REMAP)
                return -EAGAIN;
        else
                return foo_check(file);
        """,
        id="with an else",
    ),
    pytest.param(
        "remap-result",
        """
        struct foo *foo = file->private_data;

        foo->result = REMAP;
        return foo->result;
        """,
        id="kept in a struct",
    ),
    pytest.param("remap-result", "return foo_result(REMAP);", id="handed to a function"),
    pytest.param(
        "remap-result",
        """
        if (REMAP) {
                foo_undo(file);
                return -EAGAIN;
        }
        return 0;
        """,
        id="clean-up on failure",
    ),
    pytest.param(
        "remap-result",
        """
        int ret;

        ret = REMAP;
        if (ret)
                goto undo;
        return 0;
        undo:
        foo_undo(file);
        return ret;
        """,
        id="clean-up at a label",
    ),
    pytest.param(
        "failure-cleanup",
        """
        int ret;

        ret = REMAP;
        if (ret)
                goto out;
        vma->vm_ops = &foo_vm_ops;
        out:
        if (ret)
                foo_undo(file);
        return ret;
        """,
        id="clean-up asked for at a label",
    ),
    pytest.param(
        "failure-message",
        r"""
        if (REMAP) {
                dev_err(foo_dev, "no mapping\n");
                return -EAGAIN;
        }
        return 0;
        """,
        id="message on failure",
    ),
    pytest.param(
        "failure-message",
        r"""
        int ret;

        ret = REMAP;
        if (ret)
                goto out;
        vma->vm_ops = &foo_vm_ops;
        out:
        if (ret)
                dev_err(foo_dev, "no mapping\n");
        return ret;
        """,
        id="message asked for at a label",
    ),
    pytest.param(
        "remap-result",
        """
        if (REMAP && IO_REMAP)
                return -EAGAIN;
        return 0;
        """,
        id="second try",
    ),
]


@pytest.mark.parametrize(("code", "body"), REFUSED)
def test_a_result_that_is_not_passed_on_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


def test_a_local_that_only_held_an_ignored_result_goes() -> None:
    result = convert(driver("int ret;\n\nret = REMAP;\nreturn 0;"))
    assert result.body() == c("mmap_action_remap_full(desc, foo_pfn);\nreturn 0;")


@pytest.mark.parametrize("kind", ["unsigned int", "u32", "bool"])
def test_a_local_that_cannot_hold_an_errno_is_no_result(kind: str) -> None:
    body = f"""
    {kind} ret;

    ret = REMAP;
    if (ret < 0)
            return -EAGAIN;
    return ret;
    """
    assert "remap-result" in refused(body)
