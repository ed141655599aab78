# SPDX-License-Identifier: GPL-2.0-only
"""A hook that calls its own open: vm_ops->mapped does what open did."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import REMAP, Result, c, convert, hook
from tests.convert.test_far import FOPS
from tests.convert.test_siblings import made

OPEN = "struct foo *foo = vma->vm_private_data;\n\natomic_inc(&foo->users);"
CLOSE = "struct foo *foo = vma->vm_private_data;\n\natomic_dec(&foo->users);"
HELD = "struct foo *foo = file->private_data;\n\n"
SET = "vma->vm_private_data = foo;\nvma->vm_ops = &foo_vm_ops;\nfoo_vm_open(vma);\n"
TABLE = c(
    """
    static const struct vm_operations_struct foo_vm_ops = {
            .open = foo_vm_open,
            .close = foo_vm_close,
    };
    """
)


def function(name: str, body: str) -> str:
    inside = "".join(f"\t{line}\n" if line else "\n" for line in c(body).split("\n"))
    return f"static void {name}(struct vm_area_struct *vma)\n{{\n{inside}}}\n\n"


def driver(body: str, opens: str = OPEN, closes: str = CLOSE, *, before: str = "", behind: str = "") -> str:
    functions = function("foo_vm_open", opens) + function("foo_vm_close", closes)
    text = hook(body.replace("MAP", REMAP))
    return f"{c(before)}\n\n{functions}{TABLE}\n\n{text}{c(behind)}{FOPS}"


def converted(text: str) -> Result:
    result = convert(text)
    assert result.tier is Tier.REVIEW, result.conversion.reasons
    return result


def refused(text: str) -> dict[str, str]:
    result = convert(text)
    assert result.tier is Tier.SKELETON and result.new is None
    return {reason.code: reason.message for reason in result.conversion.reasons}


MARKED = c(
    """
    struct foo *foo = file->private_data;

    atomic_inc(&foo->users);

    *vm_private_data = foo;
    return 0;
    """
)


def test_without_an_action_the_hook_still_sets_what_open_reads() -> None:
    result = converted(driver(HELD + "vm_flags_set(vma, VM_IO);\n" + SET + "return 0;"))
    assert result.codes == {"moved-to-mapped"}
    assert result.body("foo_vm_mapped") == c(
        """
        struct foo *foo = *vm_private_data;

        atomic_inc(&foo->users);

        return 0;
        """
    )
    assert "desc->private_data = foo;" in result.body() and "foo_vm_open" not in result.body()
    assert result.body("foo_vm_close") == c(CLOSE)


SHAPES = [
    pytest.param("int ret;\n\nret = MAP;\nif (ret)\n        return ret;\n" + SET + "return 0;", id="behind"),
    pytest.param(SET + "return MAP;", id="before"),
    pytest.param("int ret;\n\nret = MAP;\nif (!ret) {\n" + SET + "}\nreturn ret;", id="on success"),
    pytest.param(SET.replace("foo_vm_open", "vma->vm_ops->open") + "return MAP;", id="by the table"),
]


@pytest.mark.parametrize("body", SHAPES)
def test_with_an_action_mapped_sets_what_close_asks_for(body: str) -> None:
    result = converted(driver(HELD.rstrip("\n") + "\n" + body))
    assert result.codes == {"moved-to-mapped", "close-guarded"}
    assert result.body("foo_vm_mapped") == MARKED
    assert result.body("foo_vm_close") == c(CLOSE).replace("\n\n", "\n\nif (!foo)\n\treturn;\n\n")
    assert "private_data" not in result.body().replace("file->private_data", "")
    assert "open" not in result.body()


def test_open_keeps_its_own_name_for_it() -> None:
    opens = "struct foo *mine = vma->vm_private_data;\n\natomic_inc(&mine->users);"
    result = converted(driver(HELD + SET + "return MAP;", opens))
    assert result.body("foo_vm_mapped") == c(
        """
        struct foo *foo = file->private_data;
        struct foo *mine = foo;

        atomic_inc(&mine->users);

        *vm_private_data = mine;
        return 0;
        """
    )


def test_an_open_that_hands_the_field_on_gets_the_hooks_value() -> None:
    result = converted(
        driver(HELD + SET + "return MAP;", "foo_get(vma->vm_private_data);", "foo_put(vma->vm_private_data);")
    )
    assert result.body("foo_vm_mapped") == MARKED.replace("atomic_inc(&foo->users)", "foo_get(foo)")


def test_a_counter_of_the_driver_is_the_mark_where_the_field_is_unused() -> None:
    text = driver(
        "vma->vm_ops = &foo_vm_ops;\nfoo_vm_open(vma);\nreturn MAP;",
        "atomic_inc(&foo_users);",
        "atomic_dec(&foo_users);",
        before="static atomic_t foo_users;",
    )
    assert "*vm_private_data = &foo_users;" in converted(text).body("foo_vm_mapped")


def test_a_helper_that_only_looks_is_no_action() -> None:
    check = """
    static int foo_check(struct vm_area_struct *vma)
    {
            return vma->vm_pgoff ? -EINVAL : 0;
    }
    """
    body = (
        HELD
        + "if (foo_check(vma))\n        return -EINVAL;\n\n"
        + SET
        + "vm_flags_set(vma, VM_IO);\nreturn 0;"
    )
    assert converted(driver(body, before=check)).codes == {"moved-to-mapped"}


def test_a_table_in_front_of_open_gets_a_prototype_of_mapped() -> None:
    text = driver(HELD + "vm_flags_set(vma, VM_IO);\n" + SET + "return 0;").replace(TABLE, "")
    early = "".join(f"static void foo_vm_{one}(struct vm_area_struct *vma);\n" for one in ("open", "close"))
    new = converted(early + TABLE + "\n\n" + text).new or ""
    assert (
        new.index("void **vm_private_data);\n")
        < new.index(".mapped")
        < new.index("void **vm_private_data)\n{")
    )


def test_a_table_with_the_name_of_the_field_is_not_used_by_each_field() -> None:
    text = driver(HELD + "vm_flags_set(vma, VM_IO);\n" + SET + "return 0;").replace("foo_vm_ops", "vm_ops")
    assert converted(text).codes == {"moved-to-mapped"}


STAYS = [
    pytest.param(
        "may return before its end",
        OPEN.replace("\n\n", "\n\nif (foo->off)\n        return;\n"),
        SET,
        id="early",
    ),
    pytest.param("has no one value", OPEN, SET.replace("= foo;", "= (void *)1;"), id="no pointer"),
    pytest.param(
        "may be NULL",
        "atomic_inc(&foo_users);",
        SET.replace("= foo;", "= foo;"),
        id="nothing shows that it is set",
    ),
    pytest.param("not set on every path", OPEN, "if (foo->a)\n        " + SET, id="set on some paths"),
]


@pytest.mark.parametrize(("says", "opens", "sets"), STAYS)
def test_without_a_mark_close_stays_unguarded(says: str, opens: str, sets: str) -> None:
    reasons = refused(driver(HELD + sets + "return MAP;", opens, before="static atomic_t foo_users;"))
    assert says in reasons["close-before-mapped"]


def test_who_reads_the_field_that_the_hook_leaves_alone_would_see_the_mark() -> None:
    text = driver(
        "vma->vm_ops = &foo_vm_ops;\nfoo_vm_open(vma);\nreturn MAP;",
        "atomic_inc(&foo_users);",
        "atomic_dec(&foo_users);",
        before="static atomic_t foo_users;\n\nstatic void *foo_of(struct vm_area_struct *vma)\n{\n"
        "        return vma->vm_private_data;\n}",
    )
    assert "may read vm_private_data" in refused(text)["close-before-mapped"]


OTHERS = [
    pytest.param(
        "seeds-state",
        "foo_other() sets `foo_vm_ops` too",
        "static void foo_other(struct vm_area_struct *vma)\n{\n        vma->vm_ops = &foo_vm_ops;\n}\n",
        id="sets the table",
    ),
    pytest.param(
        "close-before-mapped",
        "foo_stop() calls foo_vm_close() too",
        "static void foo_stop(struct vm_area_struct *vma)\n{\n        foo_vm_close(vma);\n}\n",
        id="calls close",
    ),
]


@pytest.mark.parametrize(("code", "says", "behind"), OTHERS)
def test_another_user_is_named(code: str, says: str, behind: str) -> None:
    assert says in refused(driver(HELD + SET + "return MAP;", behind=behind))[code]


def test_a_failure_behind_the_call_is_a_reason() -> None:
    body = HELD + SET + "if (foo->late)\n        return -EIO;\nreturn 0;"
    assert "may still fail after it" in refused(driver(body))["seeds-state"]


def test_what_open_wants_of_the_vma_must_be_handed() -> None:
    opens = OPEN + "\nfoo_note(vma->vm_flags);"
    reasons = refused(driver(HELD + "vm_flags_set(vma, VM_IO);\n" + SET + "return 0;", opens))
    assert "`vma->vm_flags` is more of the VMA" in reasons["seeds-state"]


HEADER = "#include <linux/mm.h>\n\nstruct foo {\n\tatomic_t users;\n};\n\n"
BODY = HELD + SET.replace("foo_vm_open(vma)", "vma->vm_ops->open(vma)") + "return MAP;"


def test_mapped_stands_beside_open_in_the_file_of_the_table(tmp_path: Path) -> None:
    functions = function("foo_vm_open", OPEN) + function("foo_vm_close", CLOSE)
    files = {
        "foo.h": HEADER + "extern const struct vm_operations_struct foo_vm_ops;\n",
        "foo.c": f'#include "foo.h"\n\n{hook(BODY.replace("MAP", REMAP))}{FOPS}',
        "ops.c": f'#include "foo.h"\n\n{functions}{TABLE.replace("static ", "", 1)}\n',
    }
    found = made(tmp_path, files)
    assert found.codes == {"moved-to-mapped", "close-guarded"}
    assert sorted(Path(path).name for path in found.conversion.files) == ["foo.c", "ops.c"]
    assert (
        "\tstruct foo *foo = file->private_data;\n\n\tatomic_inc(&foo->users);\n\n\t*vm_private_data = foo;"
        in (found.files["ops.c"])
    )
    assert ".mapped = foo_vm_mapped,\n\t.open" in found.files["ops.c"]


def test_an_open_of_another_file_than_the_table_gets_its_mapped_declared(tmp_path: Path) -> None:
    functions = function("foo_vm_open", OPEN) + function("foo_vm_close", CLOSE)
    prototypes = "".join(f"void foo_vm_{one}(struct vm_area_struct *vma);\n" for one in ("open", "close"))
    body = hook((HELD + SET + "return MAP;").replace("MAP", REMAP))
    files = {
        "foo.h": HEADER + prototypes,
        "foo.c": f'#include "foo.h"\n\n{TABLE}\n\n{body}{FOPS}',
        "vma.c": f'#include "foo.h"\n\n{functions.replace("static ", "")}',
    }
    found = made(tmp_path, files)
    assert found.codes == {"moved-to-mapped", "close-guarded"}
    assert "\nint foo_vm_mapped(unsigned long start" in found.files["vma.c"]
    assert "foo_vm_open(struct vm_area_struct *vma);\nint foo_vm_mapped(" in found.files["foo.h"]
    assert ".mapped = foo_vm_mapped," in found.files["foo.c"]
    assert "if (!foo)" in found.files["vma.c"]


OPS = [
    pytest.param(
        "the mapping may get other vm_ops",
        "vma->vm_private_data = foo;\nvma->vm_ops = &foo_vm_ops;\nif (foo->plain)\n"
        "        vma->vm_ops = &foo_plain_ops;\nvma->vm_ops->open(vma);\n",
        id="others",
    ),
    pytest.param(
        "or none",
        "vma->vm_private_data = foo;\nif (!foo->plain)\n        vma->vm_ops = &foo_vm_ops;\n"
        "foo_vm_open(vma);\n",
        id="none",
    ),
]


@pytest.mark.parametrize(("says", "sets"), OPS)
def test_what_open_took_is_given_back_by_the_same_vm_ops(says: str, sets: str) -> None:
    text = driver(HELD + "vm_flags_set(vma, VM_IO);\n" + sets + "return 0;")
    assert says in refused(text)["seeds-state"]


def test_a_hook_that_only_some_builds_have_lends_its_value_to_none_other() -> None:
    text = driver(HELD + SET + "return MAP;")
    text = text.replace("static int foo_mmap(", "#ifdef CONFIG_FOO\nstatic int foo_mmap(") + "#endif\n"
    assert "other builds" in refused(text)["close-before-mapped"]
