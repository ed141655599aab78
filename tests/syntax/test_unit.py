# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import ItemKind, ParsedItem, SourceUnit

DRIVER = b"""\
// a driver's comment; {
#include <linux/fs.h>
#define FOO(x) \\
\t((x) + 1)

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
\treturn -EINVAL; /* } */
}

#ifdef CONFIG_FOO
static const struct file_operations foo_fops = {
\t.mmap = foo_mmap,
};
#endif
MODULE_LICENSE("GPL");
"""


def unit(data: bytes) -> SourceUnit:
    return SourceUnit(SourceFile("foo.c", data))


def test_items_come_in_order_with_their_kinds() -> None:
    kinds = [item.kind for item in unit(DRIVER).items]
    assert kinds == [ItemKind.DEFINE, ItemKind.FUNCTION, ItemKind.DECLARATION, ItemKind.DECLARATION]


def test_node_offsets_and_points_are_the_files() -> None:
    subject = unit(DRIVER)
    item = subject.items[1]
    parsed = subject.parse(item)
    assert not parsed.errors
    node = parsed.root.children[0]
    assert (node.start_byte, node.end_byte) == (item.start, item.end)
    assert tuple(node.start_point) == (5, 0)


def test_conditions_name_the_arm_around_an_offset() -> None:
    subject = unit(DRIVER)
    assert [c.text for c in subject.conditions(DRIVER.index(b".mmap"))] == ["defined(CONFIG_FOO)"]
    assert subject.conditions(DRIVER.index(b"MODULE")) == ()


def test_item_at_finds_the_item_that_holds_an_offset() -> None:
    subject = unit(DRIVER)
    assert subject.item_at(DRIVER.index(b"return")) == subject.items[1]
    assert subject.item_at(3) is None


def parsed(data: bytes) -> ParsedItem:
    subject = unit(data)
    return subject.parse(subject.items[0])


def test_an_item_is_parsed_once() -> None:
    subject = unit(DRIVER)
    assert subject.parse(subject.items[1]) is subject.parse(subject.items[1])


def test_a_define_is_parsed_with_its_continuation_lines() -> None:
    subject = unit(DRIVER)
    result = subject.parse(subject.items[0])
    assert not result.errors
    assert result.root.children[0].type == "preproc_function_def"


def test_a_macro_call_without_a_semicolon_is_no_error() -> None:
    assert not parsed(b'MODULE_LICENSE("GPL")\n').errors


def test_carriage_returns_and_latin_1_change_nothing() -> None:
    data = b"/* caf\xe9 */\r\nint f(void)\r\n{\r\n\treturn 1; // \xe9\r\n}"
    result = parsed(data)
    assert not result.errors
    assert result.item.end == len(data)
    assert tuple(result.root.children[0].start_point) == (1, 0)


def test_every_arm_is_kept_where_all_of_them_parse() -> None:
    result = parsed(b"int f(void)\n{\n#ifdef A\n\ta();\n#else\n\tb();\n#endif\n}\n")
    assert (b"a();" in result.mask, b"b();" in result.mask, result.blanked) == (True, True, ())


def test_one_arm_is_kept_where_both_open_the_body_and_the_other_is_remembered() -> None:
    data = b"#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n#endif\n\treturn 0;\n}\n"
    result = parsed(data)
    assert not result.errors
    assert [data[start:end].strip() for start, end in result.blanked] == [b"int f(void)\n{"]


def test_the_else_arm_serves_where_the_first_one_does_not_parse() -> None:
    data = b"int f(void)\n{\n#ifdef A\n\tif (]) {\n#else\n\tif (b) {\n#endif\n\t\tc();\n\t}\n}\n"
    result = parsed(data)
    assert not result.errors
    assert [data[start:end].strip() for start, end in result.blanked] == [b"if (]) {"]


def test_an_arm_that_would_read_as_another_program_is_left_out() -> None:
    data = (
        b"int f(int a)\n{\n\tif (a)\n#ifdef A\n\t\treturn 1;\n#else\n\t\treturn 2;\n#endif\n\treturn 3;\n}\n"
    )
    assert [data[start:end].strip() for start, end in parsed(data).blanked] == [b"return 2;"]


def test_only_the_conditional_that_is_in_the_way_loses_arms() -> None:
    data = (
        b"int f(void)\n{\n#ifdef A\n\ta();\n#else\n\tb();\n#endif\n"
        b"#ifdef B\n\tif (c) {\n#else\n\tif (d) {\n#endif\n\t\te();\n\t}\n}\n"
    )
    assert [data[start:end].strip() for start, end in parsed(data).blanked] == [b"if (d) {"]


def test_a_conditional_inside_an_initialiser_list_keeps_its_members() -> None:
    result = parsed(b"struct foo a = {\n\t.b = 1,\n#ifdef A\n\t.mmap = c,\n#endif\n};\n")
    assert not result.errors
    assert b".mmap = c," in result.mask


def test_an_iterator_macro_is_told_from_a_while() -> None:
    data = b"void f(void)\n{\n\tfor_each_foo(a, b)\n\t\tc();\n}\n"
    at = data.index(b"for_each")
    assert parsed(data).rewritten == ((at, at + len(b"for_each_foo")),)


def test_an_attribute_word_is_not_called_rewritten() -> None:
    assert parsed(b"static int __init f(void)\n{\n}\n").rewritten == ()


def test_an_error_that_is_left_is_told_with_its_range() -> None:
    data = b"int a;\nint f(void)\n{\n\ta ? ;\n}\n"
    subject = unit(data)
    errors = subject.parse(subject.items[1]).errors
    assert errors
    assert all(data.index(b"a ?") <= error.start <= error.end <= len(data) for error in errors)


PIECES = st.sampled_from(
    [
        b"int f(void)\n{\n",
        b"}\n",
        b"\tif (a) {\n",
        b"\tfor_each_foo(a)\n",
        b"\tfoo(vma);\n",
        b"\n#if A\n",
        b"\n#else\n",
        b"\n#endif\n",
        b"#define A(b...) c\n",
        b"struct a b = {\n",
        b"};\n",
        b"/* \xe9",
        b"*/",
        b'"',
        b"(",
        b")",
        b";",
        b"\0",
        b"\r\n",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=25).map(b"".join))
def test_masks_are_as_long_as_their_items_and_keep_the_lines(data: bytes) -> None:
    subject = unit(data)
    for item in subject.items:
        result = subject.parse(item)
        lines = [i for i, byte in enumerate(data[item.start : item.end]) if byte == 10]
        assert len(result.mask) == item.end - item.start
        assert [i for i, byte in enumerate(result.mask) if byte == 10] == lines
        assert all(item.start <= error.start <= error.end <= item.end + 1 for error in result.errors)
        assert all(item.start <= start < end <= item.end for start, end in result.blanked + result.rewritten)
