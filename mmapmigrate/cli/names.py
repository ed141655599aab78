# SPDX-License-Identifier: GPL-2.0-only
"""How a file is called in a diff."""

from __future__ import annotations

from pathlib import Path

from mmapmigrate.kernel.tree import find_tree


def diff_name(path: str) -> str:
    """``path`` from the root of its kernel tree, else from git's top level, else from the current folder.

    A file that lies in none of them is named by its absolute path without the first slash.
    """
    file = Path(path).resolve()
    tree = find_tree(file)
    roots = [tree.resolve()] if tree is not None else []
    roots += [folder for folder in file.parents if (folder / ".git").exists()][:1]
    for root in (*roots, Path.cwd()):
        if root in file.parents:
            return file.relative_to(root).as_posix()
    return file.as_posix().lstrip("/")
