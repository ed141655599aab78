# SPDX-License-Identifier: GPL-2.0-only
"""A small tree with drivers that can be converted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.drivers import BLOCKED_HOOK, GOOD_HOOK

MAINTAINERS = """\
Maintainers List
----------------

BAR DRIVER
M:	Bär Bar <bar@example.org>
R:	Quiet One <quiet@example.org>
L:	bar@lists.example.org (moderated for non-subscribers)
L:	secret@lists.example.org (subscribers-only)
S:	Maintained
F:	drivers/char/bar.c

CHAR and MISC DRIVERS
M:	"Misc, Mr." <misc@example.org>
S:	Supported
F:	drivers/char/
F:	drivers/misc/

THE REST
M:	Linus Torvalds <torvalds@linux-foundation.org>
L:	all@lists.example.org
S:	Buried
F:	*
F:	*/
"""


def renamed(text: str, name: str) -> str:
    return text.replace("foo", name)


REVIEW_HOOK = """\
static int loud_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;

	if (remap_pfn_range(vma, vma->vm_start, loud_pfn, size, vma->vm_page_prot)) {
		pr_err("loud: cannot map\\n");
		return -EAGAIN;
	}
	return 0;
}

static const struct file_operations loud_fops = {
	.mmap = loud_mmap,
};
"""

FILES: Mapping[str, str] = {
    "Kconfig": "",
    "Makefile": "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n",
    "MAINTAINERS": MAINTAINERS,
    ".get_maintainer.ignore": "Mr. Misc <misc@example.org>\n",
    ".mailmap": "# People move.\nNew Name <quiet@example.com> <quiet@example.org>\n",
    "Documentation/process/generated-content.rst": "",
    "include/linux/mm.h": "",
    "drivers/char/bar.c": renamed(GOOD_HOOK, "bar"),
    "drivers/char/loud.c": REVIEW_HOOK,
    "drivers/misc/foo/Makefile": "obj-$(CONFIG_FOO) += foo.o\nfoo-y := foo_main.o \\\n\tfoo_extra.o\n",
    "drivers/misc/foo/foo_main.c": GOOD_HOOK,
    "drivers/misc/foo/foo_extra.c": renamed(GOOD_HOOK, "extra"),
    "drivers/misc/stuck.c": BLOCKED_HOOK,
}


def write_tree(folder: Path) -> Path:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
