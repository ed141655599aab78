# SPDX-License-Identifier: GPL-2.0-only
"""A deprecated mmap hook fills page tables itself.

## What it does

Reports calls of remap and insert helpers (remap_pfn_range(), vm_iomap_memory(), vm_insert_page()
and their kin) in a `.mmap` hook of a `struct file_operations` and in the functions of the same file
that the hook hands its VMA to, and names the action of the target kernel that takes their place, or
says that it has none.

## Why it is bad

The hook fills the page tables of a mapping that may still fail. Under `mmap_prepare` there is no
VMA to fill; the hook says what is to be mapped by one `mmap_action_*()` call, and mm does it once
the mapping stands.

## Example

    static int foo_mmap(struct file *file, struct vm_area_struct *vma)
    {
            return remap_pfn_range(vma, vma->vm_start, foo_pfn,
                                   vma->vm_end - vma->vm_start, vma->vm_page_prot);
    }

Use instead:

    static int foo_mmap_prepare(struct vm_area_desc *desc)
    {
            mmap_action_remap_full(desc, foo_pfn);
            return 0;
    }

## What the fix does and what may go wrong

The call is rewritten with its hook, by the conversion that MM101 offers. By hand, mind that a
descriptor has one action only (a second call replaces the first), that nothing may run after it as
if the mapping existed, that page_prot must be final before the action is chosen, and that
remap_pfn_range() and io_remap_pfn_range() are not interchangeable: the latter decrypts under memory
encryption. vm_iomap_memory() and vm_map_pages() look at vm_pgoff, the other two do not.

## Confidence

High for the call; Moderate for the action, which fits only if the call maps what the action maps.

## Source

Documentation/filesystems/mmap_prepare.rst, section "Actions"; the mmap_action_*() helpers in
include/linux/mm.h.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.calls import calls, text
from mmapmigrate.model.reach import reached_from_hooks
from mmapmigrate.model.remaps import Remap, remaps

TABLE = """\

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
"""

RULE = Rule(
    code="MM301",
    name="remap-in-hook",
    severity=Severity.WARNING,
    summary="a remap or insert helper called from a deprecated mmap hook",
    bad=(
        Example(
            "a returned remap",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, foo_pfn,
				vma->vm_end - vma->vm_start, vma->vm_page_prot);
}
"""
            + TABLE,
        ),
        Example(
            "a checked one, in a helper",
            """\
static int foo_map(struct foo *foo, struct vm_area_struct *vma)
{
	if (vm_iomap_memory(vma, foo->phys, foo->len))
		return -EAGAIN;
	return 0;
}

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	return foo_map(file->private_data, vma);
}
"""
            + TABLE,
        ),
        Example(
            "helpers that have no action",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct foo *foo = file->private_data;

	if (foo->coherent)
		return dma_mmap_coherent(foo->dev, vma, foo->cpu, foo->dma, foo->len);
	return remap_vmalloc_range(vma, foo->cpu, vma->vm_pgoff);
}
"""
            + TABLE,
            findings=2,
        ),
    ),
    good=(
        Example(
            "an action",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	mmap_action_remap_full(desc, foo_pfn);
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
};
""",
            findings=0,
        ),
        Example(
            "in a fault handler",
            """\
static vm_fault_t foo_fault(struct vm_fault *vmf)
{
	return vmf_insert_pfn(vmf->vma, vmf->address, foo_pfn);
}

static const struct vm_operations_struct foo_vm_ops = {
	.fault = foo_fault,
};

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &foo_vm_ops;
	return 0;
}
"""
            + TABLE,
            findings=0,
        ),
        Example(
            "in the hook of another struct",
            """\
static int foo_mmap(struct snd_pcm_substream *substream, struct vm_area_struct *area)
{
	return remap_pfn_range(area, area->vm_start, foo_pfn,
				area->vm_end - area->vm_start, area->vm_page_prot);
}

static const struct snd_pcm_ops foo_ops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
        ),
    ),
)


def check(context: RuleContext) -> Iterator[Finding]:
    seen: set[int] = set()
    for reached in reached_from_hooks(context.file, context.api):
        for call, name in calls(reached.function.body):
            remap = remaps().get(text(context.file, name))
            if remap is None or call.start_byte in seen:
                continue
            seen.add(call.start_byte)
            yield context.finding(
                call.start_byte,
                call.end_byte,
                f"{remap.name}() fills page tables from the deprecated hook {reached.hook}()",
                remedy=_remedy(context.api, remap),
            )


def _remedy(api: KernelApi, remap: Remap) -> str:
    actions = " or ".join(f"{action}()" for action in remap.offered(api))
    if not actions:
        return f"Linux {api.release} has no action for it"
    if remap.only_if:
        return f"if {remap.only_if}, use {actions}; else Linux {api.release} has no action for it"
    return f"use {actions}, {remap.note}" if remap.note else f"use {actions}"
