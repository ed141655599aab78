# SPDX-License-Identifier: GPL-2.0-only
"""Hooks in other ops structs than file_operations, which keep their other parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kernel.api import KernelApi, OpsMember, Parameter
from tests.convert.support import SETTING, Result, c, convert, hook, snapshot

UIO = ("uio_info", "mmap")
PARAMETERS = "struct uio_info *info, struct vm_area_struct *vma"

HEAD = """
#include <linux/uio_driver.h>

struct foo {
	struct uio_info info;
	unsigned long pfn;
};

"""

PROBE = """
static int foo_probe(struct foo *foo)
{
	foo->info.mmap = foo_mmap;
	return 0;
}
"""


def nested(body: str, before: str = SETTING, after: str = PROBE, parameters: str = PARAMETERS) -> Result:
    """What becomes of a driver with one hook in a struct uio_info."""
    return convert(HEAD + before + hook(body, parameters) + after, member=UIO)


def test_the_other_parameters_stay() -> None:
    result = nested("return REMAP;")
    assert result.conversion.reasons == ()
    assert result.tier is Tier.COMPLETE
    assert result.new is not None
    assert "static int foo_mmap_prepare(struct uio_info *info, struct vm_area_desc *desc)\n" in result.new
    assert result.body() == c("""
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
    """)


def test_an_assignment_changes_its_member_and_its_value() -> None:
    result = nested("return REMAP;")
    assert result.new is not None
    assert "\tfoo->info.mmap_prepare = foo_mmap_prepare;\n" in result.new


def test_an_initialiser_changes_its_member_and_its_value() -> None:
    table = (
        "\nstatic struct uio_info foo_info = {\n\t.mmap\t\t= foo_mmap,\n\t.name\t\t= KBUILD_MODNAME,\n};\n"
    )
    result = nested("return REMAP;", after=table)
    assert result.tier is Tier.COMPLETE
    assert result.new is not None
    assert "\t.mmap_prepare\t= foo_mmap_prepare,\n" in result.new


def test_the_conversion_is_that_of_the_rule_for_nested_hooks() -> None:
    conversion = nested("return REMAP;").conversion
    assert conversion.rule == "MM103"
    assert [(one.struct, one.member, one.object) for one in conversion.hooks] == [("uio_info", "mmap", "foo")]


def test_a_prototype_keeps_its_other_parameters() -> None:
    prototype = "static int foo_mmap(struct uio_info *info,\n\t\t    struct vm_area_struct *vma);\n"
    result = nested("return REMAP;", before=SETTING + prototype)
    assert result.new is not None
    assert (
        "static int foo_mmap_prepare(struct uio_info *info,\n\t\t\t    struct vm_area_desc *desc);\n"
        in result.new
    )


def test_descriptions_of_the_other_parameters_stay() -> None:
    comment = "/**\n * foo_mmap() - map it\n * @info: the device\n * @vma: the range\n */\n"
    result = nested("return REMAP;", before=SETTING + comment)
    assert result.new is not None
    assert " * foo_mmap_prepare() - map it\n * @info: the device\n * @desc: the range\n */\n" in result.new


def test_a_helper_changes_with_a_nested_hook() -> None:
    helper = hook("return REMAP;", "struct foo *foo, struct vm_area_struct *vma", "foo_map")
    result = nested("return foo_map(container_of(info, struct foo, info), vma);", before=SETTING + helper)
    assert result.tier is Tier.COMPLETE, result.conversion.reasons
    assert result.new is not None
    assert "static int foo_map(struct foo *foo, struct vm_area_desc *desc)" in result.new


def test_an_override_of_the_error_is_lost_under_the_compat_layer() -> None:
    result = nested("if (REMAP)\n\treturn -EAGAIN;\nreturn 0;")
    assert result.tier is Tier.REVIEW
    assert result.codes == {"compat-override"}


FAULT = """
static vm_fault_t foo_fault(struct vm_fault *vmf)
{
	%s
	return VM_FAULT_SIGBUS;
}

