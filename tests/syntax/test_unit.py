# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import ItemKind, SourceUnit

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
