# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.kernel.api import Field, Helper, KernelApi
from mmapmigrate.kernel.reader import read_api
from mmapmigrate.kernel.snapshot import load_snapshot, snapshot_names
from mmapmigrate.kernel.withdrawn import ACTION, DESC, VM_OPS, Withdrawn, withdrawn, withdrawn_names

MakeTree = Callable[..., Path]


@pytest.mark.parametrize(
    ("struct", "name", "replacements"),
    [
        ("", "vma_desc_test_flags", ("vma_desc_test_any", "vma_desc_test")),
        ("", "mmap_action_mixedmap", ("mmap_action_map_kernel_pages",)),
        ("file_operations", "mmap_complete", ("vm_ops->mapped",)),
        ("file_operations", "mmap_abort", ()),
        (DESC, "vm_flags", ("vma_flags",)),
        (VM_OPS, "split", ("may_split",)),
        (VM_OPS, "find_special_page", ("find_normal_page",)),
        (ACTION, "success_hook", ("vm_ops->mapped",)),
        (ACTION, "error_hook", ("error_override",)),
        (ACTION, "custom_action", ()),
        ("", "MMAP_CUSTOM_ACTION", ()),
    ],
)
def test_a_withdrawn_name_has_its_replacements(struct: str, name: str, replacements: tuple[str, ...]) -> None:
    row = withdrawn(load_snapshot("7.3"), name, struct)
    assert row is not None
    assert row.replacements == replacements


def test_a_name_that_the_kernel_has_is_not_withdrawn() -> None:
    api = load_snapshot("7.3")
    assert withdrawn(api, "vma_desc_test") is None
    assert withdrawn(api, "error_override", ACTION) is None


def test_an_unknown_name_is_not_in_the_table() -> None:
    assert withdrawn(load_snapshot("7.3"), "vma_desc_frobnicate") is None


def test_a_field_of_one_struct_is_none_of_another() -> None:
    assert withdrawn(load_snapshot("7.3"), "vm_flags", "vm_area_struct") is None


def test_replacements_that_the_kernel_lacks_are_not_offered(make_tree: MakeTree) -> None:
    row = withdrawn(read_api(make_tree()), "file_has_valid_mmap_hooks")
    assert row is not None
    assert row.replacements == ("can_mmap_file",)
    row = withdrawn(read_api(make_tree()), "compat_vma_mmap_prepare")
    assert row is not None
    assert row.replacements == ()


def test_a_kernel_without_any_of_it_is_offered_nothing() -> None:
    bare = KernelApi("7.0", "snapshot", "7.0", has_mmap_prepare=True)
    rows = [withdrawn(bare, row.name, row.struct) for row in withdrawn_names().values()]
    assert [row and row.replacements for row in rows] == [()] * len(rows)


def test_a_function_that_some_configuration_lacks_is_not_offered() -> None:
    helpers = {
        "vma_desc_test": Helper("vma_desc_test"),
        "vma_desc_test_any": Helper("vma_desc_test_any", condition="CONFIG_FOO"),
    }
    row = withdrawn(
        KernelApi("7.0", "tree", "/src", has_mmap_prepare=True, helpers=helpers), "vma_desc_test_flags"
    )
    assert row is not None
    assert row.replacements == ("vma_desc_test",)


def test_a_name_that_took_another_s_place_is_turned_back_for_an_older_kernel() -> None:
    fields = {"find_special_page": Field("find_special_page", "")}
    api = KernelApi("6.17", "tree", "/src", has_mmap_prepare=True, vm_ops_fields=fields)
    row = withdrawn(api, "find_normal_page", VM_OPS)
    assert row is not None
    assert row.replacements == ("find_special_page",)


def test_only_functions_are_offered_with_parentheses() -> None:
    api = load_snapshot("7.3")
    rows = [withdrawn(api, "vma_desc_test_flags"), withdrawn(api, "vm_flags", DESC)]
    assert [row and row.offers for row in rows] == [
        ("vma_desc_test_any()", "vma_desc_test()"),
        ("vma_flags",),
    ]


def test_no_function_is_withdrawn_from_a_kernel_without_mmap_prepare(make_tree: MakeTree) -> None:
    fs = "struct file_operations {\n\tint (*mmap) (struct file *, struct vm_area_struct *);\n};\n"
    assert withdrawn(read_api(make_tree({"include/linux/fs.h": fs})), "call_mmap") is None


@pytest.mark.parametrize("row", withdrawn_names().values(), ids=lambda row: f"{row.struct}.{row.name}")
def test_each_row_is_whole(row: Withdrawn) -> None:
    assert row.kind in ("function", "field", "member", "enumerator")
    assert bool(row.struct) == (row.kind in ("field", "member"))
    assert row.note and not row.note.endswith(".")
    assert row.name not in row.replacements


def test_some_row_speaks_to_each_snapshot() -> None:
    for name in snapshot_names():
        api = load_snapshot(name)
        assert any(withdrawn(api, row.name, row.struct) for row in withdrawn_names().values())
