// SPDX-License-Identifier: GPL-2.0-only
/* Tells a process what the kernel holds for one of its addresses: the VMA's fields and the page's protection. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "peek.h"

/* The processor sets these two by itself, whenever it likes. */
#define VOLATILE_BITS	(_PAGE_ACCESSED | _PAGE_DIRTY)

static long peek_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct follow_pfnmap_args follow = {};
	struct vm_area_struct *vma;
	struct peek peek;

	if (cmd != PEEK)
		return -ENOTTY;
	if (copy_from_user(&peek, (void __user *)arg, sizeof(peek)))
		return -EFAULT;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, peek.address);
	if (!vma) {
		mmap_read_unlock(current->mm);
		return -ENOENT;
	}
	peek.start = vma->vm_start;
	peek.end = vma->vm_end;
	peek.pgoff = vma->vm_pgoff;
	peek.flags = vma->vm_flags;
	peek.prot = pgprot_val(vma->vm_page_prot);
	peek.has_ops = !!vma->vm_ops;
	peek.page_prot = 0;
	follow.vma = vma;
	follow.address = peek.address;
	if (!follow_pfnmap_start(&follow)) {
		peek.page_prot = pgprot_val(follow.pgprot) & ~VOLATILE_BITS;
		follow_pfnmap_end(&follow);
	}
	mmap_read_unlock(current->mm);

	return copy_to_user((void __user *)arg, &peek, sizeof(peek)) ? -EFAULT : 0;
}

static const struct file_operations peek_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = peek_ioctl,
};

static struct miscdevice peek_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "peek",
	.fops = &peek_fops,
};
module_misc_device(peek_device);

MODULE_DESCRIPTION("Shows a process its own VMAs");
MODULE_LICENSE("GPL");
