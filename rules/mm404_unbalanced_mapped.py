# SPDX-License-Identifier: GPL-2.0-only
"""`.mapped` and `.close` of a vm_ops do not take and give back the same.

## What it does

Compares what `.mapped` of a `struct vm_operations_struct` takes (memory, references, counts, places
in lists, power) with what `.close` of the same table gives back. Reports what `close` does not give
back; and, as an error where memory is at stake, a `close` that gives back what `mapped` takes without
testing `vm_private_data`, if it can run although `mapped` took nothing.

## Why it is bad

What is not given back leaks with each mapping. The other way round is worse: if the action of the
hook fails, or `mapped` itself does, mm unmaps the VMA again, and that calls `close`. A `close` that
relies on `mapped` then follows a NULL pointer, drops a reference that others hold, or lets a device
sleep that is in use.

## Example

    static int foo_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                          const struct file *file, void **vm_private_data)
    {
            struct foo *foo = file->private_data;

            kref_get(&foo->kref);
            return 0;
    }

    static void foo_vm_close(struct vm_area_struct *vma)
    {
            struct foo *foo = vma->vm_file->private_data;

            kref_put(&foo->kref, foo_release);
    }

Use instead:

            kref_get(&foo->kref);
            *vm_private_data = foo;
            return 0;

    and in foo_vm_close():

            struct foo *foo = vma->vm_private_data;

            if (foo)
                    kref_put(&foo->kref, foo_release);

## What the fix does and what may go wrong

There is no fix: whether vm_private_data is free to be the mark is for the author to say. A hook that
sets private_data itself must not: it would be set for a mapping that `mapped` never saw.

## Confidence

Moderate: the kernel's own names are known, functions of the same file are read, and of other
functions only what their names say. A `close` that calls what can't be read is not said to leak.

## Source

mmap_action_finish() and call_vma_mapped() in mm/util.c; Documentation/filesystems/mmap_prepare.rst,
section "Mapped callback".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.vmops import vm_ops_tables

if TYPE_CHECKING:
    from mmapmigrate.convert.prepared.mapped import Leak, Underrun

TABLE = """\

static const struct vm_operations_struct foo_vm_ops = {
	.mapped = foo_mapped,
	.close = foo_vm_close,
};
"""

MAPPED = """\
static int foo_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
			const struct file *file, void **vm_private_data)
{
	struct foo *foo = file->private_data;
"""

HOOK = """\

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->vm_ops = &foo_vm_ops;
	mmap_action_remap_full(desc, foo_pfn);
	return 0;
}
"""

RULE = Rule(
    code="MM404",
    name="unbalanced-mapped",
    severity=Severity.ERROR,
    summary="vm_ops->mapped takes what close does not give back, or may give back untaken",
    bad=(
        Example(
            "no close",
            MAPPED
            + """\

	kref_get(&foo->kref);
	return 0;
}

