# SPDX-License-Identifier: GPL-2.0-only
"""A legacy `VM_xxx` mask stands where the descriptor's `VMA_xxx_BIT` belongs.

## What it does

Reports legacy masks that are passed to helpers that take bit numbers or a vma_flags_t
(vma_desc_test(), vma_desc_set_flags(), vma_flags_test(), mk_vma_flags() and their kin, as the
target kernel declares them), and masks that meet the `vma_flags` of a `struct vm_area_desc` in `&`,
`==`, `|=` and the like.

## Why it is bad

`VM_IO` is the value 0x4000; `VMA_IO_BIT` is the number 14. A mask that is taken for a bit's number
names another flag, or a bit far outside the bitmap, and setting that one overwrites memory. Where
the types differ the code does not build.

## Example

    if (vma_desc_test(desc, VM_WRITE))
            return -EPERM;
    vma_desc_set_flags(desc, VM_IO | VM_PFNMAP);

Use instead:

    if (vma_desc_test(desc, VMA_WRITE_BIT))
            return -EPERM;
    vma_desc_set_flags(desc, VMA_IO_BIT, VMA_PFNMAP_BIT);

## What the fix does and what may go wrong

Each mask becomes the bits that it was meant to be, with the names that the target kernel has. Where
the code builds and its mask happens to name a bit, that bit was tested or set until now: the fix is
for review. A flag that is zero under some configurations, or has a bit only under some, does not
translate, and there is no fix. Nor is there one where several flags are given to a helper that
takes one: any of them or all of them, that is for a person to say.

## Confidence

High.

## Source

Documentation/filesystems/mmap_prepare.rst, section "VMA Flags"; the flag bits in
include/linux/mm.h.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.finding import Finding, Fix, Severity
from mmapmigrate.lint.rule import Example, Rule, RuleContext
from mmapmigrate.model.legacy_masks import MisplacedMask, misplaced_masks

RULE = Rule(
    code="MM202",
    name="legacy-flag-mask",
    severity=Severity.ERROR,
    summary="a VM_xxx mask where the descriptor's VMA_xxx_BIT belongs",
    bad=(
        Example(
            "one flag tested, several set",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (vma_desc_test(desc, VM_WRITE))
		return -EPERM;
	vma_desc_set_flags(desc, VM_IO | VM_PFNMAP, VMA_DONTDUMP_BIT);
	vma_desc_clear_flags(desc, (VM_MAYWRITE));
	return 0;
}
""",
            findings=3,
            fixed="""\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (vma_desc_test(desc, VMA_WRITE_BIT))
		return -EPERM;
	vma_desc_set_flags(desc, VMA_IO_BIT, VMA_PFNMAP_BIT, VMA_DONTDUMP_BIT);
	vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT);
	return 0;
}
""",
        ),
        Example(
            "with the operators of old",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (!(desc->vma_flags & VM_SHARED) && (desc->vma_flags & (VM_WRITE | VM_EXEC)))
		return -EINVAL;
	desc->vma_flags |= VM_DONTEXPAND;
	desc->vma_flags &= ~(VM_MAYWRITE | VM_MAYEXEC);
	return 0;
}
""",
            findings=4,
            fixed="""\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (!vma_desc_test(desc, VMA_SHARED_BIT) && vma_desc_test_any(desc, VMA_WRITE_BIT, VMA_EXEC_BIT))
		return -EINVAL;
	vma_desc_set_flags(desc, VMA_DONTEXPAND_BIT);
	vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT, VMA_MAYEXEC_BIT);
	return 0;
}
""",
        ),
        Example(
            "a mask for a helper that takes a bitmap",
            """\
static bool foo_special(const struct vm_area_desc *desc)
{
	return vma_desc_test_any_mask(desc, VM_IO | VM_PFNMAP);
}
""",
            fixed="""\
static bool foo_special(const struct vm_area_desc *desc)
{
	return vma_desc_test_any_mask(desc, mk_vma_flags(VMA_IO_BIT, VMA_PFNMAP_BIT));
}
""",
        ),
        Example(
            "two flags for a helper that takes one, and one that does not translate",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (vma_desc_test(desc, VM_WRITE | VM_EXEC))
		return -EPERM;
	vma_desc_clear_flags(desc, VM_SOFTDIRTY);
	return 0;
}
""",
            findings=2,
            fixed="""\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (vma_desc_test(desc, VM_WRITE | VM_EXEC))
		return -EPERM;
	vma_desc_clear_flags(desc, VM_SOFTDIRTY);
	return 0;
}
""",
        ),
    ),
    good=(
        Example(
            "bits",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	if (vma_desc_test_any(desc, VMA_WRITE_BIT, VMA_EXEC_BIT))
		return -EPERM;
	vma_desc_set_flags(desc, VMA_IO_BIT);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "masks for a VMA",
            """\
static int foo_mmap(struct foo *foo, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vm_flags_set(vma, VM_IO | VM_PFNMAP);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "masks that are converted first",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	const vm_flags_t flags = vma_flags_to_legacy(desc->vma_flags);

	if (flags & VM_WRITE)
		return -EPERM;
	desc->vma_flags = legacy_to_vma_flags(flags | VM_IO);
	return 0;
}
""",
            findings=0,
        ),
        Example(
            "a fault code",
            """\
static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	return vma_desc_test(desc, VMA_WRITE_BIT) ? VM_FAULT_SIGBUS : 0;
}
""",
            findings=0,
        ),
        Example(
            "a helper of the file's own",
            """\
static bool vma_desc_test(struct vm_area_desc *desc, unsigned long flags)
{
	return foo_flags(desc) & flags;
}

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	return vma_desc_test(desc, VM_WRITE) ? -EPERM : 0;
}
""",
            findings=0,
        ),
    ),
    sign=b"vma_",
)


def check(context: RuleContext) -> Iterator[Finding]:
    found = sorted(misplaced_masks(context.file, context.api), key=lambda mask: mask.start)
    for mask in found:
        yield context.finding(
            mask.start,
            mask.end,
            f"{mask.taker}, and {mask.flag} is a mask",
            remedy=_remedy(context.api, mask),
            fix=_fix(context, mask) if mask.edits else None,
        )


def _fix(context: RuleContext, mask: MisplacedMask) -> Fix:
    if mask.number is None:
        return Fix(Tier.COMPLETE, edits=mask.edits)
    line = context.file.unit.source.position(mask.start).line
    sentence = f"until now the helper has taken the value {mask.number} for a bit's number"
    reason = Reason(context.file.path, line, "mask-as-bit", sentence, Tier.REVIEW)
    return Fix(Tier.REVIEW, (reason,), mask.edits)


def _remedy(api: KernelApi, mask: MisplacedMask) -> str:
    if mask.bits is not None:
        return f"use {', '.join(mask.bits)}"
    if mask.mask:
        return f"use the helper that ends in _mask, with {mask.mask}"
    bit = api.flags.get(mask.flag.removeprefix("VM_"))
    if bit is not None:
        return f"{mask.flag} has no VMA_{bit.name}_BIT that means the same in every configuration"
    return "name the bits: VMA_x_BIT"
