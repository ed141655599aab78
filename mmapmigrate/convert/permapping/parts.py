# SPDX-License-Identifier: GPL-2.0-only
"""The statements of a body, each with the labels in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.syntax.nodes import field

if TYPE_CHECKING:
    from tree_sitter import Node


class Part(Struct, frozen=True):
    """A statement of the body with the labels in front of it."""

    node: Node
    labels: tuple[str, ...]


def parts_of(body: Node, text: Callable[[Node], str]) -> Iterator[Part]:
    """The statements of ``body``, whose text ``text`` tells."""
    for node in body.named_children:
        if node.type == "comment":
            continue
        labels: list[str] = []
        inside: Node | None = node
        while inside is not None and inside.type == "labeled_statement":
            label = field(inside, "label")
            labels.append(text(label))
            inside = next(
                (
                    one
                    for one in reversed(inside.named_children)
                    if one.type != "comment" and one.id != label.id
                ),
                None,
            )
        if inside is not None:
            yield Part(inside, tuple(labels))


def arms_of(node: Node) -> Iterator[Node]:
    """What an if runs: its consequence, and its alternative where it has one."""
    yield field(node, "consequence")
    other = node.child_by_field_name("alternative")
    if other is not None:
        for one in other.named_children:
            if one.type != "comment":
                yield one


def statements_of(arm: Node) -> list[Node]:
    """The statements of an arm, which may be one without braces."""
    if arm.type == "compound_statement":
        return [one for one in arm.named_children if one.type != "comment"]
    return [arm]
