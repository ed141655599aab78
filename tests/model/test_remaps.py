# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.snapshot import load_snapshot, snapshot_names
from mmapmigrate.model.remaps import remaps


@pytest.mark.parametrize("name", snapshot_names())
def test_every_action_of_the_table_exists_in_some_release(name: str) -> None:
    api = load_snapshot(name)
    for remap in remaps().values():
        assert remap.offered(api) == remap.actions


def test_an_action_that_the_kernel_lacks_is_not_offered() -> None:
    bare = KernelApi("7.0", "snapshot", "7.0", has_mmap_prepare=True)
    assert all(remap.offered(bare) == () for remap in remaps().values())


def test_remap_and_io_remap_are_never_swapped() -> None:
    assert not any("ioremap" in action for action in remaps()["remap_pfn_range"].actions)
    assert all("ioremap" in action for action in remaps()["io_remap_pfn_range"].actions)
