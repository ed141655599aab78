# SPDX-License-Identifier: GPL-2.0-only
"""An ops struct's member takes a half-built VMA although this kernel has its mmap_prepare form.

## What it does

Reports a function given to a VMA-taking member of an ops struct other than `struct file_operations`
(such as `uio_info.mmap`) where the target kernel has a member that takes a descriptor in its stead,
beside the old one or instead of it. Which members those are is read from the kernel's headers.

## Why it is bad

As long as one driver fills the old member, the code that calls it has to keep a VMA at hand, and
its own hook can't move to mmap_prepare. Where the kernel has only the new member the code does not
build.

## Example

    info->mmap = foo_uio_mmap;

Use instead:

    info->mmap_prepare = foo_uio_mmap_prepare;

## What the fix does and what may go wrong

The fix is a conversion, as for MM101: the hook, the helpers that it hands its VMA to, its prototypes
and every table or assignment that names it change together. The new function keeps its other
parameters; its `struct vm_area_struct *` becomes a `struct vm_area_desc *`.

Who calls such a hook may still have a VMA, and then makes a descriptor of it and lets the
compatibility layer finish. So a hook needs `review` where it replaces the error of a failed remap,
which that layer does not do, and a person where the functions that it sets up read a
vm_private_data that it did not set itself: what the caller stored there is lost. It is not fixed
either where the driver reads, tests or calls the old member by hand.

## Confidence

High: both the struct's type and its members are known.

## Source

The struct's definition in include/, read from the target kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.convert.conversion import HookRef
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.reach import FILE_OPERATIONS

RULE = Rule(
    code="MM103",
    name="nested-mmap-hook",
    severity=Severity.WARNING,
    summary="another ops struct's VMA-taking member that has an mmap_prepare form",
    bad=(
        Example(
            "assigned through a pointer",
            """\
static int foo_probe(struct uio_info *info)
{
	info->mmap = foo_uio_mmap;
	return 0;
}
""",
            target="7.3",
        ),
        Example(
            "in an initialiser",
            """\
static struct uio_info foo_info = {
	.name = "foo",
	.mmap = foo_uio_mmap,
};
""",
            target="7.3",
        ),
    ),
    good=(
        Example(
            "the member that takes a descriptor",
            """\
static int foo_probe(struct uio_info *info)
{
	info->mmap_prepare = foo_uio_mmap_prepare;
	return 0;
}
""",
            findings=0,
            target="7.3",
        ),
        Example(
            "a struct that has no such member",
            """\
static const struct v4l2_file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
            target="7.3",
        ),
        Example(
            "a file_operations: MM101 reports it",
            """\
static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
            target="7.3",
        ),
    ),
)


def check(context: RuleContext) -> Iterator[Finding]:
    for entry in context.file.entries():
        if entry.struct is None or entry.struct == FILE_OPERATIONS or entry.handler == "NULL":
            continue
        member = context.api.member(entry.struct, entry.member)
        if member is None or member.prepare is None:
            continue
        state = "this kernel no longer has it" if member.removed else "it takes a half-built VMA"
        yield context.finding(
            entry.start,
            entry.end,
            f"{entry.object or 'a table'} sets .{entry.member} of struct {entry.struct}: {state}",
            remedy=f"use .{member.prepare}",
            hook=HookRef(entry.struct, entry.member, entry.object, entry.handler),
        )
