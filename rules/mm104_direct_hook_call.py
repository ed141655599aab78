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
vfs_mmap() needs a real file whose `f_op` is the table that is meant. Such a call keeps every driver
that it can reach from moving.

A test that only returns an error becomes can_mmap_file() once the function maps that very file by
vfs_mmap(), and does nothing else with its `.mmap`. A file with `.mmap_prepare` passes it then, as it
should. A test is never rewritten alone: what else may hang on it is not known.

## Confidence

High: the type of what the member is taken from is known wherever this is reported.

## Source

vfs_mmap() and can_mmap_file() in include/linux/fs.h; Documentation/filesystems/mmap_prepare.rst.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.finding import Finding, Fix, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.reach import FILE_OPERATIONS
from mmapmigrate.model.releases import serves
from mmapmigrate.model.sites import MemberSite, call_arguments, is_tested, member_sites, names_in
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import field, operator

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

	if (!can_mmap_file(lower))
		return -ENODEV;
	return vfs_mmap(lower, vma);
}
""",
        ),
        Example(
            "a test by hand in front of vfs_mmap",
            """\
static int foo_map(struct file *file, struct vm_area_struct *vma)
{
	if (!file->f_op || !file->f_op->mmap)
		return -ENODEV;
	return vfs_mmap(file, vma);
}
""",
            fixed="""\
static int foo_map(struct file *file, struct vm_area_struct *vma)
{
	if (!file->f_op || !can_mmap_file(file))
		return -ENODEV;
	return vfs_mmap(file, vma);
}
""",
        ),
        Example(
            "a test alone",
            """\
static bool foo_can_map(struct file *file)
{
	return file->f_op->mmap ? true : false;
}
""",
        ),
        Example(
            "a test that chooses between two ways to map",
            """\
static int foo_map(struct file *file, struct vm_area_struct *vma)
{
	if (!file->f_op->mmap)
		return foo_map_pages(file, vma);
	return vfs_mmap(file, vma);
}
""",
        ),
        Example(
            "a test of one file and a call of another",
            """\
static int foo_map(struct file *file, struct foo *foo, struct vm_area_struct *vma)
{
	if (!file->f_op->mmap)
		return -ENODEV;
	file = foo->lower;
	return vfs_mmap(file, vma);
}
""",
        ),
        Example(
            "a test whose table is read as well",
            """\
static int foo_map(struct file *file, struct foo *foo, struct vm_area_struct *vma)
{
	if (!file->f_op->mmap)
		return -ENODEV;
	foo->lower_mmap = file->f_op->mmap;
	return vfs_mmap(file, vma);
}
""",
        ),
        Example(
            "a test on which a call through another pointer rests",
            """\
static int foo_map(struct file *lower, struct foo *foo, struct vm_area_struct *vma)
{
	const struct file_operations *fops = lower->f_op;

	if (!lower->f_op->mmap)
		return -ENODEV;
	if (foo->plain)
		return fops->mmap(lower, vma);
	return vfs_mmap(lower, vma);
}
""",
            findings=2,
        ),
        Example(
            "a test on which a call in another function may rest",
            """\
static int foo_do_map(const struct file_operations *fops, struct foo *foo,
			struct vm_area_struct *vma)
{
	return fops->mmap(foo->filp, vma);
}

static int foo_map(struct file *lower, struct foo *foo, struct vm_area_struct *vma)
{
	if (!lower->f_op->mmap)
		return -ENODEV;
	if (foo->plain)
		return foo_do_map(lower->f_op, foo, vma);
	return vfs_mmap(lower, vma);
}
""",
            findings=2,
        ),
        Example(
            "a test behind the call of vfs_mmap",
            """\
static int foo_map(struct file *file, struct foo *foo, struct vm_area_struct *vma)
{
	int ret = vfs_mmap(file, vma);

	file = foo->lower;
	if (!ret && !file->f_op->mmap)
		return -ENODEV;
	if (!file->f_op->mmap)
		return -ENODEV;
	return ret;
}
""",
            findings=2,
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
            "through a struct of the driver's own",
            """\
