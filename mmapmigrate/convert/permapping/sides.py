# SPDX-License-Identifier: GPL-2.0-only
"""The two sides of a hook that is split: what goes to mapped, and what becomes of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from mmapmigrate.syntax.nodes import encloses, find_all
from mmapmigrate.syntax.nodes import field as child

if TYPE_CHECKING:
    from tree_sitter import Node


class UnsplitError(Exception):
    """A hook cannot be split: ``node`` is where, the message why."""

    def __init__(self, node: Node, why: str) -> None:
        super().__init__(why)
        self.node = node


class Piece(Struct, frozen=True):
    """A statement for mapped, with the labels in front of it; without a node the end of the function."""

    node: Node | None
    labels: tuple[str, ...] = ()


class Split(Struct):
    """The two sides. ``gone`` statements leave the hook; ``ended`` returns of it become ``return 0;``."""

    pieces: list[Piece] = field(default_factory=list)
    gone: list[Node] = field(default_factory=list)
    ended: list[Node] = field(default_factory=list)
    private: list[Node] = field(default_factory=list)
    """The statements that set vm_private_data."""
    result: str = ""
    """The local that mapped returns, "" where it returns 0."""
    fallible: bool = False
    gated: bool = False
    """Whether the hook asks if the taking has worked, and what it does then may rest on that."""
    late_reads: list[Node] = field(default_factory=list)
    """What the hook still reads through a pointer, before mapped takes and after where it did."""

    def takes_out(self, node: Node) -> bool:
        """Whether ``node`` lies in a statement that leaves the hook."""
        return any(encloses(one, node) for one in self.gone)


def given_value(statement: Node) -> Node:
    """What a statement that sets vm_private_data gives it."""
    return child(next(find_all(statement, "assignment_expression")), "right")
