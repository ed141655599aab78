# SPDX-License-Identifier: GPL-2.0-only
"""The vm_ops that a hook sets: a close that runs after a failed action, a mapped that runs at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.convert.support import complete, convert, driver, refused

CLOSE = """
static const struct vm_operations_struct bar_vm_ops = {
        .open = bar_open,
        .close = bar_close,
};
"""

MAPPED = """
static const struct vm_operations_struct bar_vm_ops = {
        .mapped = bar_mapped,
        .close = bar_close,
};
"""

FAULT = """
static const struct vm_operations_struct bar_vm_ops = {
        .fault = bar_fault,
};
"""

COPIED = "void bar_init(void)\n{\n        bar_vm_ops = bar_default_ops;\n}"

SET = "vma->vm_ops = &bar_vm_ops;\n"


@pytest.mark.parametrize("before", [FAULT, CLOSE])
def test_without_an_action_nothing_fails_behind_the_hook(before: str) -> None:
    assert complete(SET + "vm_flags_set(vma, VM_IO);\nreturn 0;", before)


def test_ops_without_close_and_mapped_go_with_an_action() -> None:
    assert complete(SET + "return REMAP;", FAULT)


def test_a_macro_with_parameters_is_no_members_name() -> None:
    assert complete(SET + "return REMAP;", "#define fault(n) foo_fault(n)\n" + FAULT)


ASSIGNED = [
    pytest.param("vma->vm_ops = &bar_vm_ops;\n", id="by address"),
    pytest.param("vma->vm_ops = (&bar_vm_ops);\n", id="parentheses"),
    pytest.param(
        "const struct vm_operations_struct *ops = &bar_vm_ops;\n\nvma->vm_ops = ops;\n", id="by a local"
    ),
    pytest.param("vma->vm_ops = foo_closed ? &bar_vm_ops : &foo_vm_ops;\n", id="chosen"),
    pytest.param(
        "if (foo_closed)\n        vma->vm_ops = &bar_vm_ops;\nelse\n        vma->vm_ops = &foo_vm_ops;\n",
        id="on one path",
    ),
    pytest.param(
        "vma->vm_ops = &foo_vm_ops;\nif (foo_closed)\n        vma->vm_ops = &bar_vm_ops;\n", id="set again"
    ),
]


@pytest.mark.parametrize("body", ASSIGNED)
def test_a_close_beside_an_action_is_a_reason(body: str) -> None:
    assert "close-after-failure" in refused(body + "return REMAP;", CLOSE)


@pytest.mark.parametrize("body", ASSIGNED)
def test_a_mapped_is_a_reason_in_any_case(body: str) -> None:
    assert "mapped-starts" in refused(body + "vm_flags_set(vma, VM_IO);\nreturn 0;", MAPPED)
    assert {"mapped-starts", "close-after-failure"} & refused(body + "return REMAP;", MAPPED)


TABLES = [
    pytest.param(
        "close-after-failure",
        FAULT + "void bar_init(void)\n{\n        bar_vm_ops.close = bar_close;\n}\n",
        id="set at run time",
    ),
    pytest.param(
        "close-after-failure",
        FAULT.replace("};", "#ifdef CONFIG_FOO\n        .close = bar_close,\n#endif\n};"),
        id="in an arm",
    ),
    pytest.param(
        "close-after-failure",
        "#ifdef CONFIG_FOO\n" + CLOSE + "#else\n" + FAULT + "#endif",
        id="one of two tables",
    ),
    pytest.param(
        "close-after-failure",
        "#ifdef CONFIG_FOO\n" + FAULT + "#else\n" + CLOSE + "#endif",
        id="other of two tables",
    ),
    pytest.param(
        "vm-ops-elsewhere", "extern const struct vm_operations_struct bar_vm_ops;", id="nowhere in reach"
    ),
    pytest.param(
        "vm-ops-elsewhere",
        "static const struct vm_operations_struct bar_vm_ops = { bar_open, bar_close };",
        id="members without names",
    ),
    pytest.param(
        "vm-ops-elsewhere",
        "static const struct vm_operations_struct bar_vm_ops = {\n        close: bar_close,\n};",
        id="old GNU style",
    ),
    pytest.param(
        "vm-ops-elsewhere", "static struct vm_operations_struct bar_vm_ops;\n" + COPIED, id="copied"
    ),
    pytest.param("vm-ops-elsewhere", FAULT.replace(" const", "") + COPIED, id="written over"),
    pytest.param(
        "vm-ops-elsewhere",
        "#define BAR(n) const struct vm_operations_struct n = { .close = foo }\nstatic BAR(bar_vm_ops);",
        id="by a macro",
    ),
    pytest.param(
        "vm-ops-elsewhere",
        "#define bar_gone close\n" + FAULT.replace(".fault = bar_fault", ".bar_gone = bar_close"),
        id="a member by a macro",
    ),
]


@pytest.mark.parametrize(("code", "before"), TABLES)
def test_a_table_is_read_in_each_form(code: str, before: str) -> None:
    assert code in refused(SET + "return REMAP;", before)


WRITTEN = [
    pytest.param("static void bar_init(void)\n{\n        bar_fill(&bar_vm_ops);\n}", id="handed on"),
    pytest.param(
        "static void bar_init(void)\n{\n        struct vm_operations_struct *ops = &bar_vm_ops;\n\n"
        "        ops->close = bar_close;\n}",
        id="through a pointer",
    ),
    pytest.param(
        "static void bar_init(void)\n{\n        memcpy(&bar_vm_ops, &baz_vm_ops, sizeof(bar_vm_ops));\n}",
        id="copied over",
    ),
]
READ = [
    pytest.param(
        "static bool bar_is(struct vm_area_struct *vma)\n{\n        return vma->vm_ops == &bar_vm_ops;\n}",
        id="compared",
    ),
    pytest.param(
        "static const struct bar_type bar_type = {\n        .vm_ops = &bar_vm_ops,\n};", id="in a list"
    ),
    pytest.param("static const struct vm_operations_struct *bar_ops = &bar_vm_ops;", id="to be read"),
]


@pytest.mark.parametrize("code", WRITTEN)
def test_a_table_that_may_be_written_to(code: str) -> None:
    table = FAULT.replace("const ", "")
    assert refused(SET + "return REMAP;", f"{table}\n{code}") == {"vm-ops-elsewhere"}


@pytest.mark.parametrize("code", READ)
def test_a_table_of_which_others_only_know(code: str) -> None:
    assert complete(SET + "return REMAP;", f"{FAULT.replace('const ', '')}\n{code}")


def test_a_const_table_is_written_to_by_a_cast() -> None:
    fill = "static void bar_init(void)\n{\n        %s->close = bar_close;\n}"
    cast = "((struct vm_operations_struct *)&bar_vm_ops)"
    assert "vm-ops-elsewhere" in refused(SET + "return REMAP;", f"{FAULT}\n{fill % cast}")
    assert complete(SET + "return REMAP;", f"{FAULT}\n{fill % 'baz_vm_ops'}")


@pytest.mark.parametrize(
    ("use", "codes"),
    [
        ("bar_vm_ops.close = bar_close;", {"vm-ops-elsewhere"}),
        ("bar_fill(&bar_vm_ops);", {"vm-ops-elsewhere"}),
        ("vma->vm_ops = &bar_vm_ops;", set()),
    ],
)
def test_a_table_that_another_file_of_the_folder_fills(use: str, codes: set[str], tmp_path: Path) -> None:
    (tmp_path / "bar.c").write_text(f"void bar(struct vm_area_struct *vma)\n{{\n\t{use}\n}}\n")
    table = FAULT.replace("static const ", "")
    text = driver(SET + "return REMAP;", table)
    assert convert(text, str(tmp_path / "foo.c")).codes == codes
    table = FAULT.replace("const ", "")
    assert convert(driver(SET + "return REMAP;", table), str(tmp_path / "foo.c")).codes == set()


UNKNOWN = [
    pytest.param("vma->vm_ops = foo_ops_of(file);\n", id="from a call"),
    pytest.param("struct foo *foo = file->private_data;\n\nvma->vm_ops = foo->vm_ops;\n", id="from a struct"),
    pytest.param("vma->vm_ops = &foo_tables[1];\n", id="element of an array"),
    pytest.param("vma->vm_ops = &foo_type.vm_ops;\n", id="member of a struct"),
    pytest.param("vma->vm_ops = foo_ops;\n", id="by a pointer"),
]


@pytest.mark.parametrize("body", UNKNOWN)
def test_a_table_that_is_not_known_is_a_reason(body: str) -> None:
    assert "vm-ops-elsewhere" in refused(body + "vm_flags_set(vma, VM_IO);\nreturn 0;")
    assert "vm-ops-elsewhere" in refused(body + "return REMAP;")


@pytest.mark.parametrize(
    "body", ["vma->vm_ops = NULL;\n", "vma->vm_ops = foo_closed ? &foo_vm_ops : NULL;\n"]
)
def test_no_ops_make_the_mapping_anonymous(body: str) -> None:
    assert "no-vm-ops" in refused(body + "vm_flags_set(vma, VM_IO);\nreturn 0;")


@pytest.mark.parametrize(
    ("table", "codes"),
    [(FAULT, set()), (CLOSE, {"close-after-failure"}), (MAPPED, {"mapped-starts", "close-after-failure"})],
)
def test_a_table_of_another_file_of_the_folder_is_read(table: str, codes: set[str], tmp_path: Path) -> None:
    (tmp_path / "ops.c").write_text(table.replace("static ", ""))
    text = driver(SET + "return REMAP;", "extern const struct vm_operations_struct bar_vm_ops;")
    result = convert(text, str(tmp_path / "foo.c"))
    assert result.codes <= codes
    assert bool(result.codes) is bool(codes)


def test_the_kernels_own_table_has_neither() -> None:
    assert complete("vma->vm_ops = &generic_file_vm_ops;\nreturn 0;")


@pytest.mark.parametrize(("macro", "codes"), [("bar_vm_ops", {"vm-ops-elsewhere"}), ("more_vm_ops", set())])
def test_a_table_whose_name_a_header_makes_that_of_another(
    macro: str, codes: set[str], tmp_path: Path
) -> None:
    (tmp_path / "foo.h").write_text(f"#define {macro} other_vm_ops\n")
    text = driver(SET + "return REMAP;", FAULT + '\n#include "foo.h"\n')
    assert convert(text, str(tmp_path / "foo.c")).codes == codes
