# SPDX-License-Identifier: GPL-2.0-only
"""Project: the tree that holds the checked files, and its files' models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mmapmigrate.model.file import FileModel


class Project:
    """Opens files once and answers questions that reach past one file.

    ``root`` is the kernel tree that holds the files, or None for code outside one. Contract; implemented in
    this module's final form.
    """

    root: Path | None

    def __init__(self, root: Path | None = None) -> None:
        raise NotImplementedError

    def file(self, path: str) -> FileModel:
        """The model of ``path``, read at most once.

        Raises OSError when it cannot be read.
        """
        raise NotImplementedError

    def siblings(self, path: str) -> Sequence[str]:
        """The other .c and .h files of the folder of ``path``, sorted; paths written like ``path``."""
        raise NotImplementedError

    def mentioning(self, name: str, scope: Iterable[str]) -> Sequence[str]:
        """Those paths of ``scope`` (files or folders, searched recursively) whose bytes hold ``name`` as a word."""
        raise NotImplementedError
