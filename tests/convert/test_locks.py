# SPDX-License-Identifier: GPL-2.0-only
"""Locks: an action maps after all of them are released."""

from __future__ import annotations

import pytest

from tests.convert.support import complete, refused

HELD = [
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        mutex_lock(&foo_lock);
        ret = REMAP;
        mutex_unlock(&foo_lock);
        return ret;
        """,
        id="mutex",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        if (mutex_lock_interruptible(&foo_lock))
                return -EINTR;
        ret = REMAP;
        mutex_unlock(&foo_lock);
        return ret;
        """,
        id="that may fail",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        if (!mutex_trylock(&foo_lock))
                return -EBUSY;
        ret = REMAP;
        mutex_unlock(&foo_lock);
        return ret;
        """,
        id="tried",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        spin_lock(&foo_lock);
        ret = REMAP;
        spin_unlock(&foo_lock);
        return ret;
        """,
        id="spinlock",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        down_read(&foo_sem);
        ret = REMAP;
        up_read(&foo_sem);
        return ret;
        """,
        id="semaphore",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        rcu_read_lock();
        ret = REMAP;
        rcu_read_unlock();
        return ret;
        """,
        id="RCU",
    ),
    pytest.param(
        "lock-spans-action",
        """
        guard(mutex)(&foo_lock);
        return REMAP;
        """,
        id="guard",
    ),
    pytest.param(
        "lock-spans-action",
        """
        if (!vma->vm_pgoff) {
                guard(mutex)(&foo_lock);
                return REMAP;
        }
        return -EINVAL;
        """,
        id="guard of the block",
    ),
    pytest.param(
        "lock-spans-action",
        """
        scoped_guard(mutex, &foo_lock) {
                return REMAP;
        }
        return -EINVAL;
        """,
        id="scoped guard",
    ),
    pytest.param(
        "lock-spans-action",
        """
        scoped_guard(mutex, &foo_lock)
                return REMAP;
        return -EINVAL;
        """,
        id="scoped guard without braces",
    ),
    pytest.param(
        "lock-spans-action",
        """
        scoped_cond_guard(mutex_intr, return -EINTR, &foo_lock) {
                return REMAP;
        }
        return -EINVAL;
        """,
        id="scoped guard that may fail",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        mutex_lock(&foo_lock);
        spin_lock(&foo_spin);
        spin_unlock(&foo_spin);
        ret = REMAP;
        mutex_unlock(&foo_lock);
        return ret;
        """,
        id="the outer of two",
    ),
    pytest.param(
        "result-after-action",
        """
        int ret;

        foo_lock(file);
        ret = REMAP;
        foo_unlock(file);
        return ret;
        """,
        id="one that the driver wrote",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        mutex_lock(&foo_lock);
        ret = -EINVAL;
        if (vma->vm_pgoff)
                goto out;
        ret = REMAP;
        out:
        mutex_unlock(&foo_lock);
        return ret;
        """,
        id="unlocked at a label",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        if (down_read_interruptible(&foo_sem))
                return -EINTR;
        ret = REMAP;
        up_read(&foo_sem);
        return ret;
        """,
        id="semaphore that may fail",
    ),
    pytest.param(
        "lock-spans-action",
        """
        int ret;

        if (foo_busy(file))
                return -EBUSY;
        ret = REMAP;
        up(&foo_sem);
        return ret;
        """,
        id="taken by what does not say so",
    ),
]


@pytest.mark.parametrize(("code", "body"), HELD)
def test_a_lock_over_the_remap_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


RELEASED = [
    pytest.param(
        """
        if (down_timeout(&foo_sem, HZ))
                return -ETIME;
        up(&foo_sem);
        return REMAP;
        """,
        id="semaphore that may fail",
    ),
    pytest.param(
        """
        unsigned long pfn;

        mutex_lock(&foo_lock);
        pfn = foo_pfn;
        mutex_unlock(&foo_lock);
        vma->vm_pgoff = pfn;
        return REMAP;
        """,
        id="value read under it",
    ),
    pytest.param(
        """
        mutex_lock(&foo_lock);
        if (foo_gone) {
                mutex_unlock(&foo_lock);
                return -ENODEV;
        }
        mutex_unlock(&foo_lock);
        return REMAP;
        """,
        id="released on error too",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff) {
                guard(mutex)(&foo_lock);
                if (foo_gone)
                        return -ENODEV;
        }
        return REMAP;
        """,
        id="guard of a block",
    ),
    pytest.param(
        """
        scoped_guard(mutex, &foo_lock) {
                if (foo_gone)
                        return -ENODEV;
        }
        return REMAP;
        """,
        id="scoped guard",
    ),
    pytest.param(
        """
        guard(mutex)(&foo_lock);
        vma->vm_ops = &foo_vm_ops;
        vm_flags_set(vma, VM_IO);
        return 0;
        """,
        id="over no remap",
    ),
]


