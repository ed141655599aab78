# SPDX-License-Identifier: GPL-2.0-only
"""Hooks whose VMA has no name, or one that means something else too."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import complete, convert, driver

UNNAMED = "struct file *file, struct vm_area_struct *"
LOCAL = 'int vma = 1;\n\npr_debug("%d\\n", vma);\nreturn 0;'
TAG = 'struct vma x = { 1 };\n\npr_debug("%d\\n", x.id);\nreturn 0;'
MEMBERS = "if (foo. vma || foo_of(file)->\n        vma)\n        return -EINVAL;\nreturn 0;"


@pytest.mark.parametrize(
    ("body", "before"),
    [
        pytest.param("vma->vm_pgoff = 0;\nreturn 0;", "", id="nobody's"),
        pytest.param("if (vma)\n        return -EINVAL;\nreturn 0;", "static int vma;", id="the file's"),
        pytest.param('pr_debug("%d\\n", vma);\nreturn 0;', "#define vma 3", id="a macro"),
    ],
)
def test_a_vma_that_no_parameter_names_is_a_reason(body: str, before: str) -> None:
    result = convert(driver(body, before, UNNAMED), skeletons=True)
    assert result.tier is Tier.SKELETON
    assert "unread-use" in result.codes
    assert result.conversion.defect is None
    assert result.new is not None


@pytest.mark.parametrize(
    "body", ["return 0;", LOCAL, MEMBERS], ids=["no use", "a local of that name", "a member of that name"]
)
def test_an_unnamed_vma_that_nothing_means_is_none(body: str) -> None:
    result = convert(driver(body, parameters=UNNAMED))
    assert result.conversion.defect is None
    assert result.tier is Tier.COMPLETE


@pytest.mark.parametrize("body", [TAG, MEMBERS], ids=["a tag", "a member"])
def test_what_only_spells_the_name_of_the_vma_stays(body: str) -> None:
    assert "vma" in complete(body)


def test_an_upper_bound_is_no_member() -> None:
    result = convert(driver("switch (file->f_flags) {\ncase 0 ... vma:\n        break;\n}\nreturn 0;"))
    assert result.conversion.defect is None
    assert result.codes == {"vma-pointer"}
