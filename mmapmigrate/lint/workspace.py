# SPDX-License-Identifier: GPL-2.0-only
"""The projects behind the checked files: one for each kernel tree, with one converter each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.tree import find_tree
from mmapmigrate.model.discovery import SUFFIXES
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.glance import TreeIndex
from mmapmigrate.model.project import Project
from mmapmigrate.model.spelling import lead_of
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.words import encoded, has_word

if TYPE_CHECKING:
    from mmapmigrate.convert.engine import Converter

Suppressed = Callable[[str, int], bool]
Recheck = Callable[[FileModel], Sequence[tuple[str, int, str]]]


class OverlayProject(Project):
    """A Project in which some files have a text that is not (yet) on the disk."""

    def __init__(self, root: Path | None, texts: Mapping[str, bytes], index: TreeIndex | None = None) -> None:
        super().__init__(root, index)
        self._texts = texts
        self._models: dict[str, FileModel] = {}

    def file(self, path: str) -> FileModel:
        text = self._texts.get(path)
        if text is None:
            return super().file(path)
        if path not in self._models:
            self._models[path] = self.model(SourceFile(path, text))
        return self._models[path]

    def data(self, path: str) -> bytes | None:
        text = self._texts.get(path)
        return super().data(path) if text is None else text

    def _is_new(self, path: str) -> bool:
        return path in self._texts

    def siblings(self, path: str) -> Sequence[str]:
        if not self._texts:
            return super().siblings(path)
        new = {each for each in self._new_beside(path) if self._texts[each]}
        try:
            on_disk = set(super().siblings(path))
        except OSError:
            # A folder that only the new texts have.
            if path not in self._texts:
                raise
            on_disk = set()
        return sorted(on_disk | new)

    def mentioning(self, name: str, scope: Iterable[str]) -> Sequence[str]:
        places = tuple(scope)
        on_disk = super().mentioning(name, places)
        new = [path for path in self._texts if any(path == place or _below(path, place) for place in places)]
        return self._with(new, name, on_disk)

    def mentioning_beside(self, name: str, path: str) -> Sequence[str]:
        return self._with(self._new_beside(path), name, super().mentioning_beside(name, path))

    def _new_beside(self, path: str) -> list[str]:
        """The texts beside ``path``, those that are empty too."""
        lead = lead_of(path)
        beside = (each for each in self._texts if each != path and lead_of(each) == lead)
        return [each for each in beside if each.endswith(SUFFIXES)]

    def _with(self, new: Sequence[str], name: str, on_disk: Sequence[str]) -> Sequence[str]:
        """The files ``on_disk``, which hold a name, corrected by what the texts of ``new`` hold."""
        if not new:
            return on_disk
        word = encoded(name)
        kept = {path for path in on_disk if path not in self._texts}
        return sorted(kept.union(path for path in new if has_word(self._texts[path], word)))


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


class Workspace:
    """Hands out the project and the converter of a path.

    ``texts`` are new contents, by path, that stand for those on disk; ``skeletons`` is the converter's.
    ``indexes`` are those of the trees that have been looked through.
    """

    def __init__(
        self,
        api: KernelApi,
        texts: Mapping[str, bytes],
        suppressed: Suppressed,
        recheck: Recheck,
        *,
        skeletons: bool = False,
        indexes: Mapping[Path, TreeIndex] | None = None,
    ) -> None:
        self._indexes = indexes or {}
        self._skeletons = skeletons
        self._api = api
        self._texts = texts
        self._suppressed = suppressed
        self._recheck = recheck
        self._roots: dict[str, Path | None] = {}
        self._projects: dict[Path | None, Project] = {}
        self._converters: dict[Path | None, Converter] = {}

    def forget(self) -> None:
        """Drops what the converters know of single files; the projects bound their memory themselves."""
        for converter in self._converters.values():
            converter.forget()

    def project(self, path: str) -> Project:
        """The project of the tree that holds ``path``."""
        root = self._root(path)
        if root not in self._projects:
            self._projects[root] = OverlayProject(
                root, self._texts, None if root is None else self._indexes.get(root)
            )
        return self._projects[root]

    def converter(self, path: str) -> Converter:
        """The converter of the tree that holds ``path``."""
        from mmapmigrate.convert.engine import Converter

        root = self._root(path)
        if root not in self._converters:
            self._converters[root] = Converter(
                self.project(path),
                self._api,
                suppressed=self._suppressed,
                recheck=self._recheck,
                skeletons=self._skeletons,
            )
        return self._converters[root]

    def _root(self, path: str) -> Path | None:
        folder = path[: path.rfind("/") + 1]
        if folder not in self._roots:
            self._roots[folder] = find_tree(folder)
        return self._roots[folder]
