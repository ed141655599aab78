# SPDX-License-Identifier: GPL-2.0-only
"""A hook with the helpers of its file that it hands its VMA to."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.cli.app import run
from mmapmigrate.convert.conversion import Tier
from tests.convert.support import REMAP, SETTING, TABLE, Result, c, convert, driver, hook, refused

MAP = f"""
static int foo_map(struct foo *foo, struct vm_area_struct *vma)
{{
        if (vma->vm_pgoff)
                return -EINVAL;
        return {REMAP};
}}
"""


def made(helper: str, body: str, behind: str = "") -> Result:
    """The conversion of a file with a helper in front of its hook."""
    return convert(f"{SETTING}{c(helper)}\n\n{hook(body)}{TABLE}{c(behind)}\n")


RETURNED = [
    "return foo_map(file->private_data, vma);",
    "int ret;\n\nret = foo_map(file->private_data, vma);\nif (ret)\n        return ret;\nreturn 0;",
    "if (foo_first)\n        return foo_map(file->private_data, vma);\nreturn foo_map(foo_default, vma);",
]


@pytest.mark.parametrize("body", RETURNED)
def test_a_helper_that_only_the_hook_calls_changes_in_place(body: str) -> None:
    result = made(MAP, body)
    assert result.conversion.reasons == ()
    assert result.new is not None
    assert "static int foo_map(struct foo *foo, struct vm_area_desc *desc)\n{" in result.new
    assert result.body("foo_map") == c(
        """
        if (desc->pgoff)
                return -EINVAL;
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """
    )
    assert "vm_area_struct *vma" not in result.new


@pytest.mark.parametrize(
    "behind",
    [
        "int bar(struct foo *foo, struct vm_area_struct *vma)\n{\n        return foo_map(foo, vma);\n}",
        "static void *bar = foo_map;",
    ],
)
def test_a_helper_with_other_users_stays_and_gets_a_twin(behind: str) -> None:
    result = made(MAP, RETURNED[0], behind)
    assert result.conversion.reasons == ()
    assert result.new is not None
    assert c(MAP) in result.new
    assert "static int foo_map_desc(struct foo *foo, struct vm_area_desc *desc)" in result.new
    assert "return foo_map_desc(file->private_data, desc);" in result.new


CHAIN = """
static void foo_prepare(struct vm_area_struct *vma)
{
        vm_flags_set(vma, VM_DONTEXPAND);
}

