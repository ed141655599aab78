# SPDX-License-Identifier: GPL-2.0-only
"""What a hook takes for each mapping and close gives back: vm_ops->mapped takes it."""

from __future__ import annotations

import re

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import Result, c, convert, hook

REMAP = "remap_pfn_range(vma, vma->vm_start, 16, vma->vm_end - vma->vm_start, vma->vm_page_prot)"

TABLE = """
static const struct vm_operations_struct foo_vm_ops = {
        .open = foo_vm_open,
        .close = foo_vm_close,
};
"""

FOPS = """
static const struct file_operations foo_fops = {
        .mmap = foo_mmap,
};
"""

PRIVATE = "struct foo *foo = vma->vm_private_data;\n\n"
OF_FILE = "struct foo *foo = vma->vm_file->private_data;\n\n"
HELD = "struct foo *foo = file->private_data;\n"
SET = "vma->vm_private_data = foo;\nvma->vm_ops = &foo_vm_ops;\n"


def _function(name: str, body: str) -> str:
    inside = "".join(f"\t{line}\n" if line else "\n" for line in c(body).split("\n"))
    return f"static void {name}(struct vm_area_struct *vma)\n{{\n{inside}}}\n\n"


def _driver(close: str, body: str, *, before: str = "", behind: str = "", table: str = TABLE) -> str:
    return (
        c(before)
        + "\n\n"
        + _function("foo_vm_open", "foo_vm_opened();")
        + _function("foo_vm_close", close)
        + c(table)
        + "\n\n"
        + hook(re.sub(r"\bMAP\b", REMAP, body))
        + c(behind)
        + c(FOPS)
    )


def _converted(close: str, body: str, **more: str) -> Result:
    result = convert(_driver(close, body, **more))
    assert result.tier is Tier.REVIEW, result.conversion.reasons
    assert "moved-to-mapped" in result.codes
    return result


def _refused(close: str, body: str, **more: str) -> set[str]:
    result = convert(_driver(close, body, **more))
    assert result.new is None or "foo_vm_mapped" not in result.new
    assert result.tier is Tier.SKELETON, result.new
    return result.codes


def _mapped(result: Result) -> str:
    return result.body("foo_vm_mapped")


def test_a_reference_moves_and_nothing_else_changes() -> None:
    result = _converted(
        PRIVATE + "put_device(&foo->dev);",
        HELD + "\nget_device(&foo->dev);\n" + SET + "vm_flags_set(vma, VM_IO);\nreturn 0;",
    )
    assert result.codes == {"moved-to-mapped"}
    assert _mapped(result) == c(
        """
        struct foo *foo = file->private_data;

        get_device(&foo->dev);

        return 0;
        """
    )
    assert result.body() == c(
        """
        struct file *file = desc->file;
        struct foo *foo = file->private_data;

        desc->private_data = foo;
        desc->vm_ops = &foo_vm_ops;
        vma_desc_set_flags(desc, VMA_IO_BIT);
        return 0;
        """
    )
    assert result.body("foo_vm_close") == c(PRIVATE + "put_device(&foo->dev);")
    assert result.new is not None and "\t.mapped = foo_vm_mapped,\n\t.open = foo_vm_open,\n" in result.new
    assert "int foo_vm_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,\n" in result.new


LADDERS = [
    pytest.param(
        "get_device(&foo->dev);\nret = MAP;\nif (ret)\n        goto err;\n"
        + SET
        + "return 0;\n\nerr:\nput_device(&foo->dev);\nreturn ret;",
        id="label",
    ),
    pytest.param(
        "get_device(&foo->dev);\nret = MAP;\nif (ret) {\n        put_device(&foo->dev);\n"
        "        return ret;\n}\n" + SET + "return 0;",
        id="arm",
    ),
    pytest.param(
        "ret = MAP;\nif (ret)\n        return ret;\nget_device(&foo->dev);\n" + SET + "return 0;", id="behind"
    ),
    pytest.param(SET + "ret = MAP;\nif (!ret)\n        get_device(&foo->dev);\nreturn ret;", id="on success"),
]


