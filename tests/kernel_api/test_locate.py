# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.kernel.api import Dispatcher
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.locate import choose_api, common_tree
from mmapmigrate.kernel.snapshot import newest_snapshot

MakeTree = Callable[..., Path]

DRIVER = """\
struct drm_driver {
	const struct file_operations *fops;
};
int again(struct drm_driver *driver, struct file *file, struct vm_area_struct *vma)
{
	return driver->fops->mmap(file, vma);
}
"""


def test_the_tree_that_holds_the_paths_is_read(make_tree: MakeTree) -> None:
    root = make_tree({"drivers/a.c": "", "mm/b.c": ""})
    api = choose_api([root / "drivers" / "a.c", root / "mm"])
    assert (api.source, api.root) == ("tree", str(root))


def test_outside_a_tree_the_newest_snapshot_serves(tmp_path: Path) -> None:
    api = choose_api([tmp_path / "a.c"])
    assert (api.source, api.origin) == ("snapshot", newest_snapshot())


def test_without_paths_the_current_folder_counts(
    make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_tree()
    monkeypatch.chdir(root / "include")
    assert choose_api([]).root == str(root)


def test_paths_in_two_trees_need_an_option(make_tree: MakeTree) -> None:
    one, two = make_tree(name="one"), make_tree(name="two")
    with pytest.raises(KernelError, match="--kernel or --target") as caught:
        choose_api([one / "a.c", two / "b.c"])
    assert "\n" not in str(caught.value)
    assert choose_api([one / "a.c", two / "b.c"], target="7.2").origin == "7.2"
    assert choose_api([one / "a.c", two / "b.c"], kernel=two).root == str(two)


def test_one_tree_under_two_names_is_one_tree(make_tree: MakeTree, tmp_path: Path) -> None:
    root = make_tree()
    (tmp_path / "link").symlink_to(root)
    assert common_tree([root / "a.c", tmp_path / "link" / "b.c"]) == root


def test_a_path_outside_goes_with_those_inside(make_tree: MakeTree, tmp_path: Path) -> None:
    root = make_tree()
    assert common_tree([tmp_path / "x.c", root / "a.c"]) == root


def test_a_target_wins_over_the_tree_of_the_path(make_tree: MakeTree) -> None:
    assert choose_api([make_tree()], target="7.3").origin == "7.3"


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(KernelError, match="unknown target"):
        choose_api([], target="nonsense")


def test_both_options_are_refused(make_tree: MakeTree) -> None:
    with pytest.raises(KernelError, match="exclude each other"):
        choose_api([], kernel=make_tree(), target="7.3")


def test_a_kernel_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="no such folder"):
        choose_api([], kernel=tmp_path / "nowhere")


def test_a_kernel_that_is_no_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="not the top of a Linux source tree"):
        choose_api([], kernel=tmp_path)


def test_a_folder_of_a_tree_is_told_its_top(make_tree: MakeTree) -> None:
    root = make_tree()
    with pytest.raises(KernelError, match="its top is ") as caught:
        choose_api([], kernel=root / "include")
    assert str(root) in str(caught.value)


def test_a_known_dispatcher_is_looked_for_in_the_tree(make_tree: MakeTree) -> None:
    root = make_tree({"drivers/gpu/drm/drm_prime.c": DRIVER})
    found = choose_api([root]).dispatchers
    assert found == (Dispatcher("drm_driver", "fops", "drivers/gpu/drm/drm_prime.c", 6),)


def test_a_tree_that_has_no_known_dispatcher_has_none(make_tree: MakeTree) -> None:
    assert choose_api([make_tree({"drivers/gpu/drm/drm_prime.c": "int a;\n"})]).dispatchers == ()