"""


def test_a_fault_that_reads_what_the_caller_stored_needs_a_person() -> None:
    fault = FAULT % "struct foo *foo = vmf->vma->vm_private_data;"
    result = nested("vma->vm_ops = &foo_vm_ops;\nreturn REMAP;", before=fault + SETTING)
    assert result.tier is Tier.SKELETON
    assert result.codes == {"outer-private-data"}


def test_a_fault_in_another_file_may_read_what_the_caller_stored() -> None:
    result = nested("vma->vm_ops = &foo_vm_ops;\nreturn REMAP;")
    assert result.codes == {"outer-private-data"}


def test_a_fault_that_reads_what_the_hook_stored_is_served() -> None:
    fault = FAULT % "struct foo *foo = vmf->vma->vm_private_data;"
    body = "vma->vm_ops = &foo_vm_ops;\nvma->vm_private_data = info;\nreturn REMAP;"
    assert nested(body, before=fault + SETTING).tier is Tier.COMPLETE


def test_a_fault_that_reads_nothing_is_served() -> None:
    result = nested("vma->vm_ops = &foo_vm_ops;\nreturn REMAP;", before=FAULT % ";" + SETTING)
    assert result.tier is Tier.COMPLETE, result.conversion.reasons


def test_reading_what_the_caller_stored_needs_a_person() -> None:
    body = "if (!vma->vm_private_data)\n\treturn -ENODEV;\nreturn REMAP;"
    assert nested(body).codes == {"write-only-field"}


def test_the_file_of_the_mapping_is_its_vm_file() -> None:
    result = nested("if (vma->vm_file->f_flags & O_SYNC)\n\treturn -EINVAL;\nreturn REMAP;")
    assert "if (desc->vm_file->f_flags & O_SYNC)" in result.body()


def test_a_file_is_not_taken_for_the_descriptors() -> None:
    assert nested("return generic_file_mmap(vma->vm_file, vma);").codes == {"counterpart-arguments"}


@pytest.mark.parametrize(
    "use",
    [
        "return foo->info.mmap(&foo->info, vma);",
        "if (!foo->info.mmap)\n\t\treturn -ENODEV;\n\treturn 0;",
    ],
    ids=["called", "tested"],
)
def test_a_member_that_the_driver_uses_by_hand_stays(use: str) -> None:
    user = f"\nstatic int foo_user(struct foo *foo, struct vm_area_struct *vma)\n{{\n\t{use}\n}}\n"
    result = nested("return REMAP;", after=PROBE + user)
    assert result.tier is Tier.SKELETON
    assert result.codes == {"member-read"}


def test_the_same_member_of_another_struct_may_be_used_by_hand() -> None:
    user = (
        "\nstruct bar { int (*mmap)(int); };\n"
        "\nstatic int foo_user(struct bar *bar)\n{\n\treturn bar->mmap(0);\n}\n"
    )
    assert nested("return REMAP;", after=PROBE + user).tier is Tier.COMPLETE


def test_a_member_that_is_taken_away_again_stays() -> None:
    remove = "\nstatic void foo_remove(struct foo *foo)\n{\n\tfoo->info.mmap = NULL;\n}\n"
    assert nested("return REMAP;", after=PROBE + remove).codes == {"several-hooks"}


def test_a_table_with_both_is_for_a_person() -> None:
    more = PROBE.replace("return 0;", "foo->info.mmap_prepare = foo_other;\n\treturn 0;")
    assert nested("return REMAP;", after=more).codes == {"both-hooks"}


def test_a_hook_that_a_file_operations_has_too_cannot_keep_its_file() -> None:
    table = "\nstatic const struct file_operations foo_fops = {\n\t.mmap = foo_mmap,\n};\n"
    assert "other-table" in nested("return REMAP;", after=PROBE + table).codes


def test_a_hook_with_other_parameters_than_its_member_is_for_a_person() -> None:
    result = nested("return REMAP;", parameters="struct file *file, struct vm_area_struct *vma")
    assert result.codes == {"hook-parameters"}


def test_a_suppressed_table_stays() -> None:
    text = HEAD + SETTING + hook("return REMAP;", PARAMETERS) + PROBE
    result = convert(text, member=UIO, suppressed=lambda _path, _offset: True)
    assert [(one.code, "MM103" in one.message) for one in result.conversion.reasons] == [("suppressed", True)]


def _api(*, removed: bool, file: bool = False) -> KernelApi:
    """Linux 7.3 with one more ops struct."""
    old, new = Parameter("struct vm_area_struct *", "vma"), Parameter("struct vm_area_desc *", "desc")
    first = Parameter("struct file *" if file else "struct foo *", "first")
    member = OpsMember(
        "foo_ops",
        "mmap_x",
        (first, old),
        "mmap_prepare_x",
        (new,) if file else (first, new),
        removed,
        "include/linux/foo.h",
    )
    return replace(snapshot(), ops_members=(*snapshot().ops_members, member))


BESIDE = """
static void foo_fill(struct foo_ops *ops)
{
	ops->mmap_x = foo_mmap_x;
}
"""


@pytest.mark.parametrize(("removed", "codes"), [(True, set()), (False, {"unknown-table"})])
def test_beside_an_old_member_another_hook_may_stay(removed: bool, codes: set[str]) -> None:
    parameters = "struct foo *foo, struct vm_area_struct *vma"
    text = SETTING + hook("return REMAP;", parameters, "foo_mmap_x") + BESIDE
    result = convert(text, member=("foo_ops", "mmap_x"), api=_api(removed=removed))
    assert result.codes == codes
    assert result.new is not None
    assert "ops->mmap_prepare_x = foo_mmap_prepare_x;" in result.new


def test_a_member_whose_new_form_has_no_file_takes_it_from_the_descriptor() -> None:
    body = "if (!file->private_data)\n\treturn -ENODEV;\nreturn REMAP;"
    text = SETTING + hook(body, name="foo_mmap_x") + BESIDE
    result = convert(text, member=("foo_ops", "mmap_x"), api=_api(removed=True, file=True))
    assert result.codes == {"descriptor-file"}
    assert result.tier is Tier.REVIEW
    assert result.body("foo_mmap_prepare_x").startswith("struct file *file = desc->file;\n")
