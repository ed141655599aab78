# SPDX-License-Identifier: GPL-2.0-only
"""One `struct file_operations` has both `.mmap` and `.mmap_prepare`.

## What it does

Reports an initialiser of a `struct file_operations` that gives a function to `.mmap` and another to
`.mmap_prepare`, unless the preprocessor can only ever choose one of the two.

## Why it is bad

The two are mutually exclusive. `can_mmap_file()` warns once and refuses: every mmap() of such a
file fails with -ENODEV.

## Example

    static const struct file_operations foo_fops = {
            .mmap = foo_mmap,
            .mmap_prepare = foo_mmap_prepare,
    };

Use instead:

    static const struct file_operations foo_fops = {
            .mmap_prepare = foo_mmap_prepare,
    };

## What the fix does and what may go wrong

There is no fix: which of the two hooks is the right one is for a person to say.

## Confidence

High.

## Source

can_mmap_file() in include/linux/fs.h; Documentation/filesystems/mmap_prepare.rst.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.convert.conversion import HookRef
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.arms import exclusive
from mmapmigrate.model.reach import FILE_OPERATIONS, deprecated_hooks

RULE = Rule(
    code="MM102",
    name="conflicting-hooks",
    severity=Severity.ERROR,
    summary=".mmap and .mmap_prepare in one struct file_operations: every mmap() of it fails",
    bad=(
        Example(
            "both in one table",
            """\
static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
	.mmap_prepare = foo_mmap_prepare,
};
""",
        ),
        Example(
            "the other way round, far apart",
            """\
const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
	.open = foo_open,
	.release = foo_release,
	.mmap = foo_mmap,
};
""",
        ),
        Example(
            "in one arm of a condition, and a third hook in the other",
            """\
static const struct file_operations foo_fops = {
#ifdef CONFIG_FOO
	.mmap = foo_mmap,
	.mmap_prepare = foo_mmap_prepare,
#else
	.mmap_prepare = foo_plain_mmap_prepare,
#endif
};
""",
        ),
        Example(
            "in the body of a macro",
            """\
#define FOO_FOPS(name) \\
	const struct file_operations name = {\\
		.mmap = foo_mmap,\\
		.mmap_prepare = foo_mmap_prepare,\\
	}
""",
        ),
        Example(
            "one of them under a condition",
            """\
static const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
#ifdef CONFIG_FOO
	.mmap = foo_mmap,
#endif
};
""",
        ),
    ),
    good=(
        Example(
            "one of them is NULL",
            """\
static const struct file_operations foo_fops = {
	.mmap = NULL,
	.mmap_prepare = foo_mmap_prepare,
};
""",
            findings=0,
        ),
        Example(
            "in branches that exclude each other",
            """\
static const struct file_operations foo_fops = {
#ifdef CONFIG_FOO
	.mmap = foo_mmap,
#else
	.mmap_prepare = foo_mmap_prepare,
#endif
};
""",
            findings=0,
        ),
        Example(
            "in two tables",
            """\
static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};

static const struct file_operations foo_new_fops = {
	.mmap_prepare = foo_mmap_prepare,
};
""",
            findings=0,
        ),
        Example(
            "in two elements of one array",
            """\
static const struct file_operations foo_fops[] = {
	{ .mmap = foo_mmap },
	{ .mmap_prepare = foo_mmap_prepare },
};
""",
            findings=0,
        ),
        Example(
            "in a struct that may have both",
            """\
static const struct foo_ops foo_ops = {
	.mmap = foo_mmap,
	.mmap_prepare = foo_mmap_prepare,
};
""",
            findings=0,
        ),
    ),
)


def check(context: RuleContext) -> Iterator[Finding]:
    prepared = [
        entry
        for entry in context.file.entries()
        if entry.struct == FILE_OPERATIONS and entry.member == "mmap_prepare" and entry.handler != "NULL"
    ]
    for entry in deprecated_hooks(context.file, context.api) if prepared else ():
        for other in prepared:
            if entry.list_start is None or entry.list_start != other.list_start:
                continue
            if exclusive(entry.conditions, other.conditions):
                continue
            table = entry.object or "this file_operations"
            line = context.file.unit.source.position(other.start).line
            yield context.finding(
                entry.start,
                entry.end,
                f"{table} has .mmap beside .mmap_prepare (line {line}): every mmap() fails",
                remedy="keep .mmap_prepare only",
                hook=HookRef(FILE_OPERATIONS, entry.member, entry.object, entry.handler),
                related=((other.start, other.end),),
            )
            break