static int foo_map(struct foo_file *file, struct vm_area_struct *vma)
{
	return file->f_op->mmap(file, vma);
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
            "a test of either hook",
            """\
static bool foo_can_map(struct file *file)
{
	return file->f_op->mmap || file->f_op->mmap_prepare;
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
    sites = list(member_sites(file, "mmap"))
    for site in sites:
        arguments = call_arguments(site, file)
        if (arguments is None and not is_tested(site)) or names_in(site.item, file, "mmap_prepare"):
            continue
        if site.struct != FILE_OPERATIONS or not serves(file, site.start, api.release):
            continue
        base = site.base(file)
        if arguments is not None:
            yield context.finding(
                site.start,
                site.end,
                f"{base}->mmap is called by hand: NULL in a file that has .mmap_prepare",
                remedy="call vfs_mmap() with the file itself",
                fix=_call_fix(site, file) if api.has("vfs_mmap") else None,
            )
        elif b"mmap_prepare" not in file.unit.code:
            known = api.has("vfs_mmap") and api.has("can_mmap_file")
            yield context.finding(
                site.start,
                site.end,
                f"{base}->mmap is tested by hand: NULL in a file that has .mmap_prepare",
                remedy="use can_mmap_file()",
                fix=_test_fix(site, file, sites) if known else None,
            )


def _call_fix(site: MemberSite, file: FileModel) -> Fix | None:
    """vfs_mmap() in the place of ``file->f_op->mmap``, where ``file`` is also what is passed."""
    passed = _plain_file(site, file)
    if passed is None or (call_arguments(site, file) or [])[:1] != [passed] or site.wrapped:
        return None
    holder = site.types.expression(site.text, site.first, site.token - 3)
    if holder is not None and holder.tag != "file":
        return None
    return Fix(Tier.COMPLETE, edits=(Edit(site.start, site.end, b"vfs_mmap"),))


def _test_fix(site: MemberSite, file: FileModel, sites: Sequence[MemberSite]) -> Fix | None:
    """can_mmap_file() in the place of a test, where the function maps the same file by vfs_mmap().

    Without edits where the calls by hand have to become vfs_mmap() first.
    """
    tested = _plain_file(site, file)
    if tested is None or _is_set(tested, site, file) or not _only_refuses(site, file):
        return None
    # A call by hand that stays may rest on the test, also through another pointer or in another function.
    known = [one for one in sites if one.struct in (FILE_OPERATIONS, None)]
    calls = [one for one in known if call_arguments(one, file) is not None]
    if not all(_call_fix(one, file) for one in calls):
        return None
    same = [one for one in known if one.item == site.item]
    if not all(one in calls or is_tested(one) for one in same):
        return None
    if any(one in calls for one in same):
        return Fix(Tier.COMPLETE)
    mapped = rb"\bvfs_mmap\s*\(\s*%s\s*," % re.escape(tested.encode())
    if re.search(mapped, file.unit.code[site.end : site.item.end]) is None:
        return None
    return Fix(Tier.COMPLETE, edits=(Edit(site.start, site.end, f"can_mmap_file({tested})".encode()),))


def _only_refuses(site: MemberSite, file: FileModel) -> bool:
    """Whether all that hangs on a test is an error: ``if (... || !site) return -ENODEV;``."""
    node = file.unit.parse(site.item).root.descendant_for_byte_range(site.start, site.end)
    negated = joined = False
    while node is not None and node.type != "if_statement":
        symbol = operator(node) if node.type in ("unary_expression", "binary_expression") else ""
        if symbol == "!" and (negated or joined):
            return False
        negated, joined = negated or symbol == "!", joined or symbol == "||"
        plain = node.type in ("field_expression", "parenthesized_expression") or symbol == "||"
        if not plain and symbol != "!":
            return False
        node = node.parent
    if node is None or not negated or node.child_by_field_name("alternative") is not None:
        return False
    arm = field(node, "consequence")
    inside = [child for child in arm.named_children if child.type != "comment"]
    while arm.type == "compound_statement" and len(inside) == 1:
        arm, inside = inside[0], [child for child in inside[0].named_children if child.type != "comment"]
    text = file.unit.code[arm.start_byte : arm.end_byte]
    return re.fullmatch(rb"return\s+-E[A-Z0-9]+\s*;", text) is not None


def _plain_file(site: MemberSite, file: FileModel) -> str | None:
    """The file whose f_op the site asks, if it is written as names: calls in it would run another time."""
    base = site.base(file)
    found = base.removesuffix("->f_op")
    return None if found == base or "(" in found else found


def _is_set(name: str, site: MemberSite, file: FileModel) -> bool:
    """Whether the function may let ``name`` be another file once it runs."""
    root = re.escape(re.match(r"\w*", name)[0].encode())  # type: ignore[index]
    body = file.unit.code[file.unit.code.find(b"{", site.item.start) : site.item.end]
    start = site.start - (site.item.end - len(body))
    written = rb"(?<![\w.>])%s\b[\w\s.>-]*(?<![=!<>])=(?!=)|&\s*%s\b(?!\s*(?:->|\.))" % (root, root)
    return any(found.end() > start for found in re.finditer(written, body))
