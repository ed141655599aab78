# SPDX-License-Identifier: GPL-2.0-only
"""A second action on one path takes the place of the first.

## What it does

Reports a call of an `mmap_action_*()` helper that runs after another one on a path on which the hook
can succeed. A function of the same file that gets the descriptor and chooses an action counts as one.
Paths that exclude each other (the arms of a test, two tests of the same value) are no fault.

## Why it is bad

A descriptor holds one action. The second call overwrites the first without a word, so what the first
should have mapped is not mapped, and user space finds holes, or other memory, where the device was.

## Example

    mmap_action_remap(desc, desc->start, foo_regs_pfn, PAGE_SIZE);
    mmap_action_remap(desc, desc->start + PAGE_SIZE, foo_ring_pfn, PAGE_SIZE);

Use instead:

    Two ranges are not one action. Map one of them, or let a fault handler insert the pages, or keep
    the old hook.

## What the fix does and what may go wrong

There is no fix: which of the two actions is meant is not in the code.

## Confidence

High where both calls are in one function; Moderate where a helper chooses one of them.

## Source

Documentation/filesystems/mmap_prepare.rst, section "Actions"; struct mmap_action in
include/linux/mm_types.h, and its helpers in include/linux/mm.h.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.prepared import Prepared, PreparedPath
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import Deed, Event
from mmapmigrate.syntax.nodes import ancestors

if TYPE_CHECKING:
    from tree_sitter import Node

RULE = Rule(
    code="MM303",
    name="action-overwritten",
    severity=Severity.WARNING,
    summary="two actions on one path of a mmap_prepare hook: the first is lost",
    bad=(
        Example(
            "two ranges",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	mmap_action_remap(desc, desc->start, foo_regs_pfn, PAGE_SIZE);
	mmap_action_remap(desc, desc->start + PAGE_SIZE, foo_ring_pfn, PAGE_SIZE);
	return 0;
}
""",
        ),
        Example(
            "a default that one case replaces",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_ioremap_full(desc, foo->pfn);
	if (foo->cached)
		mmap_action_remap_full(desc, foo->pfn);
	return 0;
}
""",
        ),
        Example(
            "a helper that chooses one",
            """\
static int foo_map_ring(struct foo *foo, struct vm_area_desc *desc)
{
	if (!foo->ring)
		return -ENODEV;
	mmap_action_map_kernel_pages_full(desc, foo->ring);
	return 0;
}

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;
	int ret;

	ret = foo_map_ring(foo, desc);
	if (ret)
		return ret;
	mmap_action_remap(desc, desc->start, foo->pfn, PAGE_SIZE);
	return 0;
}
""",
        ),
        Example(
            "one in each turn of a loop",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;
	unsigned long addr = desc->start;
	int i;

	for (i = 0; i < foo->nr; i++) {
		mmap_action_remap(desc, addr, foo->pfn[i], PAGE_SIZE);
		addr += PAGE_SIZE;
	}
	return 0;
}
""",
        ),
    ),
    good=(
        Example(
            "one in each arm",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	if (foo->io)
		mmap_action_ioremap_full(desc, foo->pfn);
	else
		mmap_action_remap_full(desc, foo->pfn);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "two tests of one value",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	if (foo->kind == FOO_IO)
		mmap_action_ioremap_full(desc, foo->pfn);
	foo_trace(foo);
	if (foo->kind == FOO_RAM)
		mmap_action_remap_full(desc, foo->pfn);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a return in between",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	switch (desc->pgoff) {
	case FOO_REGS:
		mmap_action_ioremap_full(desc, foo_regs_pfn);
		return 0;
	case FOO_RING:
		mmap_action_remap_full(desc, foo_ring_pfn);
		break;
	default:
		return -EINVAL;
	}
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a helper that says whether it has chosen one",
            """\
static bool foo_map_ring(struct foo *foo, struct vm_area_desc *desc)
{
	if (!foo->ring)
		return false;
	mmap_action_map_kernel_pages_full(desc, foo->ring);
	return true;
}

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	if (foo_map_ring(foo, desc))
		return 0;
	mmap_action_remap_full(desc, foo->pfn);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a loop that ends with the action",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo;

	list_for_each_entry(foo, &foo_list, node) {
		if (foo->pgoff == desc->pgoff) {
			mmap_action_remap_full(desc, foo->pfn);
			return 0;
		}
	}
	return -ENXIO;
}
""",
            findings=0,
        ),
    ),
    sign=b"mmap_action_",
)


def check(context: RuleContext) -> Iterator[Finding]:
    prepared = Prepared(context.file, context.api)
    seen: set[int] = set()
    for prepare in prepared.functions:
        for path in prepared.paths(prepare):
            for first, second in _overwritten(context.file, path):
                at = second.place
                if at.start_byte in seen:
                    continue
                seen.add(at.start_byte)
                line = context.file.unit.source.position(first.place.start_byte).line
                where = f"chosen at line {line}" if at != first.place else "of the turn before"
                yield context.finding(
                    at.start_byte,
                    at.end_byte,
                    f"{_name(context.file, second)}() replaces the action {where}, which is lost",
                    remedy="choose one action on each path",
                    related=((first.place.start_byte, first.place.end_byte),),
                )


def _overwritten(file: FileModel, path: PreparedPath) -> Iterator[tuple[Event, Event]]:
    last: Event | None = None
    for event in path.events:
        if event.deed is not Deed.ACTION or not path.may_succeed:
            continue
        if last is not None and last.place != event.place:
            yield last, event
        elif _repeats(file, event.place):
            yield event, event
        last = event


def _name(file: FileModel, event: Event) -> str:
    return event.name if event.through is None else text(file, event.through).partition("(")[0]


def _repeats(file: FileModel, call: Node) -> bool:
    """Whether a loop goes on after the call: no jump follows it in a block inside the loop."""
    inside = call
    for outside in ancestors(call):
        if outside.type == "compound_statement":
            after = inside.next_named_sibling
            while after is not None:
                if after.type in ("break_statement", "return_statement", "goto_statement"):
                    return False
                after = after.next_named_sibling
        elif outside.type in ("for_statement", "while_statement"):
            return outside.child_by_field_name("body") == inside
        elif outside.type == "do_statement":
            condition = outside.child_by_field_name("condition")
            if condition is None or text(file, condition) not in ("(0)", "(false)"):
                return True
        inside = outside
    return False
