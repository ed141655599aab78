# SPDX-License-Identifier: GPL-2.0-only
"""What is taken is taken by all mappings that give it back, and by no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.permapping.sides import Split, UnsplitError
from mmapmigrate.convert.permapping.statements import Statements
from mmapmigrate.convert.permapping.walks import runs, runs_at, runs_on_success
from mmapmigrate.model.walk import Ending
from mmapmigrate.syntax.nodes import field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node

_ENDS = ("return_statement", "goto_statement")


def check_whole(ask: Statements, sides: Split, *, set_outside: bool) -> None:
    """What sets the vm_ops takes all, and what does not set them takes nothing.

    ``set_outside`` tells that another function sets the vm_ops. Raises UnsplitError.
    """
    ops = [
        one
        for one in find_all(ask.hook.body, "assignment_expression")
        if ask.plan.values.is_field(field(one, "left"), "vm_ops")
    ]
    taken = [one.node for one in ask.changes(ask.hook.body) if not one.change.gives]
    moved = list(_moved(ask, sides))
    for walk in ask.walks:
        if walk.ending is Ending.FAILURE:
            continue
        if set_outside or any(runs_at(walk, one) for one in ops):
            for node in moved:
                if not runs(walk, node) and runs_on_success(ask.walks, node):
                    raise UnsplitError(node, "a mapping with these vm_ops can come to be without it")
            continue
        entered = next((node for node in moved if runs(walk, node)), None)
        if entered is not None:
            raise UnsplitError(entered, "a mapping without these vm_ops can come to be from here")
        if any(runs_at(walk, one) for one in taken):
            raise UnsplitError(taken[0], "a mapping without these vm_ops can come to be with it")


def _moved(ask: Statements, sides: Split) -> Iterator[Node]:
    """What moves to mapped and does more than to set the result and to return."""
    for piece in sides.pieces:
        if piece.node is not None and ask.constant(piece.node) is None and piece.node.type not in _ENDS:
            yield piece.node
