// SPDX-License-Identifier: GPL-2.0-only
/// Marks the mmap hook of each file_operations.

@mmap_hook@
identifier table, hook;
@@

 struct file_operations table = {
*	.mmap = hook,
 };
