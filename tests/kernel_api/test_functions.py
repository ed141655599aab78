# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from tests.kernel_api.support import header


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
