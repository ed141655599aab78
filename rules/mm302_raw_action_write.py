# SPDX-License-Identifier: GPL-2.0-only
"""A descriptor's action is written member by member.

## What it does

Reports assignments to `desc->action` and to those of its members that the `mmap_action_*()` helpers
write (`type`, `remap`, ...), in functions that are handed a `struct vm_area_desc *`. Members that no
helper writes, `error_override` first of all, are left alone, and so are mm's own functions that
carry an action out.

## Why it is bad

The helpers check that the range lies in the mapping, and copy what the action needs from the
descriptor (page_prot, for one). An action that is put together by hand misses that, and breaks when
a later kernel changes its members.

## Example

    desc->action.type = MMAP_SIMPLE_IO_REMAP;
    desc->action.simple_ioremap.start_phys_addr = foo->phys;
    desc->action.simple_ioremap.size = foo->size;

Use instead:

    mmap_action_simple_ioremap(desc, foo->phys, foo->size);

## What the fix does and what may go wrong

Statements in a row that write all members of one action, each once, become the helper's call if it
stores the same values. Anything else (a member left out, another page_prot, writes through a pointer
to the action) has no fix, nor has a value whose computation changes something: a call's arguments
are computed in any order.

## Confidence

High: the type of what is written to is known.

## Source

Documentation/filesystems/mmap_prepare.rst, section "Actions"; the mmap_action_*() helpers in
include/linux/mm.h.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.text.layout import call, column
from mmapmigrate.lint.finding import Finding, Fix, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import prepare_functions
from mmapmigrate.model.raw_actions import RawAction, raw_actions
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import find_all

if TYPE_CHECKING:
    from tree_sitter import Node

RULE = Rule(
    code="MM302",
    name="raw-action-write",
    severity=Severity.WARNING,
    summary="a descriptor's action written by hand instead of by mmap_action_*()",
    bad=(
        Example(
            "a whole action",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	desc->action.type = MMAP_SIMPLE_IO_REMAP;
	desc->action.simple_ioremap.start_phys_addr = foo->phys;
	desc->action.simple_ioremap.size = foo->size;
	return 0;
}
""",
            fixed="""\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_simple_ioremap(desc, foo->phys, foo->size);
	return 0;
}
""",
        ),
        Example(
            "with the page_prot that the helper takes",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->action.type = MMAP_REMAP_PFN;
	desc->action.remap.start = desc->start;
	desc->action.remap.start_pfn = foo_base_pfn(desc->file, FOO_FIRST_BANK);
	desc->action.remap.size = vma_desc_size(desc);
	desc->action.remap.pgprot = desc->page_prot;
	desc->action.error_override = -EAGAIN;
	return 0;
}
""",
            fixed="""\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	mmap_action_remap(desc, desc->start,
\t\t\t  foo_base_pfn(desc->file, FOO_FIRST_BANK),
\t\t\t  vma_desc_size(desc));
	desc->action.error_override = -EAGAIN;
	return 0;
}
""",
        ),
        Example(
            "with another page_prot",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->action.type = MMAP_REMAP_PFN;
	desc->action.remap.start = desc->start;
	desc->action.remap.start_pfn = foo_pfn;
	desc->action.remap.size = vma_desc_size(desc);
	desc->action.remap.pgprot = pgprot_noncached(desc->page_prot);
	return 0;
}
""",
        ),
        Example(
            "a helper's action changed, through a pointer",
            """\
static void foo_shrink(struct vm_area_desc *desc)
{
	struct mmap_action *action = &desc->action;

	mmap_action_remap_full(desc, foo_pfn);
	action->remap.size -= PAGE_SIZE;
}
""",
        ),
    ),
    good=(
        Example(
            "a helper, and the override that has none",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	mmap_action_remap_full(desc, foo_pfn);
	desc->action.error_override = -EAGAIN;
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "who makes a descriptor",
            """\
static void foo_init_desc(struct vm_area_desc *desc, struct vm_area_struct *vma)
{
	memset(desc, 0, sizeof(*desc));
	desc->start = vma->vm_start;
	desc->action.type = MMAP_NOTHING;
}
""",
            findings=0,
        ),
        Example(
            "who carries an action out",
            """\
static int foo_action_prepare(struct vm_area_desc *desc)
{
	struct mmap_action *action = &desc->action;

	if (action->type == MMAP_SIMPLE_IO_REMAP)
		action->type = MMAP_REMAP_PFN;
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "an action of another kind",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	foo->action.type = FOO_MAP;
	return 0;
}
""",
            findings=0,
        ),
    ),
    sign=b"vm_area_desc",
)


def check(context: RuleContext) -> Iterator[Finding]:
    for prepare in prepare_functions(context.file, context.api):
        for written in raw_actions(context.file, context.api, prepare):
            members = ", ".join(f"`{member}`" for member in dict.fromkeys(written.members))
            helper = written.helper if context.api.has(written.helper) else "mmap_action_*"
            yield context.finding(
                written.start,
                written.end,
                f"{prepare.function.name}() writes {members} of the descriptor by hand",
                remedy=f"choose the action with {helper}()",
                fix=_fix(context, written),
            )


def _only_computes(file: FileModel, value: Node) -> bool:
    """Whether it makes no difference when a value is computed, before others or after them."""
    # Most files write no action: they must not wait for what this imports.
    from mmapmigrate.convert.effects import effect_of_call
    from mmapmigrate.convert.effects.names import Effect
    from mmapmigrate.convert.node_text import text_of

    return next(find_all(value, "assignment_expression", "update_expression"), None) is None and all(
        effect_of_call(file, text_of(file), one) is Effect.NONE for one in find_all(value, "call_expression")
    )


def _fix(context: RuleContext, written: RawAction) -> Fix | None:
    data = context.file.unit.source.data
    if written.arguments is None or data[written.end : written.end + 1] != b";":
        return None
    if not all(_only_computes(context.file, value) for value in written.values):
        return None
    if any(written.start < one.start < written.end for one in context.file.unit.directives):
        return None
    line = data.rfind(b"\n", 0, written.start) + 1
    text = call(column(data[line : written.start].decode("latin-1")), written.helper, written.arguments, ";")
    if b"\r\n" in data[written.start : written.end]:
        text = text.replace("\n", "\r\n")
    return Fix(Tier.COMPLETE, edits=(Edit(written.start, written.end + 1, text.encode("latin-1")),))
