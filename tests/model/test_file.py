# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable

import pytest

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.functions import FunctionParameter

Model = Callable[[str], FileModel]

DRIVER = """\
#define FOO_FLAGS(x) \\
    ((x) | FOO) /* all */
static int foo_mmap(struct file *file, struct vm_area_struct *vma);

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
    return foo(file, vma);
}

int bar(void)
{
    struct vm_area_struct *v = find();

    return v != NULL;
}

static const struct file_operations a_fops = { .mmap = foo_mmap };
static const struct file_operations b_fops = { .mmap = foo_mmap };
static const struct file_operations c_fops = { .mmap = NULL };
"""


def test_finds_a_definition_and_not_its_prototype_or_calls(model: Model) -> None:
    (function,) = model(DRIVER).functions("foo_mmap")
    assert function.static
    assert function.parameters == (
        FunctionParameter("struct file *", "file"),
        FunctionParameter("struct vm_area_struct *", "vma"),
    )
    assert function.vma_parameter() == "vma"
    assert DRIVER[function.name_start : function.name_end] == "foo_mmap"
    assert DRIVER[function.body.start_byte] == "{"


def test_a_function_without_a_vma_has_no_vma_parameter(model: Model) -> None:
    (function,) = model(DRIVER).functions("bar")
    assert (function.static, function.parameters, function.vma_parameter()) == (False, (), None)


def test_finds_both_definitions_under_a_conditional(model: Model) -> None:
    first, second = model(
        """\
        #ifdef CONFIG_MMU
        static int foo_mmap(struct file *file, struct vm_area_struct *vma)
        {
            return 0;
        }
        #else
        static int foo_mmap(struct file *file, struct vm_area_struct *vma)
        {
            return -ENODEV;
        }
        #endif
        """
    ).functions("foo_mmap")
    assert [one.conditions[0].branch for one in (first, second)] == [0, 1]
    assert first.body.start_byte < second.body.start_byte


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ("struct vm_area_struct *vma", "vma"),
        ("const struct vm_area_struct *v", "v"),
        ("struct vm_area_struct * const vma", "vma"),
        ("struct file *f, struct vm_area_struct * area", "area"),
        ("struct vm_area_struct **vma", None),
        ("struct vm_area_desc *desc", None),
        ("struct file *", None),
    ],
)
def test_tells_the_vma_among_the_parameters(model: Model, parameters: str, name: str | None) -> None:
    (function,) = model(f"static int __foo f({parameters})\n{{\n\treturn 0;\n}}\n").functions("f")
    assert function.vma_parameter() == name


def test_a_function_that_returns_a_pointer_is_found(model: Model) -> None:
    (function,) = model(
        "static const struct foo *f(struct vm_area_struct *vma)\n{\n\treturn NULL;\n}"
    ).functions("f")
    assert function.name == "f"


def test_lists_the_functions_that_know_a_vma(model: Model) -> None:
    assert [one.name for one in model(DRIVER).functions_with("vm_area_struct")] == ["foo_mmap", "bar"]


def test_finds_a_macro_with_its_body(model: Model) -> None:
    (macro,) = model(DRIVER).macros("FOO_FLAGS")
    assert macro.parameters == ("x",)
    assert macro.body == "((x) | FOO)"
    assert DRIVER[macro.start :].startswith("#define FOO_FLAGS")
    assert DRIVER[macro.name_start : macro.name_end] == "FOO_FLAGS"


def test_tells_a_macro_without_parameters_from_one_with_an_empty_list(model: Model) -> None:
    file = model("#define A (x)\n#define B() x\n#ifdef C\n#define D\n#endif\n")
    assert [macro.parameters for name in "ABD" for macro in file.macros(name)] == [None, (), None]
    assert file.macros("D")[0].conditions[0].text == "defined(C)"
    assert list(file.macros("C")) == []


def test_counts_occurrences_in_code_comments_and_directives(model: Model) -> None:
    code = "/* foo(), foo_bar */\n#define X foo\nint foo(void);\nint afoo, foo1;\n"
    assert [code[at : at + 3] for at in model(code).occurrences("foo")] == ["foo"] * 3


def test_groups_the_entries_by_hook_and_leaves_null_out(model: Model) -> None:
    hooks = model(DRIVER).hooks()
    assert {name: [one.object for one in group] for name, group in hooks.items()} == {
        "foo_mmap": ["a_fops", "b_fops"]
    }


def test_a_file_without_any_sign_is_not_even_split(model: Model) -> None:
    file = model("int main(void) { return 0; }")
    assert (list(file.entries()), list(file.macros("X"))) == ([], [])
    assert list(file.functions_with("vm_area_struct")) == []
    assert "items" not in vars(file.unit)


def test_an_empty_file_has_nothing(model: Model) -> None:
    file = model("")
    assert (list(file.entries()), list(file.unparsed()), list(file.functions("f"))) == ([], [], [])
