# SPDX-License-Identifier: GPL-2.0-only
"""A hook that calls its own vm_ops->open: mapped has what open did, if nothing else sees the difference."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import Result, c, convert, driver

BEFORE = """
static void bar_open(struct vm_area_struct *vma)
{{
        struct bar *bar = vma->vm_private_data;

        {opened}
}}

static void bar_close(struct vm_area_struct *vma)
{{
        struct bar *bar = vma->vm_private_data;

        atomic_dec(&bar->users);
}}

static const struct vm_operations_struct bar_vm_ops = {{
        .open = bar_open,
        .close = bar_close,
}};
"""
SET = "vma->vm_private_data = file->private_data;\nvma->vm_ops = &bar_vm_ops;\nvm_flags_set(vma, VM_IO);\n"


def _convert(body: str, opened: str = "atomic_inc(&bar->users);") -> Result:
    return convert(driver(body, BEFORE.format(opened=opened)))


def test_mapped_has_the_statements_of_open() -> None:
    result = _convert(SET + "bar_open(vma);\nreturn 0;")
    assert (result.tier, result.codes) == (Tier.REVIEW, {"moved-to-mapped"})
    assert result.body("bar_mapped") == c(
        """
        struct bar *bar = *vm_private_data;

        atomic_inc(&bar->users);

        return 0;
        """
    )


def test_what_close_does_not_give_back_is_not_taken_by_mapped() -> None:
    """A leak of the driver's own, which mapped would have as well: MM404 finds it there."""
    result = _convert(
        SET + "bar_open(vma);\nreturn 0;", "atomic_inc(&bar->users);\n        get_page(bar->page);"
    )
    assert result.tier is Tier.SKELETON
    messages = [one.message for one in result.conversion.reasons if one.code == "seeds-state"]
    kept = "bar_close() does not give back a reference (`get_page`) that `bar_open()` takes"
    assert messages == [f"the hook calls its own open: {kept}"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            SET + "bar_open(vma);\nvma->vm_private_data = NULL;\nreturn 0;", id="the pointer, cleared"
        ),
        pytest.param("bar_open(vma);\n" + SET + "return 0;", id="the pointer, set late"),
        pytest.param(SET + "bar_open(vma);\nvma->vm_pgoff = 0;\nreturn 0;", id="the offset"),
    ],
)
def test_what_is_handed_to_mapped_is_what_open_saw(body: str) -> None:
    result = _convert(body)
    assert result.tier is Tier.SKELETON
    assert "seeds-state" in result.codes


@pytest.mark.parametrize(
    ("opened", "tier"),
    [
        pytest.param("bar_note(bar, vma->vm_file->f_flags);", Tier.REVIEW, id="read"),
        pytest.param("bar_note(bar, file_inode(vma->vm_file));", Tier.REVIEW, id="handed to a reader"),
        pytest.param("get_file(vma->vm_file);", Tier.SKELETON, id="lent"),
        pytest.param("vma->vm_file->f_pos = 0;", Tier.SKELETON, id="written to"),
    ],
)
def test_mapped_is_handed_a_file_that_it_may_only_read(opened: str, tier: Tier) -> None:
    assert _convert(SET + "bar_open(vma);\nreturn 0;", opened).tier is tier


@pytest.mark.parametrize(
    ("later", "codes"),
    [
        pytest.param(
            "bar_start(file);\n", {"moved-to-mapped", "runs-before-taking", "unproven-effect"}, id="a call"
        ),
        pytest.param(
            "if (foo_bar->busy)\n        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);\n",
            {"moved-to-mapped", "runs-before-taking"},
            id="a look",
        ),
        pytest.param("vm_flags_set(vma, VM_DONTCOPY);\n", {"moved-to-mapped"}, id="the mapping alone"),
        pytest.param('pr_debug("mapped\\n");\n', {"moved-to-mapped"}, id="a message"),
    ],
)
def test_what_ran_behind_open_now_runs_before(later: str, codes: set[str]) -> None:
    assert _convert(SET + "bar_open(vma);\n" + later + "return 0;").codes == codes


@pytest.mark.parametrize(
    "opened",
    [
        'printk(KERN_NOTICE "open %lx\\n", vma->vm_start);',
        'printk(KERN_INFO PREFIX "at %" PRIx64 FOO "\\n");',
    ],
)
def test_mapped_may_join_strings_with_macros(opened: str) -> None:
    result = _convert(SET + "bar_open(vma);\nreturn 0;", opened)
    assert (result.tier, result.codes) == (Tier.REVIEW, {"moved-to-mapped"})
    assert result.body("bar_mapped").count("printk(KERN_") == 1
