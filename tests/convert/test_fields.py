# SPDX-License-Identifier: GPL-2.0-only
"""Fields of the VMA, read and written by themselves."""

from __future__ import annotations

import pytest

from tests.convert.support import c, complete, refused

FIELDS = [
    pytest.param(
        """
        if (vma->vm_pgoff > foo_pages)
                return -EINVAL;
        return 0;
        """,
        """
        if (desc->pgoff > foo_pages)
                return -EINVAL;
        return 0;
        """,
        id="offset",
    ),
    pytest.param(
        """
        if (vma->vm_start & foo_mask || vma->vm_end & foo_mask)
                return -EINVAL;
        return 0;
        """,
        """
        if (desc->start & foo_mask || desc->end & foo_mask)
                return -EINVAL;
        return 0;
        """,
        id="start and end apart",
    ),
    pytest.param(
        """
        if (vma->vm_mm != foo_mm)
                return -EINVAL;
        return 0;
        """,
        """
        if (desc->mm != foo_mm)
                return -EINVAL;
        return 0;
        """,
        id="mm",
    ),
    pytest.param(
        """
        struct foo *foo = vma->vm_file->private_data;

        vma->vm_ops = &foo_vm_ops;
        return foo->gone ? -ENODEV : 0;
        """,
        """
        struct foo *foo = desc->vm_file->private_data;

        desc->vm_ops = &foo_vm_ops;
        return foo->gone ? -ENODEV : 0;
        """,
        id="file of the VMA",
    ),
    pytest.param(
        """
        vma->vm_pgoff += foo_base;
        vm_flags_set(vma, VM_IO);
        return 0;
        """,
        """
        desc->pgoff += foo_base;
        vma_desc_set_flags(desc, VMA_IO_BIT);
        return 0;
        """,
        id="offset changed",
    ),
    pytest.param(
        """
        vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
        return 0;
        """,
        """
        desc->page_prot = pgprot_writecombine(desc->page_prot);
        return 0;
        """,
        id="page protection",
    ),
    pytest.param(
        """
        vma->vm_page_prot.pgprot |= foo_uncached;
        return 0;
        """,
        """
        desc->page_prot.pgprot |= foo_uncached;
        return 0;
        """,
        id="member of the page protection",
    ),
    pytest.param(
        """
        vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
        return 0;
        """,
        """
        desc->page_prot = vma_flags_to_page_prot(desc->vma_flags);
        return 0;
        """,
        id="page protection from the flags",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = file->private_data;
        return 0;
        """,
        """
        struct file *file = desc->file;

        vma_desc_set_flags(desc, VMA_IO_BIT);
        desc->vm_ops = &foo_vm_ops;
        desc->private_data = file->private_data;
        return 0;
        """,
        id="ops and private data",
    ),
    pytest.param(
        """
        struct foo *foo;

        vm_flags_set(vma, VM_IO);
        foo = vma->vm_private_data = file->private_data;
        return foo ? 0 : -ENODEV;
        """,
        """
        struct file *file = desc->file;
        struct foo *foo;

        vma_desc_set_flags(desc, VMA_IO_BIT);
        foo = desc->private_data = file->private_data;
        return foo ? 0 : -ENODEV;
        """,
        id="one assignment in another",
    ),
]


@pytest.mark.parametrize(("before", "after"), FIELDS)
def test_each_field_has_its_counterpart(before: str, after: str) -> None:
    assert complete(before) == c(after)


REFUSED = [
    pytest.param(
        "read-only-field",
        """
        vma->vm_start += PAGE_SIZE;
        return 0;
        """,
        id="start moved",
    ),
    pytest.param(
        "read-only-field",
        """
        vma->vm_end = vma->vm_start + PAGE_SIZE;
        return 0;
        """,
        id="end moved",
    ),
    pytest.param(
        "file-replaced",
        """
        vma->vm_file = get_file(foo_file);
        return 0;
        """,
        id="file changed",
    ),
    pytest.param(
        "write-only-field",
        """
        vma->vm_private_data = file->private_data;
        return foo_check(vma->vm_private_data);
        """,
        id="private data read back",
    ),
    pytest.param("write-only-field", "return vma->vm_ops ? -EBUSY : 0;", id="ops read"),
    pytest.param("write-only-field", "return foo_check(vma->vm_ops);", id="ops read in a call"),
    pytest.param(
        "write-only-field",
        """
        vma->vm_private_data |= 1;
        return 0;
        """,
        id="private data or",
    ),
    pytest.param(
        "write-only-field", "return foo_fill(&vma->vm_private_data);", id="address of the private data"
    ),
    pytest.param("field-address", "return foo_fill(&vma->vm_pgoff);", id="address of the offset"),
    pytest.param(
        "field-address",
        """
        do_div(vma->vm_pgoff, 2);
        return foo_size ? -EIO : 0;
        """,
        id="offset changed by a macro",
    ),
    pytest.param(
        "field-address",
        """
        unsigned long old = 0;

        swap(old, vma->vm_start);
        return old ? -EIO : 0;
        """,
        id="start changed by a macro",
    ),
    pytest.param("no-field", "return vma->anon_vma ? -EBUSY : 0;", id="anon_vma"),
    pytest.param("no-field", "return vma->vm_foo ? -EBUSY : 0;", id="field of no kernel"),
    pytest.param(
        "vma-pointer",
        """
        struct vm_area_struct copy = *vma;

        return foo_check(copy.vm_start);
        """,
        id="whole VMA copied",
    ),
    pytest.param(
        "store",
        """
        foo_val(vma->vm_page_prot) |= foo_uncached;
        return 0;
        """,
        id="page protection by a strange macro",
    ),
    pytest.param(
        "unproven-effect",
        """
        foo_uncache(&vma->vm_page_prot);
        return 0;
        """,
        id="page protection by its address",
    ),
]


@pytest.mark.parametrize(("code", "body"), REFUSED)
def test_what_a_descriptor_does_not_offer_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)
