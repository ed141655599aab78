/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PEEK_H
#define PEEK_H

#include <linux/ioctl.h>
#include <linux/types.h>

struct peek {
	__u64 address;		/* in: an address of the caller */
	__u64 start, end;	/* out: bounds of the VMA that holds it */
	__u64 pgoff;
	__u64 flags;		/* vm_flags */
	__u64 prot;		/* vm_page_prot */
	__u64 page_prot;	/* of the page table entry; 0 when there is none */
	__u64 has_ops;
};

#define PEEK _IOWR('p', 1, struct peek)

#endif
