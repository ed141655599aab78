# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.reach import deprecated_hooks, reached_from_hooks
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

API = KernelApi("7.3", "snapshot", "7.3", has_mmap_prepare=True)
OLD = KernelApi("6.12", "snapshot", "6.12")
TABLE = "\nstatic const struct file_operations foo_fops = {\n\t.mmap = foo_mmap,\n};\n"


def model(code: str) -> FileModel:
    return FileModel(SourceUnit(SourceFile("foo.c", code.encode())))


def reached(code: str) -> list[tuple[str, str]]:
    return [(one.function.name, one.vma) for one in reached_from_hooks(model(code + TABLE), API)]


HOOK = """
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	return BODY;
}
"""


def test_the_hook_itself_is_reached() -> None:
    assert reached(HOOK.replace("BODY", "0")) == [("foo_mmap", "vma")]


def test_a_helper_is_reached_under_its_own_name_for_the_vma() -> None:
    helper = "static int foo_map(int x, struct vm_area_struct *area)\n{\n\treturn x;\n}\n"
    assert reached(helper + HOOK.replace("BODY", "foo_map(1, vma)")) == [
        ("foo_map", "area"),
        ("foo_mmap", "vma"),
    ]


def test_parentheses_and_casts_around_the_argument_are_looked_through() -> None:
    helper = "static int foo_map(void *p)\n{\n\treturn !p;\n}\n"
    assert ("foo_map", "p") in reached(helper + HOOK.replace("BODY", "foo_map((void *)(vma))"))


def test_a_helper_that_gets_a_member_of_the_vma_is_not_reached() -> None:
    helper = "static int foo_map(struct file *file)\n{\n\treturn !file;\n}\n"
    assert reached(helper + HOOK.replace("BODY", "foo_map(vma->vm_file)")) == [("foo_mmap", "vma")]


def test_recursion_ends() -> None:
    helper = "static int foo_map(struct vm_area_struct *vma)\n{\n\treturn foo_map(vma);\n}\n"
    assert len(reached(helper + HOOK.replace("BODY", "foo_map(vma)"))) == 2


def test_both_definitions_of_a_hook_that_the_preprocessor_chooses_are_reached() -> None:
    twins = "#ifdef CONFIG_FOO" + HOOK.replace("BODY", "0") + "#else" + HOOK.replace("BODY", "1") + "#endif\n"
    assert reached(twins) == [("foo_mmap", "vma"), ("foo_mmap", "vma")]


def test_nothing_is_deprecated_where_nothing_replaces_it() -> None:
    file = model(HOOK.replace("BODY", "0") + TABLE)
    assert [entry.handler for entry in deprecated_hooks(file, API)] == ["foo_mmap"]
    assert deprecated_hooks(file, OLD) == ()
    assert reached_from_hooks(file, OLD) == ()


def test_a_macro_that_is_null_in_one_build_only_is_still_a_hook() -> None:
    code = "#ifndef CONFIG_MMU\n#define foo_mmap NULL\n#endif\n" + TABLE
    assert len(deprecated_hooks(model(code), API)) == 1
    assert deprecated_hooks(model("#define foo_mmap NULL\n" + TABLE), API) == ()
