# SPDX-License-Identifier: GPL-2.0-only
"""Names of the hook that a Makefile defines, or a header that only a Makefile leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.convert.support import REMAP, TABLE, hook
from tests.convert.test_siblings import made

FOO = hook(f"return {REMAP};") + TABLE
RENAMES = "#define remap_pfn_range foo_remap\n"
PLACES = ("", "drivers/foo/")


def _codes(folder: Path, files: dict[str, str], where: str) -> set[str]:
    """Of foo.c in a folder of a tree, or by itself for an empty ``where``."""
    placed = {f"{where}{name}": text for name, text in files.items()}
    return made(folder, placed, f"{where}foo.c", folder if where else None).codes


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize(
    ("flags", "codes"),
    [
        ("ccflags-y += -Dremap_pfn_range=foo_remap", {"redefined"}),
        ("CFLAGS_foo.o := -Dvm_end=vm_start", {"redefined"}),
        ("CFLAGS_bar.o := -Dvm_end=vm_start", set()),
        ("ccflags-y += -DVM_IO=VM_PFNMAP", set()),
        ("ccflags-y += -DDEBUG -DFOO_VERSION=3 -DFOO=bar", set()),
        ("ccflags-y += -Dfoo_mmap=foo_mmap_v2", {"referred-to"}),
        ("ccflags-y += -Dvma_desc_size=foo_size", set()),
        ("ccflags-y += -Dmmap_action_remap_full=foo_remap_full", {"redefined"}),
        ("ccflags-y += -Dmmap=mmap_more", {"redefined"}),
    ],
)
def test_a_macro_of_the_makefile(flags: str, codes: set[str], where: str, tmp_path: Path) -> None:
    assert _codes(tmp_path, {"foo.c": FOO, "Makefile": f"obj-m += foo.o\n{flags}\n"}, where) == codes


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize(
    ("flags", "line"),
    [
        ("-include $(src)/inc/compat.h", ""),
        ("-I$(src)/inc -include compat.h", ""),
        ("-I$(src)/inc", "#include <compat.h>\n"),
        ("-I$(src)/inc", '#include "compat.h"\n'),
        ("-I$(M)", "#include <inc/compat.h>\n"),
    ],
)
def test_a_header_that_the_makefile_leads_to(flags: str, line: str, where: str, tmp_path: Path) -> None:
    files = {"foo.c": line + FOO, "Makefile": f"ccflags-y += {flags}\n", "inc/compat.h": RENAMES}
    assert _codes(tmp_path / "renames", files, where) == {"redefined"}
    files["inc/compat.h"] = RENAMES.replace("remap", "map")
    assert _codes(tmp_path / "another", files, where) == set()
    files |= {"inc/compat.h": RENAMES, "Makefile": f"CFLAGS_bar.o += {flags}\n"}
    if not line.startswith('#include "'):
        assert _codes(tmp_path / "not this file", files, where) == set()


def test_what_a_header_in_front_includes(tmp_path: Path) -> None:
    files = {
        "foo.c": FOO,
        "Makefile": "ccflags-y += -include $(src)/inc/compat.h\n",
        "inc/compat.h": '#include "more.h"\n',
        "inc/more.h": RENAMES,
    }
    assert _codes(tmp_path, files, "") == {"redefined"}


@pytest.mark.parametrize(("header", "codes"), [(RENAMES, {"redefined"}), ("#define bar foo\n", set())])
def test_a_header_of_the_file_that_includes_the_hooks(header: str, codes: set[str], tmp_path: Path) -> None:
    files = {"foo.c": FOO, "bar.c": '#include "compat.h"\n#include "foo.c"\n', "compat.h": header}
    assert _codes(tmp_path, files, "") == codes
