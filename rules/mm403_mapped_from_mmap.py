# SPDX-License-Identifier: GPL-2.0-only
"""`.mapped` in a vm_ops that an old mmap hook sets is never called.

## What it does

Reports `.mapped` of a `struct vm_operations_struct` that a function sets in a VMA (`vma->vm_ops =
&foo_vm_ops`), if no function of the file, or, where the table is not static, of its folder, sets it
in a descriptor as well.

## Why it is bad

Only the mapping code behind mmap_prepare calls `mapped`. After an old `.mmap` hook nothing does: no
error, no warning, whatever the comment in the header promises. What `mapped` should take is never
taken, and what `close` gives back was not there.

## Example

    static const struct vm_operations_struct foo_vm_ops = {
            .mapped = foo_mapped,
            .close = foo_vm_close,
    };

    static int foo_mmap(struct file *file, struct vm_area_struct *vma)
    {
            vma->vm_ops = &foo_vm_ops;
            return 0;
    }

Use instead:

    static int foo_mmap_prepare(struct vm_area_desc *desc)
    {
            desc->vm_ops = &foo_vm_ops;
            return 0;
    }

## What the fix does and what may go wrong

There is no fix of its own: the hook must move to mmap_prepare, by the conversion that MM101 offers,
or do itself what `mapped` does.

## Confidence

High where the table is static; Moderate where others may set it too.

## Source

call_vma_mapped() and its callers in mm/util.c; struct vm_operations_struct in include/linux/mm.h.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.mentions import UnreadError
from mmapmigrate.model.vmops import VmOpsMember, VmOpsSetter, VmOpsTable, vm_ops_setters, vm_ops_tables

RULE = Rule(
    code="MM403",
    name="mapped-from-mmap",
    severity=Severity.WARNING,
    summary="vm_ops->mapped set from an old mmap hook: it is silently never called",
    bad=(
        Example(
            "a hook that was not converted",
            """\
static const struct vm_operations_struct foo_vm_ops = {
	.mapped = foo_mapped,
	.close = foo_vm_close,
};

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &foo_vm_ops;
	return 0;
}
""",
        ),
        Example(
            "one of two tables",
            """\
static const struct vm_operations_struct foo_vm_ops = {
	.fault = foo_fault,
};

static const struct vm_operations_struct foo_count_ops = {
	.mapped = foo_mapped,
	.fault = foo_fault,
};

static int foo_mmap(struct foo *foo, struct vm_area_struct *vma)
{
	vma->vm_ops = foo->counts ? &foo_count_ops : &foo_vm_ops;
	return 0;
}
""",
        ),
    ),
    good=(
        Example(
            "a converted hook",
            """\
static const struct vm_operations_struct foo_vm_ops = {
	.mapped = foo_mapped,
	.close = foo_vm_close,
};

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->vm_ops = &foo_vm_ops;
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "an old hook and a new one",
            """\
static const struct vm_operations_struct foo_vm_ops = {
	.mapped = foo_mapped,
};

static int foo_mmap(struct foo *foo, struct vm_area_struct *vma)
{
	foo_get(foo);
	vma->vm_ops = &foo_vm_ops;
	return 0;
}

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->vm_ops = &foo_vm_ops;
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a hook that goes through the compatibility layer",
            """\
static const struct vm_operations_struct foo_vm_ops = {
	.mapped = foo_mapped,
};

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vm_area_desc desc;
	int ret;

	vma->vm_ops = &foo_vm_ops;
	compat_set_desc_from_vma(&desc, file, vma);
	ret = foo_set_up(file->private_data, &desc);
	if (ret)
		return ret;
	return __compat_vma_mmap(&desc, vma);
}
""",
            findings=0,
        ),
        Example(
            "no mapped",
            """\
static const struct vm_operations_struct foo_vm_ops = {
	.open = foo_vm_open,
	.close = foo_vm_close,
};

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &foo_vm_ops;
	return 0;
}
""",
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
    setters = vm_ops_setters(file)
    for table in vm_ops_tables(file):
        old = [one for one in setters if one.table == table.name and not _called(file, one)]
        mapped = table.named("mapped")
        if not old or not mapped or len(old) != sum(one.table == table.name for one in setters):
            continue
        if table.static or not _set_elsewhere(context, table):
            yield from (_finding(context, table, member, old[0]) for member in mapped)


def _finding(context: RuleContext, table: VmOpsTable, member: VmOpsMember, setter: VmOpsSetter) -> Finding:
    line = context.file.unit.source.position(setter.node.start_byte).line
    hook = setter.function.name
    return context.finding(
        member.start,
        member.end,
        f"{table.name}.mapped is never called: {hook}() sets the table in a VMA, at line {line}",
        remedy="set it from a mmap_prepare hook",
        related=((setter.node.start_byte, setter.node.end_byte),),
    )


def _called(file: FileModel, setter: VmOpsSetter) -> bool:
    """Whether ``mapped`` runs for what ``setter`` sets up: from a descriptor, or through the compat layer."""
    start, end = setter.function.body.start_byte, setter.function.body.end_byte
    return setter.prepares or re.search(rb"\b_*compat_vma_mmap\b", file.unit.code[start:end]) is not None


def _set_elsewhere(context: RuleContext, table: VmOpsTable) -> bool:
    """Whether another file of the folder sets the table in a descriptor."""
    project = context.project
    try:
        others = project.mentioning(table.name, project.beside(context.file.path))
    except UnreadError:
        # What cannot be read may set it.
        return True
    return any(
        setter.table == table.name and _called(other, setter)
        for path in others
        for other in [project.file(path)]
        for setter in vm_ops_setters(other)
    )
