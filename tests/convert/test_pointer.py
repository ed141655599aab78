# SPDX-License-Identifier: GPL-2.0-only
"""The VMA pointer itself: stored, tested, handed on."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import convert, driver, refused

REFUSED = [
    pytest.param(
        "stored-vma",
        """
        struct foo *foo = file->private_data;

        foo->vma = vma;
        return 0;
        """,
        id="kept in a struct",
    ),
    pytest.param(
        "stored-vma",
        """
        struct vm_area_struct *area = vma;

        return area->vm_pgoff ? -EINVAL : 0;
        """,
        id="kept in a local",
    ),
    pytest.param(
        "stored-vma",
        """
        vma->vm_private_data = vma;
        return 0;
        """,
        id="kept as private data",
    ),
    pytest.param(
        "stored-vma",
        """
        file->private_data = vma;
        return 0;
        """,
        id="kept in the file",
    ),
    pytest.param("stored-vma", "smp_store_release(&foo_area, vma);\nreturn 0;", id="kept by a barrier"),
    pytest.param("stored-vma", "WRITE_ONCE(foo_area, vma);\nreturn 0;", id="kept at once"),
    pytest.param("stored-vma", "rcu_assign_pointer(foo_area, vma);\nreturn 0;", id="kept for RCU"),
    pytest.param("helper", "WRITE_ONCE(vma, foo_area);\nreturn 0;", id="overwritten at once"),
    pytest.param(
        "vma-pointer",
        """
        int (*map)(struct foo *foo, struct vm_area_struct *vma) = foo_map;

        return map ? -EBUSY : 0;
        """,
        id="what a pointer to a function is handed",
    ),
    pytest.param(
        "stored-vma",
        """
        foo_vmas[0] = vma;
        return 0;
        """,
        id="kept in an array",
    ),
    pytest.param(
        "vma-pointer",
        """
        pr_debug("vma=%p, pgoff=%lx\\n", vma, vma->vm_pgoff);
        return 0;
        """,
        id="printed",
    ),
    pytest.param(
        "vma-pointer",
        """
        if (vma != foo_vma)
                return -EINVAL;
        return 0;
        """,
        id="compared with another",
    ),
    pytest.param("vma-pointer", "return vma == foo_vma ? -EBUSY : 0;", id="compared"),
    pytest.param(
        "vma-pointer",
        """
        (void)vma;
        return -ENODEV;
        """,
        id="a void cast",
    ),
    pytest.param("vma-pointer", "return foo_take(&vma);", id="address of the pointer"),
    pytest.param(
        "stored-vma",
        """
        vma = foo_real(file);
        return 0;
        """,
        id="reassigned",
    ),
    pytest.param(
        "vma-pointer",
        """
        if (foo_other) {
                struct vm_area_struct *vma = foo_other;

                if (vma->vm_pgoff)
                        return -EINVAL;
        }
        vm_flags_set(vma, VM_IO);
        return 0;
        """,
        id="shadowed in a block",
    ),
    pytest.param(
        "helper", "return foo_check(container_of(vma, struct foo_area, vma));", id="container of it"
    ),
]


@pytest.mark.parametrize(("code", "body"), REFUSED)
def test_no_pointer_to_a_vma_survives(code: str, body: str) -> None:
    assert code in refused(body)


HANDED = [
    pytest.param("helper", "return foo_do_mmap(file, vma);", id="helper of another file"),
    pytest.param(
        "helper",
        """
        FOO_TRACE(vma);
        return 0;
        """,
        id="macro of another file",
    ),
    pytest.param(
        "no-counterpart",
        "return dma_mmap_coherent(foo_dev, vma, foo_cpu, foo_dma, foo_size);",
        id="function of the kernel",
    ),
    pytest.param(
        "no-counterpart", "return remap_vmalloc_range(vma, foo_buffer, vma->vm_pgoff);", id="vmalloc"
    ),
    pytest.param(
        "no-counterpart",
        "return vmf_insert_pfn(vma, vma->vm_start, foo_pfn) == VM_FAULT_NOPAGE ? 0 : -EAGAIN;",
        id="fault helper",
    ),
    pytest.param(
        "no-counterpart",
        """
        zap_special_vma_range(vma, vma->vm_start, PAGE_SIZE);
        return 0;
        """,
        id="zap",
    ),
    pytest.param(
        "no-counterpart",
        """
        vma_set_page_prot(vma);
        return 0;
        """,
        id="page protection recomputed",
    ),
    pytest.param(
        "no-counterpart",
        """
        vma_set_file(vma, foo_file);
        return 0;
        """,
        id="another file",
    ),
    pytest.param(
        "nested-hook",
        """
        struct foo *foo = file->private_data;

        return foo->ops->mmap(foo, vma);
        """,
        id="hook of another table",
    ),
    pytest.param(
        "nested-hook",
        """
        struct foo *foo = file->private_data;

        return (*foo->ops->mmap)(foo, vma);
        """,
        id="hook of another table by an old call",
    ),
    pytest.param(
        "nested-hook",
        """
        struct foo *foo = file->private_data;
        int (*map)(struct foo *foo, struct vm_area_struct *vma);

        map = foo->ops->mmap;
        if (foo->deferred)
                map = foo_deferred_mmap;
        return map ? map(foo, vma) : -ENODEV;
        """,
        id="hook of another table through a local",
    ),
    pytest.param(
        "helper",
        """
        int (*map)(struct vm_area_struct *vma) = foo_deferred_mmap;

        return map(vma);
        """,
        id="a function through a local",
    ),
    pytest.param(
        "calls-vm-op",
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_ops->open(vma);
        return 0;
        """,
        id="open of its own ops",
    ),
    pytest.param("another-file", "return vfs_mmap(foo_file, vma);", id="the hook of another file"),
    pytest.param("another-file", "return vfs_mmap(file, vma);", id="the hook of the file's table"),
    pytest.param(
        "delegate-not-last",
        """
        int ret = vfs_mmap(foo_file, vma);

        if (ret)
                return ret;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="another file is mapped",
    ),
]


@pytest.mark.parametrize(("code", "body"), HANDED)
def test_a_call_that_gets_the_vma_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


def test_what_the_kernel_lacks_comes_before_what_holds_the_hook_back() -> None:
    body = """
    int ret;

    mutex_lock(&foo_lock);
    ret = vm_iomap_memory(vma, foo_base, foo_size);
    if (!ret)
            ret = dma_mmap_coherent(foo_dev, vma, foo_mem, foo_handle, foo_size);
    mutex_unlock(&foo_lock);
    return ret;
    """
    reasons = convert(driver(body)).conversion.reasons
    blocking = [reason.code for reason in reasons if reason.tier is Tier.BLOCKED]
    assert blocking[0] == "no-counterpart"
    assert blocking[-1] == "lock-spans-action"
