# SPDX-License-Identifier: GPL-2.0-only
"""What a hook did with the result of its remap."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
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
        mmap_action_remap_full(desc, foo_pfn);
        desc->vm_ops = &foo_vm_ops;
        return 0;
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
        "unchecked-remap",
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
        if (ret && foo_strict)
                ret = -EAGAIN;
        return ret;
        """,
        id="errno changed on one path",
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
        if (foo_strict && !REMAP)
                return 0;
        return -EAGAIN;
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
        "failure-after-action",
        """
        if (REMAP)
                return -EAGAIN;
        else
                return foo_check(file);
        """,
        id="with an else that may fail",
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
        "failure-cleanup",
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
        "failure-cleanup",
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
        "failure-after-action",
        """
        int ret;

        ret = REMAP;
        if (ret)
                return ret;
        if (foo_check(file))
                return -EIO;
        return 0;
        """,
        id="another failure behind it",
    ),
    pytest.param(
        "failure-after-action",
        """
        if (REMAP)
                return -EAGAIN;
        if (foo_check(file))
                return -EIO;
        return 0;
        """,
        id="another failure behind it, errno replaced",
    ),
    pytest.param(
        "failure-message",
        """
        if (WARN_ON(REMAP))
                return -EAGAIN;
        return 0;
        """,
        id="warned of",
    ),
    pytest.param(
        "failure-message",
        """
        int ret;

        ret = REMAP;
        if (WARN_ON_ONCE(ret))
                return ret;
        return 0;
        """,
        id="warned of later",
    ),
    pytest.param(
        "unchecked-remap",
        """
        BUG_ON(REMAP);
        return 0;
        """,
        id="a bug",
    ),
    pytest.param(
        "remap-result",
        """
        bool failed;

        failed = REMAP;
        return failed;
        """,
        id="kept in a bool",
    ),
    pytest.param(
        "remap-result",
        """
        u8 ret;

        ret = REMAP;
        if (ret)
                return ret;
        return 0;
        """,
        id="kept in a byte",
    ),
    pytest.param(
        "remap-result",
        """
        unsigned int ret;

        ret = REMAP;
        if (ret < 0)
                return -EAGAIN;
        return 0;
        """,
        id="never below zero",
    ),
    pytest.param(
        "unchecked-remap",
        """
        static int ret;

        ret = REMAP;
        if (ret)
                foo_failed = ret;
        return 0;
        """,
        id="told to others",
    ),
    pytest.param(
        "remap-result",
        """
        int ret = -EINVAL;

        if (!REMAP && foo_pfn)
                ret = 0;
        return ret;
        """,
        id="success only with another condition",
    ),
    pytest.param("remap-result", "return foo_pfn ? REMAP : -EINVAL;", id="in an arm of a choice"),
    pytest.param(
        "remap-result",
        """
        int ret = REMAP, more = foo_check(file);

        return ret ?: more;
        """,
        id="declared with another",
    ),
    pytest.param(
        "remap-result",
        """
        int ret = REMAP;
        int more = foo_check(file);

        if (ret)
                return ret;
        return more;
        """,
        id="declared before another",
    ),
    pytest.param(
        "failure-message",
        r"""
        int ret;

        ret = REMAP;
        if (ret)
                goto err;
        return 0;
        err:
        dev_err(foo_dev, "no mapping\n");
        return ret;
        """,
        id="message at a label",
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


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        pytest.param('FOO_ERROR("no mapping: %d\\n", ret)', {"failure-message"}, id="printed"),
        pytest.param("FOO_ERROR(ret)", {"remap-result", "unproven-effect"}, id="that may be written"),
    ],
)
def test_a_result_that_is_only_printed_keeps_its_value(told: str, codes: set[str]) -> None:
    assert refused(f"int ret = REMAP;\n\nif (ret < 0)\n        {told};\nreturn ret;") == codes


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


