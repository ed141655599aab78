# SPDX-License-Identifier: GPL-2.0-only
"""Macros that a driver's own header defines count as those of the file do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import Result, convert, driver


def with_header(folder: Path, header: str, body: str) -> Result:
    """A hook in a file that includes foo.h, which includes what ``header`` is."""
    (folder / "foo.h").write_text('#include "inner.h"\n')
    (folder / "inner.h").write_text(header + "\n")
    return convert(driver(body, '#include "foo.h"'), str(folder / "foo.c"))


ASKED = "if ({})\n        return -EINVAL;\nreturn REMAP;"

WRONG = [
    pytest.param("macro-captures", "#define FOO_BAD (vma->vm_pgoff != 0)", "FOO_BAD", id="names the VMA"),
    pytest.param(
        "macro-captures", "#define FOO_BAD(n) (file->f_pos > (n))", "FOO_BAD(4)", id="names the file"
    ),
    pytest.param("unproven-effect", "#define FOO_BAD foo_counter++", "FOO_BAD", id="counts"),
    pytest.param(
        "unproven-effect", "#define foo_bad(f) ((f)->maps++ > 4)", "foo_bad(foo)", id="counts a map"
    ),
    pytest.param("unproven-effect", "#define foo_bad foo_other", "foo_bad(foo)", id="is another name"),
    pytest.param(
        "redefined",
        "#define remap_pfn_range(v, a, p, s, o) foo_remap(v, p)",
        "foo_pfn == 0",
        id="is the kernel's name",
    ),
    pytest.param(
        "redefined", "#define PAGE_SHIFT 13", "vma_pages(vma) << PAGE_SHIFT > 4", id="is the kernel's number"
    ),
    pytest.param("redefined", "#define VM_WRITE 0x4", "vma->vm_flags & VM_WRITE", id="is the kernel's flag"),
]

RIGHT = [
    pytest.param("#define FOO_BAD 4", "foo_pfn > FOO_BAD", id="number"),
    pytest.param("#define FOO_BAD(v) ((v)->vm_pgoff > 4)", "FOO_BAD(foo_area)", id="of what it is given"),
    pytest.param("#define foo_bad(f) ((f)->maps > 4)", "foo_bad(foo)", id="looks"),
    pytest.param("#define foo_bad list_empty", "foo_bad(&foo->maps)", id="another name of what looks"),
]


@pytest.mark.parametrize(("code", "header", "test"), WRONG)
def test_a_macro_of_a_header_is_read(code: str, header: str, test: str, tmp_path: Path) -> None:
    result = with_header(tmp_path, header, ASKED.format(test))
    assert code in result.codes
    assert result.tier is not Tier.COMPLETE


@pytest.mark.parametrize(("header", "test"), RIGHT)
def test_a_macro_of_a_header_that_only_computes_is_none(header: str, test: str, tmp_path: Path) -> None:
    result = with_header(tmp_path, header, ASKED.format(test))
    assert result.codes == set()
    assert result.tier is Tier.COMPLETE


MERGING = """
vm_flags_set(vma, VM_DONTCOPY);
vma->vm_private_data = FOO_CURRENT;
return 0;
"""


def test_what_a_macro_of_a_header_computes_is_no_constant(tmp_path: Path) -> None:
    assert with_header(tmp_path, "#define FOO_CURRENT (&foo_areas[foo_next])", MERGING).codes == {"may-merge"}
    assert with_header(tmp_path, "#define FOO_CURRENT FOO_AREA", MERGING).codes == set()


@pytest.mark.parametrize(
    ("guard", "codes"),
    [
        pytest.param("foo_counted", {"unproven-effect"}, id="its own"),
        pytest.param("mutex", set(), id="the kernel's"),
    ],
)
def test_a_guard_of_a_header_may_do_anything(guard: str, codes: set[str], tmp_path: Path) -> None:
    header = "DEFINE_GUARD(foo_counted, struct foo *, foo_count++, foo_seen++)"
    body = f"scoped_guard({guard}, foo_default)\n        vm_flags_set(vma, VM_DONTCOPY);\nreturn REMAP;"
    assert with_header(tmp_path, header, body).codes == codes
