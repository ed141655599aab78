# SPDX-License-Identifier: GPL-2.0-only
"""What must hold of the API of any real tree that has mmap_prepare."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.reader import read_api
from mmapmigrate.kernel.snapshot import from_toml, load_snapshot, snapshot_names, to_toml

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def root() -> Path:
    named = os.environ.get("MMAPMIGRATE_KERNEL")
    if not named:
        pytest.skip("MMAPMIGRATE_KERNEL names no tree")
    return Path(named)


@pytest.fixture(scope="module")
def api(root: Path) -> KernelApi:
    found = read_api(root)
    if not found.has_mmap_prepare:
        pytest.skip("this tree has no mmap_prepare")
    return found


def headers(root: Path, needle: str) -> Iterator[tuple[Path, str]]:
    """Every header of include/ that holds ``needle``, without its comments."""
    for path in (root / "include").rglob("*.h"):
        text = path.read_text("latin-1")
        if needle in text:
            yield path, re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def test_every_use_of_the_descriptor_in_include_is_a_helper_or_a_callback(api: KernelApi, root: Path) -> None:
    missing = []
    members = {one.prepare for one in api.ops_members}
    for path, text in headers(root, "struct vm_area_desc"):
        for match in re.finditer(r"(\w+)\s*\)?\s*\([^;{}()]*struct vm_area_desc\s*\*", text):
            if match.group(1) not in api.helpers and match.group(1) not in members:
                missing.append((path.name, match.group(1)))
    assert missing == []


def test_every_declared_bit_is_a_flag(api: KernelApi, root: Path) -> None:
    text = (root / "include/linux/mm.h").read_text("latin-1")
    names = set(re.findall(r"^\s*DECLARE_VMA_BIT(?:_ALIAS)?\((\w+), ", text, re.MULTILINE))
    assert names
    assert names == set(api.flags)


def test_a_flag_that_translates_is_defined_once(api: KernelApi, root: Path) -> None:
    text = (root / "include/linux/mm.h").read_text("latin-1")
    for name, bit in api.flags.items():
        if bit.legacy:
            assert len(re.findall(rf"#\s*define\s+VM_{name}\b", text)) == 1, name


def test_every_mmap_callback_in_include_is_known(api: KernelApi, root: Path) -> None:
    known = {one.member for one in api.ops_members} | {one.prepare for one in api.ops_members}
    for path, text in headers(root, "vm_area_"):
        for name in re.findall(r"\(\s*\*\s*(\w*mmap\w*)\s*\)\s*\([^()]*vm_area_(?:struct|desc)", text):
            assert name in known, path


def test_counterparts_take_a_descriptor(api: KernelApi) -> None:
    assert {"generic_file_mmap", "vma_pages", "range_in_vma"} <= set(api.counterparts)
    for name, helper in api.counterparts.items():
        first = helper.parameters[0] if helper.macro else None
        assert (first is not None and first.name == "desc") or any(
            "vm_area_desc" in one.type for one in helper.parameters
        ), name


def test_the_snapshot_of_the_same_release_agrees(api: KernelApi) -> None:
    name = ".".join(api.release.split(".")[:2])
    if name not in snapshot_names() or load_snapshot(name).release != api.release:
        pytest.skip(f"no snapshot of {api.release} is bundled")
    bundled = load_snapshot(name)
    read = from_toml(to_toml(api), name)
    assert read.flags == bundled.flags
    assert read.helpers == bundled.helpers
    assert read.counterparts == bundled.counterparts
    assert read.ops_members == bundled.ops_members
    assert read.action_fields == bundled.action_fields


def test_reading_takes_no_more_than_a_moment(root: Path) -> None:
    read_api(root)
    best = min(_timed(root) for _ in range(3))
    # A single file's check has half a second in all; the disk cache of the tree is warm by now.
    assert best < 1.0


def _timed(root: Path) -> float:
    start = time.perf_counter()
    read_api(root)
    return time.perf_counter() - start
