# SPDX-License-Identifier: GPL-2.0-only
"""Bytes: what is not edited is not touched."""

from __future__ import annotations

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile
from tests.convert.support import SETTING, TABLE, convert, hook

TEXT = (
    SETTING
    + "/*\n * Gr\xfc\xdfe\n */\n"
    + hook(
        """
        struct foo *foo = file->private_data;
        unsigned long size = vma->vm_end - vma->vm_start;

        if (size > foo->size)
                return -EINVAL;

        return remap_pfn_range(vma, vma->vm_start, foo->pfn, size,
                               vma->vm_page_prot);
        """
    )
    + TABLE
)


def test_latin_1_survives() -> None:
    result = convert(TEXT)
    assert result.new is not None
    assert "Gr\xfc\xdfe" in result.new


def test_bytes_that_are_no_text_survive() -> None:
    data = TEXT.encode("latin-1").replace(b"Gr\xfc\xdfe", b"\xff\xfe\x80\xc3")
    result = convert(data)
    assert result.tier is Tier.COMPLETE
    assert result.new is not None
    assert b"\xff\xfe\x80\xc3" in result.new.encode("latin-1")


def test_a_missing_last_newline_stays_missing() -> None:
    result = convert(TEXT.rstrip("\n"))
    assert result.new is not None
    assert result.new.endswith("};")


def test_line_ends_of_dos_stay_and_are_used() -> None:
    plain, dos = convert(TEXT), convert(TEXT.replace("\n", "\r\n"))
    assert plain.new is not None
    assert dos.new == plain.new.replace("\n", "\r\n")


def test_trailing_white_space_stays_where_nothing_changes() -> None:
    text = TEXT.replace("if (size > foo->size)\n", "if (size > foo->size)  \n").replace(
        "THIS_MODULE,", "THIS_MODULE, "
    )
    result = convert(text)
    assert result.new is not None
    assert "if (size > foo->size)  \n" in result.new
    assert "THIS_MODULE, \n" in result.new


def test_the_spacing_of_a_driver_stays() -> None:
    text = (
        SETTING
        + "static int foo_mmap (struct file * file, struct vm_area_struct * vma) {\n"
        + "\tvma -> vm_ops = & foo_vm_ops ;\n\tvm_flags_set ( vma , VM_IO ) ;\n\treturn 0 ;\n}\n"
        + TABLE
    )
    result = convert(text)
    assert result.tier is Tier.COMPLETE
    assert result.new is not None
    assert (
        "{\n\tdesc->vm_ops = & foo_vm_ops ;\n\tvma_desc_set_flags(desc, VMA_IO_BIT) ;\n\treturn 0 ;\n}"
        in result.new
    )


def test_converting_the_result_again_finds_nothing() -> None:
    result = convert(TEXT)
    assert result.new is not None
    file = Project().model(SourceFile("foo.c", result.new.encode("latin-1")))
    assert [entry.member for entry in file.entries()] == ["mmap_prepare"]


UNDER_IF = """\
#ifdef CONFIG_FOO
struct foo *foo = file->private_data;

if (file->f_flags & O_SYNC)
	return foo_sync(foo);
return -ENODEV;
#endif
return 0;"""


def test_a_file_that_some_builds_do_not_use_is_no_local() -> None:
    body = convert(SETTING + hook(UNDER_IF) + TABLE).body()
    assert "struct foo *foo = desc->file->private_data;" in body
    assert "if (desc->file->f_flags & O_SYNC)" in body
    assert "*file" not in body


def test_a_file_that_all_builds_use_is_a_local() -> None:
    text = hook(UNDER_IF.replace("return 0;", "return foo_map(file);"))
    assert "struct file *file = desc->file;\n" in convert(SETTING + text + TABLE).body()


def test_each_line_keeps_its_end_in_a_file_that_mixes_them() -> None:
    plain, mixed = convert(TEXT), convert("\r\n\r\r\n" + TEXT)
    assert mixed.new is not None
    assert (mixed.tier, mixed.new) == (plain.tier, f"\r\n\r\r\n{plain.new}")
