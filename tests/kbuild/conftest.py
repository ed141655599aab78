# SPDX-License-Identifier: GPL-2.0-only
"""A build folder that works like a kernel's, in miniature: make, a compiler, and a record of each command."""

from __future__ import annotations

from pathlib import Path

import pytest

MAKEFILE = """\
SOURCE := $(if $(M),$(M),{source})
OUTPUT := $(if $(M),$(M),.)
%.o:
	@test -f $(SOURCE)/$*.c
	@mkdir -p $(dir $(OUTPUT)/$@)
	@echo 'savedcmd_$@ := gcc -Wall -I {source} -Wp,-MMD,$(OUTPUT)/.x.d -c -o $@ $(SOURCE)/$*.c ; true' > \\
		$(OUTPUT)/$(dir $@).$(notdir $@).cmd
	gcc -Wall -I {source} -c -o $(OUTPUT)/$@ $(SOURCE)/$*.c
"""

HEADER = """\
struct file;
struct vm_area_struct { unsigned long vm_start, vm_end, vm_pgoff; int vm_page_prot; };
struct vm_area_desc { unsigned long start, end, pgoff; int page_prot; };
struct file_operations {
	int (*mmap)(struct file *, struct vm_area_struct *);
	int (*mmap_prepare)(struct vm_area_desc *);
};
int remap_pfn_range(struct vm_area_struct *, unsigned long, unsigned long, unsigned long, int);
"""

ACTION = "void mmap_action_remap_full(struct vm_area_desc *, unsigned long);\n"
"""What a kernel that has the action declares."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "linux"
    (folder / "drivers").mkdir(parents=True)
    return folder


@pytest.fixture
def build(tmp_path: Path, source: Path) -> Path:
    folder = tmp_path / "build"
    (folder / "include/config").mkdir(parents=True)
    (folder / "include/config/auto.conf").touch()
    (folder / ".config").touch()
    (folder / "Makefile").write_text(MAKEFILE.format(source=source))
    (folder / "source").symlink_to(source)
    return folder