SETTLED = [
    pytest.param("int ret = REMAP;\n\nreturn ret;", "ACTION\n\nreturn 0;", id="declared"),
    pytest.param(
        "int ret = REMAP;\n\nif (ret)\n        return -EAGAIN;\nreturn 0;",
        "ACTION\nOVERRIDE\n\nreturn 0;",
        id="declared, another errno",
    ),
    pytest.param(
        "struct foo *foo = file->private_data;\nint ret = REMAP;\n\nif (ret)\n        return ret;\n"
        "vma->vm_private_data = foo;\nreturn 0;",
        "struct file *file = desc->file;\nstruct foo *foo = file->private_data;\n\nACTION\n\n"
        "desc->private_data = foo;\nreturn 0;",
        id="declared after another",
    ),
    pytest.param(
        "int ret;\n\nif ((ret = REMAP))\n        return ret;\nreturn 0;",
        "ACTION\nreturn 0;",
        id="assigned in the test",
    ),
    pytest.param(
        "int ret;\n\nif ((ret = REMAP) < 0)\n        return -EAGAIN;\nreturn ret;",
        "ACTION\nOVERRIDE\nreturn 0;",
        id="assigned in the test, negative",
    ),
    pytest.param(
        "int ret = -EAGAIN;\n\nif (REMAP)\n        goto out;\nret = 0;\nout:\nreturn ret;",
        "ACTION\nOVERRIDE\nreturn 0;",
        id="errno set before",
    ),
    pytest.param(
        "int ret = -EINVAL;\n\nif (!foo_pfn)\n        goto out;\nret = -EAGAIN;\nif (REMAP)\n"
        "        goto out;\nret = 0;\nout:\nreturn ret;",
        "int ret = -EINVAL;\n\nif (!foo_pfn)\n        goto out;\nACTION\nOVERRIDE\nret = 0;\nout:\n"
        "return ret;",
        id="a ladder of errnos",
    ),
    pytest.param(
        "int ret = -EAGAIN;\n\nif (!REMAP)\n        ret = 0;\nreturn ret;",
        "ACTION\nOVERRIDE\nreturn 0;",
        id="success asked for",
    ),
    pytest.param(
        "if (REMAP == 0)\n        return 0;\nreturn -EAGAIN;",
        "ACTION\nOVERRIDE\nreturn 0;",
        id="success returns",
    ),
    pytest.param(
        "if (REMAP)\n        return -EAGAIN;\nelse\n        return 0;",
        "ACTION\nOVERRIDE\nreturn 0;",
        id="both arms return",
    ),
    pytest.param(
        "int ret;\n\nret = REMAP;\nif (!ret) {\n        vma->vm_ops = &foo_vm_ops;\n"
        "        vma->vm_private_data = NULL;\n}\nreturn ret;",
        "ACTION\ndesc->vm_ops = &foo_vm_ops;\ndesc->private_data = NULL;\nreturn 0;",
        id="an arm of success",
    ),
    pytest.param(
        "int ret;\n\nif (foo_pfn)\n        ret = REMAP;\nelse\n        ret = IO_REMAP;\nif (ret)\n"
        "        return ret;\nreturn 0;",
        "if (foo_pfn)\n        ACTION\nelse\n        mmap_action_ioremap_full(desc, foo_pfn);\nreturn 0;",
        id="one check of two",
    ),
    pytest.param(
        "int ret;\n\nswitch (vma->vm_pgoff) {\ncase 0:\n        ret = REMAP;\n        break;\n"
        "default:\n        ret = -EINVAL;\n}\nif (ret)\n        return ret;\nreturn 0;",
        "int ret;\n\nswitch (desc->pgoff) {\ncase 0:\n        ACTION\n        ret = 0;\n"
        "        break;\ndefault:\n        ret = -EINVAL;\n}\nif (ret)\n        return ret;\n"
        "return 0;",
        id="a case whose check others need",
    ),
    pytest.param("return REMAP == 0 ? 0 : -EAGAIN;", "ACTION\nOVERRIDE\nreturn 0;", id="chosen by success"),
    pytest.param(
        "int ret;\n\nret = REMAP;\nif (ret)\n        ret = -EAGAIN;\nreturn ret;",
        "ACTION\nOVERRIDE\nreturn 0;",
        id="replaced in the local",
    ),
    pytest.param(
        "int err = -EAGAIN;\n\nif (REMAP)\n        return err;\nreturn 0;",
        "ACTION\nOVERRIDE\nreturn 0;",
        id="errno in a local",
    ),
    pytest.param(
        "int ret;\n\nret = REMAP;\nif (ret)\n        goto err;\nreturn 0;\n\nerr:\nreturn ret;",
        "ACTION\nreturn 0;",
        id="a label of failure alone",
    ),
    pytest.param(
        "do {\n        if (REMAP)\n                return -EAGAIN;\n} while (0);\nreturn 0;",
        "do {\n        ACTION\n        OVERRIDE\n} while (0);\nreturn 0;",
        id="in a loop that is none",
    ),
]


@pytest.mark.parametrize(("before", "after"), SETTLED)
def test_what_only_the_result_decided_goes_with_it(before: str, after: str) -> None:
    wanted = c(after).replace("ACTION", "mmap_action_remap_full(desc, foo_pfn);")
    assert complete(before) == wanted.replace("OVERRIDE", "desc->action.error_override = -EAGAIN;")


