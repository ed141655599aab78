// SPDX-License-Identifier: GPL-2.0-only
/* Drawn at random: a hook, and what it may name. */
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define BUFFER_PAGES	4UL
#define BUFFER_SIZE	(BUFFER_PAGES * PAGE_SIZE)

/* The buffer lies in the midst of it: what is mapped by mistake around the buffer is the driver's, too. */
#define ROOM_ORDER	5
#define ROOM_PAGES	(1UL << ROOM_ORDER)
#define ROOM_BEFORE	8

struct box {
	struct mutex lock;
	spinlock_t guard;
	unsigned long size;
	unsigned long limit;
	phys_addr_t phys;
	struct page **pages;
	atomic_t users;
	bool busy;
	bool cached;
	int mode;
};

static unsigned long base;
module_param(base, ulong, 0444);
static int asked;
module_param(asked, int, 0444);
static int refused;
module_param(refused, int, 0444);
static int mapped;
module_param(mapped, int, 0444);
static int opened;
module_param(opened, int, 0444);
static int closed;
module_param(closed, int, 0444);
static unsigned long last;
module_param(last, ulong, 0444);

static struct page *room;
static struct page *buffer;
static struct page *pages[BUFFER_PAGES];
static void *memory;
static struct box the_box = {
	.size = BUFFER_SIZE,
	.limit = $limit_at_first,
	.pages = pages,
	.mode = $mode_at_first,
	.cached = $cached_at_first,
};

static const struct vm_operations_struct plain_vm_ops = {
};

static void counting_open(struct vm_area_struct *vma)
{
	opened++;
}

static void counting_close(struct vm_area_struct *vma)
{
	closed++;
}

static const struct vm_operations_struct counting_vm_ops = {
	.open = counting_open,
	.close = counting_close,
};

static vm_fault_t page_fault(struct vm_fault *vmf)
{
	struct page **from = vmf->vma->vm_private_data;

	if (vmf->pgoff >= BUFFER_PAGES)
		return VM_FAULT_SIGBUS;

	vmf->page = from ? from[vmf->pgoff] : pages[vmf->pgoff];
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct fault_vm_ops = {
	.fault = page_fault,
};

static vm_fault_t start_fault(struct vm_fault *vmf)
{
	unsigned long at = (vmf->address - vmf->vma->vm_start) >> PAGE_SHIFT;

	if (at >= BUFFER_PAGES)
		return VM_FAULT_SIGBUS;

	vmf->page = pages[at];
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct start_fault_vm_ops = {
	.fault = start_fault,
};

static const struct vm_operations_struct access_vm_ops = {
#ifdef CONFIG_HAVE_IOREMAP_PROT
	.access = generic_access_phys,
#endif
};

$hook

static int box_open(struct inode *inode, struct file *file)
{
	file->private_data = &the_box;
	return 0;
}

static const struct file_operations box_fops = {
	.owner = THIS_MODULE,
	.open = box_open,
	.mmap = box_mmap,
};

static struct miscdevice box_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &box_fops,
};

static void free_all(void)
{
	unsigned long i;

	for (i = 0; i < BUFFER_PAGES; i++)
		if (pages[i])
			__free_page(pages[i]);
	if (room)
		__free_pages(room, ROOM_ORDER);
	vfree(memory);
}

static int __init box_init(void)
{
	unsigned long i;
	int ret;

	mutex_init(&the_box.lock);
	spin_lock_init(&the_box.guard);
	room = alloc_pages(GFP_KERNEL, ROOM_ORDER);
	memory = vmalloc_user(BUFFER_SIZE);
	if (!room || !memory)
		goto err_free;
	for (i = 0; i < ROOM_PAGES; i++)
		memset(page_address(room + i), 'a' + i % 26, PAGE_SIZE);
	buffer = room + ROOM_BEFORE;
	for (i = 0; i < BUFFER_PAGES; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		if (!pages[i])
			goto err_free;
		memset(page_address(pages[i]), 'A' + i, PAGE_SIZE);
		memset(memory + i * PAGE_SIZE, 'I' + i, PAGE_SIZE);
	}
	the_box.phys = page_to_phys(buffer);

	ret = misc_register(&box_device);
	if (ret)
		free_all();
	return ret;

err_free:
	free_all();
	return -ENOMEM;
}
module_init(box_init);

static void __exit box_exit(void)
{
	misc_deregister(&box_device);
	free_all();
}
module_exit(box_exit);

MODULE_DESCRIPTION("A driver drawn at random");
MODULE_LICENSE("GPL");
