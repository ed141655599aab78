# SPDX-License-Identifier: GPL-2.0-only
"""The first look at many files: which have to be checked, and what the tree around them is."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from mmapmigrate.kernel.scan import Reader
from mmapmigrate.kernel.tree import find_tree
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.pool import shared
from mmapmigrate.model.discovery import discover
from mmapmigrate.model.glance import LARGEST_FILE, Glance, TreeIndex, glance, public_headers

BATCH = 400
"""Files that a worker looks at in one go."""

UNREAD = Glance(candidate=True)
"""What cannot be read is for the checker to complain of."""


@dataclass(frozen=True)
class Look:
    """What a first look shows: the paths that can matter to a rule, and the indexes of trees by their tops.

    ``seen`` are the paths that it was at.
    """

    wanted: Sequence[str]
    indexes: Mapping[Path, TreeIndex]
    seen: Collection[str]


def look(paths: Sequence[str], options: CheckOptions, workers: int) -> Look:
    """A look at ``paths``, and at the whole tree where one of them may have a hook that is to be converted.

    Raises WorkerDiedError when a process died.
    """
    root = find_tree(Path(paths[0]).parent) if options.conversions else None
    top = None if root is None else _top(paths[0], root)
    tree = _files_below(top) if top is not None else {}
    work = partial(_glances, public_headers(tree))
    seen = _look(paths, work, workers)
    wanted = [path for path, each in seen.items() if path in options.texts or each.candidate]
    if root is None or top is None or not any(each.hook for each in seen.values()):
        return Look(wanted, {}, seen)
    rest = [path for path in tree.values() if path not in seen]
    seen |= _look(rest, work, workers)
    index = TreeIndex.of({name: seen[path] for name, path in tree.items()})
    return Look(wanted, {root: index}, seen)


def _top(path: str, root: Path) -> str | None:
    """How the paths of a tree's files begin, in the manner of ``path``, which is one of them."""
    inside = os.path.relpath(path, root)
    return path.removesuffix(inside) if path.endswith(inside) else None


def _files_below(top: str) -> dict[str, str]:
    """The files of a tree: their paths relative to it, and as ``top`` writes them."""
    found = (path for path in discover((top or os.curdir,)) if isinstance(path, str))
    start = len(top or "./")
    return {path[start:]: f"{top}{path[start:]}" for path in found}


def _look(paths: Sequence[str], work: partial[list[Glance]], workers: int) -> dict[str, Glance]:
    if workers <= 1 or len(paths) <= BATCH:
        found = work(paths)
    else:
        found = list(chain.from_iterable(shared(paths, work, workers=workers, batch=BATCH)))
    return dict(zip(paths, found, strict=True))


def _glances(public: frozenset[bytes], paths: Sequence[str]) -> list[Glance]:
    reader = Reader(LARGEST_FILE)
    texts = map(reader.read, paths)
    return [UNREAD if data is None else glance(data, public) for data in texts]
