# SPDX-License-Identifier: GPL-2.0-only
"""A mmap_prepare hook takes state for a mapping that may never come to be.

## What it does

Reports, in functions that are handed a `struct vm_area_desc *`, calls that allocate, take a
reference, count, link, claim or power something, and counters that are changed by hand, if the
function does not give the same back on every path on which it can succeed. A function of the same
file that does so counts where it is called.

## Why it is bad

The hook runs before the mapping exists. mm may then merge the mapping with its neighbour, and no
`close` of its own ever comes; or it may fail, and nothing undoes what the hook did. Each time memory
leaks, a device never sleeps again, or a driver believes for ever that it is in use.

## Example

    static int foo_mmap_prepare(struct vm_area_desc *desc)
    {
            struct foo *foo = desc->file->private_data;

            kref_get(&foo->kref);
            desc->private_data = foo;
            desc->vm_ops = &foo_vm_ops;
            return 0;
    }

Use instead:

    static int foo_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                          const struct file *file, void **vm_private_data)
    {
            struct foo *foo = file->private_data;

            kref_get(&foo->kref);
            *vm_private_data = foo;
            return 0;
    }

    with `.mapped = foo_mapped` in foo_vm_ops, and a `.close` that drops the reference only if
    vm_private_data is set.

## What the fix does and what may go wrong

There is no fix. State of the single mapping belongs into `mapped`; state that the file owns (claimed
once, given back at release) may be better off where the file is opened. `close` also runs when the
action failed before `mapped` could run: see MM404.

## Confidence

Moderate: the kernel's own names are known, and functions of the same file are read; other
functions may take state unseen.

## Source

Documentation/filesystems/mmap_prepare.rst, sections "Introduction" and "Mapped callback".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.prepared import Prepared
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import Prepare, member_of
from mmapmigrate.syntax.nodes import enclosing_statement, field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node

    from mmapmigrate.convert.state import Change

RULE = Rule(
    code="MM401",
    name="stateful-prepare",
    severity=Severity.WARNING,
    summary="mmap_prepare allocates, counts or takes a reference: belongs in vm_ops->mapped",
    bad=(
        Example(
            "a reference",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	kref_get(&foo->kref);
	desc->private_data = foo;
	desc->vm_ops = &foo_vm_ops;
	return 0;
}
""",
        ),
        Example(
            "memory, a list, a count and power",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;
	struct foo_area *area;

	area = kzalloc(sizeof(*area), GFP_KERNEL);
	if (!area)
		return -ENOMEM;
	list_add(&area->node, &foo->areas);
	foo->nr_areas++;
	pm_runtime_get_sync(foo->dev);
	desc->private_data = area;
	return 0;
}
""",
            findings=4,
        ),
        Example(
            "in a function that the hook calls",
            """\
static void foo_hold(struct foo *foo)
{
	mutex_lock(&foo->lock);
	refcount_inc(&foo->users);
	mutex_unlock(&foo->lock);
}

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	foo_hold(desc->file->private_data);
	mmap_action_remap_full(desc, foo_pfn);
	return 0;
}
""",
        ),
        Example(
            "given back on the failing path only",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;
	int ret;

	get_device(foo->dev);
	ret = foo_check(foo, vma_desc_size(desc));
	if (ret)
		put_device(foo->dev);
	return ret;
}
""",
        ),
    ),
    good=(
        Example(
            "taken and given back",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;
	char *name;
	int ret;

	name = kstrdup(foo->name, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	ret = foo_check(name, vma_desc_size(desc));
	kfree(name);
	return ret;
}
""",
            findings=0,
        ),
        Example(
            "freed by scope, counted in a local",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;
	char *name __free(kfree) = kstrdup(foo->name, GFP_KERNEL);
	int tries = 0;

	while (foo_busy(foo))
		tries++;
	return name && tries < 3 ? 0 : -EBUSY;
}
""",
            findings=0,
        ),
        Example(
            "a lock",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	mutex_lock(&foo->lock);
	mmap_action_remap_full(desc, foo->pfn);
	mutex_unlock(&foo->lock);
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

	kref_get(&foo->kref);
	*vm_private_data = foo;
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
            "the reference to the file that is mapped instead, which mm takes over",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	struct foo *foo = desc->file->private_data;

	desc->vm_file = get_file(foo->backing);
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
    from mmapmigrate.convert.state import changes_of_events, left_over

    prepared = Prepared(file, context.api)
    seen: set[int] = set()
    for prepare in prepared.functions:
        for path in prepared.paths(prepare):
            if not path.may_succeed:
                continue
            for change in left_over(changes_of_events(file, prepare.function, path.events)):
                if change.node.start_byte in seen or not _counts(file, prepare, change):
                    continue
                seen.add(change.node.start_byte)
                yield _finding(context, prepare, change)


def _finding(context: RuleContext, prepare: Prepare, change: Change) -> Finding:
    takes = "changes state" if change.what == "state" else f"takes {change.what}"
    what = f"`{change.name}`" if change.kind.startswith("count ") else f"{change.name}()"
    return context.finding(
        change.node.start_byte,
        change.node.end_byte,
        f"{what} {takes} in {prepare.function.name}() for a mapping that may never come to be",
        remedy="take what belongs to the mapping in vm_ops->mapped",
    )


def _counts(file: FileModel, prepare: Prepare, change: Change) -> bool:
    if not change.known or (change.gives and not change.kind.startswith("count ")):
        return False
    if change.what == "a file reference" and _sets_file(file, prepare):
        return False
    return not _cleaned_up(file, change.node)


def _sets_file(file: FileModel, prepare: Prepare) -> bool:
    return any(
        member_of(file, prepare, field(node, "left")) == "vm_file"
        for node in find_all(prepare.function.body, "assignment_expression")
    )


def _cleaned_up(file: FileModel, node: Node) -> bool:
    """Whether what is taken is given back at the end of the scope, by the attribute of its variable."""
    return "__free(" in text(file, enclosing_statement(node))
