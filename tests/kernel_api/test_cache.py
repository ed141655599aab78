# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.disk import rests
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.cache import cached
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.locate import choose_api
from mmapmigrate.lint.memory.witness import witnessed

MakeTree = Callable[..., Path]


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    # What these tests write is younger than two seconds.
    monkeypatch.setattr(rests, "SETTLED", -(10**18))


def never() -> KernelApi:
    raise AssertionError("the tree was read again")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "mmapmigrate"


def test_an_unchanged_tree_is_read_once(make_tree: MakeTree, folder: Path) -> None:
    root = make_tree()
    first = choose_api([root], cache=folder)
    assert choose_api([root], cache=folder) == first
    assert cached(root, folder, lambda: ["drivers/gpu/drm/drm_prime.c"], never) == first


def test_what_is_kept_is_a_tree_s_api_and_no_snapshot_s(make_tree: MakeTree, folder: Path) -> None:
    root = make_tree()
    choose_api([root], cache=folder)
    again = choose_api([root], cache=folder)
    assert (again.source, again.origin, again.root) == ("tree", str(root), str(root))
    assert not again.dispatchers_complete


def test_a_new_header_is_seen(make_tree: MakeTree, folder: Path) -> None:
    root = make_tree()
    assert not choose_api([root], cache=folder).has("new_desc")
    (root / "include/linux/new.h").write_text("int new_desc(struct vm_area_desc *desc);\n")
    assert choose_api([root], cache=folder).has("new_desc")


def test_a_changed_header_is_seen(make_tree: MakeTree, folder: Path) -> None:
    root = make_tree({"include/linux/a.h": "int one_desc(struct vm_area_desc *desc);\n"})
    assert choose_api([root], cache=folder).has("one_desc")
    header = root / "include/linux/a.h"
    header.write_text("int two_desc(struct vm_area_desc *desc);\n")
    os.utime(header, ns=(1, 1))
    assert choose_api([root], cache=folder).has("two_desc")


@pytest.mark.parametrize("name", ["Makefile", "drivers/gpu/drm/drm_prime.c"])
def test_a_change_outside_include_is_seen(make_tree: MakeTree, folder: Path, name: str) -> None:
    root = make_tree({"drivers/gpu/drm/drm_prime.c": "int a;\n"})
    before = choose_api([root], cache=folder).stamp
    assert choose_api([root], cache=folder).stamp == before
    os.utime(root / name, ns=(1, 1))
    assert choose_api([root], cache=folder).stamp != before


def test_a_change_that_puts_size_and_time_back_is_seen(make_tree: MakeTree, folder: Path) -> None:
    root = make_tree({"include/linux/a.h": "int one_desc(struct vm_area_desc *desc);\n"})
    header = root / "include/linux/a.h"
    choose_api([root], cache=folder)
    status = header.stat()
    header.write_text("int two_desc(struct vm_area_desc *desc);\n")
    os.utime(header, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert choose_api([root], cache=folder).has("two_desc")


def test_an_api_of_a_moment_ago_is_not_kept(
    make_tree: MakeTree, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "SETTLED", 2_000_000_000)
    assert choose_api([make_tree()], cache=folder).stamp == ""
    assert not folder.exists()


def test_who_is_watching_hears_of_the_headers(make_tree: MakeTree, folder: Path) -> None:
    root = make_tree()
    for _ in range(2):
        with witnessed() as seen:
            choose_api([root], cache=folder)
        known = {path for each in seen.known for path in each.paths()}
        assert {str(root / "Makefile"), str(root / "include/linux/fs.h"), str(root / "include")} <= known


def test_two_trees_do_not_share_an_entry(make_tree: MakeTree, folder: Path) -> None:
    one = make_tree({"include/linux/a.h": "int a_desc(struct vm_area_desc *desc);\n"}, name="one")
    two = make_tree(name="two")
    assert choose_api([one], cache=folder).has("a_desc")
    assert not choose_api([two], cache=folder).has("a_desc")
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"nonsense"])
def test_a_damaged_entry_is_read_anew(make_tree: MakeTree, folder: Path, text: bytes) -> None:
    root = make_tree()
    first = choose_api([root], cache=folder)
    (entry,) = folder.iterdir()
    entry.write_bytes(entry.read_bytes()[:50] + text)
    assert choose_api([root], cache=folder) == first


def test_a_cache_that_cannot_be_written_is_no_error(make_tree: MakeTree, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert choose_api([make_tree()], cache=tmp_path / "file" / "below").has("can_mmap_file")


def test_a_tree_that_cannot_be_read_leaves_no_entry(make_tree: MakeTree, folder: Path) -> None:
    root = make_tree({"include/linux/fs.h": None})
    with pytest.raises(KernelError):
        choose_api([root], cache=folder)
    assert not folder.exists()
