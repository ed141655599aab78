# SPDX-License-Identifier: GPL-2.0-only
"""The first look at many files: which have to be checked, and what the tree around them is."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import Reader
from mmapmigrate.kernel.tree import find_tree
from mmapmigrate.lint.memory.listing import listed
from mmapmigrate.lint.memory.witness import unwitnessed
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.pool import batches_of, begin_worker, shared
from mmapmigrate.model.discovery import discover
from mmapmigrate.model.glance import Overview, TreeIndex, public_headers
from mmapmigrate.model.spelling import lead_of, top_lead
from mmapmigrate.syntax.source import LARGEST_FILE

BATCH = 400
"""Files that a worker looks at in one go."""


class Look(Struct, frozen=True):
    """What a first look shows: the paths that can matter to a rule, and the indexes of trees by their tops.

    ``hooks`` are those of ``wanted`` that may have a hook, ``seen`` the paths that were looked at.
    """

    wanted: Sequence[str]
    hooks: Collection[str]
    indexes: Mapping[Path, TreeIndex]
    seen: Collection[str]


View = tuple[Sequence[str], Overview]
"""Some paths, and what there is to see in them."""


def look(
    paths: Sequence[str],
    options: CheckOptions,
    workers: int,
    meanwhile: Callable[[], None] | None = None,
) -> Look:
    """A look at ``paths``, and at the whole tree where one of them may have a hook that is to be converted.

    While other processes look, this one does ``meanwhile``. Raises WorkerDiedError when a process died.
    """
    root = find_tree(Path(paths[0]).parent) if options.conversions else None
    top = None if root is None else top_lead(lead_of(paths[0]), root)
    public = frozenset[bytes]() if top is None else _public(top)

    @cache
    def tree() -> Sequence[str]:
        return [] if top is None else _files_below(top, options.memory)

    def prepare() -> None:
        tree()
        if meanwhile is not None:
            meanwhile()

    views = _look(paths, public, options.ours_only, workers, prepare)
    found = {batch[at] for batch, view in views for at in view.candidates}
    wanted = [path for path in paths if path in found or path in options.texts]
    hooks = frozenset(batch[at] for batch, view in views for at in view.hooks)
    if root is None or not hooks or not tree():
        return Look(wanted, hooks, {}, paths)
    known = frozenset(paths)
    rest = [path for path in tree() if path not in known]
    views += _look(rest, public, options.ours_only, workers)
    inside = frozenset(tree())
    start = len(top or "")
    index = TreeIndex.of(
        ([path[start:] if path in inside else None for path in batch], view) for batch, view in views
    )
    return Look(wanted, hooks, {root: index}, [*paths, *rest])


def _public(top: str) -> frozenset[bytes]:
    """The headers for all of the tree whose paths begin with ``top``."""
    folders = [f"{top}include"]
    with suppress(OSError), os.scandir(f"{top}arch") as found:
        folders += (f"{each.path}/include" for each in found)
    headers = (path for path in discover(folders) if isinstance(path, str))
    return public_headers(path[len(top) :] for path in headers)


def _files_below(top: str, memory: Path | None) -> Sequence[str]:
    """The files of a tree as ``top`` writes them; ``memory`` has them where all were asked for."""
    plain = top[:-1]
    folder = plain if plain and not plain.endswith("/") else top or os.curdir
    found = (path for path in listed(folder, memory) if isinstance(path, str))
    return list(found) if top else [path.removeprefix("./") for path in found]


def _look(
    paths: Sequence[str],
    public: frozenset[bytes],
    ours_only: bool,
    workers: int,
    meanwhile: Callable[[], None] | None = None,
) -> list[View]:
    batches = batches_of(paths, BATCH)
    if workers <= 1 or len(batches) <= 1:
        looker = _Looker(public, ours_only)
        return [(batch, looker.view(batch)) for batch in batches]
    prepare = partial(_start_worker, public, ours_only)
    views = shared(batches, _view_batch, workers=workers, prepare=prepare, meanwhile=meanwhile)
    return list(zip(batches, views, strict=True))


class _Looker:
    """Looks at files of a tree whose headers for all are ``public``, for our own rules or for any."""

    def __init__(self, public: frozenset[bytes], ours_only: bool) -> None:
        self._public = public
        self._ours_only = ours_only
        self._reader = Reader(LARGEST_FILE)

    def view(self, paths: Sequence[str]) -> Overview:
        # Whoever asked for these paths knows that they were read.
        with unwitnessed():
            return Overview.of(map(self._reader.read, paths), self._public, ours_only=self._ours_only)


_looker: _Looker | None = None


def _start_worker(public: frozenset[bytes], ours_only: bool) -> None:
    global _looker
    begin_worker()
    _looker = _Looker(public, ours_only)


def _view_batch(paths: Sequence[str]) -> Overview:
    assert _looker is not None
    return _looker.view(paths)
