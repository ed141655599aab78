# SPDX-License-Identifier: GPL-2.0-only
"""Macros of the file that reach into the hook for what its new form no longer has."""

from __future__ import annotations

import pytest

from tests.convert.support import convert, driver, refused


def using(name: str) -> str:
    """A hook that tests a macro."""
    return f"if ({name})\n\treturn -EINVAL;\nvm_flags_set(vma, VM_IO);\nreturn 0;"


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("FOO_SIZE", "#define FOO_SIZE (vma->vm_end - vma->vm_start)"),
        ("FOO_PRIVATE", "#define FOO_PRIVATE (file->private_data)"),
        ("FOO_BIG(4)", "#define FOO_BIG(n) (vma->vm_pgoff > (n))"),
        ("FOO_OUTER", "#define FOO_INNER vma->vm_pgoff\n#define FOO_OUTER (FOO_INNER > 4)"),
        ("FOO_LONG", "#define FOO_LONG \\\n        (vma->vm_pgoff > 4)"),
    ],
)
def test_a_macro_that_names_the_vma_by_itself_is_a_reason(name: str, before: str) -> None:
    assert "macro-captures" in refused(using(name), before)


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("FOO_BIG(vma->vm_pgoff)", "#define FOO_BIG(vma) ((vma) > 4)"),
        ("FOO_FIELD(foo_area)", "#define FOO_FIELD(x) ((x)->vma > 4)"),
        ("FOO_TAG", "#define FOO_TAG sizeof(struct vma)"),
        ("FOO_TEXT", '#define FOO_TEXT foo_named("vma")'),
        ("FOO_OTHER", "#define FOO_OTHER (other_vma > 4)"),
    ],
)
def test_a_macro_with_a_name_of_its_own_captures_nothing(name: str, before: str) -> None:
    result = convert(driver(using(name), before))
    assert "macro-captures" not in result.codes
