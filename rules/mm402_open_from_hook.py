# SPDX-License-Identifier: GPL-2.0-only
"""A hook calls its own vm_ops->open to take the first count.

## What it does

Reports a call of `vma->vm_ops->open(vma)`, or of the function that a `struct vm_operations_struct`
of the same file names as `.open`, in an mmap hook and in the functions that set that vm_ops.

## Why it is bad

mm does not call `open` when a mapping is made, only when it is split, moved or forked; so hooks that
count their mappings call it by hand. That needs a VMA, which a mmap_prepare hook does not have, and
it counts a mapping that may still fail. `vm_ops->mapped` is called just when `open` was missed.

## Example

    vma->vm_ops = &foo_vm_ops;
    vma->vm_ops->open(vma);

Use instead:

    static const struct vm_operations_struct foo_vm_ops = {
            .mapped = foo_mapped,
            .open = foo_vm_open,
            .close = foo_vm_close,
    };

    with a foo_mapped() that takes for the first mapping what foo_vm_open() takes for a further one.

## What the fix does and what may go wrong

There is no fix of its own: `mapped` has no VMA, is called only for a mapping that a mmap_prepare hook
set up, and the call moves together with the hook, by the conversion that MM101 offers.

## Confidence

High for the call; Moderate for the remedy, since what `open` needs of the VMA must be found elsewhere.

## Source

struct vm_operations_struct in include/linux/mm.h; Documentation/filesystems/mmap_prepare.rst,
section "Mapped callback".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import Function
from mmapmigrate.model.prepare import descriptor_parameter
from mmapmigrate.model.reach import reached_from_hooks
from mmapmigrate.model.vmops import vm_ops_setters, vm_ops_tables
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all

RULE = Rule(
    code="MM402",
    name="open-from-hook",
    severity=Severity.WARNING,
    summary="a hook that calls its own vm_ops->open to seed state",
    bad=(
        Example(
            "through the VMA",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &foo_vm_ops;
	vma->vm_ops->open(vma);
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
        ),
        Example(
            "by its name",
            """\
static void foo_vm_open(struct vm_area_struct *vma)
{
	struct foo *foo = vma->vm_private_data;

	atomic_inc(&foo->users);
}

static const struct vm_operations_struct foo_vm_ops = {
	.open = foo_vm_open,
};

static int foo_mmap(struct foo *foo, struct vm_area_struct *vma)
{
	vma->vm_private_data = foo;
	vma->vm_ops = &foo_vm_ops;
	foo_vm_open(vma);
	return 0;
}
""",
        ),
        Example(
            "in a helper of the hook",
            """\
static int foo_map(struct foo *foo, struct vm_area_struct *area)
{
	area->vm_private_data = foo;
	if (area->vm_ops && area->vm_ops->open)
		area->vm_ops->open(area);
	return 0;
}

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	return foo_map(file->private_data, vma);
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
        ),
    ),
    good=(
        Example(
            "mapped",
            """\
static int foo_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
			const struct file *file, void **vm_private_data)
{
	foo_hold(file->private_data);
	return 0;
}

static const struct vm_operations_struct foo_vm_ops = {
	.mapped = foo_mapped,
	.open = foo_vm_open,
};

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->vm_ops = &foo_vm_ops;
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
};
""",
            findings=0,
        ),
        Example(
            "open itself, which calls that of the file below",
            """\
static void foo_vm_open(struct vm_area_struct *vma)
{
	struct foo *foo = vma->vm_private_data;

	foo->lower_ops->open(vma);
}

static const struct vm_operations_struct foo_vm_ops = {
	.open = foo_vm_open,
};

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &foo_vm_ops;
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
        ),
        Example(
            "another open",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct foo *foo = file->private_data;

	if (foo->ops->open)
		foo->ops->open(foo);
	vma->vm_ops = &foo_vm_ops;
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
        ),
    ),
    sign=b"vm_ops",
)

_OPEN = (re.compile(rb"->\s*open\b"), re.compile(rb"\.open\b"))


def check(context: RuleContext) -> Iterator[Finding]:
    file, data = context.file, context.file.unit.source.data
    if not context.api.has_mmap_prepare:
        return
    if not any(called.search(data) for called in _OPEN):
        return
    tables = vm_ops_tables(file)
    names = {member.handler: table.name for table in tables for member in table.named("open")}
    seen: set[int] = set()
    for function in _hooks(context, set(names)):
        vma = function.vma_parameter() or descriptor_parameter(function) or ""
        for call in find_all(function.body, "call_expression"):
            callee = bare(field(call, "function"))
            name = "".join(text(file, callee).split())
            given = [text(file, bare(argument)) for argument in arguments(call)]
            own = name == f"{vma}->vm_ops->open" or (name in names and vma in given)
            if not own or call.start_byte in seen:
                continue
            seen.add(call.start_byte)
            yield context.finding(
                call.start_byte,
                call.end_byte,
                f"{function.name}() calls its own vm_ops->open: mmap_prepare has no VMA to call it with",
                remedy="take the first count in vm_ops->mapped",
            )


def _hooks(context: RuleContext, opens: set[str | None]) -> Iterator[Function]:
    """The mmap hooks of a file, what they hand their VMA to, and what sets vm_ops; no ``open`` itself."""
    file = context.file
    found: dict[int, Function] = {}
    named: list[Function] = [function for name in file.hooks() for function in file.functions(name)]
    named += (reached.function for reached in reached_from_hooks(file, context.api))
    named += (setter.function for setter in vm_ops_setters(file))
    for function in named:
        if _takes_mapping(function) and function.name not in opens:
            found[function.node.start_byte] = function
    yield from (found[start] for start in sorted(found))


def _takes_mapping(function: Function) -> bool:
    return (function.vma_parameter() or descriptor_parameter(function)) is not None