@pytest.mark.parametrize("body", LADDERS)
def test_with_an_action_close_asks_whether_mapped_has_run(body: str) -> None:
    result = _converted(PRIVATE + "put_device(&foo->dev);", HELD + "int ret;\n\n" + body)
    assert "close-guarded" in result.codes and "close-after-failure" not in result.codes
    assert _mapped(result) == c(
        """
        struct foo *foo = file->private_data;

        get_device(&foo->dev);

        *vm_private_data = foo;
        return 0;
        """
    )
    assert result.body("foo_vm_close") == c(PRIVATE + "if (!foo)\n        return;\n\nput_device(&foo->dev);")
    text = result.body()
    assert (
        "private_data = foo" not in text and "device" not in text and "ret" not in text.replace("return", "")
    )
    assert "goto" not in text and "err:" not in text


def test_a_close_that_reads_through_the_pointer_first_waits_for_the_test() -> None:
    close = (
        "struct foo_map *map = vma->vm_private_data;\nstruct foo *foo = map->foo;\n\n"
        "foo_log(foo);\nkfree(map);"
    )
    body = (
        HELD + "struct foo_map *map;\n\nmap = kzalloc(sizeof(*map), GFP_KERNEL);\nif (!map)\n"
        "        return -ENOMEM;\n\n"
        "map->foo = foo;\nmap->start = vma->vm_start;\nvm_flags_set(vma, VM_DONTEXPAND);\n"
        "vma->vm_private_data = map;\nvma->vm_ops = &foo_vm_ops;\nreturn 0;"
    )
    result = _converted(close, body)
    assert "fails-late" in result.codes
    assert _mapped(result) == c(
        """
        struct foo *foo = file->private_data;
        struct foo_map *map;

        map = kzalloc(sizeof(*map), GFP_KERNEL);
        if (!map)
                return -ENOMEM;

        map->foo = foo;
        map->start = start;

        *vm_private_data = map;
        return 0;
        """
    )
    assert result.body("foo_vm_close") == c(
        """
        struct foo_map *map = vma->vm_private_data;
        struct foo *foo;

        if (!map)
                return;

        foo = map->foo;

        foo_log(foo);
        kfree(map);
        """
    )


def test_a_close_that_asks_already_stays() -> None:
    close = PRIVATE + "if (!foo)\n        return;\n\nput_device(&foo->dev);"
    result = _converted(close, HELD + "\nget_device(&foo->dev);\n" + SET + "return MAP;")
    assert result.body("foo_vm_close") == c(close)


NO_TESTS = [
    pytest.param("if (!foo)\n        if (foo_x)\n                return;\n", id="returns sometimes"),
    pytest.param("if (!foo) {\n        atomic_dec(&foo_n);\n        return;\n}\n", id="gives something back"),
]


@pytest.mark.parametrize("asks", NO_TESTS)
def test_a_close_that_asks_and_does_more_gets_a_test_of_its_own(asks: str) -> None:
    result = _converted(
        PRIVATE + asks + "put_device(&foo->dev);", HELD + "\nget_device(&foo->dev);\n" + SET + "return MAP;"
    )
    assert result.body("foo_vm_close") == c(
        PRIVATE + "if (!foo)\n        return;\n\n" + asks + "put_device(&foo->dev);"
    )


def test_the_tests_behind_a_claim_go_with_it() -> None:
    body = (
        HELD
        + "unsigned long size = vma->vm_end - vma->vm_start;\nint ret = -EINVAL;\n\n"
        + "if (vma->vm_pgoff)\n        return -EINVAL;\n\n/* one user more */\n"
        + "if (!atomic_inc_unless_negative(&foo->users))\n        return -EBUSY;\n\n"
        + "if (size != foo->size)\n        goto out;\n\nret = 0;\n\nout:\nif (ret)\n"
        "        atomic_dec(&foo->users);\n\n"
        + "vm_flags_set(vma, VM_MIXEDMAP);\nvma->vm_ops = &foo_vm_ops;\nreturn ret;"
    )
    result = _converted(OF_FILE + "atomic_dec(&foo->users);", body)
    assert _mapped(result) == c(
        """
        struct foo *foo = file->private_data;
        unsigned long size = end - start;
        int ret = -EINVAL;

        /* one user more */
        if (!atomic_inc_unless_negative(&foo->users))
                return -EBUSY;

        if (size != foo->size)
                goto out;

        ret = 0;

        out:
        if (ret)
                atomic_dec(&foo->users);

        if (!ret)
                *vm_private_data = foo;

        return ret;
        """
    ).replace("\tout:", "out:")
    assert result.body() == c(
        """
        if (desc->pgoff)
                return -EINVAL;

        vma_desc_set_flags(desc, VMA_MIXEDMAP_BIT);
        desc->vm_ops = &foo_vm_ops;
        return 0;
        """
    )
    assert result.body("foo_vm_close").startswith(OF_FILE + "if (!vma->vm_private_data)\n\treturn;\n")


