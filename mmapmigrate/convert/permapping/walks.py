# SPDX-License-Identifier: GPL-2.0-only
"""What runs on which walks of a hook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.model.walk import Ending, Walk
from mmapmigrate.syntax.nodes import encloses

if TYPE_CHECKING:
    from tree_sitter import Node


def runs_at(walk: Walk, node: Node) -> bool:
    """Whether ``node`` is in a step of a walk."""
    return any(step.node is not None and encloses(step.node, node) for step in walk.path)


def runs(walk: Walk, node: Node) -> bool:
    """Whether a walk has a step in ``node``: it runs there, or begins."""
    return any(step.node is not None and encloses(node, step.node) for step in walk.path)


def runs_on_success(walks: Sequence[Walk], node: Node) -> bool:
    """Whether a statement runs on a walk that may succeed."""
    return any(walk.ending is not Ending.FAILURE and runs(walk, node) for walk in walks)


def runs_on_each_success(walks: Sequence[Walk], node: Node) -> bool:
    """Whether a statement runs on every walk that may succeed."""
    return all(runs(walk, node) for walk in walks if walk.ending is not Ending.FAILURE)
