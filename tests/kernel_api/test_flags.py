# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.kernel.flags import Flags, read_flags
from mmapmigrate.kernel.headers import Header


@pytest.fixture
def flags(mm_text: str) -> Flags:
    return read_flags(Header("include/linux/mm.h", mm_text.encode()))


def test_an_unconditional_flag_of_the_same_bit_translates(flags: Flags) -> None:
    assert flags.bits["READ"].legacy
    assert flags.bits["READ"].bit == 0


def test_an_architecture_bit_translates_under_its_own_name(flags: Flags) -> None:
    assert flags.bits["ARCH_1"].legacy


def test_a_flag_that_is_zero_in_some_configuration_does_not_translate(flags: Flags) -> None:
    bit = flags.bits["SOFTDIRTY"]
    assert not bit.legacy
    assert (bit.condition, bit.legacy_condition) == ("", "defined(CONFIG_SOFT)")


def test_a_conditional_bit_does_not_translate_though_its_flag_is_unconditional(flags: Flags) -> None:
    bit = flags.bits["MISSING"]
    assert not bit.legacy
    assert bit.condition == "defined(CONFIG_MMU)"


def test_a_flag_of_more_than_its_bit_does_not_translate(flags: Flags) -> None:
    assert not flags.bits["ODD"].legacy
    assert flags.bits["ODD"].legacy_condition == "never"


def test_a_bit_that_a_32_bit_kernel_cannot_hold_does_not_translate(flags: Flags) -> None:
    assert not flags.bits["HIGH"].legacy


def test_a_bit_without_a_legacy_flag_is_kept(flags: Flags) -> None:
    bit = flags.bits["OVERLAY"]
    assert (bit.legacy, bit.condition, bit.legacy_condition) == (False, "!defined(CONFIG_MMU)", "never")


def test_an_alias_of_an_architecture_bit_does_not_translate(flags: Flags) -> None:
    assert not flags.bits["BTI"].legacy
    assert flags.bits["BTI"].aliases == ("ARCH_1",)


def test_an_alias_of_a_plain_bit_translates(flags: Flags) -> None:
    assert flags.bits["READABLE"].legacy


def test_an_alias_whose_target_depends_on_the_configuration_does_not_translate(flags: Flags) -> None:
    bit = flags.bits["STACK"]
    assert not bit.legacy
    assert bit.condition == ""
    assert bit.aliases == ("WRITE", "READ")


def test_masks_of_the_same_bits_translate(flags: Flags) -> None:
    assert flags.masks["VM_RW_FLAGS"] == "VMA_RW_FLAGS"
    assert flags.mask_bits["VM_RW_FLAGS"] == ("READ", "WRITE")


def test_masks_of_the_same_name_and_other_bits_do_not_translate(flags: Flags) -> None:
    assert "VM_LIES" not in flags.masks


def test_a_mask_made_from_the_new_one_translates_to_it(flags: Flags) -> None:
    assert flags.masks["VM_DERIVED"] == "VMA_DERIVED_FLAGS"
    assert flags.mask_bits["VMA_DERIVED_FLAGS"] == ("READ", "WRITE", "ARCH_1")


def test_conditional_masks_do_not_translate(flags: Flags) -> None:
    assert "VM_SOFT_MASK" not in flags.masks
    assert "VMA_SOFT_MASK" not in flags.mask_bits


@pytest.mark.parametrize(
    "definition",
    [
        "#define VM_X BIT(VMA_X_BIT)",
        "#define VM_X BIT((__force int)VMA_X_BIT)",
        "#define VM_X (1UL << VMA_X_BIT)",
        "#define FLAG(n) BIT(VMA_ ## n ## _BIT)\n#define VM_X FLAG(X)",
    ],
)
def test_other_spellings_of_the_same_bit_translate(definition: str) -> None:
    text = f"enum {{ VMA_X_BIT = 3, VMA_Y_BIT = (__force vma_flag_t)4, }};\n{definition}\n"
    found = read_flags(Header("include/linux/mm.h", text.encode()))
    assert found.bits["X"].legacy
    assert found.bits["Y"].bit == 4


@pytest.mark.parametrize(
    "definitions",
    [
        "#define VM_X BIT(VMA_Y_BIT)",
        "#define VM_X BIT(VMA_X_BIT)\n#define VM_X BIT(VMA_X_BIT)",
        "#ifndef VM_X\n#define VM_X BIT(VMA_X_BIT)\n#endif",
        "#define VM_X (BIT(VMA_X_BIT) | BIT(VMA_Y_BIT))",
        "#define VM_X ~BIT(VMA_X_BIT)",
        "#define VM_X 0x8",
        "#define VM_X(y) BIT(VMA_X_BIT)",
    ],
)
def test_a_flag_that_may_be_anything_else_does_not_translate(definitions: str) -> None:
    text = f"enum {{ VMA_X_BIT = 3, VMA_Y_BIT = 4 }};\nint x;\n{definitions}\n"
    assert not read_flags(Header("include/linux/mm.h", text.encode())).bits["X"].legacy


def test_aliases_in_a_circle_do_not_translate() -> None:
    text = "enum { VMA_X_BIT = VMA_Y_BIT, VMA_Y_BIT = VMA_X_BIT };\n#define VM_X BIT(VMA_X_BIT)\n"
    assert not read_flags(Header("include/linux/mm.h", text.encode())).bits["X"].legacy


def test_a_kernel_before_the_bits_has_no_flags() -> None:
    assert (
        read_flags(Header("include/linux/mm.h", b"#define VM_READ 0x1\n#define VM_A (VM_READ)\n")) == Flags()
    )


def test_masks_defined_through_thousands_of_others_do_not_translate() -> None:
    chain = "".join(f"#define VM_A{number} VM_A{number + 1}\n" for number in range(5000))
    text = f"enum {{ VMA_IO_BIT = 0 }};\n{chain}#define VM_A5000 VM_A0\n"
    assert "VM_A0" not in read_flags(Header("include/linux/mm.h", text.encode())).mask_bits
