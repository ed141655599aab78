# SPDX-License-Identifier: GPL-2.0-only
"""Parse one item with the cheapest mask that serves, and the best one where none does."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from msgspec import Struct
from tree_sitter import Node, Point

from mmapmigrate.syntax.arms import ALL, ItemConditional, blank_ranges, doubtful, left_out
from mmapmigrate.syntax.casts import without_false_casts
from mmapmigrate.syntax.lexer import SPACES
from mmapmigrate.syntax.mask import define_mask, token_mask, word_mask
from mmapmigrate.syntax.nodes import deeper_than
from mmapmigrate.syntax.parse import TIME_LIMIT, ParseTimeoutError, error_nodes, parse_range

# What the grammar takes without an error and takes wrongly: a loop macro whose body begins with an operator
# is an expression to it, FOO(x) in front of another call the type of a declaration, and so is FOO on a line
# of its own.
_LOOP = re.compile(rb"for_each\w*\s*\(")
_CALL_BEFORE_WORD = re.compile(
    rb"[;{}:)]\s*+(?!(?:if|while|for|switch|return|sizeof|do|else|case|typeof|__typeof__)\b)"
    rb"[A-Za-z_]\w*+\s*+\((?>(?:[^();{}]++|\([^();{}]*+\))*)\)\s++[A-Za-z_]"
)
_NAME_BEFORE_CALL = re.compile(rb"^[ \t]*+[A-Z][A-Z0-9_]*+[ \t\r]*+\n\s*+[A-Za-z_]\w*+\s*+\(", re.M)
_MISREAD = (_LOOP, _CALL_BEFORE_WORD, _NAME_BEFORE_CALL)

MAX_ITEM = 1 << 20
"""Bytes of the longest item that is parsed at all."""

MAX_TOKEN_MASK = 1 << 18
"""Bytes of the longest item that is worth more than the word mask: longer ones are tables of numbers."""

MAX_NESTING = 256
"""Brackets deeper than this are not parsed: no compiler is asked to take them, and trees are walked."""

MAX_DEPTH = 100
"""Nodes that hold each other. What reads a tree may call itself for each; the deepest of a kernel has 26."""

MAX_CASTS = 4
"""How often what only looks like a cast is looked for: parentheses may hide it in each other."""

MAX_CHOICES = 48
MAX_CHOICE_BYTES = 1 << 20
"""How often, and over how many bytes in all, one item is parsed to choose among its conditionals' arms."""

_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"()[]{}")


class Attempt(Struct, frozen=True):
    """One mask, its tree, the nodes that are errors, and the ranges of the file that were left out."""

    mask: bytes
    root: Node
    errors: tuple[tuple[int, int], ...]
    left_out: tuple[tuple[int, int], ...] = ()

    @property
    def cost(self) -> tuple[int, int, int]:
        """What makes one attempt worse than another."""
        return (
            len(self.errors),
            sum(end - start for start, end in self.errors),
            sum(end - start for start, end in self.left_out),
        )


def nesting(text: bytes) -> int:
    """How deep the brackets of ``text`` go."""
    depth = deepest = 0
    for bracket in text.translate(None, _NOT_BRACKETS):
        if bracket in b"([{":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


class _TooDeepError(Exception):
    """A tree of more than MAX_DEPTH."""


def _nests_too_deep(text: bytes) -> bool:
    few = sum(map(text.count, (b"(", b"[", b"{"))) <= MAX_NESTING
    return not few and nesting(text) > MAX_NESTING


