# SPDX-License-Identifier: GPL-2.0-only
"""Effects that look like something else: a message, a cast, an array of the hook's own, a release."""

from __future__ import annotations

import pytest

from tests.convert.support import complete, convert, driver, refused

# A mapping that sets what a merge would drop, and has no failing path that could speak for an effect.
REST = """
vm_flags_set(vma, VM_IO);
vma->vm_ops = &foo_vm_ops;
return 0;
"""


def with_text(statements: str) -> str:
    return f"{statements}\n{REST.lstrip()}"


@pytest.mark.parametrize(
    "call", ['snprintf({}, 8, "foo") > 4', "memset({}, 0, 8)", "strscpy({}, foo_name) < 0"]
)
def test_whose_value_is_used_may_still_fill_what_others_have(call: str) -> None:
    body = 'char name[8];\n\nif ({})\n        pr_debug("foo\\n");'
    assert complete(with_text(body.format(call.format("name"))))
    assert refused(with_text(body.format(call.format("foo_name")))) == {"unproven-effect"}


@pytest.mark.parametrize(
    ("own", "codes"),
    [
        pytest.param("#define memset(to, with, size) foo_reset(to)", {"unproven-effect"}, id="macro"),
        pytest.param(
            "static void memset(void *to, int with, size_t size)\n{\n        foo_users++;\n}",
            {"unproven-effect"},
            id="function",
        ),
        pytest.param("#define foo_memset(to, with, size) foo_reset(to)", set(), id="another"),
    ],
)
def test_what_fills_a_local_is_the_kernels(own: str, codes: set[str]) -> None:
    body = "char name[8];\n\nmemset(name, 0, sizeof(name));"
    assert convert(driver(with_text(body), own)).codes == codes


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param("{ foo_put_one(foo); return foo->ready; }", {"unproven-effect"}, id="gives only"),
        pytest.param(
            "{ void *one = foo_get_one(foo); bool found = one; foo_put_one(one); return found; }",
            set(),
            id="takes and gives",
        ),
        pytest.param("{ return foo->ready; }", set(), id="neither"),
    ],
)
def test_who_only_answers_gives_back_no_more_than_it_takes(body: str, codes: set[str]) -> None:
    lines = body.replace("{ ", "{\n        ").replace("; ", ";\n        ").replace("        }", "}")
    before = f"static bool foo_is_ready(struct foo *foo)\n{lines}"
    hook = "if (!foo_is_ready(file->private_data))\n        return -EIO;"
    assert convert(driver(with_text(hook), before)).codes == codes


