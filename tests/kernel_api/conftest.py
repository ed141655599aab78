# SPDX-License-Identifier: GPL-2.0-only
"""Small header trees of our own, written where a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MakeTree = Callable[..., Path]

MAKEFILE = """\
# SPDX-License-Identifier: GPL-2.0
VERSION = 8
PATCHLEVEL = 1
SUBLEVEL = 2
EXTRAVERSION = -rc3
NAME = Test
"""

MM_TYPES = """\
#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H

enum mmap_action_type {
	MMAP_NOTHING,	/* nothing to do */
	MMAP_REMAP_PFN,
	MMAP_TELEPORT,
};

struct mmap_action {
	union {
		struct {
			unsigned long start, size;
			pgprot_t pgprot;
		} remap;
		struct { struct page **pages; } discontig;
	};
	enum mmap_action_type type;
	int error_override;
	bool hidden :1;
};

struct vm_area_desc {
	struct mm_struct *mm;
	struct file *file;
	unsigned long start;
	unsigned long end;
	pgoff_t page_offset;	/* pgoff in older kernels */
	vma_flags_t vma_flags;
#ifdef CONFIG_NUMA
	struct mempolicy *policy;
#endif
	struct mmap_action action;
};

struct vm_area_struct {
	union {
		struct {
			unsigned long vm_start;
			unsigned long vm_end;
		};
		freeptr_t vm_freeptr;
	};
	const struct vm_operations_struct *vm_ops;
} __randomize_layout;

static __always_inline vm_flags_t vma_flags_to_legacy(vma_flags_t flags)
{
	return flags.word[0];
}

#endif /* _LINUX_MM_TYPES_H */
"""

MM = """\
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#define DECLARE_VMA_BIT(name, bitnum) \\
	VMA_ ## name ## _BIT = ((__force vma_flag_t)bitnum)
#define DECLARE_VMA_BIT_ALIAS(name, aliased) \\
	VMA_ ## name ## _BIT = (VMA_ ## aliased ## _BIT)
enum {
	DECLARE_VMA_BIT(READ, 0),	/* a, b */
	DECLARE_VMA_BIT(WRITE, 1),
	DECLARE_VMA_BIT(ARCH_1, 24),
	DECLARE_VMA_BIT(SOFTDIRTY, 27),
	DECLARE_VMA_BIT(ODD, 28),
	DECLARE_VMA_BIT(HIGH, 40),
#ifdef CONFIG_MMU
	DECLARE_VMA_BIT(MISSING, 9),
#else
	DECLARE_VMA_BIT(OVERLAY, 9),
#endif
	DECLARE_VMA_BIT_ALIAS(BTI, ARCH_1),
	DECLARE_VMA_BIT_ALIAS(READABLE, READ),
#ifdef CONFIG_STACK_GROWSUP
	DECLARE_VMA_BIT_ALIAS(STACK, WRITE),
#else
	DECLARE_VMA_BIT_ALIAS(STACK, READ),
#endif
};
#undef DECLARE_VMA_BIT

#define INIT_VM_FLAG(name) BIT((__force int) VMA_ ## name ## _BIT)
#define VM_NONE		0
#define VM_READ		INIT_VM_FLAG(READ)
#define VM_WRITE	INIT_VM_FLAG(WRITE)
#define VM_ARCH_1	INIT_VM_FLAG(ARCH_1)
#ifdef CONFIG_SOFT
#define VM_SOFTDIRTY	INIT_VM_FLAG(SOFTDIRTY)
#else
#define VM_SOFTDIRTY	VM_NONE
#endif
#define VM_ODD		(INIT_VM_FLAG(ODD) | VM_READ)
#define VM_HIGH		INIT_VM_FLAG(HIGH)
#define VM_MISSING	INIT_VM_FLAG(MISSING)
#define VM_BTI		INIT_VM_FLAG(BTI)
#define VM_READABLE	INIT_VM_FLAG(READABLE)
#define VM_STACK	INIT_VM_FLAG(STACK)

