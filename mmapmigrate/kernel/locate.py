# SPDX-License-Identifier: GPL-2.0-only
"""Which kernel's API is in force: the command line's word, the tree that holds the paths, or a snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.cache import cached
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.tree import find_tree, is_tree

_SHOWN = 4096
"""Characters of a path that a message shows: no system takes more."""


def choose_api(
    paths: Iterable[str | Path],
    kernel: str | Path | None = None,
    target: str | None = None,
    cache: Path | None = None,
) -> KernelApi:
    """The API to check ``paths`` against.

    ``kernel`` (a tree's folder) or ``target`` (a snapshot's name) decide if given. Else it is the tree that
    the paths lie in (none given: the current folder), and the newest snapshot where they lie in none.
    ``cache`` is a folder in which a tree's API is kept between runs; None keeps nothing.

    Raises KernelError when both options are given, when one names nothing, or when the paths lie in two
    trees. A tree without mmap_prepare is no error: see KernelApi.has_mmap_prepare.
    """
    if kernel is not None and target is not None:
        raise KernelError("--kernel and --target exclude each other")
    if target is not None:
        return _snapshot(target)
    if kernel is not None:
        return _read(_named_tree(Path(kernel)), cache)
    root = common_tree(paths)
    return _snapshot(None) if root is None else _read(root, cache)


def _snapshot(name: str | None) -> KernelApi:
    """The snapshot of that name, the newest one for None."""
    # Loaded here, as is the reader: who has the API in a cache needs neither.
    from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot

    return load_snapshot(newest_snapshot() if name is None else name)


def _read(root: Path, cache: Path | None) -> KernelApi:
    """The tree's API, with those dispatchers that stand where an earlier release had one.

    The search of a whole tree for others takes seconds (``dispatch.read_dispatchers``) and is left to who
    needs it.
    """

    def suspects() -> tuple[str, ...]:
        from mmapmigrate.kernel.snapshot import dispatcher_paths

        return dispatcher_paths()

    def read() -> KernelApi:
        from mmapmigrate.kernel.dispatch import read_dispatchers
        from mmapmigrate.kernel.reader import read_api

        return replace(read_api(root), dispatchers=read_dispatchers(root, suspects()))

    return read() if cache is None else cached(root, cache, suspects, read)


def common_tree(paths: Iterable[str | Path]) -> Path | None:
    """The one kernel tree that holds ``paths``, or None when none of them lies in a tree.

    Raises KernelError when they lie in two trees. Paths outside any tree go with those inside.
    """
    root: Path | None = None
    for path in list(paths) or ["."]:
        found = find_tree(path)
        if found is None or found == root:
            continue
        if root is not None and not found.samefile(root):
            trees = f"{root} and {found}"
            raise KernelError(f"the paths lie in two kernel trees, {trees}: say --kernel or --target")
        root = root or found
    return root


def _named_tree(folder: Path) -> Path:
    if not folder.is_dir():
        raise KernelError(f"--kernel {str(folder)[:_SHOWN]}: no such folder")
    if not is_tree(folder):
        found = find_tree(folder)
        hint = f" (its top is {found})" if found is not None else ""
        raise KernelError(f"--kernel {folder}: not the top of a Linux source tree{hint}")
    return folder
