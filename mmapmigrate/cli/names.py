# SPDX-License-Identifier: GPL-2.0-only
"""How a file is called outside: in a diff, and by the services that reports are made for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import is_there
from mmapmigrate.kernel.tree import find_tree


def diff_name(path: str) -> str:
    """``path`` from the root of its kernel tree, else from git's top level, else from the current folder.

    A file that lies in none of them is named by its absolute path without the first slash.
    """
    file = Path(os.path.realpath(path))
    return file.relative_to(diff_root(file)).as_posix()


def diff_root(file: Path) -> Path:
    """The folder that ``diff_name`` names the resolved ``file`` from."""
    tree = find_tree(file)
    roots = [tree.resolve()] if tree is not None else []
    roots += [folder for folder in file.parents if is_there(f"{folder}/.git")][:1]
    return next((root for root in (*roots, Path.cwd()) if root in file.parents), Path(file.anchor))


class SourceRoot(Struct, frozen=True):
    """The folder that a code hosting service knows paths from; ``path`` is absolute."""

    path: str

    def name(self, path: str) -> str:
        """``path`` from the root, or absolute where it lies elsewhere.

        No link is followed: the service sees the tree as it was checked in.
        """
        absolute = os.path.abspath(path)  # noqa: PTH100 - Path.absolute() keeps ".."
        below = self.path.rstrip("/") + "/"
        return absolute.removeprefix(below)


def source_root(paths: Sequence[str]) -> SourceRoot:
    """The top level of the git repository that holds all of ``paths``, else their kernel tree, else here.

    git comes first, other than in a diff: a service names files from the repository, of which a kernel
    tree may be one folder.
    """
    here = Path.cwd()
    absolute = [Path(os.path.abspath(path)) for path in paths] or [here]  # noqa: PTH100
    for find in (_git_top, find_tree):
        roots = {find(path) for path in absolute}
        if len(roots) == 1 and None not in roots:
            return SourceRoot(str(roots.pop()))
    return SourceRoot(str(here))


def _git_top(path: Path) -> Path | None:
    return next((folder for folder in (path, *path.parents) if is_there(f"{folder}/.git")), None)
