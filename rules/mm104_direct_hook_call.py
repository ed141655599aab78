# SPDX-License-Identifier: GPL-2.0-only
"""Code calls `->mmap` of a `struct file_operations` by hand.

## What it does

Reports a call of the `mmap` member through a `struct file_operations` (`file->f_op->mmap(file,
vma)`), and a test of that member, in functions that do not look at `mmap_prepare` as well. The same
member of other structs is left alone.

## Why it is bad

A file whose driver has moved to `mmap_prepare` has no `.mmap`: the call goes through a NULL
pointer, and the test says that a file that can be mapped can't. So every driver that can be reached
this way is kept from moving. vfs_mmap() calls whichever hook the file has, the new one through the
compatibility layer; can_mmap_file() tests for either.

## Example

    if (!file->f_op->mmap)
            return -ENODEV;
    return file->f_op->mmap(file, vma);

Use instead:

    if (!can_mmap_file(file))
            return -ENODEV;
    return vfs_mmap(file, vma);

## What the fix does and what may go wrong

Where the table is that of the very file that is passed (`file->f_op->mmap(file, vma)`), the call
becomes vfs_mmap(). Where the file is made up, or the table is another's, there is no fix:
vfs_mmap() needs a real file whose `f_op` is the table that is meant. A test is never rewritten
alone.

## Confidence

High: the type of what the member is taken from is known wherever this is reported.

## Source

vfs_mmap() and can_mmap_file() in include/linux/fs.h; Documentation/filesystems/mmap_prepare.rst.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.finding import Finding, Fix, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.reach import FILE_OPERATIONS
from mmapmigrate.model.sites import MemberSite, call_arguments, is_tested, member_sites, names_in
from mmapmigrate.syntax.edit import Edit

RULE = Rule(
    code="MM104",
    name="direct-hook-call",
    severity=Severity.WARNING,
    summary="->mmap of a struct file_operations called or tested by hand",
    bad=(
        Example(
            "a call through the file",
            """\
static int foo_map(struct file *file, struct vm_area_struct *vma)
{
	return file->f_op->mmap(file, vma);
}
""",
            fixed="""\
static int foo_map(struct file *file, struct vm_area_struct *vma)
{
	return vfs_mmap(file, vma);
}
""",
        ),
        Example(
            "a test and a call",
            """\
static int foo_map(struct foo *foo, struct vm_area_struct *vma)
{
	struct file *lower = foo_lower(foo);

	if (!lower->f_op->mmap)
		return -ENODEV;
	return lower->f_op->mmap(lower, vma);
}
""",
            findings=2,
            fixed="""\
static int foo_map(struct foo *foo, struct vm_area_struct *vma)
{
	struct file *lower = foo_lower(foo);

	if (!lower->f_op->mmap)
		return -ENODEV;
	return vfs_mmap(lower, vma);
}
""",
        ),
        Example(
            "through a file that another struct holds",
            """\
static int foo_map(struct foo *foo, struct vm_area_struct *vma)
{
	return foo->lower->f_op->mmap(foo->lower, vma);
}
""",
            fixed="""\
static int foo_map(struct foo *foo, struct vm_area_struct *vma)
{
	return vfs_mmap(foo->lower, vma);
}
""",
        ),
        Example(
            "a call through a table, with another file",
            """\
static int foo_map(const struct file_operations *fops, struct foo *foo,
			struct vm_area_struct *vma)
{
	return (*fops->mmap)(foo->filp, vma);
}
""",
        ),
    ),
    good=(
        Example(
            "vfs_mmap",
            """\
static int foo_map(struct file *file, struct vm_area_struct *vma)
{
	if (!can_mmap_file(file))
		return -ENODEV;
	return vfs_mmap(file, vma);
}
""",
            findings=0,
        ),
        Example(
            "a function that knows both hooks",
            """\
static int foo_map(struct file *file, struct vm_area_struct *vma)
{
	if (file->f_op->mmap_prepare)
		return compat_vma_mmap(file, vma);
	return file->f_op->mmap(file, vma);
}
""",
            findings=0,
        ),
        Example(
            "the member of another struct",
            """\
static int foo_map(struct foo_device *foo, const struct foo_ops *ops,
			struct vm_area_struct *vma)
{
	if (!ops->mmap)
		return -ENODEV;
	return foo->ops->mmap(foo, vma);
}
""",
            findings=0,
        ),
        Example(
            "an assignment: MM101 reports it",
            """\
static void foo_fill(struct file_operations *ops)
{
	ops->mmap = NULL;
}
""",
            findings=0,
        ),
    ),
)


def check(context: RuleContext) -> Iterator[Finding]:
    file, api = context.file, context.api
    if not api.has_mmap_prepare:
        return
    for site in member_sites(file, "mmap"):
        arguments = call_arguments(site, file)
        if (arguments is None and not is_tested(site)) or names_in(site.item, file, "mmap_prepare"):
            continue
        if site.struct != FILE_OPERATIONS:
            continue
        base = site.base(file)
        if arguments is not None:
            yield context.finding(
                site.start,
                site.end,
                f"{base}->mmap is called by hand: NULL in a file that has .mmap_prepare",
                remedy="call vfs_mmap() with the file itself",
                fix=_fix(site, base, arguments) if api.has("vfs_mmap") else None,
            )
        elif b"mmap_prepare" not in file.unit.code:
            yield context.finding(
                site.start,
                site.end,
                f"{base}->mmap is tested by hand: NULL in a file that has .mmap_prepare",
                remedy="use can_mmap_file()",
            )


def _fix(site: MemberSite, base: str, arguments: list[str]) -> Fix | None:
    """vfs_mmap() in the place of ``file->f_op->mmap``, where ``file`` is also what is passed."""
    file = base.removesuffix("->f_op")
    # An expression with a call in it is evaluated twice as it stands; vfs_mmap() would evaluate it once.
    if file == base or arguments[:1] != [file] or "(" in file or site.wrapped:
        return None
    return Fix(Tier.COMPLETE, edits=(Edit(site.start, site.end, b"vfs_mmap"),))