def test_a_count_goes_with_its_lock_and_its_limit() -> None:
    locked = "mutex_lock(&foo->lock);\nfoo->maps--;\nmutex_unlock(&foo->lock);"
    body = (
        HELD + "\nmutex_lock(&foo->lock);\nif (foo->maps >= 4) {\n        mutex_unlock(&foo->lock);\n"
        "        return -EBUSY;\n}\n" + "foo->maps++;\nmutex_unlock(&foo->lock);\n\n" + SET + "return 0;"
    )
    result = _converted(PRIVATE + locked, body)
    assert "mutex" not in result.body() and "maps" not in result.body()
    assert _mapped(result).count("mutex_unlock(&foo->lock);") == 2
    assert "\treturn -EBUSY;" in _mapped(result)


def test_a_function_of_the_driver_takes_and_another_gives_back() -> None:
    before = """
    static void foo_get(struct foo *foo)
    {
            kref_get(&foo->ref);
    }

    static void foo_put(struct foo *foo)
    {
            kref_put(&foo->ref, foo_free);
    }
    """
    body = HELD + "\n" + SET + "foo_get(foo);\nreturn 0;"
    result = _converted("foo_put(vma->vm_private_data);", body, before=before)
    assert "foo_get(foo);" in _mapped(result) and "foo_get" not in result.body()


def test_a_table_in_front_of_its_functions_gets_a_prototype() -> None:
    text = _driver(
        PRIVATE + "put_device(&foo->dev);", HELD + "\nget_device(&foo->dev);\n" + SET + "return 0;"
    )
    table = c(TABLE)
    early = (
        "static void foo_vm_open(struct vm_area_struct *vma);\n"
        "static void foo_vm_close(struct vm_area_struct *vma);\n"
    )
    result = convert(early + table + "\n\n" + text.replace(table, ""))
    assert result.new is not None
    assert (
        result.new.index("void **vm_private_data);\n")
        < result.new.index(".mapped")
        < result.new.index("void **vm_private_data)\n{")
    )


PUT = PRIVATE + "put_device(&foo->dev);"
GET = HELD + "\nget_device(&foo->dev);\n" + SET

LOOK_ALIKES = [
    pytest.param(
        OF_FILE + "atomic_dec(&foo->users);",
        HELD
        + "\nif (foo->plain)\n        goto done;\natomic_inc(&foo->users);\n"
        + "if (!foo->ready)\n        return 0;\n"
        + "vma->vm_ops = &foo_vm_ops;\ndone:\nreturn 0;",
        id="it succeeds without the ops",
    ),
    pytest.param("foo_log(vma);", GET + "return 0;", id="close gives nothing back"),
    pytest.param(
        PRIVATE + "put_device(&foo->parent->dev);", GET + "return 0;", id="close gives back another object"
    ),
    pytest.param(PRIVATE + "kfree(foo);", GET + "return 0;", id="close gives back another kind"),
    pytest.param(
        PUT,
        HELD + "\n" + SET + "if (vma->vm_pgoff)\n        return 0;\nget_device(&foo->dev);\nreturn 0;",
        id="a path with these ops takes nothing",
    ),
    pytest.param(
        PUT,
        HELD + "\n" + SET + "if (vma->vm_flags & VM_WRITE)\n        get_device(&foo->dev);\nreturn 0;",
        id="taken for some mappings only",
    ),
    pytest.param(
        PUT,
        HELD
        + "\nget_device(&foo->dev);\nif (vma->vm_flags & VM_WRITE) {\n        "
        + SET.replace("\n", "\n        ").rstrip()
        + "\n}\nreturn 0;",
        id="ops for some mappings only",
    ),
    pytest.param(
        PRIVATE + "refcount_dec(&foo->users);",
        HELD
        + "\nif (!refcount_inc_not_zero(&foo->users))\n        return -ENODEV;\n"
        + SET
        + "return remap_pfn_range(vma, vma->vm_start, foo->pfn, PAGE_SIZE, vma->vm_page_prot);",
        id="the mapping needs what is taken",
    ),
    pytest.param(
        "struct foo_map *map = vma->vm_private_data;\n\nkfree(map);",
        HELD + "struct foo_map *map;\n\nmap = foo_map_of(foo);\nmap = kzalloc(8, GFP_KERNEL);\nif (!map)\n"
        "        return -ENOMEM;\n"
        "vma->vm_private_data = map;\nvma->vm_ops = &foo_vm_ops;\n"
        "return remap_pfn_range(vma, vma->vm_start, map->pfn, PAGE_SIZE, vma->vm_page_prot);",
        id="the mapping maps what is allocated",
    ),
    pytest.param(
        PUT,
        "struct foo *foo = idr_find(&foo_idr, vma->vm_pgoff);\n\nget_device(&foo->dev);\n"
        + SET
        + "return 0;",
        id="what was looked up may be another by then",
    ),
    pytest.param(
        PUT,
        HELD + "\nfoo_note(file, get_device(&foo->dev));\n" + SET + "return 0;",
        id="needs the file itself",
    ),
    pytest.param(
        PUT,
        GET.replace("= foo;\nvma->vm_ops", "= NULL;\nvma->vm_ops") + "return MAP;",
        id="private data is NULL",
    ),
]