@pytest.mark.parametrize("body", RELEASED)
def test_a_lock_that_is_released_before_is_none(body: str) -> None:
    assert complete(body)


NOT_TAKEN = [
    pytest.param("up(&foo_sem);\nvma->vm_ops = &foo_vm_ops;\nreturn 0;", id="a semaphore is given"),
    pytest.param(
        "mutex_lock(&foo_lock);\nvma->vm_pgoff = foo_pfn;\nmutex_unlock(&foo_busy);\nreturn 0;",
        id="another lock",
    ),
    pytest.param(
        "down_read(&foo_sem);\nvma->vm_pgoff = foo_pfn;\nup_write(&foo_sem);\nreturn 0;", id="taken otherwise"
    ),
    pytest.param("if (foo_ready(file))\n        return -EBUSY;\nreturn 0;", id="in a body"),
]

READY = """
static bool foo_ready(struct file *file)
{
        up(&foo_sem);
        return true;
}
"""


@pytest.mark.parametrize("body", NOT_TAKEN)
def test_what_is_released_and_was_not_taken_is_state(body: str) -> None:
    assert not refused(body, READY).isdisjoint({"stateful", "unproven-effect"})


TAKEN = [
    pytest.param(
        "mutex_lock(&foo->lock);\nspin_lock(&foo->s);\nspin_unlock( &foo->s );\nmutex_unlock(&foo->lock);",
        id="nested",
    ),
    pytest.param(
        "mutex_lock(&foo->lock);\nspin_lock(&foo->spin);\nmutex_unlock(&foo->lock);\nspin_unlock(&foo->spin);",
        id="crossed",
    ),
    pytest.param(
        "int idx = srcu_read_lock(&foo->srcu);\n\nsrcu_read_unlock(&foo->srcu, idx);",
        id="by what it returned",
    ),
    pytest.param(
        "int idx;\n\nif (!drm_dev_enter(foo->drm, &idx))\n        return -ENODEV;\ndrm_dev_exit(idx);",
        id="by a token",
    ),
]


@pytest.mark.parametrize("body", TAKEN)
def test_what_is_released_as_it_was_taken_is_none(body: str) -> None:
    declared, _, rest = body.rpartition("\n\n")
    declared = f"{declared}\n" if declared else ""
    assert complete(f"struct foo *foo = file->private_data;\n{declared}\n{rest}\nreturn REMAP;")


GUARDS = "DEFINE_GUARD(foo_counted, struct foo *, foo_count++, foo_seen++)\n"


@pytest.mark.parametrize("before", ["{\n        guard(%s)(&foo_lock);\n", "scoped_guard(%s, &foo_lock) {\n"])
def test_a_guard_of_the_files_own_may_do_anything(before: str) -> None:
    body = before + "        vm_flags_set(vma, VM_DONTCOPY);\n}\nreturn REMAP;"
    assert "unproven-effect" in refused(body % "foo_counted", GUARDS)
    assert "mmap_action_remap_full(desc, foo_pfn);" in complete(body % "mutex", GUARDS)