static const struct vm_operations_struct foo_vm_ops = {
	.mapped = foo_mapped,
};
""",
        ),
        Example(
            "one of two is not given back",
            MAPPED
            + """\

	foo->mappings++;
	pm_runtime_get_sync(foo->dev);
	return 0;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	struct foo *foo = vma->vm_file->private_data;

	foo->mappings--;
}
"""
            + TABLE,
        ),
        Example(
            "an action that may fail before mapped runs",
            MAPPED
            + """\

	kref_get(&foo->kref);
	return 0;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	struct foo *foo = vma->vm_file->private_data;

	kref_put(&foo->kref, foo_release);
}
"""
            + TABLE
            + HOOK,
        ),
        Example(
            "a mapped that may fail, and a NULL pointer in close",
            MAPPED
            + """\
	struct foo_area *area;

	area = kmalloc(sizeof(*area), GFP_KERNEL);
	if (!area)
		return -ENOMEM;
	refcount_set(&area->users, 1);
	*vm_private_data = area;
	return 0;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	struct foo_area *area = vma->vm_private_data;

	if (refcount_dec_and_test(&area->users))
		kfree(area);
}
"""
            + TABLE,
        ),
        Example(
            "a test of what the hook has set itself",
            MAPPED
            + """\

	foo_buffer_get(foo);
	*vm_private_data = foo;
	return 0;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	if (vma->vm_private_data)
		foo_buffer_put(vma->vm_private_data);
}
"""
            + TABLE
            + """\

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->private_data = desc->file->private_data;
	desc->vm_ops = &foo_vm_ops;
	mmap_action_remap_full(desc, foo_pfn);
	return 0;
}
""",
        ),
    ),
    good=(
        Example(
            "balanced, and nothing can fail before mapped",
            MAPPED
            + """\

	kref_get(&foo->kref);
	return 0;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	struct foo *foo = vma->vm_file->private_data;

	kref_put(&foo->kref, foo_release);
}
"""
            + TABLE
            + """\

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->vm_ops = &foo_vm_ops;
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a mark that close tests",
            MAPPED
            + """\

	kref_get(&foo->kref);
	*vm_private_data = foo;
	return 0;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	struct foo *foo = vma->vm_private_data;

	if (foo)
		kref_put(&foo->kref, foo_release);
}
"""
            + TABLE
            + HOOK,
            findings=0,
        ),
        Example(
            "kfree() of what may be NULL",
            MAPPED
            + """\

	*vm_private_data = kmemdup(&foo->state, sizeof(foo->state), GFP_KERNEL);
	return *vm_private_data ? 0 : -ENOMEM;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	kfree(vma->vm_private_data);
}
"""
            + TABLE,
            findings=0,
        ),
        Example(
            "given back by a function that is not here",
            MAPPED
            + """\

	kref_get(&foo->kref);
	return 0;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	foo_finish(vma->vm_file->private_data);
}
"""
            + TABLE,
            findings=0,
        ),
        Example(
            "helpers of the same file",
            """\
static void foo_hold(struct foo *foo)
{
	mutex_lock(&foo->lock);
	foo->mappings++;
	mutex_unlock(&foo->lock);
}

static void foo_drop(struct foo *foo)
{
	mutex_lock(&foo->lock);
	foo->mappings--;
	mutex_unlock(&foo->lock);
}

"""
            + MAPPED
            + """\

	foo_hold(foo);
	return 0;
}

static void foo_vm_close(struct vm_area_struct *vma)
{
	foo_drop(vma->vm_file->private_data);
}
"""
            + TABLE,
            findings=0,
        ),
    ),
    sign=b"vm_operations_struct",
)

_MAPPED = re.compile(rb"\.\s*mapped\s*=")


def check(context: RuleContext) -> Iterator[Finding]:
    file = context.file
    if "mapped" not in context.api.vm_ops_fields:
        return
    if _MAPPED.search(file.unit.source.data) is None:
        return
    # Most files hold none: they must not wait for what this imports.
    from mmapmigrate.convert.prepared.mapped import MappedPair

    for table in vm_ops_tables(file):
        if table.named("mapped"):
            pair = MappedPair(file, context.api, context.project, table)
            yield from (_leak(context, leak) for leak in pair.leaks())
            yield from (_underrun(context, underrun) for underrun in pair.underruns())


def _leak(context: RuleContext, leak: Leak) -> Finding:
    change = leak.change
    where = f"{leak.close}() does not give it back" if leak.close else "there is no close to give it back"
    finding = context.finding(
        change.node.start_byte,
        change.node.end_byte,
        f"{leak.mapped.name}() takes {change.what} ({change.name}), and {where}",
        remedy="give back in close what mapped takes",
    )
    return replace(finding, severity=Severity.WARNING)


def _underrun(context: RuleContext, underrun: Underrun) -> Finding:
    change = underrun.change
    finding = context.finding(
        change.node.start_byte,
        change.node.end_byte,
        f"{underrun.close.name}() gives back what {underrun.mapped.name}() takes, and also runs when "
        f"{underrun.cause} and nothing was taken",
        remedy="let mapped set *vm_private_data, and close test it",
    )
    return finding if underrun.unsafe else replace(finding, severity=Severity.WARNING)
