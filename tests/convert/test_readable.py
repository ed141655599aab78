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


GUARDED = "vm_flags_mod(vma, VM_DONTCOPY, VM_MAYEXEC);\nreturn REMAP;"


@pytest.mark.parametrize("used", ["GUARD", "GUARD()"])
@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param("if (foo_open)", {"irregular-flow"}, id="if"),
        pytest.param("while (foo_wait())", {"irregular-flow"}, id="while"),
        pytest.param("HEAD\n#define HEAD for (;;)", {"irregular-flow"}, id="another macro"),
        pytest.param("", set(), id="nothing"),
        pytest.param("if (foo_open) { ; }", set(), id="a block"),
        pytest.param("WHOLE(foo)\n#define WHOLE(x) cpu_relax();", set(), id="another macro, whole"),
    ],
)
def test_a_macro_may_begin_the_statement_behind_it(used: str, body: str, codes: set[str]) -> None:
    result = convert(driver(f"{used}\n{GUARDED}", f"#define {used} {body}"))
    assert result.conversion.defect is None
    assert result.codes & {"irregular-flow"} == codes


@pytest.mark.parametrize("body", ["", "if (foo_open) { ; }"], ids=["nothing", "a block"])
def test_a_macro_that_is_a_whole_statement_is_no_reason(body: str) -> None:
    text = complete(f"GUARD\n{GUARDED}", f"#define GUARD {body}")
    assert "GUARD\nvma_desc_set_flags(desc, VMA_DONTCOPY_BIT);" in text


def test_a_macro_of_nobody_may_begin_the_statement_behind_it() -> None:
    result = convert(driver(f"GUARD\n{GUARDED}"))
    assert result.conversion.defect is None
    assert "irregular-flow" in result.codes


def test_a_macro_in_front_of_the_last_statement_is_no_defect() -> None:
    result = convert(driver("COUNT\nreturn REMAP;", "static int foo_count;\n#define COUNT foo_count++;"))
    assert result.conversion.defect is None
    assert result.tier is Tier.REVIEW
