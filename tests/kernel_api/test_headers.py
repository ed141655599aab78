# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmapmigrate.kernel.headers import (
    Header,
    condition_text,
    fold,
    negate,
    parameter,
    parameters,
    split_top,
)


def header(text: str | bytes) -> Header:
    return Header("include/linux/x.h", text if isinstance(text, bytes) else text.encode())


def members(text: str) -> dict[str, str]:
    one = header(text)
    aggregate = one.struct("s")
    assert aggregate is not None
    return {member.path: member.type for member in one.members(aggregate)}


@pytest.mark.parametrize(
    ("text", "type_text", "name"),
    [
        ("struct vm_area_struct *vma", "struct vm_area_struct *", "vma"),
        ("struct vm_area_struct * vma", "struct vm_area_struct *", "vma"),
        ("struct vm_area_struct *", "struct vm_area_struct *", ""),
        ("const struct file *file", "const struct file *", "file"),
        ("unsigned long", "unsigned long", ""),
        ("unsigned long pfn", "unsigned long", "pfn"),
        ("pgoff_t", "pgoff_t", ""),
        ("struct page **pages", "struct page **", "pages"),
        ("struct page * * pages", "struct page **", "pages"),
        ("const vma_flag_t bits[]", "const vma_flag_t []", "bits"),
        ("int (*fn)(struct page *page, int x)", "int (*)(struct page *page, int x)", "fn"),
        ("char __user *buf", "char __user *", "buf"),
        ("enum pgtable_level level", "enum pgtable_level", "level"),
        ("struct page *page __maybe_unused", "struct page *", "page"),
        ("struct list_head *head __counted_by(nr)", "struct list_head *", "head"),
        ("struct mm_struct *const mm", "struct mm_struct *const", "mm"),
    ],
)
def test_a_parameter_is_its_type_and_its_name(text: str, type_text: str, name: str) -> None:
    found = parameter(text)
    assert (found.type, found.name) == (type_text, name)


def test_a_variadic_list_keeps_its_fixed_parameters() -> None:
    found, variadic = parameters("struct vm_area_desc *desc, ...")
    assert [one.name for one in found] == ["desc"]
    assert variadic


def test_void_is_no_parameter() -> None:
    assert parameters("void") == ((), False)


def test_commas_in_brackets_do_not_split() -> None:
    assert split_top("a(b, c), d[e, f], {g, h}") == ["a(b, c)", " d[e, f]", " {g, h}"]


def test_fold_attaches_stars_to_the_right() -> None:
    assert fold("struct  page *\n\t*pages") == "struct page **pages"


@pytest.mark.parametrize("literal", ["defined(A)", "!defined(A)", "A > 3", "defined(A) || defined(B)", "A"])
def test_negating_twice_gives_the_literal_back(literal: str) -> None:
    assert negate(literal) != literal
    assert negate(negate(literal)) == literal


def test_both_arms_of_a_conditional_make_it_unconditional() -> None:
    assert condition_text([("defined(A)",), ("!defined(A)",)]) == ""


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


def test_lines_keep_their_numbers() -> None:
    one = header("/* a\n * b\n */\n#define A \\\n\t1\nint f(int a);\n")
    assert one.line(one.functions("int")[0].offset) == 6


def test_comments_and_strings_hide_nothing_and_add_nothing() -> None:
    one = header(
        'int f(int a /* , int b */);\n// int g(int a);\n#define S "int h(int a); /*"\nint i(int a);\n'
    )
    assert [found.name for found in one.functions("int")] == ["f", "i"]
    assert one.functions("int")[0].parameters()[0] == (parameter("int a"),)


def test_attributes_belong_to_neither_name_nor_type() -> None:
    one = header(
        "static __always_inline __printf(1, 2) bool f(int a)\n{\n\tif (a) { return 1; }\n}\n"
        "extern struct page *g(int a) __must_check;\n"
    )
    assert [(found.name, found.returns) for found in one.functions("int")] == [
        ("f", "bool"),
        ("g", "struct page *"),
    ]


def test_a_return_type_on_its_own_line_is_read() -> None:
    one = header("static inline bool\nf(const struct vm_area_struct *vma)\n{\n}\n")
    assert [(found.name, found.returns) for found in one.functions("vm_area_")] == [("f", "bool")]


def test_a_body_is_not_read_for_declarations() -> None:
    one = header("int f(int a)\n{\n\tint g(int b);\n\treturn g(a);\n}\n")
    assert [found.name for found in one.functions("int")] == ["f"]


def test_an_item_behind_unbalanced_arms_is_still_found() -> None:
    one = header(
        "#ifdef A\nstatic int f(int a) {\n#else\nstatic int f(int a, int b) {\n#endif\n\treturn 0;\n}\n"
        "int g(int a);\n"
    )
    assert "g" in [found.name for found in one.functions("int")]


