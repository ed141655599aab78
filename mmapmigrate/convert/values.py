# SPDX-License-Identifier: GPL-2.0-only
"""What an expression of the hook is known to be worth: the VMA's size, its start, a page-aligned size."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import Effect, effect_of_call, is_guessed
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.model.flow import Path
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.syntax.nodes import arguments, bare, encloses, field, find_all, inner, operator

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

# In a macro's text: the size of something, a type's name.
_STEADY = re.compile(
    r"\bsizeof\s*\([^()]*\)|\b(?:const|void|char|short|int|long|signed|unsigned|struct\s+\w+|u\d+|\w+_t)\b"
)

# In a constant's text: a cast to a type, which may cut it, and a number that an int may not hold.
_LARGE_OR_CUT = re.compile(
    r"\(\s*(?:const\s+)?(?:unsigned|signed|char|short|int|(?:__)?[us]\d+|\w+_t)\b|\b(?:0x)?[\da-fA-F]{8}",
    re.A,
)

# Whether an expression is all of the VMA, in one unit or the other.
Whole = Callable[["Node"], bool]


class Size(StrEnum):
    """What is known of a size against the VMA's."""

    FULL = "full"
    """It is the VMA's size."""
    PART = "part"
    """It is page-aligned and at most the VMA's size."""
    ALIGNED = "aligned"
    """It is page-aligned; it may pass the VMA's end."""
    UNKNOWN = "unknown"