static void foo_begin(struct vm_area_struct *vma)
{
        foo_prepare(vma);
}
"""


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(
            "void bar(struct vm_area_struct *vma)\n{\n        foo_begin(vma);\n}", id="by its caller"
        ),
        pytest.param("static void *bar = foo_begin;", id="by what it is the value of"),
        pytest.param(
            "static int bar(struct file *file, struct vm_area_struct *vma)\n{\n"
            "        return foo_mmap(file, vma);\n}\n\n"
            "static const struct file_operations bar_fops = {\n        .mmap = bar,\n};",
            id="by a hook that stays for another",
        ),
    ],
)
def test_what_a_helper_that_stays_calls_stays_too(behind: str) -> None:
    handler, own = "bar" if ".mmap" in behind else None, hook("foo_begin(vma);\nreturn 0;")
    result = convert(f"{SETTING}{c(CHAIN)}\n\n{own}{TABLE}{c(behind)}\n", handler=handler)
    assert result.conversion.reasons == ()
    assert result.new is not None
    assert c(CHAIN).partition("\n\n")[0] in result.new
    assert "\tfoo_prepare(vma);" in result.new
    assert "static void foo_prepare_desc(struct vm_area_desc *desc)" in result.new
    assert "\tfoo_prepare_desc(desc);" in result.new


def test_what_only_helpers_that_go_call_changes_in_place() -> None:
    result = made(CHAIN, "foo_begin(vma);\nreturn 0;")
    assert result.conversion.reasons == ()
    assert result.new is not None
    assert "static void foo_prepare(struct vm_area_desc *desc)" in result.new
    assert "\tfoo_prepare(desc);" in result.new
    assert "vm_area_struct *vma" not in result.new


def test_what_a_helper_that_stays_calls_has_no_state_of_its_own() -> None:
    state = "\n        static int begun;\n\n        if (begun)\n                return;"
    helper = CHAIN.replace("vma)\n{", f"vma)\n{{{state}", 1)
    behind = "static void *bar = foo_begin;"
    assert made(helper, "foo_begin(vma);\nreturn 0;", behind).codes == {"helper"}
    assert made(helper, "foo_begin(vma);\nreturn 0;").codes == set()


FORWARD = "int foo_map(struct foo *foo, struct vm_area_struct *vma);"
USER = "\n\nint bar(struct foo *foo, struct vm_area_struct *vma)\n{\n        return foo_map(foo, vma);\n}"


@pytest.mark.parametrize("storage", ["static ", "extern ", ""])
def test_a_twin_behind_its_caller_is_declared_in_front_of_it(storage: str) -> None:
    helper = c(MAP) if storage == "static " else c(MAP).removeprefix("static ")
    result = made(f"{storage}{FORWARD}", RETURNED[0], f"{helper}{c(USER)}")
    assert result.conversion.reasons == ()
    assert result.new is not None
    declared = "static int foo_map_desc(struct foo *foo, struct vm_area_desc *desc)"
    assert f"{storage}{FORWARD}\n{declared};\n" in result.new
    assert f"\n\n{declared}\n{{" in result.new


def test_a_twin_in_front_of_its_caller_is_not_declared() -> None:
    result = made(f"static {FORWARD}\n{c(MAP)}", RETURNED[0], USER)
    assert result.new is not None
    assert result.new.count("foo_map_desc(struct foo *foo, struct vm_area_desc *desc)") == 1


def test_a_twin_behind_its_caller_needs_a_declaration_to_stand_beside() -> None:
    helper = c(MAP).removeprefix("static ")
    assert made("", RETURNED[0], f"{helper}{c(USER)}").codes == {"helper"}


REFUSED = [
    pytest.param(
        "errno-changed",
        MAP,
        "if (foo_map(file->private_data, vma))\n        return -EAGAIN;\nreturn 0;",
        id="another errno in the hook",
    ),
    pytest.param("errno-changed", MAP, "foo_map(file->private_data, vma);\nreturn 0;", id="result ignored"),
    pytest.param(
        "failure-cleanup",
        MAP,
        "int ret;\n\nret = foo_map(file->private_data, vma);\nif (ret)\n        foo_undo(file);\nreturn ret;",
        id="clean-up in the hook",
    ),
    pytest.param(
        "failure-message",
        MAP,
        'int ret;\n\nret = foo_map(foo_first, vma);\nif (ret)\n        foo_err("no\\n");\nreturn ret;',
        id="message in the hook",
    ),
    pytest.param(
        "two-actions",
        MAP,
        "int ret;\n\nret = foo_map(foo, vma);\nif (!ret)\n        ret = foo_map(bar, vma);\nreturn ret;",
        id="twice",
    ),
    pytest.param(
        "two-actions",
        MAP,
        "int ret;\n\nret = foo_map(foo_first, vma);\nif (ret)\n        return ret;\nreturn REMAP;",
        id="helper and hook",
    ),
    pytest.param(
        "lock-spans-action",
        MAP,
        "int ret;\n\nmutex_lock(&foo_lock);\nret = foo_map(foo, vma);\nmutex_unlock(&foo_lock);\nreturn ret;",
        id="lock in the hook",
    ),
    pytest.param(
        "lock-spans-action",
        MAP.replace("        return remap", "        guard(mutex)(&foo_lock);\n        return remap"),
        RETURNED[0],
        id="lock in the helper",
    ),
    pytest.param(
        "lock-spans-action",
        f"""
        static int foo_map(struct vm_area_struct *vma);

        static int foo_locked(struct vm_area_struct *vma)
        {{
                guard(mutex)(&foo_lock);
                return foo_map(vma);
        }}

        static int foo_map(struct vm_area_struct *vma)
        {{
                return {REMAP};
        }}
        """,
        "return foo_locked(vma);",
        id="lock in a helper, remap in one that it calls, further down",
    ),
    pytest.param(
        "late-page-prot",
        """
        static void foo_uncache(struct vm_area_struct *vma)
        {
                vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        }
        """,
        "int ret;\n\nret = REMAP;\nfoo_uncache(vma);\nreturn ret;",
        id="protection behind the remap",
    ),
    pytest.param(
        "may-merge",
        """
        static void foo_keep(struct vm_area_struct *vma, void *data)
        {
                vma->vm_private_data = data;
        }
        """,
        "foo_keep(vma, (void *)vma->vm_pgoff);\nvma->vm_ops = &foo_vm_ops;\nreturn 0;",
        id="data from the hook",
    ),
    pytest.param(
        "stored-vma",
        """
        static int foo_keep(struct foo *foo, struct vm_area_struct *vma)
        {
                foo->vma = vma;
                return 0;
        }
        """,
        "return foo_keep(file->private_data, vma);",
        id="VMA kept",
    ),
    pytest.param(
        "size-may-exceed",
        """
        static int foo_map(struct vm_area_struct *vma, unsigned long size)
        {
                return remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot);
        }
        """,
        "return foo_map(vma, vma->vm_end - vma->vm_start);",
        id="size from the hook",
    ),
    pytest.param(
        "remap-start",
        """
        static int foo_map(struct vm_area_struct *vma, unsigned long start)
        {
                return remap_pfn_range(vma, start, foo_pfn, PAGE_SIZE, vma->vm_page_prot);
        }
        """,
        "return foo_map(vma, vma->vm_start);",
        id="start from the hook",
    ),
    pytest.param(
        "recursion",
        """
        static int foo_map(struct vm_area_struct *vma, int depth)
        {
                return depth ? foo_map(vma, depth - 1) : 0;
        }
        """,
        "return foo_map(vma, 4);",
        id="itself again",
    ),
    pytest.param(
        "recursion",
        """
        static int foo_odd(struct vm_area_struct *vma, int depth);

        static int foo_even(struct vm_area_struct *vma, int depth)
        {
                return depth ? foo_odd(vma, depth - 1) : 0;
        }

        static int foo_odd(struct vm_area_struct *vma, int depth)
        {
                return depth ? foo_even(vma, depth - 1) : -EINVAL;
        }
        """,
        "return foo_even(vma, 4);",
        id="each other",
    ),
    pytest.param("helper", "#define foo_map(vma) foo_do_map(vma)", "return foo_map(vma);", id="macro"),
]


@pytest.mark.parametrize(("code", "helper", "body"), REFUSED)
def test_what_a_helper_does_counts_as_the_hooks(code: str, helper: str, body: str) -> None:
    result = made(helper, body)
    assert result.tier is not Tier.COMPLETE, result.new
    assert code in result.codes


def test_a_guard_of_a_helper_is_released_when_it_returns() -> None:
    helper = """
        static int foo_ready(struct vm_area_struct *vma)
        {
                guard(mutex)(&foo_lock);
                return vma->vm_pgoff ? -EINVAL : 0;
        }
        """
    result = made(helper, "int ret;\n\nret = foo_ready(vma);\nif (ret)\n        return ret;\nreturn REMAP;")
    assert result.conversion.reasons == ()


def test_a_helper_with_a_name_of_its_own_for_something_else() -> None:
    helper = """
        static int foo_fits(struct vm_area_struct *vma, struct foo_desc *desc)
        {
                return vma->vm_pgoff > desc->pages ? -EINVAL : 0;
        }
        """
    result = made(helper, "return foo_fits(vma, file->private_data);")
    assert result.conversion.reasons == ()
    assert result.new is not None
    assert "foo_fits(struct vm_area_desc *vm_desc, struct foo_desc *desc)" in result.new
    assert "return vm_desc->pgoff > desc->pages ? -EINVAL : 0;" in result.new


def test_both_arms_of_a_helper_change() -> None:
    helper = """
        #ifdef CONFIG_FOO
        static int foo_fits(struct vm_area_struct *vma)
        {
                return vma->vm_pgoff ? -EINVAL : 0;
        }
        #else
        static inline int foo_fits(struct vm_area_struct *vma)
        {
                return -ENODEV;
        }
        #endif
        """
    result = made(helper, "return foo_fits(vma);")
    assert result.conversion.reasons == ()
    assert result.new is not None
    assert result.new.count("foo_fits(struct vm_area_desc *desc)") == 2


def test_the_comment_of_a_helper_keeps_its_other_parameters() -> None:
    comment = """
        /**
         * foo_map() - map a foo
         * @foo: the foo
         * @vma: the area
         */
        """
    result = made(f"{c(comment)}\n{c(MAP)}", RETURNED[0])
    assert result.new is not None
    assert " * @foo: the foo\n * @desc: the area\n */" in result.new


def test_a_protection_that_a_helper_may_write_is_kept_where_it_is_lent() -> None:
    helper = """
        static void foo_uncache(struct vm_area_struct *vma)
        {
                vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        }
        """
    lent = REMAP.replace("vma->vm_page_prot", "PAGE_SHARED")
    result = made(helper, f"foo_uncache(vma);\nreturn {lent};")
    assert result.conversion.reasons == ()
    assert result.body() == c(
        """
        pgprot_t vma_prot;

        foo_uncache(desc);
        vma_prot = desc->page_prot;
        desc->page_prot = PAGE_SHARED;
        mmap_action_remap_full(desc, foo_pfn);
        desc->page_prot = vma_prot;
        return 0;
        """
    )


@pytest.mark.parametrize("behind", ["", "static void *bar = foo_map;"])
def test_a_helper_declares_what_its_new_body_needs(behind: str) -> None:
    lent = REMAP.replace("vma->vm_page_prot", "prot")
    helper = f"""
        static int foo_map(struct vm_area_struct *vma, pgprot_t prot)
        {{
                return {lent};
        }}
        """
    result = made(helper, "return foo_map(vma, PAGE_SHARED);", behind)
    assert result.conversion.reasons == ()
    assert result.body("foo_map_desc" if behind else "foo_map").startswith(
        "const pgprot_t vma_prot = desc->page_prot;"
    )


def test_the_head_of_a_helper_stays_aligned() -> None:
    helper = """
        static int foo_mmap_window(struct foo_window *window,
                                   struct vm_area_struct *vma)
        {
                return vma->vm_pgoff ? -EINVAL : 0;
        }
        """
    result = made(helper, "return foo_mmap_window(file->private_data, vma);")
    assert result.new is not None
    head = """
        static int foo_mmap_prepare_window(struct foo_window *window,
                                           struct vm_area_desc *desc)
        """
    assert c(head) in result.new


def test_each_arm_of_a_hook_has_its_own_name_for_the_descriptor() -> None:
    other = hook(
        "void *desc = foo_data;\n\nvma->vm_private_data = desc;\nvm_flags_set(vma, VM_IO);\nreturn 0;"
    )
    twins = f"#ifdef CONFIG_FOO\n{hook('return -ENODEV;')}#else\n{other}#endif\n"
    result = convert(SETTING + twins + TABLE)
    assert result.conversion.reasons == ()
    assert result.new is not None
    assert "foo_mmap_prepare(struct vm_area_desc *desc)\n{\n\treturn -ENODEV;" in result.new
    assert "foo_mmap_prepare(struct vm_area_desc *vm_desc)\n{\n\tvoid *desc = foo_data;" in result.new


def test_two_hooks_that_share_a_helper_leave_one_of_it(tmp_path: Path) -> None:
    first = hook("return foo_map(file->private_data, vma);")
    second = first.replace("foo_mmap", "bar_mmap")
    tables = TABLE + TABLE.replace("foo_fops", "bar_fops").replace("foo_mmap", "bar_mmap")
    path = tmp_path / "foo.c"
    path.write_text(SETTING + c(MAP) + "\n\n" + first + second + tables)
    assert run(["fix", "--target", "7.3", "--quiet", "--jobs", "1", str(path)]) == 0
    text = path.read_text()
    assert "vm_area_struct" not in text
    assert text.count("mmap_action_remap_full") == 1


@pytest.mark.parametrize(
    ("loop", "codes"),
    [
        pytest.param("while (foo_more() && !ret)\n        ret = foo_map(vma);", {"remap-loop"}, id="loop"),
        pytest.param("do {\n        ret = foo_map(vma);\n} while (0);", set(), id="once"),
    ],
)
def test_a_helper_that_maps_is_called_in_a_loop(loop: str, codes: set[str]) -> None:
    helper = (
        "static int foo_map(struct vm_area_struct *vma)\n{\n        return remap_pfn_range(vma, "
        "vma->vm_start, foo_pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot);\n}"
    )
    result = convert(driver(f"int ret = 0;\n\n{loop}\nreturn ret;", helper))
    assert {code for code in result.codes if code == "remap-loop"} == codes


@pytest.mark.parametrize("kind", ["bool", "u8", "unsigned int"])
def test_a_helper_that_cannot_return_an_errno_changed_it(kind: str) -> None:
    helper = f"static {kind} foo_map(struct vm_area_struct *vma)\n{{\n\treturn {REMAP};\n}}"
    assert "errno-changed" in refused("return foo_map(vma);", helper)


@pytest.mark.parametrize(
    ("kind", "value", "test", "sees"),
    [
        pytest.param("int", "1", "foo_try(vma) < 0", True, id="a positive number is no error"),
        pytest.param("bool", "true", "foo_try(vma) < 0", True, id="nor is a truth"),
        pytest.param("bool", "-EIO", "foo_try(vma) < 0", True, id="nor an error in a bool"),
        pytest.param("unsigned int", "-EIO", "foo_try(vma) < 0", True, id="nor one in an unsigned int"),
        pytest.param("int", "-EIO", "foo_try(vma) < 0", False, id="a negative errno is"),
        pytest.param("bool", "false", "!foo_try(vma)", False, id="what is false is 0"),
    ],
)
def test_what_a_helper_returns_decides_where_its_caller_goes_on(
    kind: str, value: str, test: str, sees: bool
) -> None:
    helper = f"""
    static {kind} foo_try(struct vm_area_struct *vma)
    {{
            vm_flags_set(vma, VM_IO);
            return {value};
    }}
    """
    body = f"""
    struct foo *foo = file->private_data;

    if ({test})
            return -EIO;
    kref_get(&foo->ref);
    return 0;
    """
    assert ("stateful" in convert(driver(body, helper)).codes) is sees


def test_a_hook_that_another_one_calls_keeps_its_new_name_for_itself() -> None:
    caller = hook("if (vma->vm_pgoff)\n        return -EINVAL;\nreturn foo_mmap(file, vma);", name="bar_mmap")
    tables = TABLE + TABLE.replace("foo_", "bar_")
    first = convert(SETTING + hook("return REMAP;") + caller + tables, handler="bar_mmap")
    assert first.conversion.reasons == ()
    assert "return foo_mmap_desc(desc->file, desc);" in first.body("bar_mmap_prepare")
    assert first.new is not None
    second = convert(first.new, handler="foo_mmap")
    assert second.conversion.reasons == ()
    assert second.body() == "mmap_action_remap_full(desc, foo_pfn);\nreturn 0;"


def test_a_helper_that_is_no_hook_has_the_new_name_of_one() -> None:
    other = (
        "int bar(struct file *file, struct vm_area_struct *vma)\n{\n        return foo_do_mmap(file, vma);\n}"
    )
    result = made(hook("return REMAP;", name="foo_do_mmap"), "return foo_do_mmap(file, vma);", other)
    assert "return foo_do_mmap_prepare(desc->file, desc);" in result.body()


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param(
            "return 0;\nreturn foo_map(file->private_data, vma);", {"unreached"}, id="behind a return"
        ),
        pytest.param(
            """
            switch (vma->vm_pgoff) {
            case 0:
                    return -EINVAL;
            default:
                    return 0;
            }
            return foo_map(file->private_data, vma);
            """,
            {"unreached"},
            id="behind a switch that leaves",
        ),
        pytest.param(
            """
            switch (vma->vm_pgoff) {
            case 0:
                    return -EINVAL;
            default:
                    break;
            }
            return foo_map(file->private_data, vma);
            """,
            set(),
            id="behind one that goes on",
        ),
    ],
)
def test_a_helper_that_no_path_leads_to(body: str, codes: set[str]) -> None:
    assert made(MAP, c(body)).codes == codes
