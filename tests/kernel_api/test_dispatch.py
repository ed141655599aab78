# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.kernel.dispatch import read_dispatchers
from mmapmigrate.kernel.errors import KernelError

MakeTree = Callable[..., Path]

FOO_H = """\
struct foo_driver {
	const struct file_operations *fops;
	const struct foo_ops *ops;
};
struct foo_device {
	struct foo_driver *driver;
};
struct foo_ops {
	int (*mmap)(struct foo_device *foo, struct vm_area_struct *vma);
};
"""


def found(
    make_tree: MakeTree, body: str, include: str = "#include <linux/foo.h>\n"
) -> list[tuple[str | None, str]]:
    head = "int again(struct foo_device *foo, struct file *file, struct vm_area_struct *vma)"
    source = f"{include}{head}\n{{\n{body}\n}}\n"
    root = make_tree({"include/linux/foo.h": FOO_H, "drivers/foo/foo.c": source})
    return [(one.struct, one.member) for one in read_dispatchers(root)]


def test_a_call_through_a_chain_names_the_struct_that_holds_the_table(make_tree: MakeTree) -> None:
    assert found(make_tree, "\treturn foo->driver->fops->mmap(file, vma);") == [("foo_driver", "fops")]


def test_a_struct_is_found_without_its_include(make_tree: MakeTree) -> None:
    body = "\treturn foo->driver->fops->mmap(file, vma);"
    assert found(make_tree, body, include="") == [("foo_driver", "fops")]


@pytest.mark.parametrize("header", ["include/foo/all.h", "drivers/foo/internal.h"])
def test_what_a_header_includes_is_nearer_than_a_namesake(make_tree: MakeTree, header: str) -> None:
    namesake = "\nstruct foo_driver {\n\tconst struct foo_ops *fops;\n};\n"
    include = "#include <foo/all.h>\n" if header.startswith("include/") else '#include "internal.h"\n'
    call = "\tstruct foo_driver *driver = file->private_data;\n\n\treturn driver->fops->mmap(file, vma);"
    source = f"{include}int again(struct file *file, struct vm_area_struct *vma)\n{{\n{call}\n}}\n"
    root = make_tree(
        {
            "include/aaa/foo.h": namesake,
            "include/linux/foo.h": f"#pragma once\n{FOO_H}",
            header: "#include <linux/foo.h>\n",
            "drivers/foo/foo.c": source,
        }
    )
    assert [(one.struct, one.member) for one in read_dispatchers(root)] == [("foo_driver", "fops")]


def test_a_call_through_a_local_names_where_it_came_from(make_tree: MakeTree) -> None:
    body = "\tconst struct file_operations *f;\n\n\tf = foo->driver->fops;\n\treturn f->mmap(file, vma);"
    assert found(make_tree, body) == [("foo_driver", "fops")]


def test_a_call_through_a_local_of_unknown_origin_has_no_struct(make_tree: MakeTree) -> None:
    body = "\tconst struct file_operations *f = get_fops();\n\n\treturn f->mmap(file, vma);"
    assert found(make_tree, body) == [(None, "f")]


@pytest.mark.parametrize(
    ("declared", "called"),
    [
        ("const struct file_operations *foo_backend;\n", "foo_backend"),
        ("static struct file_operations * const __read_mostly foo_backend = NULL;\n", "foo_backend"),
        ('#include "foo.h"\n', "foo_backend_fops"),
    ],
    ids=["global", "static", "declared in a header"],
)
def test_a_call_through_a_variable_that_functions_share_has_no_struct(
    make_tree: MakeTree, declared: str, called: str
) -> None:
    assert found(make_tree, f"\treturn {called}->mmap(file, vma);", declared) == [(None, called)]