def test_what_both_arms_release_is_no_clean_up() -> None:
    body = """
        int ret;

        mutex_lock(&foo_lock);
        ret = REMAP;
        if (ret)
                goto err;
        mutex_unlock(&foo_lock);
        return 0;

        err:
        mutex_unlock(&foo_lock);
        return ret;
        """
    assert refused(body) == {"lock-spans-action"}


def test_code_that_was_never_reached_stays() -> None:
    body = "int ret;\n\nret = 0;\nret = REMAP;\nif (ret)\n        return ret;\nreturn 0;\nreturn -EIO;"
    assert complete(body).endswith("return 0;\nreturn -EIO;")


def test_a_declared_result_that_is_read_again_is_declared_as_success() -> None:
    result = convert(driver('int ret = REMAP;\n\npr_debug("mapped %d\\n", ret);\nreturn ret;'))
    assert result.codes == {"message-after-action"}
    assert result.body() == c("""
        int ret = 0;

        mmap_action_remap_full(desc, foo_pfn);

        pr_debug("mapped %d\\n", ret);
        return 0;
    """)


def test_what_the_remap_itself_reads_is_still_set() -> None:
    body = """
        unsigned long pfn = 0;

        if (foo_pfn)
                pfn = foo_pfn;
        pfn = foo_base(pfn) + vma->vm_pgoff;
        pfn += 1;
        pfn = pfn << 1;
        if (remap_pfn_range(vma, vma->vm_start, pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot))
                return -EAGAIN;
        return 0;
        """
    assert complete(body) == c("""
        unsigned long pfn = 0;

        if (foo_pfn)
                pfn = foo_pfn;
        pfn = foo_base(pfn) + desc->pgoff;
        pfn += 1;
        pfn = pfn << 1;
        mmap_action_remap_full(desc, pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
    """)


def test_a_value_that_a_macro_reads_stays_set() -> None:
    body = """
        int ret;

        ret = REMAP;
        if (ret)
                return ret;
        FOO_TELL();
        return 0;
        """
    result = convert(driver(body, r'#define FOO_TELL() pr_debug("%d\n", ret)'))
    assert result.codes == {"message-after-action"}
    assert "ret = 0;" in result.body()


FOO = "struct foo {\n        int n;\n};\n\nstatic struct foo *foo;"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "int ret;\n\nif (!foo->n)\n        goto err;\nret = REMAP;\nif (ret) {\nerr:\n"
            "        return -EINVAL;\n}\nreturn 0;",
            id="a label in the arm that goes",
        ),
        pytest.param(
            "int ret;\n\nif (!foo->n)\n        goto err;\nret = REMAP;\nif (!ret) {\n"
            "        return 0;\n} else {\n"
            "err:\n        return -EINVAL;\n}",
            id="a label in the else that goes",
        ),
        pytest.param(
            "struct foo *o = foo;\nint ret;\n\nif (!o->n)\n        return -EINVAL;\nret = REMAP;\n"
            "if (ret) {\n"
            "        return ret;\n} else {\n        struct foo *o = file->private_data;\n\n"
            "        vma->vm_private_data = o;\n}\nreturn 0;",
            id="an arm with variables of its own",
        ),
        pytest.param(
            "int ret;\n\nret = REMAP;\nif (!ret) {\n        guard(mutex)(&foo_lock);\n"
            "        vma->vm_ops = &foo_vm_ops;\n}\nreturn ret;",
            id="an arm whose end unlocks",
        ),
        pytest.param(
            "if (!REMAP) {\n        struct foo *o = foo;\n\n        vma->vm_private_data = o;\n"
            "        return 0;\n}\n"
            "return -EAGAIN;",
            id="the remap's own arm with variables",
        ),
    ],
)
def test_an_arm_that_cannot_stand_alone(body: str) -> None:
    assert "remap-result" in refused(body, FOO)


def test_a_label_in_an_arm_that_stays() -> None:
    body = "int ret = 0;\n\nif (!file->f_mode)\n        goto out;\nret = REMAP;\nif (!ret) {\nout:\n"
    new = complete(f"{body}        vma->vm_ops = &foo_vm_ops;\n}}\nreturn ret;", FOO)
    assert "goto out;" in new
    assert "out:" in new


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        pytest.param("WARN_ON(ret);\nreturn ret;", "failure-message", id="WARN_ON"),
        pytest.param(
            "if (WARN_ON_ONCE(ret))\n        return ret;\nreturn 0;", "failure-message", id="tested"
        ),
        pytest.param("BUG_ON(ret);\nreturn ret;", "unchecked-remap", id="BUG_ON"),
    ],
)
def test_a_warning_about_a_kept_result(ask: str, code: str) -> None:
    assert refused(f"int ret;\n\nret = REMAP;\n{ask}") == {code}


