# SPDX-License-Identifier: GPL-2.0-only
"""What a hook does apart from its VMA: it may run for a mapping that never comes to be."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import c, complete, convert, driver, refused

HELPERS = c(
    """
    static int foo_check_size(struct foo *foo, unsigned long size)
    {
            return size > foo->size ? -EINVAL : 0;
    }

    static int foo_fill_info(struct foo_info *info)
    {
            info->size = foo_size;
            return 0;
    }

    static void foo_fill_both(struct foo_info *info, int *users)
    {
            info->size = foo_size;
            if (users)
                    *users = foo_users;
    }

    static int foo_fill_deep(struct foo_info *info)
    {
            info->foo->users = 1;
            return 0;
    }

    static int foo_check_users(struct foo *foo)
    {
            return foo->users++ > 4 ? -EBUSY : 0;
    }

    static int foo_check_power(struct foo *foo)
    {
            foo_power(foo);
            return 0;
    }

    static bool foo_has_node(struct foo *foo)
    {
            struct device_node *node = of_find_node_by_name(NULL, "foo");
            bool found = node != NULL;

            of_node_put(node);
            return found;
    }

    static bool foo_has_lock(struct foo *foo)
    {
            mutex_lock(&foo->lock);
            return true;
    }

    static bool foo_is_locked(struct foo *foo)
    {
            bool locked;

            mutex_lock(&foo->lock);
            locked = foo->locked;
            mutex_unlock(&foo->lock);
            return locked;
    }

    static bool foo_knows(struct foo *foo)
    {
            return foo_alloc_entry(foo) != NULL;
    }

    #define FOO_ALIGNED(x) (((x) & 7) == 0)
    #define FOO_TAKE() foo_take(foo_dev)
    #define FOO_NEXT (foo_users++)
    #define FOO_SIZE (foo_size + 1)
    #define FOO_COUNT(x) ((x)++)
    #define FOO_TWICE() FOO_TAKE()
    """
)

HARMLESS = [
    pytest.param(
        """
        if (foo_check(file->private_data))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="value of a function",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        if (foo->ops->check(foo))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="value through a pointer",
    ),
    pytest.param(
        r"""
        dev_dbg(foo_dev, "mapped\n");
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="message",
    ),
    pytest.param(
        r"""
        foo_dbg("mapped\n");
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="message of the driver",
    ),
    pytest.param(
        """
        trace_foo_mmap(vma->vm_start);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="trace point",
    ),
    pytest.param(
        """
        if (WARN_ON_ONCE(!foo_pages))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="warning",
    ),
    pytest.param(
        """
        mutex_lock(&foo_lock);
        if (foo_gone) {
                mutex_unlock(&foo_lock);
                return -ENODEV;
        }
        mutex_unlock(&foo_lock);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="lock given back",
    ),
    pytest.param(
        """
        guard(mutex)(&foo_lock);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="guard",
    ),
    pytest.param(
        """
        rcu_read_lock();
        if (!rcu_dereference(foo_ptr)) {
                rcu_read_unlock();
                return -ENODEV;
        }
        rcu_read_unlock();
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="RCU",
    ),
    pytest.param(
        """
        struct foo_info info = { 0 };
        int bits[2];

        info.size = foo_size;
        bits[0] = 1;
        bits[0]++;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="locals",
    ),
    pytest.param(
        """
        struct foo_info info;

        memset(&info, 0, sizeof(info));
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="local filled",
    ),
    pytest.param(
        """
        char name[16];

        strscpy(name, foo_name, sizeof(name));
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="array filled",
    ),
    pytest.param(
        """
        file = foo_real(file);
        if (!file->private_data)
                return -ENODEV;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="parameter changed",
    ),
    pytest.param(
        r"""
        switch (vma->vm_pgoff) {
        case 0:
                foo_debug("first\n");
                fallthrough;
        case 1:
                break;
        default:
                return -EINVAL;
        }
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="fallthrough",
    ),
    pytest.param(
        """
        if (!readl(foo_base))
                return -EIO;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="register read",
    ),
    pytest.param(
        """
        if (atomic_read(&foo_users) > 4)
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="count read",
    ),
]


@pytest.mark.parametrize("body", HARMLESS)
def test_what_leaves_nothing_behind_is_no_reason(body: str) -> None:
    assert complete(body)


