# SPDX-License-Identifier: GPL-2.0-only
"""An assignment to `vm_flags` of a VMA.

## What it does

Reports `=`, `|=`, `&=` and `^=` on the `vm_flags` (or `__vm_flags`) of a `struct vm_area_struct`,
also through ACCESS_PRIVATE() and WRITE_ONCE(). Members of that name in other structs are left
alone, and so are the helpers that are there to write it, and BPF programs.

## Why it is bad

`vm_flags` has been const since Linux 6.3, so that the helpers that take the VMA's lock can't be
passed by: the kernel does not build. Where a cast or ACCESS_PRIVATE() makes it build, a page fault
under the per-VMA lock can see the flags half changed.

## Example

    vma->vm_flags |= VM_IO | VM_DONTDUMP;
    vma->vm_flags &= ~VM_MAYWRITE;

Use instead:

    vm_flags_set(vma, VM_IO | VM_DONTDUMP);
    vm_flags_clear(vma, VM_MAYWRITE);

and, in an mmap_prepare hook, vma_desc_set_flags() and vma_desc_clear_flags().

## What the fix does and what may go wrong

A statement that only sets or only clears flags becomes vm_flags_set() or vm_flags_clear(). Both
want the mmap lock held for writing. An mmap callback of an ops struct holds it; elsewhere that is
not proven, and the fix is for review. Other assignments have no fix, and in a hook that MM101
reports the conversion does the work.

## Confidence

High: the struct's type is known wherever this is reported.

## Source

struct vm_area_struct in include/linux/mm_types.h; vm_flags_set() and its kin in include/linux/mm.h.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.lint.finding import Finding, Fix, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.flag_writes import FlagWrite, flag_writes
from mmapmigrate.model.reach import reached_from_hooks
from mmapmigrate.model.releases import serves
from mmapmigrate.syntax.edit import Edit

RULE = Rule(
    code="MM203",
    name="direct-flag-write",
    severity=Severity.ERROR,
    summary="an assignment to vma->vm_flags, which is const",
    bad=(
        Example(
            "set and clear, in the hook of another struct",
            """\
static int foo_mmap(struct vb2_buffer *vb, struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_DONTEXPAND | VM_DONTDUMP;
	vma->vm_flags &= ~VM_MAYWRITE;
	return 0;
}

static const struct vb2_mem_ops foo_ops = {
	.mmap = foo_mmap,
};
""",
            findings=2,
            fixed="""\
static int foo_mmap(struct vb2_buffer *vb, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYWRITE);
	return 0;
}

static const struct vb2_mem_ops foo_ops = {
	.mmap = foo_mmap,
};
""",
        ),
        Example(
            "several flags cleared, through a local",
            """\
static vm_fault_t foo_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *area = vmf->vma;

	if (foo_sealed(vmf))
		area->vm_flags &= ~(VM_WRITE | VM_MAYWRITE);
	return VM_FAULT_SIGBUS;
}
""",
            fixed="""\
static vm_fault_t foo_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *area = vmf->vma;

	if (foo_sealed(vmf))
		vm_flags_clear(area, VM_WRITE | VM_MAYWRITE);
	return VM_FAULT_SIGBUS;
}
""",
        ),
        Example(
            "a plain assignment, and two disguises",
            """\
static void foo_flags(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags = flags;
	ACCESS_PRIVATE(vma, __vm_flags) |= flags;
	WRITE_ONCE(vma->vm_flags, flags);
}
""",
            findings=3,
        ),
        Example(
            "in a deprecated hook: the conversion does the work",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_IO;
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
        ),
    ),
    good=(
        Example(
            "the helpers",
            """\
static void foo_flags(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO);
	vm_flags_clear(vma, VM_MAYWRITE);
}
""",
            findings=0,
        ),
        Example(
            "flags only read",
            """\
static bool foo_same(struct vm_area_struct *vma, unsigned long flags)
{
	unsigned long old = vma->vm_flags;

	return vma->vm_flags == flags || (vma->vm_flags & VM_IO) || old >= vma->vm_flags;
}
""",
            findings=0,
        ),
        Example(
            "the member of another struct",
            """\
static void foo_region(struct vm_region *region, struct vm_area_struct *vma)
{
	region->vm_flags = vma->vm_flags;
}
""",
            findings=0,
        ),
        Example(
            "for kernels before the helpers",
            """\
static void foo_lock(struct vm_area_struct *vma)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, VM_LOCKED);
#else
	vma->vm_flags |= VM_LOCKED;
#endif
}
""",
            findings=0,
        ),
        Example(
            "a BPF program",
            """\
#include "vmlinux.h"

static long foo_write(struct task_struct *task, struct vm_area_struct *vma, void *context)
{
	vma->vm_flags |= 0x55;
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "the helper that is there to write it",
            """\
static inline void vm_flags_init(struct vm_area_struct *vma, vm_flags_t flags)
{
	ACCESS_PRIVATE(vma, __vm_flags) = flags;
}
""",
            findings=0,
        ),
    ),
    sign=b"vm_flags",
)


def check(context: RuleContext) -> Iterator[Finding]:
    file = context.file
    if not context.api.has_mmap_prepare:
        return
    converted = [reached.function for reached in reached_from_hooks(file, context.api)]
    for write in flag_writes(file):
        if not serves(file, write.start, context.api.release):
            continue
        inside = any(f.node.start_byte <= write.start < f.node.end_byte for f in converted)
        yield context.finding(
            write.start,
            write.end,
            f"{write.target} is const: it is changed through helpers that hold the VMA's lock",
            remedy=f"use {write.helper}()" if write.helper else "use the vm_flags_*() helper that fits",
            fix=None if inside else _fix(context, write),
        )


def _fix(context: RuleContext, write: FlagWrite) -> Fix | None:
    if write.edit is None or _lost_flag(context, write.edit):
        return None
    if write.function in context.file.hooks():
        return Fix(Tier.COMPLETE, edits=(write.edit,))
    line = context.file.unit.source.position(write.start).line
    sentence = f"{write.helper}() wants the mmap lock held for writing, which is not proven here"
    reason = Reason(context.file.path, line, "vma-lock", sentence, Tier.REVIEW)
    return Fix(Tier.REVIEW, (reason,), (write.edit,))


def _lost_flag(context: RuleContext, edit: Edit) -> bool:
    """Whether the call would name a flag that neither the kernel nor the driver has: it would not build."""
    names = {name.decode() for name in re.findall(rb"\bVM_[A-Z0-9_]+\b", edit.text)} - {"VM_NONE"}
    known = {f"VM_{name}" for name in context.api.flags} | set(context.api.masks)
    return any(not context.file.macros_seen(name) for name in names - known)