@pytest.mark.parametrize(("close", "body"), LOOK_ALIKES)
def test_a_look_alike_stays(close: str, body: str) -> None:
    assert {"stateful", "per-mapping"} & _refused(close, body)


SHARED = [
    pytest.param(
        "static int foo_other_mmap(struct file *file, struct vm_area_struct *vma)\n{\n"
        "        vma->vm_ops = &foo_vm_ops;\n        return 0;\n}\n",
        id="another hook sets the table",
    ),
    pytest.param(
        "static const struct vm_operations_struct bar_vm_ops = {\n        .close = foo_vm_close,\n};\n",
        id="another table has the close",
    ),
    pytest.param(
        "static void foo_stop(struct vm_area_struct *vma)\n{\n        foo_vm_close(vma);\n}\n",
        id="close is called",
    ),
    pytest.param("static const void *foo_ops(void)\n{\n        return &foo_vm_ops;\n}\n", id="table is lent"),
]


@pytest.mark.parametrize("behind", SHARED)
def test_a_table_or_close_that_others_use_too_stays(behind: str) -> None:
    assert "per-mapping" in _refused(PUT, GET + "return MAP;", behind=behind)


def test_a_comparison_with_the_table_is_no_other_use() -> None:
    behind = (
        "static bool foo_is(struct vm_area_struct *vma)\n{\n        return vma->vm_ops == &foo_vm_ops;\n}\n"
    )
    assert _converted(PUT, GET + "return MAP;", behind=behind)


def test_what_is_not_given_back_is_said_to_be_no_state_of_the_mapping() -> None:
    result = convert(_driver(PRIVATE + "kfree(foo);", GET + "return 0;"))
    [reason] = [one for one in result.conversion.reasons if one.code == "stateful"]
    assert "`foo_vm_ops.close` does not give it back" in reason.message


def test_a_file_of_the_mapping_that_has_its_own_vm_private_data_is_no_mark() -> None:
    table = TABLE.replace("        .close", "        .fault = foo_fault,\n        .close")
    before = (
        "static vm_fault_t foo_fault(struct vm_fault *vmf)\n{\n"
        "        return foo_look(vmf->vma->vm_private_data);\n}\n"
    )
    body = HELD + "\nget_device(&foo->dev);\nvma->vm_ops = &foo_vm_ops;\nreturn MAP;"
    assert "per-mapping" in _refused(OF_FILE + "put_device(&foo->dev);", body, before=before, table=table)


