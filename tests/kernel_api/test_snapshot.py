# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mmapmigrate.kernel.api import Dispatcher, FlagBit, KernelApi
from mmapmigrate.kernel.dispatch import read_dispatchers
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.reader import read_api
from mmapmigrate.kernel.snapshot import (
    dispatcher_paths,
    from_toml,
    load_snapshot,
    newest_snapshot,
    snapshot_names,
    to_toml,
)

MakeTree = Callable[..., Path]


def as_snapshot(api: KernelApi, name: str) -> KernelApi:
    return replace(api, source="snapshot", origin=name, root=None)


def test_what_is_written_is_read_back(make_tree: MakeTree) -> None:
    root = make_tree()
    api = replace(read_api(root), dispatchers=read_dispatchers(root), dispatchers_complete=True)
    assert from_toml(to_toml(api), "x") == as_snapshot(api, "x")


def test_an_unsearched_tree_stays_unsearched(make_tree: MakeTree) -> None:
    api = read_api(make_tree())
    assert api.dispatchers is None
    assert from_toml(to_toml(api), "x").dispatchers is None


def test_dispatchers_are_kept(make_tree: MakeTree) -> None:
    found = (Dispatcher("s", "fops", "a.c", 3), Dispatcher(None, "fops", "b.c", 4))
    api = replace(read_api(make_tree()), dispatchers=found)
    assert from_toml(to_toml(api), "x").dispatchers == found


def test_the_same_api_gives_the_same_text(make_tree: MakeTree) -> None:
    api = read_api(make_tree())
    assert to_toml(api) == to_toml(read_api(make_tree()))
    assert to_toml(from_toml(to_toml(api), "x")) == to_toml(api)


def test_odd_characters_survive() -> None:
    api = KernelApi('7"3\\\n\x01\xe9', "tree", "x", flags={"a b": FlagBit("a b", 'defined("x")', bit=0)})
    read = from_toml(to_toml(api), "x")
    assert read.release == api.release
    assert read.flags == api.flags


def test_the_text_says_nothing_of_where_it_was_read(make_tree: MakeTree) -> None:
    root = make_tree()
    assert str(root) not in to_toml(read_api(root))


@pytest.mark.parametrize(
    "text",
    ["", "schema = 99\n", "not toml", "schema = 1\nrelease = '7.3'\n", "schema = 1\nflags = 3\n"],
)
def test_what_is_no_snapshot_is_one_clear_line(text: str) -> None:
    with pytest.raises(KernelError, match=r"^broken is ") as caught:
        from_toml(text, "broken")
    assert "\n" not in str(caught.value)


def test_the_bundled_snapshots_are_in_the_order_of_releases() -> None:
    names = snapshot_names()
    assert {"7.2", "7.3"} <= set(names)
    assert names.index("7.2") < names.index("7.3")
    assert newest_snapshot() == names[-1]


@pytest.mark.parametrize("name", snapshot_names())
def test_a_bundled_snapshot_is_what_the_writer_writes(name: str) -> None:
    api = load_snapshot(name)
    assert api.release.startswith(f"{name}.")
    assert (api.source, api.origin, api.root) == ("snapshot", name, None)
    assert api.has_mmap_prepare
    assert tomllib.loads(to_toml(api))["release"] == api.release
    assert from_toml(to_toml(api), name) == api


@pytest.mark.parametrize("name", snapshot_names())
def test_a_bundled_snapshot_holds_what_conversions_need(name: str) -> None:
    api = load_snapshot(name)
    assert api.has("mmap_action_remap_full")
    assert api.counterparts["generic_file_mmap"].name == "generic_file_mmap_prepare"
    assert api.flag("VM_DONTEXPAND") is not None
    assert api.flag("VM_SOFTDIRTY") is None
    assert api.flag("VM_STACK") is None
    assert api.masks["VM_ACCESS_FLAGS"] == "VMA_ACCESS_FLAGS"
    member = api.member("uio_info", "mmap")
    assert member is not None
    assert member.removed


def test_an_unknown_snapshot_lists_what_there_is() -> None:
    with pytest.raises(KernelError, match=r"unknown target '9\.9'; bundled are .*7\.2, 7\.3"):
        load_snapshot("9.9")


def test_a_name_is_no_path() -> None:
    with pytest.raises(KernelError, match="unknown target"):
        load_snapshot("../api")


def test_files_that_had_a_dispatcher_are_known() -> None:
    assert "drivers/gpu/drm/drm_prime.c" in dispatcher_paths()


@pytest.mark.parametrize(("text", "read"), [("a\U000e0001b", "a\U000e0001b"), ("a\udc9b", "a\ufffd")])
def test_any_text_has_a_form(make_tree: MakeTree, text: str, read: str) -> None:
    api = replace(read_api(make_tree()), release=text)
    assert from_toml(to_toml(api), "x").release == read
