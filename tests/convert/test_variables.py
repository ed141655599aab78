# SPDX-License-Identifier: GPL-2.0-only
"""Tables that get their hook from a variable."""

from __future__ import annotations

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import c, convert

UIO = ("uio_info", "mmap")

HOOK = """
static int foo_mmap(struct uio_info *info, struct vm_area_struct *vma)
{
        return vm_iomap_memory(vma, foo_base, foo_size);
}

"""


def test_a_hook_that_is_handed_over_changes_with_who_hands_it() -> None:
    text = (
        HOOK
        + """
    static void foo_set(struct uio_info *info, int (*hook)(struct uio_info *, struct vm_area_struct *))
    {
            info->mmap = hook;
    }

    static void foo_probe(struct uio_info *info)
    {
            foo_set(info, foo_mmap);
    }
    """
    )
    result = convert(c(text), member=UIO)
    (reason,) = result.conversion.reasons
    assert (result.tier, reason.code) == (Tier.SKELETON, "handed-over")
    assert reason.message == (
        "`hook` is what foo_set() is handed, such as foo_mmap() at foo.c:14: it must change with them"
    )


def test_a_parameter_hides_a_function_of_its_name() -> None:
    text = (
        HOOK
        + """
    static void foo_set(struct uio_info *info, int (*foo_mmap)(struct uio_info *, struct vm_area_struct *))
    {
            info->mmap = foo_mmap;
    }
    """
    )
    result = convert(c(text), member=UIO)
    assert [reason.code for reason in result.conversion.reasons] == ["handed-over"]
    assert result.conversion.reasons[0].message.endswith("who calls it must change")


def test_a_local_may_hold_any_function() -> None:
    text = (
        HOOK
        + """
    static void foo_probe(struct uio_info *info)
    {
            int (*hook)(struct uio_info *, struct vm_area_struct *) = info->priv ? foo_mmap : bar_mmap;

            info->mmap = hook;
    }
    """
    )
    result = convert(c(text), member=UIO)
    assert [reason.code for reason in result.conversion.reasons] == ["computed-hook"]


def test_a_function_that_a_table_is_given_by_name_is_no_variable() -> None:
    text = (
        HOOK
        + """
    static void foo_probe(struct uio_info *info)
    {
            int (*show)(struct uio_info *) = foo_show;

            info->mmap = foo_mmap;
            show(info);
    }
    """
    )
    assert convert(c(text), member=UIO).tier is Tier.COMPLETE


def test_a_hook_that_is_also_handed_over_stays() -> None:
    text = (
        HOOK
        + """
    static void foo_probe(struct uio_info *info)
    {
            info->mmap = foo_mmap;
            foo_register(info, foo_mmap);
    }
    """
    )
    result = convert(c(text), member=UIO)
    assert result.tier is Tier.SKELETON
    assert "referred-to" in result.codes