@pytest.mark.parametrize(
    ("own", "codes"),
    [
        pytest.param("#define foo_dbg(text) (foo_users++)", {"unproven-effect"}, id="counts"),
        pytest.param("#define foo_dbg(text) kref_get(&foo_ref)", {"stateful"}, id="takes"),
        pytest.param(
            "static void foo_dbg(const char *text)\n{\n        foo_users++;\n}",
            {"unproven-effect"},
            id="function",
        ),
        pytest.param("#undef pr_debug\n#define foo_dbg(text) printk(text)", set(), id="prints"),
        pytest.param(
            "#define foo_dbg(text) do { if (foo_debug) foo_tell(text); } while (0)", set(), id="asks"
        ),
        pytest.param(
            'static void foo_dbg(const char *text)\n{\n        pr_info("%s", text);\n}', set(), id="plain"
        ),
        pytest.param(
            "#define foo_dbg(text) do { schedule_work(&foo_work); } while (0)",
            {"unproven-effect"},
            id="tells nothing",
        ),
        pytest.param(
            "static void foo_dbg(const char *text)\n{\n        schedule_work(&foo_work);\n}",
            {"unproven-effect"},
            id="function that tells nothing",
        ),
        pytest.param(
            "#define foo_dbg(text) do { if (foo_on()) printk(text, foo_cpu()); } while (0)",
            set(),
            id="asks first",
        ),
        pytest.param(
            "#define foo_dbg(text) printk(text, foo_ref_get(&foo_work))",
            {"unproven-effect"},
            id="takes meanwhile",
        ),
        pytest.param("#define foo_dbg(text) foo_ref_get(text)", {"unproven-effect"}, id="takes by its name"),
        pytest.param(
            "static void foo_note(const char *text)\n{\n        foo_users++;\n}\n"
            "#define foo_dbg(text) foo_note(text)",
            {"unproven-effect"},
            id="hands on to what counts",
        ),
        pytest.param(
            "static void foo_note(const char *text)\n{\n        pr_info(text);\n}\n"
            "#define foo_dbg(text) foo_note(text)",
            set(),
            id="hands on to what prints",
        ),
        pytest.param(
            "#define foo_dbg(text, ...) foo_tell(FOO_DEBUG, text, ##__VA_ARGS__)", set(), id="hands on"
        ),
        pytest.param(
            "static void foo_dbg(const char *text, ...)\n{\n"
            "        struct va_format vaf;\n        va_list args;\n\n"
            "        va_start(args, text);\n        vaf.fmt = text;\n        vaf.va = &args;\n"
            "        foo_tell(&vaf);\n        va_end(args);\n}",
            set(),
            id="function that hands on",
        ),
    ],
)
def test_a_message_of_the_drivers_own_is_what_its_body_does(own: str, codes: set[str]) -> None:
    assert convert(driver(with_text('foo_dbg("mapped\\n");'), own)).codes == codes


def test_a_message_of_the_kernel_that_the_driver_defines_anew() -> None:
    body = with_text('pr_debug("mapped\\n");')
    assert complete(body)
    assert refused(body, "#undef pr_debug\n#define pr_debug(text) do { foo_users++; } while (0)")


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param("((foo_take)(3))", {"unproven-effect"}, id="call in parentheses"),
        pytest.param("((*foo_take)(3))", {"unproven-effect"}, id="pointer that is followed"),
        pytest.param("((f)(3))", {"unproven-effect"}, id="parameter"),
        pytest.param("({ if (f) (*foo_take)(3); 3; })", {"unproven-effect"}, id="behind a condition"),
        pytest.param("((u32)(3))", set(), id="cast"),
        pytest.param("(sizeof(f) * (3))", set(), id="size"),
    ],
)
def test_what_a_macro_calls_in_parentheses(body: str, codes: set[str]) -> None:
    before = (
        "static int foo_take(int many)\n{\n        return foo_users++ > many;\n}\n\n"
        f"#define FOO_ASK(f) {body}"
    )
    assert (
        convert(driver(with_text('if (FOO_ASK(x) > 4)\n        pr_debug("foo\\n");'), before)).codes == codes
    )


@pytest.mark.parametrize(
    ("declaration", "store", "codes"),
    [
        pytest.param(
            "int *all[2] = { foo_counts }", "all[0][1] = 1", {"store"}, id="behind an array's pointer"
        ),
        pytest.param("int *all[2] = { foo_counts }", "all[0] = NULL", set(), id="the pointer itself"),
        pytest.param("int all[2][2]", "all[0][1] = 1", set(), id="an array of arrays"),
        pytest.param("int *all[2][2]", "all[0][1][1] = 1", {"store"}, id="behind one of those"),
        pytest.param("struct foo_one all[2]", "all[1].users = 1", set(), id="a member"),
    ],
)
def test_a_store_through_an_array_of_pointers_leaves_the_hook(
    declaration: str, store: str, codes: set[str]
) -> None:
    assert convert(driver(with_text(f"{declaration};\n\n{store};"))).codes == codes


def test_a_guard_of_the_drivers_own_is_unknown() -> None:
    body = with_text("guard(mutex)(&foo_lock);\n")
    assert complete(body)
    assert refused(body, "#define guard(kind) foo_guard_##kind") == {"unproven-effect"}
