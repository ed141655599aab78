# SPDX-License-Identifier: GPL-2.0-only
"""The `.mmap` member of a `struct file_operations` names a hook that takes a half-built VMA.

## What it does

Reports every place where the `.mmap` member of a `struct file_operations` gets a function: in an
initialiser or a compound literal, by an assignment at run time, or in the body of a macro that
makes tables. Members of the same name in other structs (v4l2_file_operations, proto_ops,
drm_gem_object_funcs ...) are other callbacks and are left alone. A kernel without `mmap_prepare`
deprecates nothing, so nothing is reported there.

## Why it is bad

The hook runs when the VMA is allocated but not yet part of the address space. It can change what mm
has already decided, it can fail after page tables were filled, and it is called too late for the
mapping to be merged with its neighbour. The kernel calls it a stability and security risk and has
deprecated it for `mmap_prepare`, which gets a descriptor of the mapping to be made.

## Example

    static const struct file_operations foo_fops = {
            .mmap = foo_mmap,
    };

Use instead:

    static const struct file_operations foo_fops = {
            .mmap_prepare = foo_mmap_prepare,
    };

with `static int foo_mmap_prepare(struct vm_area_desc *desc)`.

## What the fix does and what may go wrong

The fix is a conversion: the hook, the helpers that it hands its VMA to, its prototypes and every
table that names it change together. Its tier says how far to trust it. `complete` keeps flags,
contents, success, failure and errno. `review` differs in a way that is stated, and is written only
on request. Where something has no counterpart in the target kernel the conversion is `blocked` and
the reasons name it. A table in a macro that other files use is never converted for one of its users
alone.

For what stays a skeleton or blocked, `fix --skeleton` leaves the old hook in use and puts beside it
`static int __maybe_unused foo_mmap_prepare()` with all that converts, a FIXME comment for each
reason, and an error where a statement is missing. The finding stays, and says what is left in the
skeleton, until the table names the new hook.

## Confidence

High: the struct's type is known wherever this is reported.

## Source

Documentation/filesystems/mmap_prepare.rst; the comment on mmap_prepare's contract in
include/linux/fs.h.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.convert.conversion import HookRef
from mmapmigrate.convert.names import prepared
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.reach import FILE_OPERATIONS, deprecated_hooks
from mmapmigrate.model.skeletons import skeleton_named

HOOK = """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &foo_vm_ops;
	return 0;
}

"""

RULE = Rule(
    code="MM101",
    name="deprecated-mmap-hook",
    severity=Severity.WARNING,
    summary="the .mmap hook of a struct file_operations is deprecated in favour of .mmap_prepare",
    bad=(
        Example(
            "in an initialiser",
            HOOK
            + """\
static const struct file_operations foo_fops = {
	.owner = THIS_MODULE,
	.mmap = foo_mmap,
};
""",
        ),
        Example(
            "a hook of another file",
            """\
const struct file_operations foo_fops = {
	.mmap		= generic_file_mmap,
	.open		= foo_open,
};
""",
        ),
        Example(
            "in an array of tables, two of them",
            HOOK
            + """\
static const struct file_operations foo_fops[] = {
	[0] = {
		.mmap = foo_mmap,
	},
	[1] = {
		.open = foo_open,
		.mmap = &foo_mmap,
	},
};
""",
            findings=2,
        ),
        Example(
            "under a condition",
            HOOK
            + """\
static const struct file_operations foo_fops = {
	.open = foo_open,
#ifdef CONFIG_MMU
	.mmap = foo_mmap,
#endif
};
""",
        ),
        Example(
            "assigned at run time",
            HOOK
            + """\
static struct file_operations foo_fops;

static int foo_init(void)
{
	foo_fops.mmap = foo_mmap;
	return 0;
}
""",
        ),
        Example(
            "assigned through a pointer",
            HOOK
            + """\
static void foo_fill(struct file_operations *ops)
{
	ops->mmap = foo_mmap;
}
""",
        ),
        Example(
            "in the body of a macro that makes tables",
            """\
#define DEFINE_FOO_FOPS(name) \\
	static const struct file_operations name = {\\
		.open = foo_open,\\
		.mmap = foo_mmap,\\
	}
""",
        ),
    ),
    good=(
        Example(
            "mmap_prepare",
            """\
static const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
};
""",
            findings=0,
        ),
        Example(
            "no hook",
            """\
static const struct file_operations foo_fops = {
	.open = foo_open,
	.mmap = NULL,
};
""",
            findings=0,
        ),
        Example(
            "a macro that stands for no hook",
            """\
#define foo_mmap NULL

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
        ),
        Example(
            "the member of another struct",
            HOOK
            + """\
static const struct v4l2_file_operations foo_fops = {
	.mmap = foo_mmap,
};
""",
            findings=0,
        ),
        Example(
            "another struct's pointer",
            """\
static void foo_fill(struct foo_ops *ops)
{
	ops->mmap = foo_map;
}
""",
            findings=0,
        ),
        Example(
            "in a comment and in a string",
            """\
/* static struct file_operations foo_fops = { .mmap = foo_mmap }; */
static const char help[] = "struct file_operations x = { .mmap = foo_mmap };";
""",
            findings=0,
        ),
        Example(
            "another struct's table inside a function that knows a file_operations",
            """\
static void foo_setup(const struct file_operations *fops, struct foo_dev *dev)
{
	dev->ops = (struct foo_ops){ .mmap = foo_map };
}
""",
            findings=0,
        ),
    ),
)


def check(context: RuleContext) -> Iterator[Finding]:
    for entry in deprecated_hooks(context.file, context.api):
        start, end = (entry.start, entry.end)
        value = context.file.unit.source.data[entry.value_start : entry.value_end].decode("latin-1")
        handler = f"{entry.handler}()" if entry.handler else " ".join(value.split())
        table = f"{entry.object}.mmap" if entry.object else "a file_operations' .mmap"
        yield context.finding(
            start,
            end,
            f"{table} names {handler}, which takes a half-built VMA",
            remedy=_remedy(context.file, entry.handler),
            hook=HookRef(FILE_OPERATIONS, entry.member, entry.object, entry.handler),
        )


def _remedy(file: FileModel, handler: str | None) -> str:
    skeleton = skeleton_named(file, prepared(handler), handler) if handler else None
    if skeleton is not None:
        return skeleton.left
    return "use .mmap_prepare, which describes the mapping before it exists"
