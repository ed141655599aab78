# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable

import pytest

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.vmops import vm_ops_setters, vm_ops_tables

Model = Callable[[str], FileModel]


def test_the_members_of_a_table(model: Model) -> None:
    (table,) = vm_ops_tables(
        model("""\
            static const struct vm_operations_struct foo_vm_ops = {
                    .mapped = foo_mapped,
                    .close = &foo_close,
                    .fault = FOO_FAULT(1, 2),
            };
        """)
    )
    assert (table.name, table.static) == ("foo_vm_ops", True)
    assert [(one.name, one.handler) for one in table.members] == [
        ("mapped", "foo_mapped"),
        ("close", "foo_close"),
        ("fault", None),
    ]


def test_a_member_covers_its_value(model: Model) -> None:
    file = model("struct vm_operations_struct foo = { .open = bar, };\n")
    (table,) = vm_ops_tables(file)
    (member,) = table.members
    assert file.unit.source.data[member.start : member.end] == b".open = bar"


def test_members_of_both_arms(model: Model) -> None:
    (table,) = vm_ops_tables(
        model("""\
            const struct vm_operations_struct foo_vm_ops = {
            #ifdef CONFIG_FOO
                    .open = foo_open,
            #else
                    .open = foo_other_open,
            #endif
            };
        """)
    )
    assert not table.static
    assert [one.handler for one in table.named("open")] == ["foo_open", "foo_other_open"]


def test_a_member_that_is_filled_in_later(model: Model) -> None:
    (table,) = vm_ops_tables(
        model("""\
            static struct vm_operations_struct foo_vm_ops = { .fault = foo_fault };

            static void foo_init(struct foo *other)
            {
                    other->foo_vm_ops.close = bar_close;
                    foo_vm_ops.mapped = foo_mapped;
            }
        """)
    )
    assert [one.handler for one in table.named("mapped")] == ["foo_mapped"]
    assert table.named("close") == ()


@pytest.mark.parametrize(
    "code",
    [
        "extern const struct vm_operations_struct foo_vm_ops;\n",
        "static const struct vm_operations_struct *foo_ops(struct foo *foo)\n{\n\treturn foo->ops;\n}\n",
        "#define FOO_OPS(name) static struct vm_operations_struct name = { .open = foo_open }\n",
        "static const struct file_operations foo_fops = { .open = foo_open };\n",
    ],
)
def test_no_table(model: Model, code: str) -> None:
    assert vm_ops_tables(model(code)) == ()


def test_an_attribute_behind_the_name(model: Model) -> None:
    (table,) = vm_ops_tables(
        model("static struct vm_operations_struct foo __ro_after_init = { .open = a };\n")
    )
    assert table.name == "foo"


def test_null_names_no_function(model: Model) -> None:
    (table,) = vm_ops_tables(model("static struct vm_operations_struct foo = { .mapped = NULL };\n"))
    assert table.named("mapped") == ()


def test_who_sets_a_table(model: Model) -> None:
    setters = vm_ops_setters(
        model("""\
            static int foo_mmap(struct file *file, struct vm_area_struct *vma)
            {
                    vma->vm_ops = file->private_data ? &foo_vm_ops : &bar_vm_ops;
                    return 0;
            }

            static int foo_mmap_prepare(struct vm_area_desc *desc)
            {
                    desc->vm_ops = &foo_vm_ops;
                    return 0;
            }

            static int foo_wrap(struct file *file, struct vm_area_struct *vma)
            {
                    struct vm_area_desc desc;

                    desc.vm_ops = &foo_vm_ops;
                    return 0;
            }

            static void foo_other(struct foo *foo)
            {
                    foo->vm_ops = &foo_vm_ops;
            }
        """)
    )
    assert [(one.function.name, one.table, one.prepares) for one in setters] == [
        ("foo_mmap", "foo_vm_ops", False),
        ("foo_mmap", "bar_vm_ops", False),
        ("foo_mmap_prepare", "foo_vm_ops", True),
        ("foo_wrap", "foo_vm_ops", True),
    ]


@pytest.mark.parametrize(
    ("code", "readable"),
    [
        ("static struct vm_operations_struct foo = { .open = bar, .close = BAR(1, 2) };\n", True),
        ("static struct vm_operations_struct foo = { };\n", True),
        ("static struct vm_operations_struct foo = { bar, baz };\n", False),
        ("static struct vm_operations_struct foo = { .open = bar, baz };\n", False),
        ("static struct vm_operations_struct foo = { open: bar };\n", False),
        (
            "static struct vm_operations_struct foo = {};\n"
            "static void f(void)\n{\n\tfoo = *old_ops;\n\tfoo.fault = g;\n}\n",
            False,
        ),
    ],
)
def test_tells_whether_every_member_is_named(model: Model, code: str, readable: bool) -> None:
    (table,) = vm_ops_tables(model(code))
    assert table.readable is readable


def test_a_member_that_is_filled_in_with_an_expression(model: Model) -> None:
    (table,) = vm_ops_tables(
        model(
            "static struct vm_operations_struct foo = {};\n"
            "static void f(void)\n{\n\tfoo.close = x ? a : b;\n}\n"
        )
    )
    assert [(one.name, one.handler) for one in table.members] == [("close", None)]


def test_members_that_are_set_at_run_time(model: Model) -> None:
    (table,) = vm_ops_tables(
        model("""\
            static struct vm_operations_struct foo;
            static struct vm_operations_struct foo = { .open = a };
            static void f(struct foo_dev *d, struct xfoo *xfoo)
            {
                    foo.close = foo.fault = b;
                    d->foo.access = c;
                    xfoo.mapped = e;
            }
        """)
    )
    assert [(one.name, one.handler) for one in table.members] == [("open", "a"), ("close", None)]


def test_a_table_that_is_assigned_as_a_whole(model: Model) -> None:
    text = "static struct vm_operations_struct foo = { .open = a };\nvoid f(void) { %s; }\n"
    written = {
        statement: not vm_ops_tables(model(text % statement))[0].readable
        for statement in ("foo = bar", "foo == bar", "d.foo = bar", "*foo = bar", "foobar = bar")
    }
    assert [statement for statement, whole in written.items() if whole] == ["foo = bar"]
