# SPDX-License-Identifier: GPL-2.0-only
"""Call sites: who is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.nodes import find_all

if TYPE_CHECKING:
    from tree_sitter import Node


def text(file: FileModel, node: Node) -> str:
    """The bytes of ``node`` as the file has them, as text."""
    return file.unit.source.data[node.start_byte : node.end_byte].decode("latin-1")


def calls(body: Node) -> Iterator[tuple[Node, Node]]:
    """Every call under ``body`` by name: the call_expression and the identifier, in file order."""
    for call in find_all(body, "call_expression"):
        function = call.child_by_field_name("function")
        if function is not None and function.type == "identifier":
            yield call, function