class _Reader:
    """Masks and parses one item's text within one time limit."""

    def __init__(self, text: bytes, start: int, point: Point, closing: bytes) -> None:
        self.text = text
        self.start = start
        self.point = point
        self.closing = closing
        self.deadline = time.thread_time() + TIME_LIMIT

    def parse(self, mask: bytes, ranges: tuple[tuple[int, int], ...] = ()) -> Attempt:
        root = self._tree(mask)
        for _round in range(MAX_CASTS):
            plain = without_false_casts(mask, root, self.start)
            if plain == mask:
                break
            mask, root = plain, self._tree(plain)
        if deeper_than(root, MAX_DEPTH):
            raise _TooDeepError
        errors = tuple((node.start_byte, node.end_byte) for node in error_nodes(root))
        return Attempt(mask, root, errors, ranges)

    def _tree(self, mask: bytes) -> Node:
        limit = self.deadline - time.thread_time()
        return parse_range(mask, self.start, self.point, limit, self.closing).root_node

    def nothing(self) -> Attempt:
        """An attempt without a tree: all of the item is an error."""
        mask = self.text.translate(SPACES)
        root = parse_range(mask[:1], self.start, self.point).root_node
        return Attempt(mask, root, ((self.start, self.start + len(mask)),))


def read_item(
    text: bytes,
    start: int,
    point: Point,
    conditionals: Sequence[ItemConditional] = (),
    closing: bytes = b"",
) -> Attempt:
    """Parse the item ``text`` that begins at offset ``start``, row and column ``point``.

    ``text`` holds neither comments nor directives, or is one #define; ``conditionals`` are those that cut it;
    ``closing`` is a byte that the grammar wants behind the item although the file has none there. Never
    raises: what is too long, takes too long or nests too deep comes back as one error without a tree.
    """
    reader = _Reader(text, start, point, closing)
    if len(text) > MAX_ITEM or _nests_too_deep(text):
        return reader.nothing()
    if len(text) > MAX_TOKEN_MASK:
        conditionals = ()
    best: Attempt | None = None
    try:
        if text.startswith(b"#"):
            return reader.parse(define_mask(text))
        split = doubtful(text, start, conditionals) if conditionals else frozenset()
        ranges = left_out(conditionals, {c.group: c.first() for c in conditionals if c.group in split})
        kept = blank_ranges(text, start, ranges) if ranges else text
        plain = len(text) > MAX_TOKEN_MASK or not any(one.search(kept) for one in _MISREAD)
        if plain:
            best = reader.parse(word_mask(kept), ranges)
        if len(text) <= MAX_TOKEN_MASK and (best is None or best.errors):
            best = _better(best, reader.parse(token_mask(kept), ranges))
            if best.errors and not plain:
                best = _better(best, reader.parse(word_mask(kept), ranges))
            if best.errors and conditionals:
                best = _choose_arms(reader, best, conditionals, split)
    except _TooDeepError:
        return reader.nothing()
    except ParseTimeoutError:
        pass
    return best if best is not None else reader.nothing()


def _better(one: Attempt | None, other: Attempt) -> Attempt:
    return one if one is not None and one.cost <= other.cost else other


def _choose_arms(
    reader: _Reader, best: Attempt, conditionals: Sequence[ItemConditional], split: frozenset[int]
) -> Attempt:
    """Leave out arms of conditionals: all but the first, all but the last, then as few as will do.

    Of the groups in ``split`` one arm at most is kept.
    """

    def attempt(choice: dict[int, int]) -> Attempt:
        ranges = left_out(conditionals, choice)
        return reader.parse(token_mask(blank_ranges(reader.text, reader.start, ranges)), ranges)

    choices = [{c.group: c.first() for c in conditionals}, {c.group: c.last() for c in conditionals}]
    tried = [(attempt(choice), choice) for choice in choices]
    found, choice = min(tried, key=lambda pair: pair[0].cost)
    budget = min(MAX_CHOICES, MAX_CHOICE_BYTES // len(reader.text))
    for conditional in conditionals:
        for option in conditional.choices():
            if option == choice[conditional.group] or (option == ALL and conditional.group in split):
                continue
            if not budget:
                return _better(best, found)
            budget -= 1
            changed = choice | {conditional.group: option}
            other = attempt(changed)
            if other.cost < found.cost:
                found, choice = other, changed
    return _better(best, found)
