# SPDX-License-Identifier: GPL-2.0-only
"""A name of the mmap_prepare API that the target kernel lacks.

## What it does

Reports helpers (`vma_desc_*()`, `mmap_action_*()`), bits (`VMA_*_BIT`), members of `struct
vm_area_desc`, `struct mmap_action` and `struct vm_operations_struct`, and members of `struct
file_operations` that the kernel which is checked against does not have, and names what replaced
them where that is known. A name that the file, or a header beside it, defines itself is left alone.

## Why it is bad

The code does not build for that kernel. The API has moved in every release since it came: helpers
were renamed, hooks of an action came and went, and patches on the lists use names that were never
merged.

## Example

    if (vma_desc_test_flags(desc, VMA_WRITE_BIT))
            return -EPERM;

On Linux 7.2 and later use:

    if (vma_desc_test(desc, VMA_WRITE_BIT))
            return -EPERM;

## What the fix does and what may go wrong

There is no fix: a name that replaces another seldom takes the same arguments.

## Confidence

High: what the kernel has is read from its headers.

## Source

include/linux/mm.h, include/linux/mm_types.h and include/linux/fs.h of the target kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.withdrawn import withdrawn
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.releases import serves
from mmapmigrate.model.unknown_names import UnknownName, unknown_names

RULE = Rule(
    code="MM204",
    name="unknown-helper",
    severity=Severity.ERROR,
    summary="a name of the mmap_prepare API that the target kernel lacks",
    bad=(
        Example(
            "a helper that was renamed",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (vma_desc_test_flags(desc, VMA_WRITE_BIT))
		return -EPERM;
	return 0;
}
""",
            target="7.3",
        ),
        Example(
            "hooks of an action that were withdrawn, and an action that never was",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	mmap_action_everything(desc);
	desc->action.success_hook = foo_mapped;
	return 0;
}
""",
            findings=2,
            target="7.3",
        ),
        Example(
            "the descriptor's flags by their first name",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->vm_flags |= VM_IO;
	return 0;
}
""",
            target="7.3",
        ),
        Example(
            "hooks that were never merged",
            """\
static const struct vm_operations_struct foo_vm_ops = {
	.open = foo_open,
	.unmapped = foo_unmapped,
};

static const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
	.mmap_complete = foo_mmap_complete,
};
""",
            findings=2,
            target="7.3",
        ),
        Example(
            "a bit that does not exist",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	vma_desc_set_flags(desc, VMA_IO_BIT, VMA_RESERVED_BIT);
	return 0;
}
""",
            target="7.3",
        ),
    ),
    good=(
        Example(
            "names that 7.3 has",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (vma_desc_test_any(desc, VMA_WRITE_BIT, VMA_EXEC_BIT))
		return -EPERM;
	desc->vm_ops = &foo_vm_ops;
	mmap_action_remap_full(desc, foo_pfn);
	desc->action.error_override = -EAGAIN;
	return 0;
}
""",
            findings=0,
            target="7.3",
        ),
        Example(
            "a helper of the file's own",
            """\
static void vma_desc_set_foo(struct vm_area_desc *desc)
{
	desc->private_data = NULL;
}

#define VMA_FOO_BIT 3

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	vma_desc_set_foo(desc);
	return foo_flag(VMA_FOO_BIT);
}
""",
            findings=0,
            target="7.3",
        ),
        Example(
            "a helper that the file declares",
            """\
int mmap_action_foo(struct vm_area_desc *desc);

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	return mmap_action_foo(desc);
}
""",
            findings=0,
            target="7.3",
        ),
        Example(
            "members of other structs",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo_desc *hw = desc->file->private_data;
	struct foo_action *action = &hw->action;

	hw->vm_flags = 0;
	action->success_hook = NULL;
	return hw->ops->mmap_complete(hw);
}
""",
            findings=0,
            target="7.3",
        ),
        Example(
            "for a kernel that has it",
            """\
static bool foo_shared(struct vm_area_desc *desc)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	return vma_desc_test_flags(desc, VMA_SHARED_BIT);
#else
	return vma_desc_test(desc, VMA_SHARED_BIT);
#endif
}
""",
            findings=0,
            target="7.3",
        ),
        Example(
            "in a comment",
            """\
/* vma_desc_test_flags() was its name in the first release: VMA_RESERVED_BIT is gone. */
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	return 0;
}
""",
            findings=0,
            target="7.3",
        ),
    ),
)


def check(context: RuleContext) -> Iterator[Finding]:
    api = context.api
    found = unknown_names(context.file, api, context.project)
    for unknown in sorted(found, key=lambda unknown: unknown.start):
        if not serves(context.file, unknown.start, api.release):
            continue
        where = f"struct {unknown.struct}" if unknown.struct else "the API"
        yield context.finding(
            unknown.start,
            unknown.end,
            f"{where} of Linux {api.release} has no {unknown.name}",
            remedy=_remedy(api, unknown),
        )


def _remedy(api: KernelApi, unknown: UnknownName) -> str:
    if not api.has_mmap_prepare:
        return f"Linux {api.release} has no mmap_prepare"
    known = withdrawn(api, unknown.name, unknown.struct)
    if known is None:
        return "see `mmapmigrate api` for what this kernel has"
    offers = " or ".join(known.offers)
    advice = f"use {offers}" if offers else "no name replaces it in this kernel"
    return f"{advice}; {known.name} {known.note}"
