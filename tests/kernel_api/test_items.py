# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from tests.kernel_api.support import header


def test_a_body_is_not_read_for_declarations() -> None:
    one = header("int f(int a)\n{\n\tint g(int b);\n\treturn g(a);\n}\n")
    assert [found.name for found in one.functions("int")] == ["f"]


def test_an_item_behind_unbalanced_arms_is_still_found() -> None:
    one = header(
        "#ifdef A\nstatic int f(int a) {\n#else\nstatic int f(int a, int b) {\n#endif\n\treturn 0;\n}\n"
        "int g(int a);\n"
    )
    assert "g" in [found.name for found in one.functions("int")]


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