#define VM_RW_FLAGS	(VM_READ | VM_WRITE)
#define VMA_RW_FLAGS	mk_vma_flags(VMA_READ_BIT, VMA_WRITE_BIT)
#define VM_LIES		(VM_READ | VM_ARCH_1)
#define VMA_LIES	mk_vma_flags(VMA_READ_BIT, VMA_WRITE_BIT)
#define VM_DERIVED	vma_flags_to_legacy(VMA_DERIVED_FLAGS)
#define VMA_DERIVED_FLAGS append_vma_flags(VMA_RW_FLAGS, VMA_ARCH_1_BIT)
#ifdef CONFIG_SOFT
#define VM_SOFT_MASK	(VM_READ | VM_SOFTDIRTY)
#define VMA_SOFT_MASK	mk_vma_flags(VMA_READ_BIT, VMA_SOFTDIRTY_BIT)
#endif

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	int (*mapped)(unsigned long start, unsigned long end, pgoff_t pgoff,
			const struct file *file, void **vm_private_data);
};

#define mk_vma_flags(...) __mk_vma_flags(COUNT_ARGS(__VA_ARGS__))
#define append_vma_flags(flags, ...) __append(flags, __VA_ARGS__)
static inline bool vma_test(const struct vm_area_struct *vma, vma_flag_t bit)
{
	return true;
}
static inline bool vma_desc_test(const struct vm_area_desc *desc, vma_flag_t bit)
{
	return true;
}
#define vma_test_any(vma, ...) vma_test_any_mask(vma, mk_vma_flags(__VA_ARGS__))
#define vma_desc_test_any(desc, ...) vma_desc_test_any_mask(desc, mk_vma_flags(__VA_ARGS__))
static inline unsigned long vma_pages(const struct vm_area_struct *vma) { return 1; }
unsigned long
vma_desc_pages(const struct vm_area_desc *desc);
static inline bool is_cow_mapping(vm_flags_t flags)
{
	return flags & VM_WRITE;
}
bool vma_desc_is_cow_mapping(struct vm_area_desc *desc);
bool range_in_vma(const struct vm_area_struct *vma, unsigned long start, unsigned long end);
bool range_in_vma_desc(const struct vm_area_desc *desc, unsigned long start, unsigned long end);

/* A step of an action: takes none of what the VMA's form takes. */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
			unsigned long size, pgprot_t prot);
int remap_pfn_range_prepare(struct vm_area_desc *desc);

void mmap_action_remap(struct vm_area_desc *desc, unsigned long start, unsigned long size);
extern void mmap_action_map_discontig_kernel_pages(struct vm_area_desc *desc,
						struct page **pages, /* one, two */
						unsigned long nr_pages) __must_hold(x);
#ifdef CONFIG_TELEPORT
int mmap_action_teleport(struct vm_area_desc *desc);
#endif
#endif
"""

FS = """\
struct file_operations {
	int (*mmap) (struct file *, struct vm_area_struct *);
	int (*open) (struct inode *, struct file *);
	int (*mmap_prepare)(struct vm_area_desc *);
} __randomize_layout;

static inline bool can_mmap_file(struct file *file)
{
	return file->f_op->mmap || file->f_op->mmap_prepare;
}
int generic_file_mmap(struct file *, struct vm_area_struct *);
int generic_file_mmap_prepare(struct vm_area_desc *desc);
static inline int vfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	return file->f_op->mmap(file, vma);
}
"""


@pytest.fixture
def mm_text() -> str:
    """The default include/linux/mm.h."""
    return MM


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    """Writes a tree: the default headers, but for ``files`` (path to text; None leaves a file out)."""

    def make(files: Mapping[str, str | bytes | None] | None = None, name: str = "linux") -> Path:
        root = tmp_path / name
        wanted: dict[str, str | bytes | None] = {
            "MAINTAINERS": "",
            "Kconfig": "",
            "Makefile": MAKEFILE,
            "include/linux/mm.h": MM,
            "include/linux/mm_types.h": MM_TYPES,
            "include/linux/fs.h": FS,
            **(files or {}),
        }
        for path, text in wanted.items():
            if text is None:
                continue
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        return root

    return make
