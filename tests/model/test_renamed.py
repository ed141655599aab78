# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot
from mmapmigrate.model.renamed import renamed


def test_a_helper_names_what_the_kernel_has() -> None:
    api = load_snapshot(newest_snapshot())
    assert renamed()["", "vma_desc_test_flags"].offered(api) == ("vma_desc_test_any()", "vma_desc_test()")


def test_a_member_names_the_member_that_took_its_place() -> None:
    api = load_snapshot(newest_snapshot())
    assert renamed()["vm_area_desc", "vm_flags"].offered(api) == ("vma_flags of struct vm_area_desc",)
    assert renamed()["mmap_action", "success_hook"].offered(api) == ("mapped of struct vm_operations_struct",)


def test_a_kernel_without_any_of_it_is_offered_nothing() -> None:
    bare = KernelApi("7.0", "snapshot", "7.0", has_mmap_prepare=True)
    assert all(one.offered(bare) == () for one in renamed().values())


def test_every_entry_says_something() -> None:
    assert all(one.now or one.note for one in renamed().values())