def test_the_error_of_the_action_hides_the_error_of_mapped() -> None:
    body = (
        HELD
        + "int ret;\n\nret = pm_runtime_resume_and_get(&foo->dev);\nif (ret < 0)\n        return ret;\n\n"
        + "if (MAP) {\n        pm_runtime_put(&foo->dev);\n        return -EAGAIN;\n}\n"
        + SET
        + "return 0;"
    )
    result = _converted(PRIVATE + "pm_runtime_put(&foo->dev);", body)
    assert {"override-hides", "fails-late"} <= result.codes
    assert "\tret = pm_runtime_resume_and_get(&foo->dev);" in (result.new or "")


ARMS = [
    pytest.param(PUT, GET + "#ifdef CONFIG_FOO\nfoo_log(foo);\n#endif\nreturn 0;", TABLE, id="in the hook"),
    pytest.param(
        PUT,
        GET + "return 0;",
        TABLE.replace("        .open", "#ifdef CONFIG_FOO\n        .open").replace(
            "        .close = foo_vm_close,",
            "#endif\n#ifdef CONFIG_BAR\n        .close = foo_vm_close,\n#endif",
        ),
        id="around close",
    ),
]


@pytest.mark.parametrize(("close", "body", "table"), ARMS)
def test_what_the_preprocessor_chooses_stays(close: str, body: str, table: str) -> None:
    assert "stateful" in _refused(close, body, table=table)


def test_an_errno_that_was_set_before_is_not_lost() -> None:
    body = (
        HELD
        + "int ret;\n\nret = -ENODEV;\nif (!atomic_inc_unless_negative(&foo->users))\n        goto out;\n"
        + "vma->vm_ops = &foo_vm_ops;\nret = 0;\nout:\nreturn ret;"
    )
    assert "per-mapping" in _refused(OF_FILE + "atomic_dec(&foo->users);", body)


def test_another_parameter_of_the_hook_is_not_handed_to_mapped() -> None:
    text = _driver(PUT, GET + "foo_log(more);\nreturn 0;".replace("more", "file")).replace(
        "struct foo *foo = file->private_data;", "struct foo *foo = more;"
    )
    text = text.replace(
        "(struct file *file, struct vm_area_struct *vma)", "(struct foo *more, struct vm_area_struct *vma)"
    )
    result = convert(text)
    assert result.new is None or "foo_vm_mapped" not in result.new


COUNTED = "atomic_inc(&foo_users);\nvma->vm_private_data = {value};\nvma->vm_ops = &foo_vm_ops;\nreturn MAP;"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("file->private_data", id="what nobody follows"),
        pytest.param("(void *)vma->vm_start", id="a number"),
        pytest.param("foo_current", id="a pointer that may be unset"),
    ],
)
def test_a_value_that_may_be_null_tells_close_nothing(value: str) -> None:
    body = COUNTED.format(value=value)
    assert "per-mapping" in _refused("atomic_dec(&foo_users);", body)


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("if (!foo)\n        return -ENODEV;\n", id="asked for"),
        pytest.param("if (foo->dead)\n        return -ENODEV;\n", id="followed"),
    ],
)
def test_a_value_that_is_known_to_be_there_tells_close(before: str) -> None:
    body = HELD + "\n" + before + COUNTED.format(value="foo")
    assert "*vm_private_data = foo;" in _mapped(_converted("atomic_dec(&foo_users);", body))


def test_a_value_that_is_asked_for_on_the_way_is_not_there_on_all() -> None:
    body = HELD + "\nif (foo && foo->dead)\n        return -ENODEV;\n" + COUNTED.format(value="foo")
    assert "per-mapping" in _refused("atomic_dec(&foo_users);", body)


def test_the_address_of_a_count_tells_close() -> None:
    body = "atomic_inc(&foo_users);\nvma->vm_ops = &foo_vm_ops;\nreturn MAP;"
    assert "*vm_private_data = &foo_users;" in _mapped(_converted("atomic_dec(&foo_users);", body))


READERS = [
    pytest.param("", ".fault = foo_elsewhere", id="a member of another file"),
    pytest.param(
        "static void *foo_data(struct vm_area_struct *vma)\n{\n        return vma->vm_private_data;\n}\n"
        "static vm_fault_t foo_fault(struct vm_fault *vmf)\n{\n        return foo_at(foo_data(vmf));\n}\n",
        ".fault = foo_fault",
        id="a function that a member calls",
    ),
    pytest.param("#define FOO_DATA(v) ((v)->vm_private_data)", ".fault = NULL", id="a macro"),
]


