# SPDX-License-Identifier: GPL-2.0-only
"""Which types hold the size of any VMA, and which expressions have such a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.values.constants import is_small
from mmapmigrate.syntax.nodes import field, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

# Types that hold the size of any VMA. The others cut it, or may on some architecture.
WIDE_TYPES = frozenset(
    {
        "unsigned long", "unsigned long int", "long unsigned int", "unsigned long long", "ulong", "long",
        "size_t", "ssize_t", "u64", "s64", "__u64", "uint64_t", "loff_t", "phys_addr_t", "resource_size_t",
    }
)  # fmt: skip
# Comparing one of these with an unsigned long is a comparison of signed numbers on some architecture.
_SIGNED_TYPES = frozenset({"long", "long int", "long long", "ssize_t", "s64", "loff_t"})
NARROW_TYPES = frozenset({"unsigned int", "u32", "uint32_t", "unsigned", "uint", "__u32"})


def spelled(text: str) -> str:
    """A type's text with one blank between its words, as the tables have it."""
    return " ".join(text.split())


def is_wide(hook: HookSource, node: Node) -> bool:
    """Whether an expression is known to have a type in which rounding it up to pages cannot overflow.

    A constant that is no larger than an int is as good: PAGE_ALIGN() computes in its argument's type.
    """
    node = inner(node)
    return _is_wide_typed(hook, node) or is_small(hook, node)


def _is_wide_typed(hook: HookSource, node: Node) -> bool:
    node = inner(node)
    if node.type == "binary_expression":
        sides = ("left",) if operator(node) in ("<<", ">>") else ("left", "right")
        computed = operator(node) in ("<<", ">>", "+", "-", "*", "/", "%", "&", "|")
        return computed and any(_is_wide_typed(hook, field(node, side)) for side in sides)
    kind = _declared_type(hook, node)
    if kind is not None:
        return kind in WIDE_TYPES
    return node.type == "sizeof_expression" or hook.text(node) == "PAGE_SIZE"


def is_narrow(hook: HookSource, node: Node) -> bool:
    """Whether an expression is known to have a type in which rounding it up to pages may overflow."""
    kind = _declared_type(hook, inner(node))
    return kind is not None and kind not in WIDE_TYPES


def inverts_whole(hook: HookSource, node: Node) -> bool:
    """Whether ``~`` of an expression is known to have all upper bits set, in an unsigned long too.

    That of an unsigned int has none of them. A smaller type, or a signed one, is widened with its sign.
    """
    node = inner(node)
    if node.type == "binary_expression" and operator(node) in ("|", "&", "^"):
        return inverts_whole(hook, field(node, "left")) and inverts_whole(hook, field(node, "right"))
    kind = _declared_type(hook, node)
    if kind is not None:
        return kind in WIDE_TYPES | {"vm_flags_t", "int"}
    unsigned = node.type == "number_literal" and hook.text(node).lower().rstrip("l").endswith("u")
    return is_small(hook, node) and not unsigned


def is_signed(hook: HookSource, node: Node) -> bool:
    """Whether an expression is known to be signed and as wide as a size: below 0 it is less than any."""
    node = inner(node)
    if node.type == "cast_expression":
        return spelled(hook.text(field(node, "type"))) in _SIGNED_TYPES
    local = hook.locals.get(hook.text(node)) if node.type == "identifier" else None
    return local is not None and spelled(local.type) in _SIGNED_TYPES


def _declared_type(hook: HookSource, node: Node) -> str | None:
    """The type of a cast, a local or a parameter."""
    if node.type == "cast_expression":
        return spelled(hook.text(field(node, "type")))
    if node.type != "identifier":
        return None
    name = hook.text(node)
    local = hook.locals.get(name)
    if local is not None:
        return spelled(local.type)
    given = (one.type for one in hook.function.parameters if one.name == name)
    return next((spelled(one) for one in given), None)
