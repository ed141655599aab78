# SPDX-License-Identifier: GPL-2.0-only
"""In the lists of which structs a macro of a file is used."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mmapmigrate.model.file import FileModel

Model = Callable[[str], FileModel]

FOPS = "static const struct file_operations a = { MEMBER };\n"
OTHER = "static const struct foo_ops b = { MEMBER };\n"
MEMBER = "#define MEMBER .mmap = foo_mmap\n"
WHOLE = "#define WHOLE(x) { .open = x##_open, .mmap = x##_mmap }\n"
INNER = "#define INNER .mmap = foo_mmap\n#define MEMBER INNER\n"


@pytest.mark.parametrize(
    ("code", "struct"),
    [
        (MEMBER + FOPS, "file_operations"),
        (INNER + FOPS, "file_operations"),
        (INNER + OTHER, "foo_ops"),
        (INNER + FOPS + OTHER, None),
        (INNER + FOPS + OTHER.replace("MEMBER", "INNER"), None),
        (INNER, None),
        (WHOLE + "static const struct file_operations a = WHOLE(foo);\n", "file_operations"),
        (
            WHOLE + "struct foo { struct file_operations f; };\nstruct foo a = { .f = WHOLE(b) };\n",
            "file_operations",
        ),
        (WHOLE + "static const struct foo_ops a = WHOLE(foo);\n", "foo_ops"),
        (WHOLE + "void f(void)\n{\n\ta = WHOLE(foo);\n}\n", None),
        # They take turns, and a list has the second.
        ("#define INNER MEMBER, .mmap = foo_mmap\n#define MEMBER INNER\n" + FOPS, "file_operations"),
        (INNER + "#define OUTER MEMBER\n" + FOPS.replace("MEMBER", "OUTER"), "file_operations"),
    ],
)
def test_the_one_struct_of_a_macros_lists(model: Model, code: str, struct: str | None) -> None:
    (entry,) = model(code).entries()
    assert entry.struct == struct


def test_a_thousand_macros_in_each_other_are_followed(model: Model) -> None:
    chain = "".join(f"#define M{at} M{at + 1}\n" for at in range(3000))
    (entry,) = model(f"{chain}#define M3000 .mmap = foo_mmap\n{FOPS.replace('MEMBER', 'M0')}").entries()
    assert entry.struct == "file_operations"
