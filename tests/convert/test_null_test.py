# SPDX-License-Identifier: GPL-2.0-only
"""A test whether there is a VMA, and the protection that goes with its flags."""

from __future__ import annotations

import pytest

from tests.convert.support import c, complete, refused

GONE = [
    pytest.param("if (!vma)\n        return -EINVAL;\nreturn REMAP;", "", id="alone"),
    pytest.param("if (vma == NULL) {\n        return -EINVAL;\n}\nreturn REMAP;", "", id="compared"),
    pytest.param("if (foo_pfn == 0 && !vma)\n        return -EINVAL;\nreturn REMAP;", "", id="never both"),
    pytest.param(
        "if (!foo_pfn || !vma)\n        return -EINVAL;\nreturn REMAP;",
        "if (!foo_pfn)\n        return -EINVAL;\n",
        id="one of two",
    ),
    pytest.param(
        "if ((!vma) || (!foo_pfn))\n        return -EINVAL;\nreturn REMAP;",
        "if (!foo_pfn)\n        return -EINVAL;\n",
        id="the first of two",
    ),
    pytest.param(
        "if (vma && !foo_pfn)\n        return -EINVAL;\nreturn REMAP;",
        "if (!foo_pfn)\n        return -EINVAL;\n",
        id="always so",
    ),
]


@pytest.mark.parametrize(("body", "left"), GONE)
def test_there_always_is_a_vma(body: str, left: str) -> None:
    assert complete(body) == c(left + "mmap_action_remap_full(desc, foo_pfn);\nreturn 0;")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "if (foo_take() && !vma)\n        return -EINVAL;\nreturn REMAP;", id="something is done"
        ),
        pytest.param("if (vma)\n        return REMAP;\nreturn -EINVAL;", id="the arm that is always taken"),
        pytest.param("if (!vma)\n        return -EINVAL;\nelse\n        return REMAP;", id="with an else"),
        pytest.param("if (vma != foo_vma)\n        return -EINVAL;\nreturn REMAP;", id="another VMA"),
        pytest.param("foo_pfn = !vma;\nreturn REMAP;", id="a value"),
        pytest.param(
            "int ret = 0;\n\nif (!vma) {\n        ret = IO_REMAP;\n        if (ret)\n"
            "                return ret;\n}\nif (foo_dead)\n        ret = -EINVAL;\n"
            "if ((ret = REMAP))\n        return -EINVAL;\nreturn ret ? ret : 0;",
            id="a remap that never runs",
        ),
        pytest.param("if (!vma || !vma)\n        return -EINVAL;\nreturn REMAP;", id="twice"),
        pytest.param(
            "if ((vma) && foo_pfn == 3)\n        return -EINVAL;\nreturn REMAP;", id="in parentheses"
        ),
        pytest.param(
            "if (!foo_pfn)\n        goto err;\nif (!vma) {\nerr:\n        return -EINVAL;\n}\nreturn REMAP;",
            id="what a goto enters",
        ),
        pytest.param(
            "switch (foo_pfn) {\ncase 0:\n        if (!vma) {\n"
            "case 1:\n                return -EIO;\n        }\n}\nreturn REMAP;",
            id="what a case enters",
        ),
    ],
)
def test_what_is_no_plain_test_for_null_stays_a_reason(body: str) -> None:
    assert "vma-pointer" in refused(body)


def test_a_path_that_is_never_taken_is_no_evidence() -> None:
    body = "foo_take(file);\nif (!vma)\n        return -EINVAL;\nreturn REMAP;"
    assert "unproven-effect" in refused(body)


PROTECTION = [
    pytest.param("vma_get_page_prot(vma)", id="of the VMA"),
    pytest.param("vm_get_page_prot(vma->vm_flags)", id="of its flags"),
]


@pytest.mark.parametrize("old", PROTECTION)
def test_the_protection_of_the_flags_is_that_of_the_descriptors(old: str) -> None:
    new = "vma_flags_to_page_prot(desc->vma_flags)"
    assert complete(f"vma->vm_page_prot = pgprot_noncached({old});\nreturn REMAP;") == c(f"""
        desc->page_prot = pgprot_noncached({new});
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
    """)


def test_the_protection_of_other_flags_is_not_that_of_the_descriptors() -> None:
    body = "vma->vm_page_prot = vm_get_page_prot(vma->vm_flags & ~VM_WRITE);\nreturn REMAP;"
    assert "vma_flags_to_page_prot" not in complete(body)
