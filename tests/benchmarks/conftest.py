# SPDX-License-Identifier: GPL-2.0-only
"""A tree that is measured in no time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drivers import BLOCKED_HOOK, GOOD_HOOK

FS = "struct file_operations {\n\tint (*mmap)(struct file *, struct vm_area_struct *);\n};\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small kernel tree with two drivers, and folders beside theirs."""
    files = {
        "MAINTAINERS": "",
        "Kconfig": "",
        "Makefile": "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n",
        "include/linux/mm.h": "struct vm_operations_struct {\n\tint (*open)(struct vm_area_struct *a);\n};\n",
        "include/linux/mm_types.h": "struct vm_area_struct {\n\tunsigned long vm_start;\n};\n",
        "include/linux/fs.h": FS,
        "drivers/char/foo.c": GOOD_HOOK,
        "drivers/char/bar.c": BLOCKED_HOOK,
        "drivers/char/notes.txt": "x" * 5000,
        **{f"fs/f{number}/file.c": f"int v{number};\n" * 100 for number in range(8)},
    }
    root = tmp_path / "linux"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
