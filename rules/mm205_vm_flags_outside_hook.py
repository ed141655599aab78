# SPDX-License-Identifier: GPL-2.0-only
"""vm_flags_*() outside what a deprecated mmap hook reaches.

## What it does

Reports calls of vm_flags_init(), vm_flags_reset(), vm_flags_reset_once(), vm_flags_set(),
vm_flags_clear() and vm_flags_mod() in functions that no `.mmap` hook of a `struct file_operations`
of the same file reaches: the hooks of other structs, fault handlers, mm itself. Off by default;
switch it on to see how far the old flags API still goes.

## Why it is bad

Often it is not bad. Where the function gets a VMA that exists it may change its flags this way. But
a helper that is reached from a hook in another file stands in the way of that hook's conversion.

## Example

    int foo_lib_mmap(struct foo *foo, struct vm_area_struct *vma)
    {
            vm_flags_set(vma, VM_DONTEXPAND);
            ...

Where the function serves mmap hooks only, give it a twin that takes a descriptor:

    int foo_lib_mmap_prepare(struct foo *foo, struct vm_area_desc *desc)
    {
            vma_desc_set_flags(desc, VMA_DONTEXPAND_BIT);
            ...

## What the fix does and what may go wrong

There is no fix.

## Confidence

Low: most of these calls are right where they are.

## Source

Documentation/filesystems/mmap_prepare.rst, section "VMA Flags".
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.calls import text
from mmapmigrate.model.flags import flag_calls, flag_writers
from mmapmigrate.model.reach import reached_from_hooks

RULE = Rule(
    code="MM205",
    name="vm-flags-outside-hook",
    severity=Severity.NOTE,
    summary="vm_flags_*() where no deprecated mmap hook of the file reaches",
    default=False,
    bad=(
        Example(
            "on a VMA of its own",
            """\
static struct vm_area_struct foo_gate;

static int foo_init(void)
{
	vm_flags_init(&foo_gate, VM_READ | VM_EXEC);
	return 0;
}
""",
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
        ),
        Example(
            "in a helper for other files",
            """\
int foo_lib_mmap(struct foo *foo, struct vm_area_struct *vma)
{
	vm_flags_mod(vma, VM_DONTEXPAND, VM_MAYWRITE);
	return 0;
}
""",
        ),
    ),
    good=(
        Example(
            "in a deprecated hook: MM201 reports it",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO);
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
        ),
        Example(
            "the helpers themselves",
            """\
static inline void vm_flags_reset(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma_assert_write_locked(vma);
	vm_flags_init(vma, flags);
}
""",
            findings=0,
        ),
        Example(
            "flags only read",
            """\
static bool foo_may_write(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_MAYWRITE;
}
""",
            findings=0,
        ),
    ),
    sign=b"vm_flags_",
)


def check(context: RuleContext) -> Iterator[Finding]:
    if not context.api.has_mmap_prepare:
        return
    reached = {found.function.node.start_byte for found in reached_from_hooks(context.file, context.api)}
    for function in flag_writers(context.file):
        if function.node.start_byte in reached:
            continue
        for call, name in flag_calls(context.file, function.body):
            yield context.finding(
                call.start_byte,
                call.end_byte,
                f"{text(context.file, name)}() changes a VMA's flags in {function.name}()",
                remedy="if mmap hooks reach it, they need a twin that takes a descriptor",
            )
