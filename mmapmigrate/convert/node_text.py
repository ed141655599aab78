# SPDX-License-Identifier: GPL-2.0-only
"""The text of a node, for who reads many of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.model.file import FileModel

if TYPE_CHECKING:
    from tree_sitter import Node


class TextOf:
    """Reads nodes of one file; a class for its name in signatures."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __call__(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode("latin-1")


def text_of(file: FileModel) -> TextOf:
    """A function from a node of ``file`` to its text."""
    return TextOf(file.unit.source.data)
