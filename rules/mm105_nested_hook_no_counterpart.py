# SPDX-License-Identifier: GPL-2.0-only
"""An ops struct's member takes a half-built VMA, and this kernel has nothing in its stead.

## What it does

Reports a function given to a VMA-taking mmap member of an ops struct other than `struct
file_operations` (`v4l2_file_operations`, `dma_buf_ops`, `drm_gem_object_funcs` ...) where the
target kernel has no member that takes a descriptor. Off by default: nothing can be done about it in
a driver.

## Why it is bad

It shows what is left: the subsystem's own file_operations hook can't move to mmap_prepare before
its ops struct has a member for it.

## Example

    static const struct dma_buf_ops foo_ops = {
            .mmap = foo_mmap,
    };

The subsystem has to gain a member `mmap_prepare` first; then MM103 reports this table.

## What the fix does and what may go wrong

There is no fix.

## Confidence

High: both the struct's type and its members are known.

## Source

The struct's definition in include/, read from the target kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmapmigrate.convert.conversion import HookRef
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.fragments import struct_of_designators
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.model.reach import FILE_OPERATIONS

RULE = Rule(
    code="MM105",
    name="nested-hook-no-counterpart",
    severity=Severity.NOTE,
    summary="another ops struct's VMA-taking member that has no mmap_prepare form yet",
    default=False,
    bad=(
        Example(
            "V4L2",
            """\
static const struct v4l2_file_operations foo_fops = {
	.owner = THIS_MODULE,
	.mmap = foo_mmap,
};
""",
            target="7.3",
        ),
        Example(
            "dma-buf",
            """\
static const struct dma_buf_ops foo_ops = {
	.mmap = foo_mmap,
};
""",
            target="7.3",
        ),
    ),
    good=(
        Example(
            "a struct that has the member: MM103 reports it",
            """\
static struct uio_info foo_info = {
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
        Example(
            "a struct that the kernel does not know",
            """\
static const struct foo_ops foo_ops = {
	.mmap = foo_map,
};
""",
            findings=0,
            target="7.3",
        ),
    ),
)


def check(context: RuleContext) -> Iterator[Finding]:
    if not context.api.has_mmap_prepare:
        return
    for entry in context.file.entries():
        struct = _struct(context, entry)
        if struct is None or struct == FILE_OPERATIONS or entry.handler == "NULL":
            continue
        member = context.api.member(struct, entry.member)
        if member is None or member.prepare is not None:
            continue
        yield context.finding(
            entry.start,
            entry.end,
            f"{entry.object or 'a table'} sets .{entry.member} of struct {struct}: a half-built VMA",
            remedy=f"Linux {context.api.release} has no mmap_prepare form of it",
            hook=HookRef(struct, entry.member, entry.object, entry.handler),
        )


def _struct(context: RuleContext, entry: OpsEntry) -> str | None:
    """The struct of a table; of a macro that is part of other files' tables, the one that has all it sets."""
    if entry.struct is not None or entry.form is not EntryForm.MACRO:
        return entry.struct
    api, project = context.api, context.project
    if api.root is None:
        return None
    places = {
        one.struct: Path(api.root) / one.header
        for one in api.ops_members
        if one.is_hook and one.member == entry.member
    }
    found = ((tag, project.file(str(header)).types.struct(tag)) for tag, header in places.items())
    structs = {tag: definition for tag, definition in found if definition is not None}
    return struct_of_designators(context.file.unit, structs)
