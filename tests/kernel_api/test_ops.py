# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.kernel.api import OpsMember
from mmapmigrate.kernel.headers import Header
from mmapmigrate.kernel.ops import hook_name, prepare_name, read_ops_members


def read(text: str) -> dict[tuple[str, str], OpsMember]:
    found = read_ops_members([Header("include/linux/x.h", text.encode())])
    return {(one.struct, one.member): one for one in found}


@pytest.mark.parametrize(
    ("member", "prepare"),
    [
        ("mmap", "mmap_prepare"),
        ("mmap_ring_buffer", "mmap_prepare_ring_buffer"),
        ("fb_mmap", "fb_mmap_prepare"),
        ("proc_mmap", "proc_mmap_prepare"),
    ],
)
def test_a_hook_and_its_prepare_form_name_each_other(member: str, prepare: str) -> None:
    assert prepare_name(member) == prepare
    assert hook_name(prepare) == member


@pytest.mark.parametrize("member", ["munmap", "mremap", "mmapped", "open"])
def test_what_is_no_mmap_hook_has_no_prepare_form(member: str) -> None:
    assert prepare_name(member) is None


def test_a_hook_beside_its_prepare_form_is_one_member() -> None:
    found = read(
        "struct foo_ops {\n\tint (*mmap)(struct foo *foo, struct vm_area_struct *vma);\n"
        "\tint (*mmap_prepare)(struct foo *foo, struct vm_area_desc *desc);\n};\n"
    )
    assert list(found) == [("foo_ops", "mmap")]
    one = found["foo_ops", "mmap"]
    assert one.prepare == "mmap_prepare"
    assert [part.name for part in one.parameters] == ["foo", "vma"]
    assert [part.name for part in one.prepare_parameters] == ["foo", "desc"]
    assert not one.removed
    assert one.header == "include/linux/x.h"


def test_a_prepare_form_alone_means_that_the_hook_was_removed() -> None:
    found = read(
        "struct chan {\n\tint (*mmap_prepare_ring)(struct chan *c, struct vm_area_desc *desc);\n};\n"
    )
    one = found["chan", "mmap_ring"]
    assert one.removed
    assert one.prepare == "mmap_prepare_ring"
    assert [part.type for part in one.parameters] == ["struct chan *", "struct vm_area_struct *"]


def test_a_hook_without_a_prepare_form_is_listed() -> None:
    one = read("struct a {\n\tint (*mmap)(struct vm_area_struct *);\n};\n")["a", "mmap"]
    assert one.prepare is None
    assert one.is_hook


def test_another_callback_that_gets_a_vma_is_no_hook() -> None:
    assert not read("struct a {\n\tint (*fault)(struct vm_area_struct *);\n};\n")["a", "fault"].is_hook


def test_the_vma_s_own_operations_are_left_out() -> None:
    assert read("struct vm_operations_struct {\n\tvoid (*open)(struct vm_area_struct *vma);\n};\n") == {}


def test_a_pointer_to_a_vma_is_no_callback() -> None:
    assert read("struct vm_fault {\n\tstruct vm_area_struct *vma;\n\tint (*f)(int a);\n};\n") == {}


def test_a_callback_s_parameters_may_span_lines_and_comments() -> None:
    found = read(
        "struct a {\n\tint (*mmap)(struct file *file, /* the; file */\n\t\t    struct kobject *kobj,\n"
        "\t\t    struct vm_area_struct *vma);\n};\n"
    )
    assert len(found["a", "mmap"].parameters) == 3


def test_a_callback_by_typedef_is_found() -> None:
    found = read(
        "typedef int (*foo_mmap_t)(struct foo *foo, struct vm_area_struct *vma);\n"
        "struct a {\n\tfoo_mmap_t mmap;\n\tint b;\n};\n"
    )
    assert [part.name for part in found["a", "mmap"].parameters] == ["foo", "vma"]


def test_a_callback_in_an_inner_struct_has_a_path() -> None:
    found = read("struct a {\n\tstruct {\n\t\tint (*mmap)(struct vm_area_struct *vma);\n\t} ops;\n};\n")
    assert list(found) == [("a", "ops.mmap")]
