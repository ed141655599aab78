# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from mmapmigrate.kernel.conditions import condition_text
from tests.kernel_api.support import header


def test_a_chain_of_elif_that_ends_in_else_is_unconditional() -> None:
    one = header("#if A > 1\nint f(int a);\n#elif B\nint f(int a);\n#else\nint f(int a);\n#endif\n")
    conditions = [one.condition(found.offset) for found in one.functions("int")]
    assert len(conditions) == 3
    assert condition_text(conditions) == ""


def test_a_chain_of_elif_without_else_keeps_its_condition() -> None:
    one = header("#ifdef A\nint f(int a);\n#elif defined(B)\nint f(int a);\n#endif\n")
    conditions = [one.condition(found.offset) for found in one.functions("int")]
    assert condition_text(conditions) == "defined(A) || defined(B)"


def test_a_nested_condition_is_a_conjunction() -> None:
    one = header("#ifdef A\n#if B > 3\nint f(int a);\n#endif\n#endif\nint g(int a);\n")
    conditions = {found.name: condition_text([one.condition(found.offset)]) for found in one.functions("int")}
    assert conditions == {"f": "defined(A) && (B > 3)", "g": ""}


def test_an_include_guard_is_no_condition() -> None:
    one = header("/* text */\n#ifndef _X_H\n#define _X_H\n#include <a.h>\nint f(int a);\n#endif\n")
    assert one.condition(one.functions("int")[0].offset) == ()


def test_an_override_is_no_include_guard() -> None:
    one = header("#ifndef f\n#define f g\nint h(int a);\n#endif\n")
    assert one.condition(one.functions("int")[0].offset) == ("!defined(f)",)


def test_kernel_and_assembly_conditions_always_hold() -> None:
    one = header("#ifdef __KERNEL__\n#ifndef __ASSEMBLY__\nint f(int a);\n#endif\n#endif\n")
    assert one.condition(one.functions("int")[0].offset) == ()


def test_a_condition_may_span_lines() -> None:
    one = header("#if defined(A) || \\\n\tdefined(B)\nint f(int a);\n#endif\n")
    assert one.condition(one.functions("int")[0].offset) == ("defined(A) || defined(B)",)


def test_a_hash_inside_a_line_is_no_directive() -> None:
    one = header("#define PASTE(a) x ## a\nint f(int a);\n")
    assert [macro.name for macro in one.macros] == ["PASTE"]
    assert one.macros[0].body == "x ## a"


def test_crlf_conditions_are_read() -> None:
    one = header(b"#ifdef A\r\nint f(int a);\r\n#endif\r\n")
    assert one.condition(one.functions("int")[0].offset) == ("defined(A)",)
