# SPDX-License-Identifier: GPL-2.0-only
"""A small kernel tree of our own: a core that dispatches, drivers that hang on it, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FILES: Mapping[str, str] = {
    "Kconfig": "",
    "Makefile": "VERSION = 8\nPATCHLEVEL = 1\nSUBLEVEL = 2\nEXTRAVERSION =\n",
    "MAINTAINERS": """\
List of maintainers
===================

	F: *Files* wildcard patterns.

Maintainers List
----------------

FOO CORE
M:	Somebody <somebody@example.org>
S:	Maintained
F:	core/
F:	include/linux/foo*.h

FOO DRIVERS
S:	Odd Fixes
F:	drivers/foo/
X:	drivers/foo/not/

FOO DRIVER A <fast>
S:	Supported
F:	drivers/foo/a.c

THE REST
S:	Buried
F:	*
F:	*/
""",
    "include/linux/mm_types.h": """\
struct vm_area_desc {
	struct file *file;
	unsigned long pgoff;
	const struct vm_operations_struct *vm_ops;
	void *private_data;
};
struct vm_area_struct {
	unsigned long vm_start;
	void *vm_private_data;
	const struct vm_operations_struct *vm_ops;
};
""",
    "include/linux/mm.h": """\
struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
};
unsigned long vma_desc_pages(const struct vm_area_desc *desc);
""",
    "include/linux/fs.h": """\
struct file_operations {
	int (*mmap)(struct file *, struct vm_area_struct *);
	int (*mmap_prepare)(struct vm_area_desc *);
};
""",
    "include/linux/foo.h": """\
struct foo_queue_ops {
	int (*mmap)(struct foo_queue *, struct vm_area_struct *);
};

struct foo_queue {
	const struct foo_queue_ops *qops;
};

struct foo_file_ops {
	int (*mmap)(struct file *, struct vm_area_struct *);
};

struct foo_dev {
	const struct foo_file_ops *fops;
	const struct file_operations *file_ops;
};

int fooq_mmap(struct foo_queue *q, struct vm_area_struct *vma);
int fooq_fop_mmap(struct file *file, struct vm_area_struct *vma);
int fooq_size(const struct vm_area_struct *vma);

#define FOO_FOPS \\
	.mmap = fooq_fop_mmap

#define DEFINE_FOO_FOPS(name) \\
	static const struct file_operations name = { \\
		FOO_FOPS, \\
	}
""",
    "core/foo.c": """\
#include <linux/foo.h>

#define call_qop(q, op, args...) ((q)->qops->op(args))

int fooq_size(const struct vm_area_struct *vma)
{
	return vma->vm_start;
}

int fooq_mmap(struct foo_queue *q, struct vm_area_struct *vma)
{
	if (fooq_size(vma))
		return -EINVAL;
	vma->vm_private_data = q;
	return call_qop(q, mmap, q, vma);
}

int fooq_fop_mmap(struct file *file, struct vm_area_struct *vma)
{
	return fooq_mmap(file->private_data, vma);
}

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct foo_dev *dev = file->private_data;

	return dev->fops->mmap(file, vma);
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};

static int foo_pages_mmap(struct foo_queue *q, struct vm_area_struct *vma)
{
	return 0;
}

static const struct foo_queue_ops foo_pages_ops = {
	.mmap = foo_pages_mmap,
};
""",
    "drivers/foo/a.c": """\
#include <linux/foo.h>

static const struct foo_file_ops a_ops = {
	.mmap = fooq_fop_mmap,
};
""",
    "drivers/foo/b.c": """\
#include <linux/foo.h>

static int b_map(struct file *file, struct vm_area_struct *vma)
{
	return fooq_mmap(file->private_data, vma);
}

static int b_mmap(struct file *file, struct vm_area_struct *vma)
{
	return b_map(file, vma);
}

static const struct foo_file_ops b_ops = {
	.mmap = b_mmap,
};
""",
    "drivers/foo/c.c": """\
#include <linux/foo.h>

/* DEFINE_FOO_FOPS(not_this); */
DEFINE_FOO_FOPS(c_fops);
""",
    "drivers/foo/d.c": """\
#include <linux/foo.h>

static const struct file_operations d_fops = {
	.owner = THIS_MODULE,
	FOO_FOPS,
};
""",
    "drivers/bar/own.c": """\
#include <linux/foo.h>

static int own_mmap(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

static const struct foo_file_ops own_ops = {
	.mmap = own_mmap,
};
""",
    "drivers/bar/done.c": """\
static const struct file_operations done_fops = {
	.mmap_prepare = done_mmap_prepare,
};

static const struct file_operations gone_fops = {
	.mmap_prepare = NULL,
};
""",
    "drivers/bar/easy.c": """\
static int easy_mmap(struct file *file, struct vm_area_struct *vma)
{
	return -ENODEV;
}

static const struct file_operations easy_fops = {
	.mmap = easy_mmap,
};
""",
}


def write_tree(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """Writes FILES, and ``files`` over them, below ``folder``; returns the top of the tree."""
    root = folder / "linux"
    for path, text in {**FILES, **(files or {})}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root
