# SPDX-License-Identifier: GPL-2.0-only
"""State of a mapping that a helper takes: vm_ops->mapped takes it, and finds what the helper was handed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import REMAP, Result, c, convert, hook
from tests.convert.test_siblings import Outcome, made

CLOSE = "struct foo *foo = vma->vm_private_data;\n\nput_device(&foo->dev);"
SET = "vma->vm_private_data = foo;\nvma->vm_ops = &foo_vm_ops;\n"
TAKE = "get_device(&foo->dev);\n" + SET
HELD = "struct foo *foo = file->private_data;\n"
PARAMETERS = "struct vm_area_struct *vma, struct foo *foo"


def block(text: str) -> str:
    return "".join(f"\t{line}\n" if line else "\n" for line in c(text.replace("MAP", REMAP)).split("\n"))


def driver(
    helper: str,
    body: str,
    *,
    kind: str = "int",
    parameters: str = PARAMETERS,
    close: str = CLOSE,
    behind: str = "",
) -> str:
    table = "static const struct vm_operations_struct foo_vm_ops = {\n\t.close = foo_vm_close,\n};\n\n"
    return (
        f"static void foo_vm_close(struct vm_area_struct *vma)\n{{\n{block(close)}}}\n\n{table}"
        f"static {kind} foo_setup({parameters})\n{{\n{block(helper)}}}\n\n"
        f"{hook(body.replace('MAP', REMAP))}{c(behind)}\n"
        "static const struct file_operations foo_fops = {\n\t.mmap = foo_mmap,\n};\n"
    )


def converted(text: str) -> Result:
    result = convert(text)
    assert result.tier is Tier.REVIEW, result.conversion.reasons
    assert "moved-to-mapped" in result.codes
    return result


def refused(text: str) -> str:
    result = convert(text)
    assert result.tier is Tier.SKELETON and result.new is None
    [message] = [one.message for one in result.conversion.reasons if one.code == "per-mapping"]
    return message


MAPPED = c(
    """
    struct foo *foo = file->private_data;

    get_device(&foo->dev);

    return 0;
    """
)
MARKED = MAPPED.replace("return 0;", "*vm_private_data = foo;\nreturn 0;")


def test_what_the_helper_takes_moves_and_the_rest_stays() -> None:
    result = converted(
        driver(TAKE + "return 0;", HELD + "\nvm_flags_set(vma, VM_IO);\nreturn foo_setup(vma, foo);")
    )
    assert result.codes == {"moved-to-mapped"}
    assert result.body("foo_vm_mapped") == MAPPED
    assert result.body("foo_setup") == "desc->private_data = foo;\ndesc->vm_ops = &foo_vm_ops;\nreturn 0;"
    assert "return foo_setup(desc, foo);" in result.body()
    assert result.body("foo_vm_close") == c(CLOSE)


SHAPES = [
    pytest.param("int", TAKE + "return MAP;", HELD + "\nreturn foo_setup(vma, foo);", id="in the helper"),
    pytest.param(
        "int",
        TAKE + "return 0;",
        HELD + "\nif (foo_setup(vma, foo))\n        return -EIO;\nreturn MAP;",
        id="behind",
    ),
    pytest.param(
        "void",
        TAKE.rstrip("\n"),
        HELD + "int ret;\n\nret = MAP;\nif (ret)\n        return ret;\nfoo_setup(vma, foo);\nreturn 0;",
        id="before, and nothing is returned",
    ),
    pytest.param(
        "int",
        TAKE + "return 0;",
        HELD
        + "int ret;\n\nret = foo_setup(vma, foo);\nif (ret)\n        return ret;\nret = MAP;\nif (ret) {\n"
        "        put_device(&foo->dev);\n        return ret;\n}\nreturn 0;",
        id="the hook gives it back when the remap fails",
    ),
]


@pytest.mark.parametrize(("kind", "helper", "body"), SHAPES)
def test_with_an_action_close_asks_whether_mapped_has_run(kind: str, helper: str, body: str) -> None:
    result = converted(driver(helper, body, kind=kind))
    assert result.codes == {"moved-to-mapped", "close-guarded"}
    assert result.body("foo_vm_mapped") == MARKED
    assert "if (!foo)\n\treturn;\n" in result.body("foo_vm_close")
    assert "device" not in result.body() + result.body("foo_setup")


def test_an_action_on_another_path_asks_for_no_guard() -> None:
    body = (
        HELD
        + "\nif (vma->vm_pgoff)\n        return MAP;\nvm_flags_set(vma, VM_IO);\nreturn foo_setup(vma, foo);"
    )
    result = converted(driver(TAKE + "return 0;", body))
    assert result.codes == {"moved-to-mapped"}
    assert result.body("foo_vm_close") == c(CLOSE)


def test_a_parameter_with_a_name_of_its_own_is_declared_from_what_it_was_handed() -> None:
    body = "struct foo *mine = file->private_data;\n\nvm_flags_set(vma, VM_IO);\nreturn foo_setup(vma, mine);"
    assert converted(driver(TAKE + "return 0;", body)).body("foo_vm_mapped") == MAPPED.replace(
        "*foo = file->private_data;", "*mine = file->private_data;\nstruct foo *foo = mine;"
    )


def test_the_file_of_the_mapping_may_be_a_parameter() -> None:
    text = driver(
        HELD + "\n" + TAKE + "return 0;",
        "vm_flags_set(vma, VM_IO);\nreturn foo_setup(vma, file);",
        parameters="struct vm_area_struct *vma, struct file *file",
    )
    assert converted(text).body("foo_vm_mapped") == MAPPED


ALLOCATES = (
    "struct foo_map *map;\n\nmap = kzalloc(sizeof(*map), GFP_KERNEL);\nif (!map)\n        return -ENOMEM;\n"
    "map->foo = foo;\n" + SET.replace("= foo;", "= map;") + "return 0;"
)
FREES = "kfree(vma->vm_private_data);"


@pytest.mark.parametrize(
    ("failing", "codes"),
    [("return ret;", set()), ("return -EIO;", {"errno-changed"})],
    ids=["its own error", "another error"],
)
def test_an_allocation_that_fails_fails_in_mapped(failing: str, codes: set[str]) -> None:
    body = (
        HELD
        + f"int ret;\n\nret = foo_setup(vma, foo);\nif (ret)\n        {failing}\n"
        + "vm_flags_set(vma, VM_IO);\nreturn 0;"
    )
    result = converted(driver(ALLOCATES, body, close=FREES))
    assert result.codes == {"moved-to-mapped", "close-guarded", "fails-late"} | codes
    assert "\tmap->foo = foo;\n\n\t*vm_private_data = map;" in (result.new or "")


def test_what_the_hook_reads_behind_the_helper_now_runs_first() -> None:
    body = (
        HELD + "\nif (foo_setup(vma, foo))\n        return -EIO;\nvma->vm_page_prot = foo->prot;\nreturn 0;"
    )
    assert "runs-before-taking" in converted(driver(TAKE + "return 0;", body)).codes


CALL = HELD + "\nvm_flags_set(vma, VM_IO);\nreturn foo_setup(vma, foo);"
STAYS = [
    pytest.param(
        "may still fail after",
        TAKE + "return 0;",
        HELD
        + "\nif (foo_setup(vma, foo))\n        return -EIO;\nif (foo->bad)\n        return -EIO;\nreturn 0;",
        id="the hook fails behind it",
    ),
    pytest.param(
        "changes `foo`", "foo = foo->parent;\n" + TAKE + "return 0;", CALL, id="a parameter changes"
    ),
    pytest.param(
        "cannot be asked for again",
        TAKE + "return 0;",
        "return foo_setup(vma, idr_find(&foo_idr, 1));",
        id="a lookup",
    ),
    pytest.param(
        "uses `vma->vm_private_data` beside",
        TAKE + "return 0;",
        CALL.replace("vm_flags_set(vma, VM_IO)", "vma->vm_private_data = NULL"),
        id="the hook sets it too",
    ),
    pytest.param(
        "works on it too",
        TAKE + "return 0;",
        CALL.replace("vm_flags_set(vma, VM_IO)", "get_device(&foo->dev)"),
        id="the hook takes it too",
    ),
    pytest.param(
        "is only safe once it is taken",
        "if (!refcount_inc_not_zero(&foo->ref))\n        return -ENODEV;\n" + SET + "return 0;",
        HELD
        + "int ret;\n\nret = foo_setup(vma, foo);\nif (ret)\n        return ret;\n"
        + "vma->vm_page_prot = foo->prot;\nreturn 0;",
        id="what follows needs it",
    ),
    pytest.param(
        "goes on when", ALLOCATES, HELD + "\nfoo_setup(vma, foo);\nreturn 0;", id="its failure is ignored"
    ),
    pytest.param(
        "runs when foo_setup() fails",
        ALLOCATES,
        HELD
        + "int ret;\n\nret = foo_setup(vma, foo);\nif (ret) {\n        foo_undo(foo);\n"
        + "        return ret;\n}\nreturn 0;",
        id="its failure is cleaned up",
    ),
]


@pytest.mark.parametrize(("says", "helper", "body"), STAYS)
def test_what_is_not_as_clear_as_in_a_hook_stays(says: str, helper: str, body: str) -> None:
    close = CLOSE
    if "kzalloc" in helper:
        close = FREES
    elif "refcount" in helper:
        close = CLOSE.replace("put_device(&foo->dev)", "refcount_dec(&foo->ref)")
    assert says in refused(driver(helper, body, close=close))


def test_a_helper_that_returns_no_errno_stays() -> None:
    body = HELD + "\nvm_flags_set(vma, VM_IO);\nif (!foo_setup(vma, foo))\n        return -EIO;\nreturn 0;"
    assert "returns no errno" in refused(driver(TAKE + "return true;", body, kind="bool"))


@pytest.mark.parametrize(
    ("says", "behind"),
    [
        (
            "is also used at line",
            "static int foo_other(struct vm_area_struct *vma)\n{\n\treturn foo_setup(vma, NULL);\n}\n",
        ),
        (
            "sets `foo_vm_ops` too",
            "static void foo_other(struct vm_area_struct *vma)\n{\n\tvma->vm_ops = &foo_vm_ops;\n}\n",
        ),
    ],
    ids=["calls the helper", "sets the table"],
)
def test_another_user_is_named(says: str, behind: str) -> None:
    assert says in refused(driver(TAKE + "return 0;", CALL, behind=behind))


KEEPS = "get_device(&foo->dev);\nvma->vm_private_data = foo;\nreturn 0;"
SETS = HELD + (
    "int ret;\n\nret = foo_setup(vma, foo);\nif (ret)\n        return ret;\nvma->vm_ops = &foo_vm_ops;\n"
    "vm_flags_set(vma, VM_IO);\nreturn 0;"
)


def test_the_hook_may_set_the_vm_ops_itself() -> None:
    result = converted(driver(KEEPS, SETS))
    assert result.codes == {"moved-to-mapped"}
    assert result.body("foo_vm_mapped") == MAPPED
    assert result.body("foo_setup") == "desc->private_data = foo;\nreturn 0;"


def test_a_close_is_guarded_for_the_vm_ops_of_the_hook() -> None:
    result = converted(driver(KEEPS, SETS.replace("vm_flags_set(vma, VM_IO);\nreturn 0;", "return MAP;")))
    assert result.codes == {"moved-to-mapped", "close-guarded"}
    assert result.body("foo_vm_mapped") == MARKED and "if (!foo)" in result.body("foo_vm_close")


APART = [
    pytest.param(
        "with these vm_ops can come to be without foo_setup()",
        HELD + "\nvma->vm_ops = &foo_vm_ops;\nvm_flags_set(vma, VM_IO);\nif (foo->held)\n"
        "        return foo_setup(vma, foo);\nreturn 0;",
        id="the helper is not called",
    ),
    pytest.param(
        "without these vm_ops can come to be with foo_setup()",
        HELD + "\nvm_flags_set(vma, VM_IO);\nif (foo->held)\n        vma->vm_ops = &foo_vm_ops;\n"
        "return foo_setup(vma, foo);",
        id="the vm_ops are not set",
    ),
]


@pytest.mark.parametrize(("says", "body"), APART)
def test_the_vm_ops_and_the_helper_go_together(says: str, body: str) -> None:
    assert says in refused(driver(KEEPS, body))


def test_a_table_gets_one_mapped() -> None:
    close = CLOSE.replace("vm_private_data", "vm_file->private_data") + "\natomic_dec(&foo->maps);"
    text = driver(KEEPS, SETS.replace("vma->vm_ops", "foo_more(vma, foo);\nvma->vm_ops"), close=close)
    more = f"static void foo_more({PARAMETERS})\n{{\n\tatomic_inc(&foo->maps);\n}}\n\n"
    message = refused(text.replace("static int foo_setup", more + "static int foo_setup"))
    assert "has got a mapped for other state" in message


HEADER = """\
#include <linux/mm.h>