def test_members_of_every_shape() -> None:
    found = members(
        "struct s {\n"
        "\tunsigned long a, *b;\n"
        "\tunsigned int c :1, d :2;\n"
        "\tint (*e)(struct file *file,\n\t\t struct vm_area_struct *vma);\n"
        "\tconst char *(*f)(void);\n"
        "\tstruct page *g[4];\n"
        "\tDECLARE_BITMAP(h, 64);\n"
        "\tunion {\n\t\tstruct { int i; };\n\t\tstruct { int k; } j;\n\t};\n"
        "\tpgprot_t l ____cacheline_aligned_in_smp;\n"
        "} __randomize_layout;\n"
    )
    assert list(found) == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "j.k", "l"]
    assert found["b"] == "unsigned long *"
    assert found["e"] == "int (*)(struct file *file, struct vm_area_struct *vma)"
    assert found["l"] == "pgprot_t"


def test_a_member_knows_its_condition() -> None:
    one = header("struct s {\n\tint a;\n#ifdef CONFIG_B\n\tint b;\n#endif\n};\n")
    aggregate = one.struct("s")
    assert aggregate is not None
    assert {m.path: one.condition(m.offset) for m in one.members(aggregate)} == {
        "a": (),
        "b": ("defined(CONFIG_B)",),
    }


def test_a_typedef_names_an_anonymous_struct() -> None:
    one = header("typedef struct {\n\tint a;\n} flags_t;\nstruct t { int b; };\n")
    assert [aggregate.tag for aggregate in one.aggregates()] == ["flags_t", "t"]


@pytest.mark.parametrize(
    ("head", "tag"),
    [
        ("struct __packed s", "s"),
        ("struct __attribute__((aligned(8))) s", "s"),
        ("struct __kernel_s", "__kernel_s"),
        ("struct\ts\n", "s"),
    ],
)
def test_an_attribute_before_the_tag_is_not_the_tag(head: str, tag: str) -> None:
    one = header(f"{head} {{\n\tint a;\n}};\n")
    assert [aggregate.tag for aggregate in one.aggregates()] == [tag]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\x00\x01",
        b"/* never closed",
        b"struct s {",
        b"}}}};;;",
        b"#if\n#else\n#else\n#endif\n#endif\n#endif",
        b"#define",
        b"int f(",
        b"struct s { int (*f)(int; };",
        b"#ifdef A\r\nint f(int a);\r\n#endif\r\n",
        b"struct s {" * 2_000,
        b"struct s {" + b"struct {" * 2_000 + b"};" * 2_000 + b"};",
        b"#if A\n" * 2_000 + b"int f(int a);\n" + b"#endif\n" * 2_000,
        b"#if A\nint f(int a);\n" + b"#elif A\nint f(int b);\n" * 2_000 + b"#endif\n",
        b"struct " + b"_" * 50_000 + b" x",
        b"int f(" + b"a " * 50_000 + b");",
        b"/*" + b"*" * 50_000,
        b"((((" * 20_000 + b"int",
        b'"' + b"struct s " * 50,
        b"'" + b"struct s " * 50,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_hostile_text_is_read_without_an_error(text: bytes) -> None:
    one = header(text)
    for aggregate in one.aggregates():
        list(one.members(aggregate))
        list(one.enumerators(aggregate))
    found = one.functions("int")
    assert all(function.name for function in found)
    assert isinstance(condition_text([one.condition(function.offset) for function in found]), str)


def test_crlf_conditions_are_read() -> None:
    one = header(b"#ifdef A\r\nint f(int a);\r\n#endif\r\n")
    assert one.condition(one.functions("int")[0].offset) == ("defined(A)",)


PIECES = st.sampled_from(
    [
        "struct s",
        " {",
        "}",
        ";",
        "(",
        ")",
        "int f(int a)",
        "\n",
        "#if A",
        "#else",
        "#endif",
        "/*",
        "*/",
        '"',
        "'",
        "\\",
        "enum",
        ",",
    ]
)


@settings(deadline=None, max_examples=50)
@given(st.lists(PIECES, max_size=60))
def test_any_order_of_the_pieces_of_a_header_is_read(pieces: list[str]) -> None:
    one = header("".join(pieces))
    for aggregate in one.aggregates():
        assert 0 <= aggregate.start <= aggregate.end <= len(one.code)
        for member in one.members(aggregate):
            assert one.code[member.offset :].startswith(member.path.rpartition(".")[2])
    for function in one.functions("int"):
        assert one.code[function.offset :].startswith(function.name)
