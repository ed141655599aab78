# SPDX-License-Identifier: GPL-2.0-only
"""page_prot changes after an action has taken it.

## What it does

Reports a write to the descriptor's `page_prot`, or a call that gets its address, after
mmap_action_remap(), mmap_action_ioremap() or one of their `_full` forms on the same path. To give
back the value that page_prot had before it was set for the action is no fault, and neither is a
write after an action that reads page_prot later (mmap_action_simple_ioremap(),
mmap_action_map_kernel_pages()).

## Why it is bad

These helpers copy page_prot when they are called. What is set afterwards reaches the VMA but not the
page tables: a device's registers stay cached although the hook asks for pgprot_noncached(), and the
VMA says otherwise.

## Example

    mmap_action_remap_full(desc, foo->pfn);
    desc->page_prot = pgprot_noncached(desc->page_prot);

Use instead:

    desc->page_prot = pgprot_noncached(desc->page_prot);
    mmap_action_remap_full(desc, foo->pfn);

## What the fix does and what may go wrong

Where the write is the very next statement, the two change places. The pages are then mapped with the
protection that the hook sets, and were not before: that is the purpose, and a change of behaviour, so
the fix is for review.

## Confidence

High: the helpers are known by name, and the path by the hook's text.

## Source

mmap_action_remap() in include/linux/mm.h; remap_pfn_range_complete() in mm/memory.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.prepared import Prepared
from mmapmigrate.lint.finding import Finding, Fix, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.body import Body
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import CAPTURING, Deed, Event, Prepare, member_of
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import bare, enclosing_statement

if TYPE_CHECKING:
    from tree_sitter import Node

RULE = Rule(
    code="MM304",
    name="late-page-prot",
    severity=Severity.WARNING,
    summary="page_prot changed after an action captured it",
    bad=(
        Example(
            "noncached too late",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_remap_full(desc, foo->pfn);
	desc->page_prot = pgprot_noncached(desc->page_prot);
	return 0;
}
""",
            fixed="""\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	desc->page_prot = pgprot_noncached(desc->page_prot);
	mmap_action_remap_full(desc, foo->pfn);
	return 0;
}
""",
        ),
        Example(
            "on one path only",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_ioremap(desc, desc->start, foo->pfn, PAGE_SIZE);
	if (foo->wc)
		desc->page_prot = pgprot_writecombine(desc->page_prot);
	return 0;
}
""",
        ),
        Example(
            "by a function that gets its address",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_remap_full(desc, foo->pfn);
	foo_adjust_prot(foo, &desc->page_prot);
	return 0;
}
""",
        ),
        Example(
            "after a helper that chooses the action",
            """\
static void foo_map(struct foo *foo, struct vm_area_desc *desc)
{
	mmap_action_ioremap_full(desc, foo->pfn);
}

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	foo_map(desc->file->private_data, desc);
	pgprot_val(desc->page_prot) |= FOO_UNCACHED;
	desc->page_prot = pgprot_noncached(desc->page_prot);
	return 0;
}
""",
        ),
    ),
    good=(
        Example(
            "before the action",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->page_prot = pgprot_noncached(desc->page_prot);
	mmap_action_remap_full(desc, foo_pfn);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "given back as it was",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	const pgprot_t vma_prot = desc->page_prot;

	desc->page_prot = pgprot_noncached(desc->page_prot);
	mmap_action_remap_full(desc, foo_pfn);
	desc->page_prot = vma_prot;
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "after an action that reads it later",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	mmap_action_simple_ioremap(desc, foo_phys, foo_size);
	desc->page_prot = pgprot_noncached(desc->page_prot);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "on another path",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	if (foo->ram) {
		mmap_action_remap_full(desc, foo->pfn);
		return 0;
	}
	desc->page_prot = pgprot_noncached(desc->page_prot);
	mmap_action_ioremap_full(desc, foo->pfn);
	return 0;
}
""",
            findings=0,
        ),
    ),
    sign=b"vm_area_desc",
)


def check(context: RuleContext) -> Iterator[Finding]:
    file = context.file
    if not any(file.holds(name.encode()) for name in CAPTURING) or not file.holds(b"page_prot"):
        return
    prepared = Prepared(context.file, context.api)
    seen: set[int] = set()
    for prepare in prepared.functions:
        for path in prepared.paths(prepare):
            captured: Event | None = None
            for event in path.events if path.may_succeed else ():
                if event.deed is Deed.ACTION:
                    captured = event if event.name.startswith(CAPTURING) else None
                elif event.deed is not Deed.PROT or captured is None or event.place == captured.place:
                    continue
                elif event.place.start_byte not in seen and not _gives_back(context.file, prepare, event):
                    seen.add(event.place.start_byte)
                    yield _finding(context, captured, event)


def _finding(context: RuleContext, captured: Event, event: Event) -> Finding:
    line = context.file.unit.source.position(captured.place.start_byte).line
    return context.finding(
        event.place.start_byte,
        event.place.end_byte,
        f"page_prot changes after {captured.name}() at line {line} has copied it",
        remedy="set page_prot before the action is chosen",
        fix=_fix(context, captured, event),
        related=((captured.place.start_byte, captured.place.end_byte),),
    )


def _gives_back(file: FileModel, prepare: Prepare, event: Event) -> bool:
    """Whether page_prot gets the value of a local that was only ever given page_prot."""
    if event.value is None or event.through is not None:
        return False
    value = bare(event.value)
    local = Body(file, prepare.function).locals.get(text(file, value))
    if local is None or local.writes or not local.definitions:
        return False
    return all(member_of(file, prepare, kept) == "page_prot" for kept in local.definitions)


def _fix(context: RuleContext, captured: Event, event: Event) -> Fix | None:
    first, second = enclosing_statement(captured.place), enclosing_statement(event.place)
    if event.value is None or not _alone(first, captured.place) or not _alone(second, event.place):
        return None
    data = context.file.unit.source.data
    between = data[first.end_byte : second.start_byte]
    if first.next_named_sibling != second or between.strip():
        return None
    line = context.file.unit.source.position(event.place.start_byte).line
    sentence = "the pages get the page_prot that the hook sets, which they did not get before"
    swapped = data[second.start_byte : second.end_byte] + between + data[first.start_byte : first.end_byte]
    return Fix(
        Tier.REVIEW,
        (Reason(context.file.path, line, "page-prot-order", sentence, Tier.REVIEW),),
        (Edit(first.start_byte, second.end_byte, swapped),),
    )


def _alone(statement: Node, node: Node) -> bool:
    """Whether ``statement`` is the expression ``node`` and nothing else."""
    return statement.type == "expression_statement" and node.parent == statement
