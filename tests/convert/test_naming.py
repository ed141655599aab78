# SPDX-License-Identifier: GPL-2.0-only
"""The new name of a hook, and every place that spells the old one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.names import prepared
from tests.convert.support import SETTING, TABLE, c, complete, convert, driver, hook

BODY = "vm_flags_set(vma, VM_IO);\nreturn 0;"


def around(before: str = "", behind: str = "", function: str = "") -> str:
    """A hook with text in front of it and behind its table."""
    return SETTING + c(before) + "\n" + (function or hook(BODY)) + TABLE + c(behind) + "\n"


def renamed(before: str = "", behind: str = "", function: str = "") -> str:
    """The converted text of such a file."""
    result = convert(around(before, behind, function))
    assert result.conversion.reasons == ()
    assert result.new is not None
    return result.new


def codes(before: str = "", behind: str = "", function: str = "") -> set[str]:
    """The reasons against converting such a file."""
    result = convert(around(before, behind, function))
    assert result.tier is not Tier.COMPLETE
    return result.codes


NEW = "static int foo_mmap_prepare(struct vm_area_desc *desc)"


@pytest.mark.parametrize(
    "head",
    [
        "static int foo_mmap(struct file *file, struct vm_area_struct *vma)",
        "static int foo_mmap(struct file *filp, struct vm_area_struct *vma)",
        "static int foo_mmap(struct file *, struct vm_area_struct *vma)",
        "static int foo_mmap(struct file *file __maybe_unused, struct vm_area_struct *vma)",
        "static int foo_mmap(struct file *file,\n\t\t    struct vm_area_struct *vma)",
        "static int foo_mmap (struct file * file, struct vm_area_struct * vma)",
        "static int foo_mmap(struct file *file, struct vm_area_struct *const vma)",
    ],
)
def test_each_head_becomes_the_one_of_mmap_prepare(head: str) -> None:
    assert f"\n{NEW}\n{{" in renamed(function=f"{head}\n{{\n\tvm_flags_set(vma, VM_IO);\n\treturn 0;\n}}\n")


@pytest.mark.parametrize("kind", ["struct file *const", "const struct file *", "struct file *restrict"])
def test_a_file_with_a_qualifier_is_the_descriptors_file(kind: str) -> None:
    head = f"static int foo_mmap({kind} filp, struct vm_area_struct *vma)"
    text = renamed(function=f"{head}\n{{\n\tif (filp->f_pos || !filp)\n\t\treturn -EIO;\n\treturn 0;\n}}\n")
    assert f"{NEW}\n{{\n\tstruct file *filp = desc->file;\n" in text


@pytest.mark.parametrize("name", ["vm", "area", "v", "vm_area", "vma_p"])
def test_the_vma_may_have_any_name(name: str) -> None:
    head = f"static int foo_mmap(struct file *file, struct vm_area_struct *{name})"
    text = renamed(function=f"{head}\n{{\n\tvm_flags_set({name}, VM_IO);\n\treturn 0;\n}}\n")
    assert f"{NEW}\n{{\n\tvma_desc_set_flags(desc, VMA_IO_BIT);\n" in text


NEW_NAMES = [
    ("foo_mmap", "foo_mmap_prepare"),
    ("foo_mmap_ring", "foo_mmap_prepare_ring"),
    ("foo_mmap_file_mmap", "foo_mmap_file_mmap_prepare"),
    ("mmap_foo", "mmap_foo_prepare"),
]


@pytest.mark.parametrize(("old", "new"), NEW_NAMES)
def test_the_new_name_says_prepare_where_the_kernels_own_do(old: str, new: str) -> None:
    assert prepared(old) == new


def test_a_header_that_has_the_hooks_name_is_no_use_of_it() -> None:
    assert NEW in renamed("#include <trace/events/foo_mmap.h>")


def test_a_type_on_a_line_of_its_own_stays_there() -> None:
    head = "static int\nfoo_mmap(struct file *file,\n\t struct vm_area_struct *vma)"
    text = renamed(function=f"{head}\n{{\n\tvm_flags_set(vma, VM_IO);\n\treturn 0;\n}}\n")
    assert "\nstatic int\nfoo_mmap_prepare(struct vm_area_desc *desc)\n{" in text


@pytest.mark.parametrize(
    "body",
    [
        "void *desc = foo_data;\n\nvma->vm_private_data = desc;\nvm_flags_set(vma, VM_IO);\nreturn 0;",
        "vma->vm_private_data = desc;\nvm_flags_set(vma, VM_IO);\nreturn 0;",
        "goto desc;\ndesc:\nvm_flags_set(vma, VM_IO);\nreturn 0;",
    ],
)
def test_a_name_that_is_taken_is_not_the_descriptors(body: str) -> None:
    text = renamed(function=hook(body))
    assert "foo_mmap_prepare(struct vm_area_desc *vm_desc)" in text
    assert "vma_desc_set_flags(vm_desc, VMA_IO_BIT);" in text


MENTIONS = [
    ("static int foo_mmap(struct file *file, struct vm_area_struct *vma);", NEW + ";"),
    ("static int foo_mmap(struct file *, struct vm_area_struct *);", NEW + ";"),
    ("static int foo_mmap(struct file *file,\n                    struct vm_area_struct *vma);", NEW + ";"),
    ("/* See foo_mmap() for why. */", "/* See foo_mmap_prepare() for why. */"),
    (
        "/* Not xfoo_mmap, nor foo_mmap_x, nor foo_mmapped. */",
        "/* Not xfoo_mmap, nor foo_mmap_x, nor foo_mmapped. */",
    ),
    ("struct foo_mmap { int x; };", "struct foo_mmap { int x; };"),
    ('static const char *foo_name = "foo_mmap: ";', 'static const char *foo_name = "foo_mmap: ";'),
]


@pytest.mark.parametrize(("before", "after"), MENTIONS)
def test_a_mention_follows_if_it_is_of_the_function(before: str, after: str) -> None:
    assert c(after) in renamed(before)


@pytest.mark.parametrize(
    "behind",
    [
        "static int bar(void)\n{\n        goto foo_mmap;\nfoo_mmap:\n        return 0;\n}",
        "static int bar(struct bar *bar)\n{\n        return bar->foo_mmap;\n}",
    ],
)
def test_a_label_or_a_member_of_that_name_stays(behind: str) -> None:
    assert c(behind) in renamed(behind=behind)


def test_an_arm_without_a_hook_follows() -> None:
    text = renamed("#ifdef CONFIG_FOO", function=hook(BODY) + "#else\n#define foo_mmap NULL\n#endif\n")
    assert "#else\n#define foo_mmap_prepare NULL\n#endif" in text
    assert ".mmap_prepare = foo_mmap_prepare," in text


def test_both_arms_of_a_hook_change() -> None:
    twins = hook(BODY) + "#else\n" + hook("return -ENODEV;") + "#endif\n"
    assert renamed("#ifdef CONFIG_FOO", function=twins).count(NEW) == 2


REFERENCES = [
    pytest.param(
        "called-by-name",
        "int bar(struct file *f, struct vm_area_struct *v)\n{\n        return foo_mmap(f, v);\n}",
        id="call",
    ),
    pytest.param("referred-to", "static void *bar = foo_mmap;", id="pointer"),
    pytest.param(
        "referred-to",
        "static bool bar(struct file *f)\n{\n        return f->f_op->mmap == foo_mmap;\n}",
        id="comparison",
    ),
    pytest.param(
        "referred-to",
        "static int bar(void)\n{\n        int foo_mmap = 3;\n\n        return foo_mmap;\n}",
        id="local variable",
    ),
    pytest.param("referred-to", "#define bar_mmap foo_mmap", id="macro that is the hook"),
    pytest.param("referred-to", "#define BAR(f, v) foo_mmap(f, v)", id="macro that calls the hook"),
    pytest.param("name-taken", "static int foo_mmap_prepare;", id="variable of the new name"),
    pytest.param(
        "name-taken", "int foo_mmap_prepare(struct vm_area_desc *desc);", id="function of the new name"
    ),
    pytest.param(
        "odd-definition",
        "#ifndef CONFIG_FOO\nstatic int foo_mmap(void)\n{\n        return 0;\n}\n#endif",
        id="definition without a VMA",
    ),
]


@pytest.mark.parametrize(("code", "behind"), REFERENCES)
def test_a_use_that_cannot_follow_is_a_reason(code: str, behind: str) -> None:
    assert code in codes(behind=behind)


def test_the_file_is_declared_where_it_is_used_more_than_once() -> None:
    body = "if (!foo_alive(file))\n        return -EIO;\nvma->vm_private_data = file->private_data;\n" + BODY
    text = renamed(function=hook(body))
    assert f"{NEW}\n{{\n\tstruct file *file = desc->file;\n\n\tif (!foo_alive(file))" in text


def test_the_file_is_not_declared_where_it_is_not_used() -> None:
    assert "desc->file" not in renamed()


def test_a_vma_without_a_name_is_a_vma() -> None:
    head = "static int foo_mmap(struct file *file, struct vm_area_struct *)"
    assert NEW in renamed(function=f"{head}\n{{\n\treturn -ENODEV;\n}}\n")


def test_a_function_on_one_line_stays_readable() -> None:
    head = "static int foo_mmap(struct file *file, struct vm_area_struct *vma)"
    text = renamed(function=f"{head} {{ return foo_a(file) ? foo_b(file) : 0; }}\n")
    assert "{\nstruct file" not in text


def test_a_static_hook_of_a_header_may_be_named_by_its_users(tmp_path: Path) -> None:
    (tmp_path / "user.c").write_text('#include "foo.h"\n' + TABLE.replace("foo_fops", "bar_fops"))
    path = tmp_path / "foo.h"
    path.write_text(around(function=hook(BODY).replace("static int", "static inline int")))
    result = convert(path.read_text(), str(path))
    assert result.tier is not Tier.COMPLETE or str(tmp_path / "user.c") in result.conversion.files


def test_a_macro_that_spells_the_descriptors_name() -> None:
    before = "static struct foo *desc;\n#define BAD (desc->start)"
    new = complete("if (BAD)\n        return -EINVAL;\nreturn REMAP;", before)
    assert "mmap_action_remap_full(vm_desc, foo_pfn);" in new


def test_a_macros_parameter_of_the_descriptors_name() -> None:
    before = "#define BAD(desc) ((desc)->start)"
    new = complete("if (BAD(foo_ring))\n        return -EINVAL;\nreturn REMAP;", before)
    assert "mmap_action_remap_full(desc, foo_pfn);" in new


@pytest.mark.parametrize("use", ["!file->n", "foo_is(file)"])
def test_a_local_of_the_files_name(use: str) -> None:
    inside = f"        struct foo *file = foo_of(0);\n\n        if ({use})\n                return -EIO;\n"
    new = complete(f"if (foo_on) {{\n{inside}}}\nreturn REMAP;")
    assert f"if ({use})" in new
    assert "desc->file" not in new


MEMBERS = [
    "foo = container_of(foo_node, struct foo, file);",
    "foo = list_next_entry(foo_first, file);",
    "foo = foo_at(offsetof(struct foo, file));",
    "list_for_each_entry(foo, &foo_list, file)\n        foo_last = foo;",
]


@pytest.mark.parametrize("statement", MEMBERS)
def test_a_member_of_the_files_name_is_no_file(statement: str) -> None:
    result = convert(driver(f"struct foo *foo;\n\n{statement}\nvm_flags_set(vma, VM_IO);\nreturn 0;"))
    assert statement.partition("\n")[0] in result.body()
    assert "desc->file" not in result.body()


@pytest.mark.parametrize("kind", ["typeof(file->f_flags)", "__typeof__(file->f_mode)"])
def test_a_file_whose_type_is_asked_for_is_declared(kind: str) -> None:
    body = f"{kind} own = foo_own(vma->vm_pgoff);\n\nreturn own ? -EINVAL : 0;"
    assert complete(body).startswith("struct file *file = desc->file;\n")