def test_a_warning_about_something_else() -> None:
    new = complete(
        "int ret;\n\nret = REMAP;\nif (ret)\n        return ret;\nWARN_ON(!foo->n);\nreturn 0;", FOO
    )
    assert "WARN_ON(!foo->n);" in new


def test_a_result_handed_on_from_local_to_local() -> None:
    body = "int ret;\nbool bad;\n\nret = REMAP;\nbad = ret;\nif (bad)\n        return -EAGAIN;\nreturn 0;"
    assert complete(body).split("\n") == [
        "mmap_action_remap_full(desc, foo_pfn);",
        "desc->action.error_override = -EAGAIN;",
        "return 0;",
    ]


@pytest.mark.parametrize(
    "argument",
    [
        pytest.param("vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot)", id="the mapping's own prot"),
        pytest.param("foo_prot[n++]", id="counted"),
    ],
)
def test_an_argument_that_changes_something(argument: str) -> None:
    remap = f"remap_pfn_range(vma, vma->vm_start, foo_pfn, vma->vm_end - vma->vm_start, {argument})"
    assert "remap-argument" in refused(f"int n = 0;\n\nreturn {remap};")


def test_an_else_stays_with_its_if() -> None:
    inner = "        if (!ret) {\n                if (foo->n > 1)\n"
    inner += "                        vma->vm_ops = &foo_vm_ops;\n"
    body = (
        f"int ret;\n\nret = REMAP;\nif (foo->n)\n{inner}        }} else\n                return ret;\nelse\n"
    )
    assert complete(f"{body}        vma->vm_private_data = foo;\nreturn ret;", FOO) == c(
        """
        mmap_action_remap_full(desc, foo_pfn);
        if (foo->n) {
                if (foo->n > 1)
                        desc->vm_ops = &foo_vm_ops;
        } else
                desc->private_data = foo;
        return 0;
        """
    )


@pytest.mark.parametrize(
    "macro",
    [
        pytest.param("#define CHECK(x) do { if (x) return -EINVAL; } while (0)", id="return"),
        pytest.param(
            "#define BAD return -EINVAL\n#define CHECK(x) do { if (x) BAD; } while (0)", id="nested"
        ),
        pytest.param("#define CHECK(x) if (x) goto out", id="goto"),
    ],
)
def test_a_macro_that_leaves_the_hook(macro: str) -> None:
    body = (
        "int ret;\n\nret = REMAP;\nif (ret)\n        goto out;\nCHECK(foo->n);\nreturn 0;\nout:\nreturn -EIO;"
    )
    assert "hidden-jump" in refused(body, f"{FOO}\n{macro}")


def test_a_macro_that_stays_in_its_own_loop() -> None:
    macro = "#define CHECK(x) do { if (x) break; cpu_relax(); } while (0)"
    assert "hidden-jump" not in refused("CHECK(foo->n);\nreturn REMAP;", f"{FOO}\n{macro}")


def test_an_errno_of_the_drivers_own() -> None:
    body = "if (REMAP)\n        return -EFOO;\nreturn 0;"
    assert refused(body, "#define EFOO 0") == {"remap-result"}


def test_a_local_that_only_a_type_names() -> None:
    body = "unsigned long size = vma->vm_end - vma->vm_start;\n__typeof__(size) most = 3;\n\nif (most < 2)\n"
    remap = "remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot)"
    new = complete(f"{body}        return -EINVAL;\nreturn {remap};", FOO)
    assert "unsigned long size = vma_desc_size(desc);" in new


@pytest.mark.parametrize(
    ("value", "tier"),
    [
        pytest.param("-ENOBUFS", Tier.COMPLETE, id="an errno"),
        pytest.param("1", Tier.SKELETON, id="a number"),
        pytest.param("true", Tier.SKELETON, id="a truth"),
        pytest.param("-EFOO", Tier.SKELETON, id="a name that is no errno of the kernel's"),
    ],
)
def test_an_override_is_what_the_kernel_takes_for_an_error(value: str, tier: Tier) -> None:
    body = f"if (REMAP)\n        return {value};\nreturn 0;"
    assert convert(driver(body, "enum { EFOO = 7000 };")).tier is tier