@pytest.mark.parametrize(
    ("declared", "called"),
    [
        ("static const struct foo_ops *foo_backend_fops;\n", "foo_backend_fops"),
        ('#include "foo.h"\n', "foo_backend"),
    ],
    ids=["another struct", "a name that says nothing"],
)
def test_a_shared_variable_that_points_to_no_table_is_none(
    make_tree: MakeTree, declared: str, called: str
) -> None:
    assert found(make_tree, f"\treturn {called}->mmap(foo, vma);", declared) == []


def test_a_pointer_in_parentheses_is_called_all_the_same(make_tree: MakeTree) -> None:
    assert found(make_tree, "\treturn (foo->driver->fops->mmap)(file, vma);") == [("foo_driver", "fops")]


def test_a_chain_of_unknown_type_is_judged_by_its_last_name(make_tree: MakeTree) -> None:
    assert found(make_tree, "\treturn to_bar(foo)->mmap(file, vma);") == []
    assert found(make_tree, "\treturn bar->fops->mmap(file, vma);") == [(None, "fops")]


def test_the_file_s_own_table_is_a_dispatcher_too(make_tree: MakeTree) -> None:
    assert found(make_tree, "\treturn file->f_op->mmap(file, vma);") == [("file", "f_op")]


def test_another_ops_struct_is_none(make_tree: MakeTree) -> None:
    assert found(make_tree, "\treturn foo->driver->ops->mmap(foo, vma);") == []


def test_a_call_over_several_lines_in_a_function_behind_others_is_one(make_tree: MakeTree) -> None:
    body = (
        "\treturn 0;\n}\n\nint mmap(void)\n{\n\treturn other(mmap());\n}\n\n"
        "int last(struct foo_device *foo, struct file *file, struct vm_area_struct *vma)\n{\n"
        "\tif (foo->driver->ops->mmap(foo, vma))\n\t\treturn 1;\n"
        "\treturn READ_ONCE(foo->driver\n\t\t\t ->fops)->mmap(\n\t\tfile, vma);"
    )
    assert found(make_tree, body) == [("foo_driver", "fops")]


def test_a_test_of_the_member_is_none(make_tree: MakeTree) -> None:
    assert found(make_tree, "\treturn foo->driver->fops->mmap ? 0 : -ENODEV;") == []


def test_what_is_assigned_behind_a_block_is_of_no_untagged_struct(make_tree: MakeTree) -> None:
    body = (
        "\tif (!file) {\n\t\treturn -1;\n\t}\n\tdata = to_data(file);\n\treturn data->ops->mmap(data, vma);"
    )
    assert found(make_tree, body) == []


def test_a_comment_is_none(make_tree: MakeTree) -> None:
    assert found(make_tree, "\t/* calls foo->driver->fops->mmap(file, vma) */\n\treturn 0;") == []


def test_the_vfs_s_own_callers_are_none(make_tree: MakeTree) -> None:
    assert read_dispatchers(make_tree()) == ()


def test_only_the_paths_that_are_given_are_searched(make_tree: MakeTree) -> None:
    call = "int f(struct file *file)\n{\n\treturn x->fops->mmap(file, 0);\n}\n"
    root = make_tree({"drivers/a.c": call, "net/b.c": call, "Documentation/c.c": call})
    assert [one.path for one in read_dispatchers(root)] == ["drivers/a.c", "net/b.c"]
    assert [one.path for one in read_dispatchers(root, ["net"])] == ["net/b.c"]
    assert [one.path for one in read_dispatchers(root, ["drivers/a.c"])] == ["drivers/a.c"]
    assert read_dispatchers(root, ["missing.c"]) == ()


def test_the_line_is_that_of_the_call(make_tree: MakeTree) -> None:
    root = make_tree({"a/a.c": "/* one\n two */\nint f(void)\n{\n\treturn x->fops->mmap(0, 0);\n}\n"})
    assert [one.line for one in read_dispatchers(root)] == [5]


def test_no_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="is no folder"):
        read_dispatchers(tmp_path / "nowhere")
