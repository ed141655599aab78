# SPDX-License-Identifier: GPL-2.0-only
"""Small drivers that many tests read: one that can be converted, one that cannot."""

from __future__ import annotations

GOOD_HOOK = """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;

	return remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot);
}

static const struct file_operations foo_fops = {
	.owner = THIS_MODULE,
	.mmap = foo_mmap,
};
"""

BLOCKED_HOOK = """\
static int bar_mmap(struct file *file, struct vm_area_struct *vma)
{
	return dma_mmap_coherent(bar_device, vma, bar_buffer, bar_handle, bar_size);
}

static const struct file_operations bar_fops = {
	.mmap = bar_mmap,
};
"""
