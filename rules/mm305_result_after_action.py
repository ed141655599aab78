# SPDX-License-Identifier: GPL-2.0-only
"""Code after an action runs as if the mapping existed.

## What it does

Reports, on paths on which the hook can succeed, what follows an `mmap_action_*()` helper and takes
the mapping for granted: a message that says that it stands, a look-up of its VMA or page tables, an
access through its user addresses, a counter, a flag or an address that keeps note of it.

## Why it is bad

The helper maps nothing. It writes down what mm shall do after the hook has returned, and after that
the mapping may still be merged with a neighbour, or fail. A message then tells what is not so, an
access faults, and a count is never taken back.

## Example

    mmap_action_remap_full(desc, foo->pfn);
    foo->mappings++;
    dev_info(foo->dev, "buffer mapped\n");

Use instead:

    mmap_action_remap_full(desc, foo->pfn);
    desc->vm_ops = &foo_vm_ops;

    with the count and the message in `foo_vm_ops.mapped`, which runs once the mapping stands, and
    the count given back in `.close`.

## What the fix does and what may go wrong

There is no fix: what belongs into `mapped`, and whether `close` copes with a `mapped` that never
ran, is for the author to decide.

## Confidence

Moderate: names and messages are read, not proven. Messages are notes.

## Source

Documentation/filesystems/mmap_prepare.rst, sections "Introduction" and "Mapped callback".
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from mmapmigrate.convert.prepared import Prepared
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.calls import text
from mmapmigrate.model.prepare import Deed, Event

RULE = Rule(
    code="MM305",
    name="result-after-action",
    severity=Severity.WARNING,
    summary="code after an action that takes the mapping for granted",
    bad=(
        Example(
            "a message",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_remap_full(desc, foo->pfn);
	dev_dbg(foo->dev, "mapped %lu bytes\\n", vma_desc_size(desc));
	return 0;
}
""",
        ),
        Example(
            "a count and a flag",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_simple_ioremap(desc, foo->phys, foo->size);
	atomic_inc(&foo->users);
	foo->mappings++;
	foo->is_mapped = true;
	return 0;
}
""",
            findings=3,
        ),
        Example(
            "an access through the mapping",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	void __user *to = (void __user *)desc->start;
	struct foo *foo = desc->file->private_data;

	mmap_action_remap_full(desc, foo->pfn);
	if (copy_to_user(to, &foo->header, sizeof(foo->header)))
		return -EFAULT;
	return 0;
}
""",
        ),
        Example(
            "a look-up of the VMA, and its address kept",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_remap_full(desc, foo->pfn);
	foo->vma = find_vma(desc->mm, desc->start);
	foo->user_addr = desc->start;
	return 0;
}
""",
            findings=2,
        ),
    ),
    good=(
        Example(
            "what sets up the descriptor",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;
	int bytes = 0;

	mutex_lock(&foo->lock);
	mmap_action_remap_full(desc, foo->pfn);
	desc->action.error_override = -EAGAIN;
	desc->vm_ops = &foo_vm_ops;
	desc->private_data = foo;
	bytes++;
	mutex_unlock(&foo->lock);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a message that claims nothing",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mmap_action_remap_full(desc, foo->pfn);
	dev_dbg(foo->dev, "mmap of pfn %lx, size %lu\\n", foo->pfn, vma_desc_size(desc));
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a message before the action, about something else that is mapped",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	dev_dbg(foo->dev, "registers are mapped at %p\\n", foo->regs);
	mmap_action_remap_full(desc, foo->pfn);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a copy from an address that is not the mapping's",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;
	u32 key;

	mmap_action_remap_full(desc, foo->pfn);
	if (get_user(key, foo->user_key))
		return -EFAULT;
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "in mapped",
            """\
static int foo_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
			const struct file *file, void **vm_private_data)
{
	struct foo *foo = file->private_data;

	foo->mappings++;
	pr_debug("mapped %lu bytes\\n", end - start);
	return 0;
}

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	mmap_action_remap_full(desc, foo_pfn);
	desc->vm_ops = &foo_vm_ops;
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
    # Who only lists the rules must not wait for what this imports.
    from mmapmigrate.convert.prepared.results import Claim, claim_of

    prepared = Prepared(file, context.api)
    seen: set[int] = set()
    for prepare in prepared.functions:
        for path in prepared.paths(prepare):
            action: Event | None = None
            for event in path.events if path.may_succeed else ():
                if event.deed is Deed.ACTION:
                    action = event
                elif action is not None and event.node.start_byte not in seen:
                    claim = claim_of(file, prepare, event)
                    if claim is not None:
                        seen.add(event.node.start_byte)
                        severity = Severity.NOTE if claim is Claim.SAYS else RULE.severity
                        yield replace(_finding(context, action, event, claim.value), severity=severity)


def _finding(context: RuleContext, action: Event, event: Event, claim: str) -> Finding:
    line = context.file.unit.source.position(action.place.start_byte).line
    what = f"{event.name}()" if event.deed is Deed.CALL else f"`{_short(context, event)}`"
    return context.finding(
        event.node.start_byte,
        event.node.end_byte,
        f"{what} {claim} a mapping that {action.name}() at line {line} has only asked for",
        remedy="do it in vm_ops->mapped, which runs when the mapping stands",
        related=((action.place.start_byte, action.place.end_byte),),
    )


def _short(context: RuleContext, event: Event) -> str:
    written = " ".join(text(context.file, event.node).split())
    return written if len(written) <= 60 else written[:57] + "..."