STATEFUL = [
    pytest.param(
        "stateful",
        """
        if (!kzalloc(8, GFP_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!kzalloc",
    ),
    pytest.param(
        "stateful",
        """
        if (!kcalloc(4, 8, GFP_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!kcalloc",
    ),
    pytest.param(
        "stateful",
        """
        if (!kvmalloc_array(4, 8, GFP_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!kvmalloc_array",
    ),
    pytest.param(
        "stateful",
        """
        if (!krealloc(foo_memory, 8, GFP_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!krealloc",
    ),
    pytest.param(
        "stateful",
        """
        if (!vzalloc(8))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!vzalloc",
    ),
    pytest.param(
        "stateful",
        """
        if (!vcalloc(4, 8))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!vcalloc",
    ),
    pytest.param(
        "stateful",
        """
        if (!kmemdup(foo_memory, 8, GFP_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!kmemdup",
    ),
    pytest.param(
        "stateful",
        """
        if (!kstrdup(foo_name, GFP_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!kstrdup",
    ),
    pytest.param(
        "stateful",
        """
        if (!kasprintf(GFP_KERNEL, "foo"))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!kasprintf",
    ),
    pytest.param(
        "stateful",
        """
        if (!ioremap(foo_start, 8))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!ioremap",
    ),
    pytest.param(
        "stateful",
        """
        if (!memremap(foo_start, 8, MEMREMAP_WB))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!memremap",
    ),
    pytest.param(
        "stateful",
        """
        if (!vmap(foo_pages, 4, VM_MAP, PAGE_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!vmap",
    ),
    pytest.param(
        "stateful",
        """
        if (!alloc_page(GFP_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!alloc_page",
    ),
    pytest.param(
        "stateful",
        """
        if (!try_module_get(foo_owner))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!try_module_get",
    ),
    pytest.param(
        "stateful",
        """
        if (!kref_get_unless_zero(&foo_ref))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!kref_get_unless_zero",
    ),
    pytest.param(
        "stateful",
        """
        if (!refcount_inc_not_zero(&foo_refs))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!refcount_inc_not_zero",
    ),
    pytest.param(
        "stateful",
        """
        if (atomic_inc_return(&foo_users) > 1)
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="atomic_inc_return",
    ),
    pytest.param(
        "stateful",
        """
        if (atomic_cmpxchg(&foo_busy, 0, 1))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="atomic_cmpxchg",
    ),
    pytest.param(
        "stateful",
        """
        if (test_and_set_bit(0, &foo_state))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="test_and_set_bit",
    ),
    pytest.param(
        "stateful",
        """
        if (pm_runtime_get_sync(foo_dev))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="pm_runtime_get_sync",
    ),
    pytest.param(
        "stateful",
        """
        if (!fget(3))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!fget",
    ),
    pytest.param(
        "stateful",
        """
        if (!igrab(foo_inode))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!igrab",
    ),
    pytest.param(
        "stateful",
        """
        if (!get_device(foo_dev))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="!get_device",
    ),
    pytest.param(
        "stateful",
        """
        if (idr_alloc(&foo_idr, foo, 0, 0, GFP_KERNEL) < 0)
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="idr_alloc",
    ),
    pytest.param(
        "stateful",
        """
        if (xa_insert(&foo_xa, 1, foo, GFP_KERNEL))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="xa_insert",
    ),
    pytest.param(
        "stateful",
        """
        if (request_irq(foo_irq, foo_handler, 0, "foo", foo))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="request_irq",
    ),
    pytest.param(
        "stateful",
        """
        if (clk_prepare_enable(foo_clk))
                return -ENOMEM;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="clk_prepare_enable",
    ),
    pytest.param(
        "stateful",
        """
        list_add(&foo_node, &foo_list);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="list_add",
    ),
    pytest.param(
        "stateful",
        """
        kref_get(&foo_ref);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="kref_get",
    ),
    pytest.param(
        "stateful",
        """
        set_bit(0, &foo_state);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="set_bit",
    ),
]


@pytest.mark.parametrize(
    "name", ["foo_ioctl", "foo_run_command", "foo_restart", "foo_export_area", "foo_assign_window"]
)
def test_a_function_whose_name_says_that_it_does_something_is_a_reason(name: str) -> None:
    body = f"int ret = {name}(file);\n\nif (ret)\n\treturn ret;\nreturn REMAP;"
    assert refused(body) == {"unproven-effect"}


PAGE_TABLES = [
    pytest.param(
        """
        int ret = apply_to_page_range(vma->vm_mm, vma->vm_start, PAGE_SIZE, foo_set, NULL);

        return ret;
        """,
        id="filled",
    ),
    pytest.param(
        """
        spinlock_t *lock;
        pte_t *pte = get_locked_pte(vma->vm_mm, vma->vm_start, &lock);

        if (!pte)
                return -ENOMEM;
        pte_unmap_unlock(pte, lock);
        return 0;
        """,
        id="locked",
    ),
]


@pytest.mark.parametrize("body", PAGE_TABLES)
def test_the_page_tables_of_the_mapping_do_not_exist_yet(body: str) -> None:
    result = convert(driver(body))
    reason = result.conversion.reasons[0]
    assert (result.tier, reason.code) == (Tier.BLOCKED, "no-counterpart")
    assert reason.message.startswith(("`apply_to_page_range()`", "`get_locked_pte()`"))


def test_a_helper_that_fills_page_tables_is_a_reason() -> None:
    helper = """
    static int foo_fill(struct mm_struct *mm, unsigned long addr)
    {
            return apply_to_page_range(mm, addr, PAGE_SIZE, foo_set, NULL);
    }
    """
    assert "stateful" in refused("return foo_fill(vma->vm_mm, vma->vm_start);", helper)


@pytest.mark.parametrize(("code", "body"), STATEFUL)
def test_what_takes_something_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


UNKNOWN = [
    pytest.param(
        "unproven-effect",
        """
        foo_start(foo_dev);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="call for nothing",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        foo->ops->begin(foo);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="call for nothing through a pointer",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_get(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="get",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_lookup(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="lookup",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_find_object(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="find_object",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_trylock(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="trylock",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_tryget(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="tryget",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_acquire(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="acquire",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_open(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="open",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_register(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="register",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_claim(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="claim",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_pin(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="pin",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_alloc_slot(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="alloc_slot",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_prealloc(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="prealloc",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_reserve(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="reserve",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_enable(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="enable",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_wait(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="wait",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_update(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="update",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_set_mode(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="set_mode",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_obtain(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="obtain",
    ),
    pytest.param(
        "unproven-effect",
        """
        (void)foo_check(file);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="value cast away",
    ),
    pytest.param(
        "unproven-effect",
        """
        foo_ready ? foo_mark(file) : foo_skip(file);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="arm of a choice",
    ),
    pytest.param(
        "unproven-effect",
        """
        foo_ready && foo_mark(file);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="after an and",
    ),
    pytest.param("unproven-effect", "return foo_mark(file), 0;", id="in front of a comma"),
    pytest.param(
        "unproven-effect",
        """
        int i;

        for (foo_mark(file), i = 0; i < 4; i++)
                ;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="start of a loop",
    ),
    pytest.param(
        "unproven-effect",
        """
        int i;

        for (i = 0; i < 4; foo_mark(file))
                i++;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="step of a loop",
    ),
    pytest.param(
        "unproven-effect",
        r"""
        dev_dbg(foo_dev, "%d\n", foo_get(file));
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="in an argument",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = foo_get(file);

        if (!foo)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="in a declaration",
    ),
    pytest.param(
        "unproven-effect",
        """
        while (foo_get(file))
                ;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="in a condition",
    ),
    pytest.param(
        "unproven-effect",
        """
        int ready = ({ foo_mark(file); 1; });

        if (!ready)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="statement expression",
    ),
    pytest.param(
        "unproven-effect",
        """
        asm volatile("" : : : "memory");
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="assembly",
    ),
    pytest.param(
        "unproven-effect",
        """
        FOO_BARRIER;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="name alone",
    ),
    pytest.param(
        "irregular-flow",
        """
        with_foo_held(foo_dev) {
                if (foo_gone)
                        return -ENODEV;
        }
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="block macro",
    ),
    pytest.param(
        "unproven-effect",
        """
        foo_send_msg(foo_dev, "start");
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="message that sends",
    ),
    pytest.param(
        "unproven-effect",
        """
        WRITE_ONCE(foo_size, 1);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="compiler barrier of a value",
    ),
    pytest.param(
        "unproven-effect",
        """
        memset(foo_memory, 0, 8);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="memory of others filled",
    ),
]


@pytest.mark.parametrize(("code", "body"), UNKNOWN)
def test_what_may_take_something_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


STORES = [
    pytest.param(
        "store",
        """
        foo_size = 1;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="variable",
    ),
    pytest.param(
        "store",
        """
        foo_users++;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="counted",
    ),
    pytest.param(
        "store",
        """
        if (++foo_users > 4)
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="counted in a condition",
    ),
    pytest.param(
        "store",
        """
        int user = foo_users++;

        if (user > 4)
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="counted in a declaration",
    ),
    pytest.param(
        "store",
        r"""
        dev_dbg(foo_dev, "%d\n", foo_users++);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="counted in an argument",
    ),
    pytest.param(
        "store",
        """
        if (foo_table[foo_users++])
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="counted in an index",
    ),
    pytest.param(
        "store",
        """
        struct foo *foo = file->private_data;

        foo->size = 1;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="member",
    ),
    pytest.param(
        "store",
        """
        file->private_data = NULL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="file",
    ),
    pytest.param(
        "store",
        """
        static int users;

        users++;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="static local",
    ),
    pytest.param(
        "store",
        """
        static bool once;

        if (!once)
                once = true;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="static local in a test",
    ),
    pytest.param(
        "store",
        """
        int *users = &foo_users;

        *users = 1;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="behind a pointer",
    ),
    pytest.param(
        "store",
        """
        int local = 0;
        int *users = &local;

        *users = 1;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="behind a pointer to a local",
    ),
    pytest.param(
        "store",
        """
        struct foo *foos[1] = { foo_first };

        foos[0]->users = 1;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="behind a local array of pointers",
    ),
    pytest.param(
        "store",
        """
        struct foo_info info = foo_default;

        info.users[0] = 1;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="behind a member of a local",
    ),
    pytest.param(
        "store",
        """
        foo_table[0] = 1;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="element",
    ),
    pytest.param(
        "store",
        """
        struct foo *foo = file->private_data;

        foo->prot = vma->vm_page_prot;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="page protection of another",
    ),
]


@pytest.mark.parametrize(("code", "body"), STORES)
def test_a_store_outside_of_the_hook_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


BODIES = [
    pytest.param(
        """
        if (foo_check_size(file->private_data, vma->vm_pgoff))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="only computes",
    ),
    pytest.param(
        """
        struct foo_info info;

        if (foo_fill_info(&info))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="fills a local of the caller",
    ),
    pytest.param(
        """
        struct foo_info info;

        foo_fill_both(&info, NULL);
        if (info.size != foo_size)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="fills a local of the caller and nothing",
    ),
    pytest.param(
        """
        int (*check)(unsigned long offset);

        check = foo_check;
        if (!check)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="keeps a function in a local",
    ),
    pytest.param(
        """
        if (!foo_has_node(file->private_data))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="gives back what it takes",
    ),
    pytest.param(
        """
        if (foo_is_locked(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="gives back its lock",
    ),
    pytest.param(
        """
        if (!FOO_ALIGNED(vma->vm_pgoff))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="macro that only computes",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff > FOO_SIZE)
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="name that only computes",
    ),
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_in_reach_that_does_nothing_else_is_no_reason(body: str) -> None:
    assert complete(body, HELPERS)


JUDGED = [
    pytest.param(
        "unproven-effect",
        """
        struct foo_info info;

        if (foo_fill_deep(&info))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="stores behind a local of the caller",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        foo_fill_both(foo->info, NULL);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="fills what is not the callers, and nothing",
    ),
    pytest.param(
        "unproven-effect",
        """
        struct foo *foo = file->private_data;

        if (foo_fill_info(foo->info))
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="fills what is not the callers",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_check_users(file->private_data))
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="counts",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (foo_check_power(file->private_data))
                return -EIO;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="calls for nothing",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (!foo_has_lock(file->private_data))
                return -EIO;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="keeps its lock",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (!foo_knows(file->private_data))
                return -EIO;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="takes by a name that does not say so",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (FOO_TAKE())
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="macro that calls",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (FOO_TWICE())
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="macro in a macro",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (FOO_COUNT(foo_users) > 4)
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="macro that counts",
    ),
    pytest.param(
        "unproven-effect",
        """
        if (FOO_NEXT > 4)
                return -EBUSY;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="name that counts",
    ),
]


@pytest.mark.parametrize(("code", "body"), JUDGED)
def test_a_body_in_reach_is_judged_by_what_it_does(code: str, body: str) -> None:
    assert code in refused(body, HELPERS)


DEEP = c(
    """
    static int foo_e(struct foo *foo)
    {
            return foo->users++;
    }

    static int foo_d(struct foo *foo)
    {
            return foo_e(foo);
    }

    static int foo_c(struct foo *foo)
    {
            return foo_d(foo);
    }

    static int foo_b(struct foo *foo)
    {
            return foo_c(foo);
    }

    static int foo_a(struct foo *foo)
    {
            return foo_b(foo);
    }

    static int foo_again(struct foo *foo)
    {
            return foo ? foo_again(foo->next) : 0;
    }

    #define FOO_TAKE foo_take()
    #define FOO_NEXT (foo_users++)

    static int foo_by_name(struct foo *foo)
    {
            FOO_TAKE;
            return foo->size;
    }

    static int foo_by_value(struct foo *foo)
    {
            return FOO_NEXT;
    }

    static int foo_in_block(struct foo *foo)
    {
            with_foo_power(foo) {
                    return foo->size;
            }
            return 0;
    }

    static int foo_in_guard(struct foo *foo)
    {
            scoped_guard(mutex, &foo->lock)
                    return foo->size;
            return 0;
    }

    static int foo_elsewhere(struct foo_info *info)
    {
            info = foo_info;
            info->users = 1;
            return 0;
    }
    """
)


@pytest.mark.parametrize("name", ["foo_a", "foo_again", "foo_by_name", "foo_by_value", "foo_in_block"])
def test_a_body_hides_nothing_behind_others_or_macros(name: str) -> None:
    body = f"if ({name}(file->private_data))\n        return -EIO;\nvm_flags_set(vma, VM_IO);\nreturn 0;"
    assert "unproven-effect" in refused(body, DEEP)


def test_a_body_that_guards_a_block_gives_the_lock_back() -> None:
    assert complete(
        "if (foo_in_guard(foo_first))\n        return -EIO;\nvm_flags_set(vma, VM_IO);\nreturn 0;", DEEP
    )


def test_a_parameter_that_is_turned_elsewhere_is_no_local_of_the_caller() -> None:
    body = "struct foo_info info;\n\nif (foo_elsewhere(&info))\n        return -EIO;\nreturn 0;"
    assert "unproven-effect" in refused(body, DEEP)


def test_a_variable_behind_a_block_that_hides_it_is_no_local() -> None:
    body = "if (foo_more) {\n        int foo_users = 0;\n\n        foo_users++;\n}\nfoo_users++;\nreturn 0;"
    assert "store" in refused(body)


@pytest.mark.parametrize(
    "lock",
    ["!mutex_trylock(&foo_lock)", "mutex_lock_interruptible(&foo_lock)", "down_interruptible(&foo_sem)"],
)
def test_a_lock_that_is_kept_is_state(lock: str) -> None:
    assert "stateful" in refused(f"if ({lock})\n        return -EBUSY;\nvm_flags_set(vma, VM_IO);\nreturn 0;")


@pytest.mark.parametrize(
    ("place", "codes"),
    [("&end", set()), ("&foo->end", {"unproven-effect"}), ("foo_end", {"unproven-effect"})],
)
def test_a_checked_sum_is_stored_where_its_last_argument_points(place: str, codes: set[str]) -> None:
    body = f"""
    struct foo *foo = file->private_data;
    unsigned long end;

    if (check_add_overflow(vma->vm_pgoff, foo->first, {place}))
            return -EINVAL;
    return REMAP;
    """
    assert convert(driver(body)).codes == codes


@pytest.mark.parametrize(
    "name",
    [
        "foo_refill", "foo_ensure_backing", "foo_next_slot", "foo_try_switch", "foo_increment", "foo_close",
        "foo_build_table", "foo_dequeue", "foo_reference", "foo_cancel", "foo_initialise", "foo_disconnect",
        "foo_unprepare", "foo_rescan", "foo_deinit",
        "foo_retain", "foo_checkout", "foo_addref", "foo_powerup", "foo_get2", "FooGetBuffer", "fooLock",
        "foo_allow_user", "foo_forbid", "foo_credit", "foo_anchor",
    ],
)  # fmt: skip
def test_a_name_that_says_that_a_call_changes_something(name: str) -> None:
    assert "unproven-effect" in refused(f"if ({name}(file))\n        return -EIO;\nreturn REMAP;")


@pytest.mark.parametrize(
    "name",
    [
        "foo_address", "foo_refs", "foo_getting", "fooSettings", "foo_unused", "foo_mode2", "foo_allowed",
        "foo_bandwidth",
    ],
)  # fmt: skip
def test_a_name_that_only_begins_like_one(name: str) -> None:
    assert complete(f"if ({name}(file))\n        return -EIO;\nreturn REMAP;")


@pytest.mark.parametrize(
    "call",
    [
        "deny_write_access(file)",
        "mapping_deny_writable(file->f_mapping)",
        "mnt_want_write_file(file)",
        "break_layout(file_inode(file), true)",
        "security_vm_enough_memory_mm(current->mm, vma_pages(vma))",
        "__vm_enough_memory(current->mm, 1, 0)",
        "drm_vma_node_allow(foo_node, file)",
        "radix_tree_preload(GFP_KERNEL)",
    ],
)
def test_what_the_kernel_takes_by_an_innocent_name(call: str) -> None:
    assert "stateful" in refused(f"if ({call})\n        return -EBUSY;\nreturn REMAP;")


@pytest.mark.parametrize(
    ("macro", "given", "codes"),
    [
        pytest.param("foo_all(f, op) op(f)", "foo, foo_take", {"unproven-effect"}, id="called"),
        pytest.param("foo_all(f, least) ((f)->size > (least))", "foo, 2", set(), id="compared"),
    ],
)
def test_a_macro_that_calls_its_parameter(macro: str, given: str, codes: set[str]) -> None:
    body = (
        f"struct foo *foo = file->private_data;\n\nif (foo_all({given}))\n        return -EIO;\nreturn REMAP;"
    )
    assert convert(driver(body, f"#define {macro}")).codes == codes


@pytest.mark.parametrize(
    ("before", "test", "codes"),
    [
        pytest.param("#define foo_look kref_get", "foo_look(&foo->ref)", {"stateful"}, id="taking function"),
        pytest.param("#define foo_look foo_count(3)", "foo_look(foo)", {"unproven-effect"}, id="what is got"),
        pytest.param(
            "#define foo_look foo_more\nstatic int foo_more(struct foo *foo)\n{\n        return foo->n++;\n}",
            "foo_look(foo)",
            {"unproven-effect"},
            id="function that counts",
        ),
        pytest.param(
            "#define foo_look foo_n\nstatic int foo_n(struct foo *foo)\n{\n        return foo->n;\n}",
            "foo_look(foo)",
            set(),
            id="function that looks",
        ),
        pytest.param("#define foo_look atomic_read", "foo_look(&foo->n)", set(), id="looking function"),
    ],
)
def test_another_name_of_a_function_is_what_it_names(before: str, test: str, codes: set[str]) -> None:
    body = f"struct foo *foo = file->private_data;\n\nif ({test})\n        return -EIO;\nreturn REMAP;"
    assert convert(driver(body, before)).codes == codes


def test_a_name_in_a_macro_may_be_one_that_does_something() -> None:
    body = "if (FOO_NEXT > 5)\n        return -EBUSY;\nreturn REMAP;"
    assert refused(body, "#define FOO_ONE foo_count++\n#define FOO_NEXT (FOO_ONE)") == {"unproven-effect"}
    assert complete(body, "#define FOO_ONE foo_count\n#define FOO_NEXT (FOO_ONE)")


@pytest.mark.parametrize("name", ["list_empty", "test_bit"])
def test_what_the_driver_defines_is_not_what_the_kernel_has_by_that_name(name: str) -> None:
    body = f"if ({name}(file))\n        return -EBUSY;\nreturn REMAP;"
    assert complete(body)
    assert refused(body, f"#define {name}(x) (foo_count++)") == {"unproven-effect"}
    function = f"static int {name}(struct file *file)\n{{\n        return foo_count++;\n}}"
    assert refused(body, function) == {"unproven-effect"}
    assert complete(body, function.replace("++", ""))


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("remap_pfn_range", "#define remap_pfn_range foo_remap"),
        ("vma_pages", "static unsigned long vma_pages(struct vm_area_struct *area)\n{\n        return 2;\n}"),
        ("VM_WRITE", "#define VM_WRITE VM_EXEC"),
        ("PAGE_SIZE", "#define PAGE_SIZE 8192"),
    ],
)
def test_a_name_of_the_kernel_that_the_driver_defines_is_a_reason(name: str, before: str) -> None:
    body = """
    if (vma->vm_flags & VM_WRITE || vma_pages(vma) * PAGE_SIZE > foo_size)
            return -EINVAL;
    return REMAP;
    """
    assert "redefined" not in convert(driver(body)).codes
    result = convert(driver(body, before))
    assert [one.message for one in result.conversion.reasons if one.code == "redefined"] == [
        f"the driver defines `{name}` itself, which need not be the kernel's"
    ]


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("bool", "#define bool unsigned char"),
        ("long", "#define long char"),
        ("return", "#define return (void)"),
        ("if", "#define if(x) while (x)"),
        ("if", "#define if(x) if (foo_probe(), (x))"),
    ],
)
def test_a_word_of_c_that_the_driver_defines_is_a_reason(name: str, before: str) -> None:
    body = """
    bool writing = vma->vm_flags & VM_SHARED;
    unsigned long size = vma->vm_end - vma->vm_start;

    if (!writing || size > foo_size)
            return -EINVAL;
    return REMAP;
    """
    assert "redefined" not in convert(driver(body)).codes
    assert "redefined" not in convert(driver(body, f"#define {name} {name}\n#define while for (;;)")).codes
    result = convert(driver(body, before))
    assert [one.message for one in result.conversion.reasons if one.code == "redefined"] == [
        f"the driver defines `{name}` itself, which need not be C's"
    ]


def test_a_name_of_the_kernel_that_the_hook_declares_is_a_reason() -> None:
    body = "int (*{0})(struct file *) = foo_check;\n\nif ({0}(file))\n        return -EINVAL;\nreturn REMAP;"
    assert "redefined" in refused(body.format("vma_pages"))
    assert "redefined" not in refused(body.format("vma_bytes"))


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        pytest.param("&foo->address", {"unproven-effect"}, id="member of an object"),
        pytest.param("&foo_address", {"unproven-effect"}, id="variable"),
        pytest.param("&foo->areas[2].address", {"unproven-effect"}, id="member of an element"),
        pytest.param("&address", set(), id="local"),
        pytest.param("foo->address", set(), id="value"),
    ],
)
@pytest.mark.parametrize("call", ["foo_translate", "foo->ops->translate"])
def test_what_is_lent_to_a_strange_function_may_be_written(call: str, given: str, codes: set[str]) -> None:
    body = f"""
    struct foo *foo = file->private_data;
    unsigned long address;

    if ({call}(foo, {given}))
            return -EINVAL;
    return REMAP;
    """
    if given != "&address":
        body = body.replace("unsigned long address;\n", "")
    assert convert(driver(body)).codes == codes


def test_a_question_of_yes_or_no_writes_nothing_where_it_looks() -> None:
    assert complete("if (!foo_node_is_allowed(&foo_node, file))\n        return -EACCES;\nreturn REMAP;")


COUNTER = "static int foo_count_up({})\n{{\n        {}\n        return 0;\n}}"


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        pytest.param("&foo_total", {"unproven-effect"}, id="a variable of the file"),
        pytest.param("&total", set(), id="a local"),
    ],
)
def test_what_a_body_writes_is_the_callers_only_where_that_is_a_local(given: str, codes: set[str]) -> None:
    helper = COUNTER.format("int *total", "*total += 1;").replace("foo_count_up", "foo_total_of")
    local = "int total = 0;\n\n" if given == "&total" else ""
    body = f"{local}if (foo_total_of({given}))\n        return -EIO;\nreturn REMAP;"
    assert convert(driver(body, f"static int foo_total;\n{helper}")).codes == codes


@pytest.mark.parametrize("call", ["fn(file)", "(*fn)(file)", "foo_each(file, foo_check)", "foo_all[0](file)"])
def test_a_pointer_to_some_function_is_no_name_of_one(call: str) -> None:
    before = """
    static int foo_check(struct file *file)
    {
            return foo_count++;
    }

    static int foo_each(struct file *file, int (*each)(struct file *))
    {
            return each(file);
    }

    static int (*foo_all[])(struct file *) = { foo_check };
    """
    local = "int (*fn)(struct file *) = foo_check;\n\n" if "fn" in call else ""
    body = f"{local}if ({call})\n        return -EIO;\nreturn REMAP;"
    assert convert(driver(body, before)).codes == {"unproven-effect"}


@pytest.mark.parametrize(
    ("value", "codes"), [("foo_count++", {"unproven-effect"}), ("foo_count", set())], ids=["counts", "looks"]
)
@pytest.mark.parametrize("callee", ["foo_ops.busy", "foo->ops->busy"])
@pytest.mark.parametrize(
    "table",
    [
        pytest.param("static const struct foo_ops foo_ops = {\n.busy = foo_is_busy,\n};", id="by its name"),
        pytest.param(
            "static const struct {\nint (*busy)(struct foo *);\n} foo_ops = { foo_is_busy };",
            id="by its place",
        ),
    ],
)
def test_what_the_file_puts_into_a_member_is_what_a_call_of_it_may_run(
    table: str, callee: str, value: str, codes: set[str]
) -> None:
    before = f"""
    static int foo_is_busy(struct foo *foo)
    {{
            return {value};
    }}

    {table}
    """
    body = f"""
    struct foo *foo = file->private_data;

    if ({callee}(foo))
            return -EBUSY;
    return REMAP;
    """
    assert convert(driver(body, before)).codes == codes


KEEPING = """
static int foo_ready(struct foo *foo)
{{
        mutex_lock(&foo->lock);
        if (foo->gone) {{
                mutex_unlock(&foo->lock);
                return 0;
        }}
        {rest}
        return 1;
}}
"""


@pytest.mark.parametrize(
    ("rest", "codes"),
    [
        pytest.param("foo_look(foo->state);", {"unproven-effect"}, id="kept where it works"),
        pytest.param("mutex_unlock(&foo->lock);", set(), id="given back on each way"),
    ],
)
def test_a_body_that_unlocks_on_one_way_keeps_its_lock_on_the_other(rest: str, codes: set[str]) -> None:
    before = KEEPING.format(rest=rest).replace("foo_look(foo->state);", "")
    body = """
    struct foo *foo = file->private_data;

    if (!foo_ready(foo))
            return -ENODEV;
    return REMAP;
    """
    assert convert(driver(body, before)).codes == codes


@pytest.mark.parametrize(
    ("call", "codes"),
    [
        pytest.param('dev_warn_ratelimited(foo_dev, "no room\\n");', set(), id="a message"),
        pytest.param(
            'foo_err_ratelimited(foo_dev, "no room\\n");', set(), id="a driver's own, not too often"
        ),
        pytest.param('foo_err_once(foo_dev, "no room\\n");', set(), id="a driver's own, once"),
        pytest.param('foo_do_once(foo_dev, "room");', {"unproven-effect"}, id="what is done once"),
        pytest.param("foo_err_once(foo_dev);", {"unproven-effect"}, id="once, and no message"),
        pytest.param('drm_dbg_kms(foo_drm, "mapped\\n");', set(), id="a message of a subsystem"),
        pytest.param("snd_info_register(foo_entry);", {"unproven-effect"}, id="an entry for messages"),
        pytest.param("pci_error_reset(foo_pci);", {"unproven-effect"}, id="an error that is no message"),
    ],
)
def test_a_name_that_begins_like_a_message(call: str, codes: set[str]) -> None:
    assert convert(driver(f"{call}\nreturn REMAP;")).codes == codes


@pytest.mark.parametrize("test", ["(foo_get(foo)) && foo_count == 3", "(kref_get(ref)) & foo_count << 3"])
def test_a_call_in_parentheses_is_no_cast(test: str) -> None:
    body = f"if ({test})\n        return -EINVAL;\nreturn REMAP;"
    assert not refused(body).isdisjoint({"stateful", "unproven-effect"})
    assert complete(body.replace("foo_get", "foo_is_ready").replace("kref_get", "kref_read"))
