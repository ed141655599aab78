# SPDX-License-Identifier: GPL-2.0-only
"""Lines that a conversion makes too long."""

from __future__ import annotations

from mmapmigrate.convert.text.layout import WIDTH, call, wrap_lines
from tests.convert.support import c, complete

OLD = c(
    """
    static int foo_registers_mmap(struct foo_node *node, struct foo_process *process,
                          struct vm_area_struct *vma)
    {
            return foo_find(node,
                  process);
    }
    """
)
NEW = c(
    """
    static int foo_registers_mmap_prepare(struct foo_node *node,
                                          struct foo_process *process,
                                          struct vm_area_desc *desc)
    {
            return foo_find(node,
                  process);
    }
    """
)


def test_what_changed_behind_a_break_is_aligned_with_it() -> None:
    long = OLD.replace("foo_registers_mmap", "foo_registers_mmap_prepare")
    assert wrap_lines(OLD, long.replace("vm_area_struct *vma", "vm_area_desc *desc")) == NEW


def test_what_did_not_change_behind_a_break_stays() -> None:
    old = "\treturn foo_pages(vma, first_page_of_the_buffer,\n\t\tcount);"
    new = old.replace("foo_pages(vma", "foo_pages_of_a_descriptor(foo_long_descriptor")
    assert wrap_lines(old, new).split("\n")[-1] == "\t\tcount);"


def test_a_line_that_fits_stays() -> None:
    assert wrap_lines("a(b,\nc)", "d(b,\nc)") == "d(b,\nc)"


def test_a_call_that_begins_where_no_line_is_left_is_not_broken() -> None:
    arguments = ["desc", "VMA_IO_BIT", "VMA_DONTEXPAND_BIT"]
    whole = "vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DONTEXPAND_BIT);"
    head = "vma_desc_set_flags("
    assert call(1_000_000, head[:-1], arguments, ";") == whole
    assert call(WIDTH - len(head), head[:-1], arguments, ";") == whole
    assert "\n" in call(WIDTH - len(head) - 1, head[:-1], arguments, ";")


def test_what_stands_behind_the_bracket_of_a_break_is_not_aligned_with_it() -> None:
    inside = "\t\tif (foo_ready(desc) &&\n\t\t    foo_pages(desc))\n\t\t\treturn -EIO;\n\t}"
    old = f"{{\n\tif (short) {{\n{inside.replace('desc', 'vma')}\n}}"
    test = "foo_size_of_the_buffer(desc) > foo->size || foo_pages_of_the_buffer(desc)"
    new = f"{{\n\tif ({test}) {{\n{inside}\n}}"
    broken = test.replace("|| ", "||\n\t    ")
    assert wrap_lines(old, new) == f"{{\n\tif ({broken}) {{\n{inside}\n}}"


def test_what_follows_a_label_needs_no_braces() -> None:
    body = """
    if (foo_fixed)
            goto map;
    vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
    map: __maybe_unused
    return REMAP;
    """
    assert complete(body).endswith("map: __maybe_unused\nmmap_action_remap_full(desc, foo_pfn);\nreturn 0;")
