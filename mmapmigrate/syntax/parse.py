# SPDX-License-Identifier: GPL-2.0-only
"""Run tree-sitter over one range of a file, within a time limit."""

from __future__ import annotations

import threading
import time

import tree_sitter_c
from tree_sitter import Language, Node, Parser, Point, Range, Tree

_CHUNK = 1 << 16
TIME_LIMIT = 1.0
"""Seconds of processor time that one item may take; the worst of a kernel takes a tenth of it."""

_local = threading.local()


class ParseTimeoutError(RuntimeError):
    """The grammar did not finish within the time limit."""


def _parser() -> Parser:
    parser: Parser | None = getattr(_local, "parser", None)
    if parser is None:
        parser = Parser(Language(tree_sitter_c.language()))
        _local.parser = parser
    return parser


def parse_range(
    mask: bytes, start: int, start_point: Point, limit: float = TIME_LIMIT, closing: bytes = b""
) -> Tree:
    """Parse ``mask`` as the file's bytes from offset ``start`` on; ``start_point`` is its row and column.

    ``closing`` is parsed behind it as if it stood in the file. Offsets and Points of the tree's nodes are the
    file's own. A parser is kept for each thread.

    Raises ParseTimeoutError after ``limit`` seconds of processor time.
    """
    if closing:
        mask += closing
    end = start + len(mask)
    rows = mask.count(b"\n")
    column = len(mask) - mask.rfind(b"\n") - 1 if rows else start_point.column + len(mask)
    deadline = time.thread_time() + limit
    earliest = time.monotonic() + limit

    def read(offset: int, _point: Point) -> bytes:
        at = offset - start
        return mask[at : at + _CHUNK] if at >= 0 and offset < end else b""

    def late(_offset: int, _has_error: bool) -> bool:
        # The time of day is asked first: it costs a tenth, and no thread is ahead of it.
        return time.monotonic() > earliest and time.thread_time() > deadline

    parser = _parser()
    parser.reset()
    parser.included_ranges = [Range(start_point, Point(start_point.row + rows, column), start, end)]
    try:
        tree: Tree | None = parser.parse(read, progress_callback=late)
    except ValueError:
        tree = None
    if tree is None:
        parser.reset()
        raise ParseTimeoutError(f"no tree within {limit} s")
    return tree


def error_nodes(root: Node) -> list[Node]:
    """The outermost ERROR and the MISSING nodes under ``root`` in order."""
    found: list[Node] = []
    if not root.has_error:
        return found
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        elif node.has_error:
            stack.extend(reversed(node.children))
    return found