class Values:
    """Answers about one hook's expressions."""

    def __init__(self, hook: HookSource) -> None:
        self.hook = hook

    def resolve(self, node: Node) -> Node:
        """``node`` without parentheses; a local that only ever holds one expression is that expression."""
        for _hop in range(8):
            node = inner(node)
            if node.type != "identifier":
                return node
            local = self.hook.locals.get(self.hook.text(node))
            if local is None or local.single is None or "[]" in local.type:
                return node
            node = local.single
        return node

    def is_field(self, node: Node, name: str) -> bool:
        """Whether ``node`` is the VMA's field ``name``, itself or through a local."""
        node = self.resolve(node)
        return (
            node.type == "field_expression"
            and operator(node) == "->"
            and self.hook.text(field(node, "field")) == name
            and self.hook.text(inner(field(node, "argument"))) == self.hook.vma
        )

    def is_start(self, node: Node) -> bool:
        """Whether ``node`` is vma->vm_start, itself or through locals that hold any address."""
        node = self._uncast(node)
        for _hop in range(8):
            local = self.hook.locals.get(self.hook.text(node)) if node.type == "identifier" else None
            if local is None or local.single is None:
                break
            if self._type(local.type) not in WIDE_TYPES:
                return False
            node = self._uncast(local.single)
        return self.is_field(node, "vm_start")

    def is_prot(self, node: Node) -> bool:
        """Whether ``node`` is vma->vm_page_prot, written so."""
        node = inner(node)
        return node.type == "field_expression" and self.is_field(node, "vm_page_prot")

    def size(self, node: Node) -> Size:
        """What is known of a size expression by itself, without the tests that lead to it."""
        narrow = False
        for _hop in range(8):
            node = inner(node)
            if node.type == "cast_expression":
                kind = " ".join(self.hook.text(field(node, "type")).split())
                if kind in NARROW_TYPES:
                    narrow = True
                elif kind not in WIDE_TYPES:
                    return Size.UNKNOWN
                node = field(node, "value")
            elif node.type == "identifier":
                local = self.hook.locals.get(self.hook.text(node))
                if local is None or local.single is None:
                    break
                kind = " ".join(local.type.split())
                if kind in NARROW_TYPES:
                    narrow = True
                elif kind not in WIDE_TYPES:
                    return Size.UNKNOWN
                node = local.single
            else:
                break
        if self.is_vma_size(node):
            return Size.PART if narrow else Size.FULL
        text = self.hook.text(node)
        if text == "PAGE_SIZE":
            return Size.PART
        if node.type == "call_expression" and self.hook.text(field(node, "function")) == "PAGE_ALIGN":
            return Size.ALIGNED
        if node.type == "binary_expression":
            left, right = (self.hook.text(inner(field(node, side))) for side in ("left", "right"))
            symbol = operator(node)
            if symbol == "<<" and right == "PAGE_SHIFT":
                return Size.ALIGNED
            if symbol == "*" and "PAGE_SIZE" in (left, right):
                return Size.ALIGNED
        return Size.UNKNOWN

    def is_vma_size(self, node: Node) -> bool:
        """Whether ``node`` is written as the VMA's size in bytes: end - start, or its pages shifted."""
        node = inner(node)
        if node.type != "binary_expression":
            return False
        left, right, symbol = field(node, "left"), field(node, "right"), operator(node)
        if symbol == "-":
            return self._is_bound(left, "vm_end") and self._is_bound(right, "vm_start")
        if symbol == "<<" and self.hook.text(inner(right)) == "PAGE_SHIFT":
            return self.is_pages(left)
        if symbol == "*":
            pages = {self.hook.text(inner(left)), self.hook.text(inner(right))}
            return "PAGE_SIZE" in pages and (self.is_pages(left) or self.is_pages(right))
        return False

    def _is_bound(self, node: Node, name: str) -> bool:
        """Whether ``node`` is the VMA's start or end, itself or through locals that hold any address."""
        kept = self._kept(node)
        return kept.type == "field_expression" and self.is_field(kept, name)

    def is_pages(self, node: Node) -> bool:
        """Whether ``node`` is the VMA's number of pages in a type that holds it."""
        node = inner(node)
        if node.type == "identifier":
            local = self.hook.locals.get(self.hook.text(node))
            if local is None or local.single is None or " ".join(local.type.split()) not in WIDE_TYPES:
                return False
            return self.is_pages(local.single)
        if node.type == "call_expression":
            given = arguments(node)
            return (
                self.hook.text(field(node, "function")) == "vma_pages"
                and len(given) == 1
                and self.hook.text(inner(given[0])) == self.hook.vma
            )
        if node.type == "binary_expression":
            symbol, right = operator(node), self.hook.text(inner(field(node, "right")))
            return self.is_vma_size(field(node, "left")) and (symbol, right) in (
                (">>", "PAGE_SHIFT"),
                ("/", "PAGE_SIZE"),
            )
        return False

    def _proven_on(self, size: Node, path: Path, before: int, is_full: Whole, *, within: bool) -> bool:
        """Whether the tests on ``path``, before step ``before``, prove that ``size`` is what is full.

        ``within`` asks no more than that it is not greater.
        """
        meant = self._kept(size)
        computed = self._computed(meant, path, before)
        for index in range(before):
            step = path[index]
            if step.kind is not StepKind.TEST or step.node is None or step.outcome is None:
                continue
            for small, great, equal in self._relations(inner(step.node), step.outcome):
                if not (equal or within):
                    continue
                for one, other in ((great, small), (small, great)) if equal else ((great, small),):
                    if not is_full(one) or (not equal and (self._is_signed(one) or self._is_signed(other))):
                        continue
                    if self._key(other) in self._aligned(size, equal):
                        start = index
                    elif self._key(other) in self._aligned(meant, equal) and computed is not None:
                        # The size was taken from there into a local: nothing may change it since.
                        start = min(index, computed)
                    else:
                        continue
                    if self._steady(other, path, start, before, size):
                        return True
        return False

    def _kept(self, node: Node) -> Node:
        """As ``resolve()``, through locals that hold the value whole: a narrow one would cut it."""
        for _hop in range(8):
            node = inner(node)
            local = self.hook.locals.get(self.hook.text(node)) if node.type == "identifier" else None
            if local is None or local.single is None or self._type(local.type) not in WIDE_TYPES:
                break
            node = local.single
        return node

    def _is_signed(self, node: Node) -> bool:
        """Whether an expression is known to be signed and as wide as a size: below 0 it is less than any."""
        node = inner(node)
        if node.type == "cast_expression":
            return self._type(self.hook.text(field(node, "type"))) in _SIGNED_TYPES
        local = self.hook.locals.get(self.hook.text(node)) if node.type == "identifier" else None
        return local is not None and self._type(local.type) in _SIGNED_TYPES

    def _type(self, text: str) -> str:
        return " ".join(text.split())

    def _computed(self, value: Node, path: Path, before: int) -> int | None:
        """The step of ``path`` before ``before`` that computes ``value``."""
        for index in range(before):
            node = path[index].node
            if node is not None and encloses(node, value):
                return index
        return None

    def proven(self, call: Node, size: Node) -> bool:
        """Whether the tests on every path to ``call`` prove that ``size`` is the VMA's size in bytes.

        That is, when it is rounded up to pages, as every remap does.
        """
        return self._tested(call, size, within=False)

    def within(self, call: Node, size: Node) -> bool:
        """Whether the tests on every path to ``call`` prove that ``size`` ends no later than the VMA."""
        return self._tested(call, size, within=True)

    def _tested(self, call: Node, size: Node, *, within: bool) -> bool:
        pages = self._pages_of(size)
        return self._proven(call, size, lambda node: self.size(node) is Size.FULL, within=within) or (
            pages is not None and self._proven(call, pages, self.is_pages, within=within)
        )

    def _pages_of(self, size: Node) -> Node | None:
        """The factor of a size that is so many pages: what is multiplied with PAGE_SIZE, which is wide."""
        node = self._kept(size)
        if node.type != "binary_expression":
            return None
        left, right = field(node, "left"), field(node, "right")
        if operator(node) == "*" and self.hook.text(inner(right)) == "PAGE_SIZE":
            return left
        if operator(node) == "*" and self.hook.text(inner(left)) == "PAGE_SIZE":
            return right
        return None

    def _aligned(self, size: Node, equal: bool) -> tuple[str, ...]:
        """How a size may be spelled in a test: as it is, or rounded up to pages.

        Rounded up in a type that does not hold the result it is 0: less than any VMA, and equal to none.
        """
        key = self._key(size)
        return (key,) if not equal and self._is_narrow(size) else (key, f"PAGE_ALIGN({key})")

    def proven_pages(self, call: Node, count: Node) -> bool:
        """Whether the tests on every path to ``call`` prove that ``count`` is the VMA's number of pages."""
        return self._proven(call, count, self.is_pages)

    def _proven(self, call: Node, size: Node, is_full: Whole, *, within: bool = False) -> bool:
        reached = False
        for path in self.hook.flow.paths or ():
            for index, step in enumerate(path):
                node = step.node
                if node is not None and encloses(node, call):
                    reached = True
                    if not self._proven_on(size, path, index, is_full, within=within):
                        return False
                    break
        return reached

    def _relations(self, test: Node, outcome: bool) -> list[tuple[Node, Node, bool]]:
        """The pairs of expressions whose first is not greater when ``test`` came out so; if equal, True."""
        test = inner(test)
        if test.type == "unary_expression" and operator(test) == "!":
            return self._relations(field(test, "argument"), not outcome)
        if test.type == "call_expression" and self.hook.text(field(test, "function")) in (
            "likely",
            "unlikely",
        ):
            given = arguments(test)
            return self._relations(given[0], outcome) if given else []
        if test.type != "binary_expression":
            return []
        symbol = operator(test)
        left, right = field(test, "left"), field(test, "right")
        if (symbol, outcome) in (("&&", True), ("||", False)):
            return self._relations(left, outcome) + self._relations(right, outcome)
        if (symbol, outcome) in (("==", True), ("!=", False)):
            return [(left, right, True)]
        if symbol in ("<", "<=", ">", ">="):
            return [(left, right, False) if (symbol[0] == "<") is outcome else (right, left, False)]
        return []

    def _steady(self, node: Node, path: Path, start: int, end: int, until: Node) -> bool:
        """Whether nothing between two steps of a path can change the value of ``node``.

        The first step counts, and of the last what may run before ``until`` is handed over.
        """
        names = {self.hook.text(part) for part in find_all(node, "identifier")}
        if names & self.hook.ambiguous or any(self._is_computed(name) for name in names):
            return False
        if any(self.hook.changes_aside(name) for name in names & self._parameters):
            return False
        own = {name for name in names if self._is_own(name)}
        if self.is_constant(self.hook.text(inner(node))):
            return True
        calls = find_all(node, "call_expression")
        if any(self.hook.text(field(call, "function")) != "PAGE_ALIGN" for call in calls):
            return False
        memory = any(
            True for _ in find_all(node, "field_expression", "pointer_expression", "subscript_expression")
        ) or any(name not in own and not self.is_constant(name) for name in names)
        for step in path[start : end + 1]:
            if step.node is None:
                continue
            if any(self._is_lent_in(step.node, name) for name in names):
                return False
            for part in find_all(step.node, "assignment_expression", "update_expression", "call_expression"):
                if encloses(part, until):
                    # It comes after: the remap itself, and where its result goes.
                    continue
                if part.type == "call_expression":
                    if memory and self._may_write(part):
                        return False
                    continue
                target = bare(part.child_by_field_name("left") or field(part, "argument"))
                if self.hook.text(target) in names or (memory and not self._is_aside(target)):
                    return False
        return True

    def _is_lent_in(self, step: Node, name: str) -> bool:
        """Whether a step may change a local otherwise than by an assignment: it gives away its address."""
        local = self.hook.locals.get(name)
        return local is not None and any(
            encloses(step, node) and (node.parent is None or node.parent.type != "update_expression")
            for node in local.written
        )

    def is_constant(self, name: str) -> bool:
        """Whether a name is spelled as a constant, and is no macro in sight that computes."""
        return re.fullmatch(r"[A-Z0-9_]+", name) is not None and not self._is_computed(name)

    def _is_computed(self, name: str) -> bool:
        """Whether a name is a macro in sight whose text may be worth something else each time."""
        return any(
            macro.parameters is not None or re.search(r"\b[A-Z_]*[a-z]\w*", _STEADY.sub(" ", macro.body))
            for _where, macro in self.hook.file.macros_seen(name)
        )

    def is_wide(self, node: Node) -> bool:
        """Whether an expression is known to have a type in which rounding it up to pages cannot overflow.

        A constant that is no larger than an int is as good: PAGE_ALIGN() computes in its argument's type.
        """
        node = inner(node)
        return self._is_wide_typed(node) or self._is_small(node)

    def _is_small(self, node: Node) -> bool:
        """Whether an expression is made of constants that are no larger than an int, as far as is seen."""
        node = inner(node)
        if node.type == "binary_expression":
            return self._is_small(field(node, "left")) and self._is_small(field(node, "right"))
        text = self.hook.text(node)
        if node.type == "number_literal":
            return _LARGE_OR_CUT.search(text) is None
        return (
            node.type == "identifier"
            and self.is_constant(text)
            and not any(
                _LARGE_OR_CUT.search(macro.body) for _where, macro in self.hook.file.macros_seen(text)
            )
        )

    def _is_wide_typed(self, node: Node) -> bool:
        node = inner(node)
        if node.type == "binary_expression":
            sides = ("left",) if operator(node) in ("<<", ">>") else ("left", "right")
            computed = operator(node) in ("<<", ">>", "+", "-", "*", "/", "%", "&", "|")
            return computed and any(self._is_wide_typed(field(node, side)) for side in sides)
        kind = self._declared_type(node)
        if kind is not None:
            return kind in WIDE_TYPES
        return node.type == "sizeof_expression" or self.hook.text(node) == "PAGE_SIZE"

    def _is_narrow(self, node: Node) -> bool:
        """Whether an expression is known to have a type in which rounding it up to pages may overflow."""
        kind = self._declared_type(inner(node))
        return kind is not None and kind not in WIDE_TYPES

    def _declared_type(self, node: Node) -> str | None:
        """The type of a cast, a local or a parameter."""
        if node.type == "cast_expression":
            return self._type(self.hook.text(field(node, "type")))
        if node.type != "identifier":
            return None
        name = self.hook.text(node)
        local = self.hook.locals.get(name)
        if local is not None:
            return self._type(local.type)
        given = (one.type for one in self.hook.function.parameters if one.name == name)
        return next((self._type(one) for one in given), None)

    def _may_write(self, call: Node) -> bool:
        """Whether a call may change what the hook reads: any but one that is known to compute, or prints."""
        reader = text_of(self.hook.file)
        effect = effect_of_call(self.hook.file, reader, call)
        if effect is Effect.NONE:
            return is_guessed(self.hook.file, reader, call)
        return effect is not Effect.MESSAGE

    def _is_aside(self, target: Node) -> bool:
        """Whether a store changes the VMA or a plain local, which no other expression reads as memory."""
        if target.type == "identifier":
            return self._is_own(self.hook.text(target))
        while target.type == "field_expression":
            holder = bare(field(target, "argument"))
            if self.hook.text(holder) == self.hook.vma:
                return True
            target = holder
        return False

    def _is_own(self, name: str) -> bool:
        """Whether nothing but the hook's own code can change the variable ``name``."""
        local = self.hook.locals.get(name)
        if local is not None:
            return not local.writes and "static" not in self.hook.text(local.declaration).split()
        return name in self._parameters

    @property
    def _parameters(self) -> set[str]:
        return {parameter.name for parameter in self.hook.function.parameters}

    def _key(self, node: Node) -> str:
        return "".join(self.hook.text(inner(node)).split())

    def _uncast(self, node: Node) -> Node:
        node = inner(node)
        if (
            node.type == "cast_expression"
            and " ".join(self.hook.text(field(node, "type")).split()) in WIDE_TYPES
        ):
            return field(node, "value")
        return node
