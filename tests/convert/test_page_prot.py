# SPDX-License-Identifier: GPL-2.0-only
"""A hook that changes bits of the page protection by pgprot_val(), which names the member itself."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import SETTING, c, complete, convert, driver

CLEAR = "pgprot_val(vma->vm_page_prot) &= ~(_PAGE_PCD | _PAGE_PWT);\n"
SET = "pgprot_val(vma->vm_page_prot) |= _PAGE_PWT;\n"


def test_bits_of_the_protection_are_those_of_the_descriptor() -> None:
    assert complete(CLEAR + SET + "return REMAP;") == c(
        """
        pgprot_val(desc->page_prot) &= ~(_PAGE_PCD | _PAGE_PWT);
        pgprot_val(desc->page_prot) |= _PAGE_PWT;
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("int ret = REMAP;\n\n" + SET + "return ret;", "late-page-prot", id="behind the remap"),
        pytest.param(
            "if (vma->vm_pgoff)\n\t" + CLEAR + SET + "vm_flags_set(vma, VM_DONTDUMP);\n"
            "vma->vm_ops = &foo_vm_ops;\nreturn 0;",
            "may-merge",
            id="other bits on another path",
        ),
        pytest.param(
            "pgprot_val(foo_prot) |= _PAGE_PWT;\nreturn REMAP;", "store", id="of another protection"
        ),
    ],
)
def test_what_may_differ_is_not_complete(body: str, code: str) -> None:
    result = convert(driver(body, SETTING))
    assert code in result.codes
    assert result.tier is not Tier.COMPLETE


@pytest.mark.parametrize(
    "before",
    [
        "#define pgprot_val(prot) foo_bits[foo_index++]\n",
        "static inline unsigned long *pgprot_val(pgprot_t prot)\n{\n\treturn foo_bits;\n}\n",
    ],
)
def test_a_driver_s_own_pgprot_val_is_not_the_kernel_s(before: str) -> None:
    assert convert(driver(SET + "return REMAP;", before)).tier is not Tier.COMPLETE
