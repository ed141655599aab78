# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.model.unknown_names import unknown_names
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

API = load_snapshot(newest_snapshot())
HOOK = "static int foo_mmap_prepare(struct vm_area_desc *desc)\n{\n\tBODY\n\treturn 0;\n}\n"


def unknown(code: str, path: str = "foo.c") -> list[tuple[str, str]]:
    file = FileModel(SourceUnit(SourceFile(path, code.encode())))
    return [(one.struct, one.name) for one in unknown_names(file, API, Project())]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("vma_desc_frobnicate(desc);", [("", "vma_desc_frobnicate")]),
        ("mmap_action_frobnicate (desc);", [("", "mmap_action_frobnicate")]),
        ("vma_desc_set_flags(desc, VMA_FOO_BIT);", [("", "VMA_FOO_BIT")]),
        ("desc->vm_flags = 0;", [("vm_area_desc", "vm_flags")]),
        ("desc->action.error_hook = f;", [("mmap_action", "error_hook")]),
        ("struct mmap_action *a = &desc->action; a->success_hook = f;", [("mmap_action", "success_hook")]),
    ],
)
def test_a_name_that_the_kernel_lacks(body: str, expected: list[tuple[str, str]]) -> None:
    assert unknown(HOOK.replace("BODY", body)) == expected


@pytest.mark.parametrize(
    "body",
    [
        "vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DROPPABLE_BIT);",
        "desc->action.error_override = -EIO;",
        "desc->action.remap.pgprot = desc->page_prot;",
        "enum mmap_action_kind kind;",
        "foo->vma_desc_frobnicate(desc);",
        "int vma_desc_count = 0;",
        "foo->success_hook = foo->vm_flags;",
        "desc->file->f_pos = 0;",
        '/* vma_desc_frobnicate(desc); */ p("VMA_FOO_BIT");',
    ],
)
def test_what_is_no_unknown_name(body: str) -> None:
    assert unknown(HOOK.replace("BODY", body)) == []


@pytest.mark.parametrize(
    "definition",
    [
        "#define vma_desc_frobnicate(desc) do { } while (0)\n",
        "void vma_desc_frobnicate(struct vm_area_desc *desc);\n",
        "static void vma_desc_frobnicate(struct vm_area_desc *desc)\n{\n}\n",
    ],
)
def test_a_name_that_the_file_defines(definition: str) -> None:
    assert unknown(definition + HOOK.replace("BODY", "vma_desc_frobnicate(desc);")) == []


def test_an_enumerator_of_the_file() -> None:
    assert unknown("enum {\n\tVMA_FOO_BIT = 3,\n};\n" + HOOK.replace("BODY", "foo(VMA_FOO_BIT);")) == []


def test_a_table_that_uses_a_name_does_not_define_it() -> None:
    assert unknown("static const int foo_bits[] = { VMA_IO_BIT, VMA_FOO_BIT };\n") == [("", "VMA_FOO_BIT")]


def test_a_name_that_a_header_beside_the_file_defines(tmp_path: Path) -> None:
    (tmp_path / "compat.h").write_text("#define vma_desc_frobnicate(desc) do { } while (0)\n")
    code = HOOK.replace("BODY", "vma_desc_frobnicate(desc);")
    (tmp_path / "foo.c").write_text(code)
    assert unknown(code, str(tmp_path / "foo.c")) == []


def test_members_of_a_vm_operations_struct() -> None:
    table = "static const struct vm_operations_struct foo_vm_ops = {\n\t.open = f,\n\t.MEMBER = g,\n};\n"
    assert unknown(table.replace("MEMBER", "unmapped")) == [("vm_operations_struct", "unmapped")]
    assert unknown(table.replace("MEMBER", "mapped")) == []


def test_a_hook_that_was_never_merged() -> None:
    table = "static const struct STRUCT foo_ops = {\n\t.mmap_prepare = f,\n\t.mmap_complete = g,\n};\n"
    assert unknown(table.replace("STRUCT", "file_operations")) == [("file_operations", "mmap_complete")]
    assert unknown(table.replace("STRUCT", "foo_operations")) == []


def test_members_of_a_struct_inside_another_initialiser_are_not_its_own() -> None:
    code = "static const struct vm_operations_struct foo_vm_ops = {\n\t.open = F({ .unmapped = 1 }),\n};\n"
    assert unknown(code) == []
