# SPDX-License-Identifier: GPL-2.0-only
"""A region that could hold part of an mmap hook could not be read.

## What it does

Reports each place that mentions a VMA or an mmap hook, could be part of one, and could not be
parsed, even with the macros and directives that the C grammar does not know masked out. No other
rule can speak about such a place.

## Why it is bad

A tool that skips in silence what it can't read gives a clean bill to code that it never saw. If a
hook or one of its helpers lies in the region, its other findings are missing or wrong, and no
conversion is offered.

## Example

    static int foo_mmap(struct file *file, struct vm_area_struct *vma)
    {
            FOO_BEGIN(vma, {)
            return 0;
    }

Write the region in plain C, as a reviewer would want it anyway:

    static int foo_mmap(struct file *file, struct vm_area_struct *vma)
    {
            foo_begin(vma);
            return 0;
    }

## What the fix does and what may go wrong

There is no fix. The region has to be read by a person; the same list is in the JSON report under
`unparsed`, also when this rule is switched off.

## Confidence

High: the region was not read. Whether it holds anything that matters is for a person to say.

## Source

The tool's own parser; nothing in the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext

RULE = Rule(
    code="MM001",
    name="unparsed-region",
    severity=Severity.WARNING,
    summary="a region that mentions a hook and could not be read",
    bad=(
        Example(
            "a brace inside a macro's arguments",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	FOO_BEGIN(vma, {)
	if (vma->vm_pgoff
		return -EINVAL;
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
        ),
    ),
    good=(
        Example(
            "a hook in plain C",
            """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
        ),
        Example(
            "unreadable, but it mentions no VMA and no hook",
            """\
FOO_TABLE({)
	1, 2 3
(})
""",
            findings=0,
        ),
    ),
)


def check(context: RuleContext) -> Iterator[Finding]:
    for region in context.file.unparsed():
        if region.matters:
            yield context.finding(
                region.start,
                region.end,
                region.message,
                remedy="read it by hand; no other rule has seen it",
            )
