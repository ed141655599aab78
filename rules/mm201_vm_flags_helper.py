# SPDX-License-Identifier: GPL-2.0-only
"""A deprecated mmap hook changes its VMA's flags with vm_flags_*().

## What it does

Reports calls of vm_flags_init(), vm_flags_reset(), vm_flags_reset_once(), vm_flags_set(),
vm_flags_clear() and vm_flags_mod() in a `.mmap` hook of a `struct file_operations` and in the
functions of the same file that the hook hands its VMA to. The same calls elsewhere are MM205.

## Why it is bad

Under `mmap_prepare` there is no VMA to lock or to change yet. The descriptor holds the flags as a
bitmap, and the helpers vma_desc_set_flags() and vma_desc_clear_flags() take bit numbers
(`VMA_IO_BIT`), not masks (`VM_IO`). Flags that are set before the mapping exists also take part in
the decision whether it is merged with a neighbour.

## Example

    static int foo_mmap(struct file *file, struct vm_area_struct *vma)
    {
            vm_flags_set(vma, VM_IO | VM_DONTDUMP);
            ...

Use instead:

    static int foo_mmap_prepare(struct vm_area_desc *desc)
    {
            vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DONTDUMP_BIT);
            ...

## What the fix does and what may go wrong

The call is rewritten with its hook, by the conversion that MM101 offers; alone it can't change, so
this rule has no fix of its own.

## Confidence

High for the call. Whether a helper that the hook shares with other callers can change too is
MM101's answer.

## Source

Documentation/filesystems/mmap_prepare.rst, section "VMA Flags".
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.calls import text
from mmapmigrate.model.flags import flag_calls, flag_remedy
from mmapmigrate.model.reach import reached_from_hooks

TABLE = """\

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
"""

RULE = Rule(
    code="MM201",
    name="vm-flags-helper",
    severity=Severity.WARNING,
    summary="vm_flags_*() reachable from a deprecated mmap hook",
    bad=(
        Example(
            "in the hook",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO | VM_DONTEXPAND);
	return 0;
}
"""
            + TABLE,
        ),
        Example(
            "in a helper of the hook, and the hook itself",
            """\
static void foo_prepare(struct foo *foo, struct vm_area_struct *area)
{
	vm_flags_mod(area, VM_DONTCOPY, VM_MAYWRITE);
}

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	foo_prepare(file->private_data, vma);
	vm_flags_clear(vma, VM_MAYEXEC);
	return 0;
}
"""
            + TABLE,
            findings=2,
        ),
        Example(
            "two helpers deep, through a local",
            """\
static void foo_inner(struct vm_area_struct *vma)
{
	vm_flags_init(vma, vma->vm_flags | VM_IO);
}

static void foo_outer(struct vm_area_struct *vma)
{
	foo_inner(vma);
}

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vm_area_struct *area = vma;

	foo_outer(area);
	return 0;
}
"""
            + TABLE,
        ),
    ),
    good=(
        Example(
            "the descriptor's flags",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DONTEXPAND_BIT);
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
};
""",
            findings=0,
        ),
        Example(
            "in the hook of another struct",
            """\
static int foo_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO);
	return 0;
}

static const struct drm_gem_object_funcs foo_funcs = {
	.mmap = foo_mmap,
};
""",
            findings=0,
        ),
        Example(
            "in a function that no hook reaches",
            """\
static void foo_seal(struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_MAYWRITE);
}

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}
"""
            + TABLE,
            findings=0,
        ),
        Example(
            "a helper that the hook calls without its VMA",
            """\
static void foo_wake(struct foo *foo)
{
	vm_flags_clear(foo->vma, VM_MAYWRITE);
}

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	foo_wake(file->private_data);
	return 0;
}
"""
            + TABLE,
            findings=0,
        ),
    ),
    sign=b"vm_flags_",
)


def check(context: RuleContext) -> Iterator[Finding]:
    seen: set[int] = set()
    for reached in reached_from_hooks(context.file, context.api):
        for call, name in flag_calls(context.file, reached.function.body):
            if call.start_byte in seen:
                continue
            seen.add(call.start_byte)
            helper = text(context.file, name)
            yield context.finding(
                call.start_byte,
                call.end_byte,
                f"{helper}() changes the VMA of the deprecated hook {reached.hook}()",
                remedy=flag_remedy(context.api, helper),
            )
