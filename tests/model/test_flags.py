# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.kernel.api import Helper, Parameter
from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.flags import LegacyMask, Takes, flag_remedy, is_legacy_flag, legacy_mask, taken
from mmapmigrate.syntax.nodes import find_all
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

API = load_snapshot(newest_snapshot())


def mask(expression: str) -> LegacyMask | None:
    file = FileModel(
        SourceUnit(SourceFile("foo.c", f"int foo(void)\n{{\n\treturn {expression};\n}}\n".encode()))
    )
    statement = next(find_all(file.functions("foo")[0].body, "return_statement"))
    return legacy_mask(file, statement.named_children[0])


def names(expression: str) -> tuple[str, ...] | None:
    found = mask(expression)
    return None if found is None else found.names


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("VM_IO", ("VM_IO",)),
        ("VM_IO | VM_PFNMAP | VM_DONTDUMP", ("VM_IO", "VM_PFNMAP", "VM_DONTDUMP")),
        ("(VM_IO | (VM_PFNMAP))", ("VM_IO", "VM_PFNMAP")),
        ("(vm_flags_t)VM_IO", ("VM_IO",)),
        ("VM_IO & VM_PFNMAP", None),
        ("VM_IO | flags", None),
        ("VM_IO | VM_FAULT_OOM", None),
        ("~VM_IO", None),
        ("0", None),
    ],
)
def test_flags_joined_by_or(expression: str, expected: tuple[str, ...] | None) -> None:
    assert names(expression) == expected


def test_bits_come_in_the_order_of_the_flags() -> None:
    found = mask("VM_PFNMAP | VM_IO")
    assert found is not None
    assert found.bits(API) == ("VMA_PFNMAP_BIT", "VMA_IO_BIT")


@pytest.mark.parametrize(
    "flag", ["VM_SOFTDIRTY", "VM_ALLOW_ANY_UNCACHED", "VM_ACCESS_FLAGS", "VM_NONE", "VM_FOO"]
)
def test_a_flag_that_is_not_one_bit_in_every_configuration_does_not_translate(flag: str) -> None:
    found = mask(f"VM_IO | {flag}")
    assert found is not None
    assert found.bits(API) is None


@pytest.mark.parametrize("name", ["VM_FAULT_SIGBUS", "VM_BUG_ON", "VM_WARN_ON", "VMA_IO_BIT", "vm_io", "VM_"])
def test_names_of_other_families(name: str) -> None:
    assert not is_legacy_flag(name)


def test_what_a_helper_takes_is_read_from_its_declaration() -> None:
    desc = Parameter("struct vm_area_desc *", "desc")
    one = Helper("vma_desc_test", (desc, Parameter("vma_flag_t", "bit")))
    many = Helper("vma_desc_test_any", (Parameter("", "desc"),), variadic=True, macro=True)
    mask = Helper("vma_desc_test_any_mask", (desc, Parameter("vma_flags_t", "flags")))
    masks = Helper("mk_vma_flags_from_masks", (), variadic=True, macro=True)
    size = Helper("vma_desc_size", (desc,))
    assert taken(one) == {1: Takes.BIT}
    assert taken(many) == {1: Takes.BITS}
    assert taken(mask) == {1: Takes.MASK}
    assert taken(masks) == {}
    assert taken(size) == {}


def test_the_remedy_names_both_helpers_of_a_change_both_ways() -> None:
    assert "vma_desc_set_flags() and vma_desc_clear_flags()" in flag_remedy(API, "vm_flags_mod")
    assert "vma_desc_*()" in flag_remedy(API, "vm_flags_init")