struct foo {
	struct device dev;
	unsigned long flags;
};

int foo_setup(struct vm_area_struct *vma, struct foo *foo);
"""


def across(tmp_path: Path, body: str = CALL, before: str = "", **others: str) -> Outcome:
    """A driver whose helper is in vma.c, with its table."""
    whole = driver(TAKE + "return 0;", body, behind="/**/")
    helper, hooks = whole.split("static int foo_mmap(")
    include = '#include "foo.h"\n\n'
    files = {
        "foo.h": HEADER,
        "vma.c": include + helper.replace("static int foo_setup", "int foo_setup"),
        "foo.c": f"{include}{c(before)}\n\nstatic int foo_mmap({hooks}",
    }
    return made(
        tmp_path, files | {name.replace("_", "."): include + c(text) for name, text in others.items()}
    )


def test_a_helper_of_a_sibling_has_its_mapped_beside_it(tmp_path: Path) -> None:
    found = across(tmp_path)
    assert found.codes == {"moved-to-mapped"}
    assert sorted(Path(path).name for path in found.conversion.files) == ["foo.c", "foo.h", "vma.c"]
    assert "\tstruct foo *foo = file->private_data;\n\n\tget_device(&foo->dev);" in found.files["vma.c"]


def test_what_the_siblings_file_does_not_know_is_named(tmp_path: Path) -> None:
    body = CALL.replace("(vma, foo)", "(vma, foo + FOO_LAST)")
    found = across(tmp_path, body, "#define FOO_LAST 3")
    assert found.conversion.tier is Tier.SKELETON and "moved-to-mapped" not in found.codes


def test_an_object_of_the_hooks_own_file_is_none_of_the_siblings(tmp_path: Path) -> None:
    body = "vm_flags_set(vma, VM_IO);\nreturn foo_setup(vma, &foo_only);"
    found = across(tmp_path, body, "static struct foo foo_only;")
    assert found.conversion.tier is Tier.SKELETON and "moved-to-mapped" not in found.codes


def test_a_caller_in_a_third_file_is_named(tmp_path: Path) -> None:
    other = "int foo_other(struct vm_area_struct *vma)\n{\n        return foo_setup(vma, NULL);\n}\n"
    found = across(tmp_path, other_c=other)
    [message] = [one.message for one in found.conversion.reasons if one.code == "per-mapping"]
    assert "other.c:5" in message