@pytest.mark.parametrize(("before", "member"), READERS)
def test_what_may_read_private_data_that_the_hook_leaves_alone(before: str, member: str) -> None:
    table = TABLE.replace("        .close", f"        {member},\n        .close")
    body = "atomic_inc(&foo_users);\nvma->vm_ops = &foo_vm_ops;\nreturn MAP;"
    assert "per-mapping" in _refused("atomic_dec(&foo_users);", body, before=before, table=table)


def test_a_member_of_the_kernels_that_reads_no_private_data() -> None:
    table = TABLE.replace("        .close", "        .access = generic_access_phys,\n        .close")
    body = "atomic_inc(&foo_users);\nvma->vm_ops = &foo_vm_ops;\nreturn MAP;"
    assert _converted("atomic_dec(&foo_users);", body, table=table)


KEPT = (
    "struct foo_map *map;\n\nmap = kzalloc(sizeof(*map), GFP_KERNEL);\nif (!map)\n        return -ENOMEM;\n"
    "map->offset = vma->vm_pgoff;\nvma->vm_private_data = map;\nvma->vm_ops = &foo_vm_ops;\n"
)


def test_the_offset_is_another_behind_a_remap_of_a_private_mapping() -> None:
    assert "per-mapping" in _refused("kfree(vma->vm_private_data);", KEPT + "return MAP;")


@pytest.mark.parametrize(
    "rest", ["vm_flags_set(vma, VM_DONTEXPAND);\nreturn 0;", "return vm_map_pages(vma, foo_pages, 4);"]
)
def test_the_offset_is_the_same_where_nothing_is_remapped(rest: str) -> None:
    result = _converted("kfree(vma->vm_private_data);", KEPT + rest)
    assert "map->offset = pgoff;" in _mapped(result)


def test_what_is_called_once_it_is_taken_now_runs_before() -> None:
    close = PRIVATE + "pm_runtime_put(&foo->dev);"
    taking = HELD + "\npm_runtime_get(&foo->dev);\n"
    result = _converted(close, taking + "foo_start(foo);\n" + SET + "return MAP;")
    assert "runs-before-taking" in result.codes
    plain = _converted(close, taking + 'dev_dbg(&foo->dev, "mapped\\n");\n' + SET + "return MAP;")
    assert "runs-before-taking" not in plain.codes


def test_a_helper_that_sets_other_ops() -> None:
    before = "static void foo_setup(struct vm_area_struct *vma)\n{\n        vma->vm_ops = &bar_vm_ops;\n}\n"
    body = GET + "foo_setup(vma);\nreturn MAP;"
    assert "per-mapping" in _refused(PUT, body, before=before)


TAKES_OF_FIELD = SET + "foo_get(vma->vm_private_data);\n"


@pytest.mark.parametrize(
    ("ending", "mapped"),
    [
        pytest.param(
            "vm_flags_set(vma, VM_IO);\nreturn 0;",
            "foo_get(*vm_private_data);\n\nreturn 0;",
            id="that the hook still sets",
        ),
        pytest.param(
            "return MAP;",
            "struct foo *foo = file->private_data;\n\nfoo_get(foo);\n\n*vm_private_data = foo;\nreturn 0;",
            id="that mapped sets now",
        ),
    ],
)
def test_what_is_taken_of_the_field_that_the_hook_has_just_set(ending: str, mapped: str) -> None:
    result = _converted("foo_put(vma->vm_private_data);", HELD + "\n" + TAKES_OF_FIELD + ending)
    assert _mapped(result) == mapped


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("foo_get(vma->vm_private_data);\n" + SET, id="before it is set"),
        pytest.param(
            SET + "vma->vm_private_data = foo->next;\nfoo_get(vma->vm_private_data);\n", id="set twice"
        ),
        pytest.param(
            SET.replace("vma->vm_private", "if (foo->x)\n        vma->vm_private")
            + "foo_get(vma->vm_private_data);\n",
            id="set on some paths",
        ),
    ],
)
def test_a_field_that_may_hold_something_else_is_not_followed(body: str) -> None:
    result = convert(_driver("foo_put(vma->vm_private_data);", HELD + "\n" + body + "return MAP;"))
    assert result.tier is not Tier.COMPLETE and "moved-to-mapped" not in result.codes