def test_a_remap_that_never_ran_becomes_an_action_that_never_runs() -> None:
    body = """
    if (0 /* foo_is_ram */)
            return vm_iomap_memory(vma, foo_base, foo_size);
    return -ENODEV;
    """
    after = """
    if (0 /* foo_is_ram */) {
            mmap_action_simple_ioremap(desc, foo_base, foo_size);
            return 0;
    }
    return -ENODEV;
    """
    assert complete(body) == c(after)


SIDES = [
    pytest.param(
        """
        if (vma->vm_pgoff ||
            REMAP)
                return -EAGAIN;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        """
        if (desc->pgoff)
                return -EAGAIN;
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        desc->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="or",
    ),
    pytest.param(
        """
        int ret = -EINVAL;

        if (foo_dead || vma->vm_pgoff || (ret = REMAP))
                goto out;
        vma->vm_ops = &foo_vm_ops;
        ret = 0;
        out:
        return ret;
        """,
        """
        int ret = -EINVAL;

        if (foo_dead || desc->pgoff)
                goto out;
        mmap_action_remap_full(desc, foo_pfn);
        desc->vm_ops = &foo_vm_ops;
        ret = 0;
        out:
        return ret;
        """,
        id="or with a kept result",
    ),
    pytest.param(
        """
        if (FOO_HAS_MEMORY && REMAP)
                return -EAGAIN;
        return 0;
        """,
        """
        if (FOO_HAS_MEMORY) {
                mmap_action_remap_full(desc, foo_pfn);
                desc->action.error_override = -EAGAIN;
        }
        return 0;
        """,
        id="and",
    ),
    pytest.param(
        """
        if (FOO_HAS_MEMORY && vm_iomap_memory(vma, foo_base, foo_size) < 0)
                return -ENXIO;
        return FOO_HAS_MEMORY ? 0 : -ENXIO;
        """,
        None,
        id="and with checks that move",
    ),
]


@pytest.mark.parametrize(("before", "after"), SIDES)
def test_a_remap_on_a_side_of_a_condition(before: str, after: str | None) -> None:
    if after is None:
        assert refused(before) == {"override-gap", "failure-after-action"}
    else:
        assert complete(before) == c(after)


SIDES_REFUSED = [
    pytest.param(
        "if (foo_dead || REMAP)\n\treturn -EIO;\nelse\n\tfoo_pfn_of(vma->vm_pgoff);\nreturn 0;", id="else"
    ),
    pytest.param("if (foo_dead || !REMAP)\n\treturn 0;\nreturn -EIO;", id="success as the last side"),
    pytest.param("if (REMAP || foo_dead)\n\treturn -EIO;\nreturn 0;", id="the first side"),
    pytest.param("if (foo_dead || REMAP)\n\tfoo_warn();\nreturn 0;", id="an arm that goes on"),
    pytest.param("if (foo_dead || (foo_mem && REMAP))\n\treturn -EIO;\nreturn 0;", id="a side of a side"),
    pytest.param("if (REMAP || REMAP)\n\treturn -EIO;\nreturn 0;", id="both sides"),
    pytest.param(
        "if ((foo_mem) && REMAP != 0)\n\treturn -EIO;\nreturn 0;", id="beside what looks like a cast"
    ),
    pytest.param("while (foo_mem && REMAP)\n\tfoo_next();\nreturn 0;", id="a loop"),
    pytest.param("return foo_dead || REMAP;", id="no condition"),
    pytest.param("return foo_dead ? -EIO : REMAP;", id="an arm of an expression"),
]


@pytest.mark.parametrize("body", SIDES_REFUSED)
def test_a_remap_on_another_side_is_a_reason(body: str) -> None:
    assert refused(body) & {"remap-result", "remap-loop"}


def test_no_blank_is_left_where_a_declaration_was() -> None:
    body = "struct foo *foo = file->private_data;\nint ret = REMAP;\n\nif (ret)\n        return ret;\n"
    new = convert(driver(f"{body}vma->vm_private_data = foo;\nreturn 0;")).new
    assert new is not None
    assert "private_data;\n\n\tmmap_action_remap_full(desc, foo_pfn);\n" in new


def test_a_jump_that_was_never_reached_keeps_its_label() -> None:
    body = """
    int ret = -EPERM;

    switch (vma->vm_pgoff) {
    case 1:
            ret = REMAP;
            if (ret)
                    goto out;
    default:
            return ret;
    }
    if (foo_late)
            goto out;
    ret = 0;
    out:
    return ret;
    """
    assert "goto out;" in complete(body)
    assert "out:\n" in complete(body)
