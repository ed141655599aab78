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
        ("ccflags-y += -DFOO_MMAP=foo_mmap", {"referred-to"}),
        ("ccflags-y += -DFOO_OPEN=foo_open", set()),
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
    # By a path from the driver's own folder it is found without a Makefile, too.
    if not line.startswith('#include "') and (where or "inc/" not in line):
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


@pytest.mark.parametrize("name", ["compat.h", "include/compat.h", "lnx/compat.h", "include/lnx/compat.h"])
def test_a_header_in_angle_brackets_that_no_makefile_here_leads_to(name: str, tmp_path: Path) -> None:
    line = f"#include <{name.removeprefix('include/')}>\n"
    assert _codes(tmp_path / "renames", {"foo.c": line + FOO, name: RENAMES}, "") == {"redefined"}
    assert _codes(tmp_path / "no", {"foo.c": line + FOO, name: "#define foo bar\n"}, "") == set()


def test_a_file_that_a_script_makes_the_makefile_of(tmp_path: Path) -> None:
    flags = "ccflags-y += -Dvm_end=vm_start\n"
    assert _codes(tmp_path / "is", {"foo.c": FOO, "Kbuild.in": flags}, "") == {"redefined"}
    assert _codes(tmp_path / "is not", {"foo.c": FOO, "Kbuild.old": flags}, "") == set()


@pytest.mark.parametrize(("prefix", "codes"), [("foo", {"referred-to"}), ("bar", set())])
@pytest.mark.parametrize("built", [True, False])
def test_a_macro_that_is_given_to_one_that_pastes(
    prefix: str, codes: set[str], built: bool, tmp_path: Path
) -> None:
    pastes = "#define CAT_(a, b) a##b\n#define CAT(a, b) CAT_(a, b)\n"
    call = "int x(struct file *f, struct vm_area_struct *v)\n{\n\treturn CAT(PREFIX, _mmap)(f, v);\n}\n"
    files = {"foo.c": f"{FOO}\n{pastes}{call}"}
    if built:
        files["Makefile"] = f"ccflags-y += -DPREFIX={prefix}\n"
    else:
        files["foo.c"] = f"#define MORE {prefix}\n#define PREFIX MORE\n{files['foo.c']}"
    assert _codes(tmp_path, files, "") == codes
