# SPDX-License-Identifier: GPL-2.0-only
"""Legacy flag masks (``VM_READ | VM_WRITE``) and the bits and masks that replace them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import field, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_NAME = re.compile(r"VM_[A-Z0-9_]+$")


class Mask(Struct, frozen=True):
    """A mask written as an ``or`` of names; ``bits`` and ``masks`` are their translations, in order.

    ``unknown`` are names that do not translate in this kernel: conditional, or not flags at all.
    """

    names: tuple[str, ...]
    bits: tuple[str, ...]
    masks: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def translates(self) -> bool:
        """Whether every name has its bit or mask."""
        return not self.unknown


def names_of(plan: Plan, node: Node) -> tuple[str, ...] | None:
    """The names of a mask that is an ``or`` of ``VM_x`` names, None when it is anything else."""
    node = inner(node)
    if node.type == "identifier" and _NAME.match(plan.hook.text(node)):
        return (plan.hook.text(node),)
    if node.type == "binary_expression" and operator(node) == "|":
        left = names_of(plan, field(node, "left"))
        right = names_of(plan, field(node, "right"))
        if left is not None and right is not None:
            return left + right
    return None


def mask_of(plan: Plan, names: tuple[str, ...]) -> Mask:
    """Translate ``names`` for the plan's kernel, each once."""
    bits: list[str] = []
    masks: list[str] = []
    unknown: list[str] = []
    unique = tuple(dict.fromkeys(names))
    for name in unique:
        flag = plan.api.flag(name)
        if flag is not None:
            bits.append(f"VMA_{flag.name}_BIT")
        elif name in plan.api.masks:
            masks.append(plan.api.masks[name])
        elif name != "VM_NONE":
            unknown.append(name)
    return Mask(unique, tuple(bits), tuple(masks), tuple(unknown))


def known_or_refused(plan: Plan, node: Node, mask: Mask) -> bool:
    """Whether the mask translates; states the reason when it does not."""
    for name in mask.unknown:
        flag = plan.api.flags.get(name.removeprefix("VM_"))
        why = (
            "is not the same as its bit in every configuration"
            if flag is not None
            else "has no bit of its name"
        )
        plan.refuse(node, "untranslated-flag", f"`{name}` {why} in Linux {plan.api.release}", Tier.SKELETON)
    return mask.translates
