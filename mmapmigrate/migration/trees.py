# SPDX-License-Identifier: GPL-2.0-only
"""Whose a file is, and how a place in its tree is written."""

from __future__ import annotations

import re
from pathlib import Path

from mmapmigrate.disk.scan import read
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.maintainers import Maintainers, read_maintainers
from mmapmigrate.kernel.tree import find_tree
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile

LARGEST_HEADER = 1 << 20


class Trees:
    """The trees that hold the paths of a run; ``statuses`` are what MAINTAINERS says of each name given.

    ``unread`` are the files that could be read when they were checked and are not what they were then.
    """

    def __init__(self) -> None:
        self._roots: dict[Path, Path | None] = {}
        self._maintainers: dict[Path, Maintainers] = {}
        self._projects: dict[Path | None, Project] = {}
        self._names: dict[str, str] = {}
        self.statuses: dict[str, str] = {}
        self.unread: dict[str, str] = {}

    def root(self, path: str) -> Path | None:
        """The top of the tree that holds ``path``, None outside one."""
        folder = Path(path).parent
        if folder not in self._roots:
            self._roots[folder] = find_tree(folder)
        return self._roots[folder]

    def project(self, path: str) -> Project:
        """The project of the tree that holds ``path``."""
        root = self.root(path)
        if root not in self._projects:
            self._projects[root] = Project(root)
        return self._projects[root]

    def file(self, path: str) -> FileModel:
        """The model of ``path``; of an empty file, which ``unread`` names, where it cannot be read."""
        project = self.project(path)
        try:
            return project.file(path)
        except OSError as error:
            self.unread[path] = f"cannot be read any more: {error.strerror or error}"
            return project.model(SourceFile(path, b""))

    def name(self, path: str) -> str:
        """The title of the path's entry in MAINTAINERS; its folder where there is none."""
        if path not in self._names:
            self._names[path] = self._find(path)
        return self._names[path]

    def place(self, inside: str, beside: str) -> str:
        """``inside``, relative to the top of the tree that holds ``beside``, written as that is."""
        root = self.root(beside)
        if root is None:
            return inside
        below = Path(beside).absolute().relative_to(root).as_posix()
        return beside.removesuffix(below) + inside if beside.endswith(below) else str(root / inside)

    def struct_line(self, path: str, tag: str) -> int:
        """The line of ``path`` that begins the definition of ``struct tag``; 0 where there is none."""
        data = read(path, LARGEST_HEADER) or b""
        found = re.search(rb"^struct\s+%s\s*\{" % re.escape(tag.encode()), data, re.MULTILINE)
        return data.count(b"\n", 0, found.start()) + 1 if found is not None else 0

    def _find(self, path: str) -> str:
        root = self.root(path)
        if root is not None:
            if root not in self._maintainers:
                try:
                    self._maintainers[root] = read_maintainers(root)
                except KernelError:
                    self._maintainers[root] = Maintainers()
            entry = self._maintainers[root].entry(Path(path).absolute().relative_to(root).as_posix())
            if entry is not None:
                self.statuses.setdefault(entry.title, entry.status)
                return entry.title
        return path.rpartition("/")[0] or "."
