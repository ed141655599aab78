# SPDX-License-Identifier: GPL-2.0-only
"""State of a mapping whose vm_ops, or their close, stand in another file than the hook that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import c, hook
from tests.convert.test_siblings import Outcome, made

HEADER = """\
#include <linux/mm.h>

struct foo {
	struct device dev;
	int users;
};

extern const struct vm_operations_struct foo_vm_ops;
"""

OPS = """
#include "foo.h"

static void foo_vm_open(struct vm_area_struct *vma)
{
        struct foo *foo = vma->vm_private_data;

        get_device(&foo->dev);
}

static void foo_vm_close(struct vm_area_struct *vma)
{
        struct foo *foo = vma->vm_private_data;

        put_device(&foo->dev);
}

const struct vm_operations_struct foo_vm_ops = {
        .open = foo_vm_open,
        .close = foo_vm_close,
};
"""

BODY = """
struct foo *foo = file->private_data;

get_device(&foo->dev);
vma->vm_private_data = foo;
vma->vm_ops = &foo_vm_ops;
vm_flags_set(vma, VM_IO);
return 0;
"""

FOPS = "\nconst struct file_operations foo_fops = {\n\t.mmap = foo_mmap,\n};\n"


def user(body: str = BODY, before: str = "") -> str:
    return f'#include "foo.h"\n\n{c(before)}\n\n{hook(body)}{FOPS}'


def driver(body: str = BODY, before: str = "", ops: str = OPS, **others: str) -> dict[str, str]:
    files = {"foo.h": HEADER, "foo.c": user(body, before), "ops.c": c(ops)}
    return files | {name.replace("_", "."): c(text) + "\n" for name, text in others.items()}


def changed(found: Outcome) -> list[str]:
    return sorted(Path(path).name for path in found.conversion.files)


def refusal(folder: Path, files: Mapping[str, str]) -> str:
    """Why the state stays where it is: the message of the one reason that says so."""
    found = made(folder, files)
    assert found.conversion.tier is Tier.SKELETON
    assert found.files == files
    [reason] = [one for one in found.conversion.reasons if one.code == "per-mapping"]
    return reason.message


def test_mapped_stands_beside_open_and_close(tmp_path: Path) -> None:
    found = made(tmp_path, driver())
    assert found.codes == {"moved-to-mapped"}
    assert changed(found) == ["foo.c", "ops.c"]
    assert found.files["ops.c"] == c(OPS).replace(
        "const struct vm",
        c(
            """
            static int foo_vm_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                                     const struct file *file, void **vm_private_data)
            {
                    struct foo *foo = file->private_data;

                    get_device(&foo->dev);

                    return 0;
            }

            const struct vm"""
        ),
        1,
    ).replace("\t.open", "\t.mapped = foo_vm_mapped,\n\t.open")
    assert "get_device" not in found.files["foo.c"] and "desc->vm_ops = &foo_vm_ops;" in found.files["foo.c"]


def test_a_declaration_of_the_table_in_the_hooks_own_file_serves(tmp_path: Path) -> None:
    files = driver(before="extern const struct vm_operations_struct foo_vm_ops;")
    files["foo.h"] = HEADER.replace("extern const struct vm_operations_struct foo_vm_ops;\n", "")
    assert changed(made(tmp_path, files)) == ["foo.c", "ops.c"]


HELPER = """
static void foo_take(struct foo *foo)
{
        foo->users++;
        get_device(&foo->dev);
}
"""
TAKES = BODY.replace("get_device(&foo->dev)", "foo_take(foo)")


def test_what_only_the_hooks_file_knows_keeps_mapped_there(tmp_path: Path) -> None:
    files = driver(TAKES, HELPER) | {"Makefile": "obj-m := foo_drv.o\nfoo_drv-y := foo.o ops.o\n"}
    found = made(tmp_path, files)
    assert found.codes == {"moved-to-mapped"}
    assert changed(found) == ["foo.c", "foo.h", "ops.c"]
    assert "\nint foo_vm_mapped(unsigned long start" in found.files["foo.c"]
    assert "foo_vm_ops;\nint foo_vm_mapped(unsigned long start" in found.files["foo.h"]
    assert ".mapped = foo_vm_mapped," in found.files["ops.c"]
    assert "struct file;" not in found.files["foo.h"]


def test_a_file_that_others_include_gets_no_global_function(tmp_path: Path) -> None:
    message = refusal(tmp_path, driver(TAKES, HELPER, other_c='#include "foo.c"'))
    assert "is a part of others" in message


def test_without_a_makefile_it_is_said_that_both_must_be_linked(tmp_path: Path) -> None:
    assert made(tmp_path, driver(TAKES, HELPER)).codes == {"moved-to-mapped", "linked-together"}


def test_a_build_that_links_one_without_the_other_is_a_reason(tmp_path: Path) -> None:
    makefile = "foo_drv-y := ops.o\nfoo_drv-$(CONFIG_FOO) += foo.o\n"
    message = refusal(tmp_path, driver(TAKES, HELPER) | {"Makefile": makefile})
    assert "some builds link it without" in message and "foo.c" in message


def test_a_name_that_another_file_has_is_not_given_again(tmp_path: Path) -> None:
    files = driver(TAKES, HELPER, other_c="int foo_vm_mapped(void);")
    assert "foo_vm_mapped_vma" in made(tmp_path, files).files["ops.c"]


OTHERS = [
    pytest.param(
        "foo_other() of",
        '#include "foo.h"\n\nint foo_other(struct vm_area_struct *vma)\n{\n'
        "        vma->vm_ops = &foo_vm_ops;\n        return 0;\n}",
        id="another function sets it",
    ),
    pytest.param(
        "foo_ops() of",
        '#include "foo.h"\n\nconst void *foo_ops(void)\n{\n        return &foo_vm_ops;\n}',
        id="another function lends it",
    ),
    pytest.param(
        "other.c:3",
        '#include "foo.h"\n\nconst struct foo_type foo_type = { .vm_ops = &foo_vm_ops };',
        id="another table has it",
    ),
]


@pytest.mark.parametrize(("says", "other"), OTHERS)
def test_another_user_of_the_table_is_named(says: str, other: str, tmp_path: Path) -> None:
    message = refusal(tmp_path, driver(other_c=other))
    assert says in message and "`foo_vm_ops`" in message


def test_a_table_that_modules_can_have_is_not_the_drivers_own(tmp_path: Path) -> None:
    message = refusal(tmp_path, driver(ops=OPS + "EXPORT_SYMBOL_GPL(foo_vm_ops);\n"))
    assert "EXPORT_SYMBOL()" in message


def test_a_comparison_in_another_file_is_no_use(tmp_path: Path) -> None:
    other = """
    #include "foo.h"

    bool foo_is(const struct vm_area_struct *vma)
    {
            return vma->vm_ops == &foo_vm_ops;
    }
    """
    assert made(tmp_path, driver(other_c=other)).codes == {"moved-to-mapped"}


def _split(close_file: str) -> dict[str, str]:
    """A driver whose table is beside the hook and whose close is in another file."""
    files = driver(before=c(OPS)[c(OPS).index("const") :].replace("const", "static const", 1))
    files["foo.h"] = HEADER.replace("extern const struct vm_operations_struct foo_vm_ops;", PROTOTYPES)
    files["ops.c"] = c(OPS)[: c(OPS).index("const")].replace("static ", "") + close_file
    return files


PROTOTYPES = "void foo_vm_open(struct vm_area_struct *vma);\nvoid foo_vm_close(struct vm_area_struct *vma);"


def test_a_close_in_another_file_gets_its_test_there(tmp_path: Path) -> None:
    files = _split("")
    files["foo.c"] = files["foo.c"].replace("\treturn 0;", "\treturn io_remap_pfn_range(REST")
    files["foo.c"] = files["foo.c"].replace(
        "(REST", "(vma, vma->vm_start, 16, vma->vm_end - vma->vm_start, vma->vm_page_prot);"
    )
    found = made(tmp_path, files)
    assert found.codes == {"moved-to-mapped", "close-guarded"}
    assert "\tif (!foo)\n\t\treturn;\n\n\tput_device(&foo->dev);" in found.files["ops.c"]
    assert "*vm_private_data = foo;" in found.files["foo.c"] and "mapped" not in found.files["ops.c"]


@pytest.mark.parametrize(
    ("says", "more"),
    [
        (
            "is close of `bar_vm_ops`",
            "const struct vm_operations_struct bar_vm_ops = { .close = foo_vm_close };",
        ),
        ("foo_stop() of", "void foo_stop(struct vm_area_struct *vma)\n{\n\tfoo_vm_close(vma);\n}"),
        ("is exported", "EXPORT_SYMBOL(foo_vm_close);"),
    ],
    ids=["table", "call", "export"],
)
def test_another_user_of_the_close_is_named(says: str, more: str, tmp_path: Path) -> None:
    assert says in refusal(tmp_path, _split(more + "\n"))


def test_what_is_static_in_each_file_is_two_objects(tmp_path: Path) -> None:
    ops = OPS.replace("        struct foo *foo = vma->vm_private_data;\n\n", "")
    ops = ops.replace("get_device(&foo->dev)", "foo_users++").replace("put_device(&foo->dev)", "foo_users--")
    ops = ops.replace('"foo.h"', '"foo.h"\n\nstatic int foo_users;')
    body = BODY.replace("get_device(&foo->dev)", "foo_users++")
    found = made(tmp_path, driver(body, "static int foo_users;", ops))
    assert found.conversion.tier is not Tier.COMPLETE
    assert "moved-to-mapped" not in found.codes and found.files["ops.c"] == c(ops)


def test_a_function_of_a_third_file_takes_and_another_gives_back(tmp_path: Path) -> None:
    header = HEADER + "\nvoid foo_hold(struct foo *foo);\nvoid foo_let(struct foo *foo);\n"
    third = """
    #include "foo.h"

    void foo_hold(struct foo *foo)
    {
            get_device(&foo->dev);
    }

    void foo_let(struct foo *foo)
    {
            put_device(&foo->dev);
    }
    """
    ops = OPS.replace("get_device(&foo->dev)", "foo_hold(foo)").replace(
        "put_device(&foo->dev)", "foo_let(foo)"
    )
    files = driver(BODY.replace("get_device(&foo->dev)", "foo_hold(foo)"), ops=ops, third_c=third)
    found = made(tmp_path, files | {"foo.h": header})
    assert found.codes == {"moved-to-mapped"}
    assert "\tfoo_hold(foo);\n\n\treturn 0;" in found.files["ops.c"]


def test_a_table_in_an_arm_of_its_file_is_not_followed(tmp_path: Path) -> None:
    found = made(tmp_path, driver(ops="#ifdef CONFIG_FOO\n" + OPS + "#endif\n"))
    assert found.conversion.tier is not Tier.COMPLETE and "moved-to-mapped" not in found.codes


def test_a_table_that_a_macro_may_replace_is_not_followed(tmp_path: Path) -> None:
    header = HEADER + "\n#ifndef CONFIG_FOO\n#define foo_vm_ops foo_no_ops\n#endif\n"
    found = made(tmp_path, driver() | {"foo.h": header})
    assert found.conversion.tier is not Tier.COMPLETE and "moved-to-mapped" not in found.codes
