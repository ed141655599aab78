# SPDX-License-Identifier: GPL-2.0-only
"""The returns of a hook that is split, and the way out on failure, on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.permapping.parts import Part
from mmapmigrate.convert.permapping.sides import Piece, Split, UnsplitError
from mmapmigrate.convert.permapping.statements import Statements
from mmapmigrate.syntax.nodes import bare, find_all

if TYPE_CHECKING:
    from tree_sitter import Node


class Exits:
    """Adds the exits to ``out``, where all that comes before them has its side.

    ``origins`` tells which sides gave each local the value that it has then.
    """

    def __init__(self, ask: Statements, out: Split, origins: Mapping[str, set[str]]) -> None:
        self._ask = ask
        self._hook = ask.hook
        self._plan = ask.plan
        self._out = out
        self._origins = origins

    def place(self, main: Sequence[Part], ladder: Sequence[Part]) -> None:
        """Place the last return of ``main``, and the statements behind it that run on failure.

        Raises UnsplitError.
        """
        for part in ladder:
            self._fails(part)
        jumps = list(find_all(self._hook.body, "goto_statement"))
        ours = {self._target(one) for one in jumps if self._out.takes_out(one)}
        theirs = {self._target(one) for one in jumps if not self._out.takes_out(one)}
        last = main[-1].node if main and main[-1].node.type == "return_statement" else None
        if last is None and (not main or not self._hook.returns_nothing):
            raise UnsplitError(self._hook.body, "the hook does not end in a return")
        where = self._hook.body if last is None else last
        children = () if last is None else last.named_children
        value = next((one for one in children if one.type != "comment"), None)
        name = "" if value is None else self._hook.text(bare(value))
        if value is not None and name not in self._hook.locals and name != "0":
            if any(find_all(value, "call_expression")):
                name = ""
            else:
                raise UnsplitError(where, f"`{self._plan.short(where)}` is not a known success")
        reaching = self._origins.get(name, set())
        joined = any(part.labels and set(part.labels) & theirs for part in main)
        if name in self._hook.locals and "hook" not in reaching and not joined:
            self._out.ended.append(where)
            self._drop_constants(name)
        elif name in self._hook.locals and "mapped" in reaching:
            raise UnsplitError(
                where, f"`{name}` is the result of setting up the mapping and of what is taken"
            )
        if name in self._hook.locals and (
            "mapped" in reaching or any(set(part.labels) & ours for part in main)
        ):
            self._out.result = name
        self._drop_pieces(name)
        self._label(main, ours)
        self._climb(ladder, ours, theirs)
        self._out.fallible = bool(self._out.result) or any(
            True
            for piece in self._out.pieces
            if piece.node is not None
            for _ in find_all(piece.node, "return_statement", "goto_statement")
        )
        if self._out.fallible and self._hook.returns_nothing:
            raise UnsplitError(where, f"{self._hook.function.name}() may return before its end")

    def _fails(self, part: Part) -> None:
        """Take out what gives back where setting up fails: nothing is taken there."""
        node = part.node
        if not self._ask.concerns(node):
            return
        if self._ask.takes(node):
            raise UnsplitError(node, f"`{self._plan.short(node)}` takes on a path that fails")
        if self._ask.sets_up(node):
            raise UnsplitError(node, f"`{self._plan.short(node)}` both gives it back and uses the mapping")
        self._out.gone.append(node)

    def _drop_constants(self, name: str) -> None:
        """Constants that only the hook's last return read."""
        for piece in self._out.pieces:
            if piece.node is not None and self._ask.constant(piece.node) == name:
                self._out.gone.append(piece.node)

    def _drop_pieces(self, name: str) -> None:
        """Constants that mapped does not return."""
        read = {self._out.result} if self._out.result == name else set()
        for piece in self._out.pieces:
            if piece.node is not None:
                read |= self._ask.reads(piece.node)
        self._out.pieces = [
            piece
            for piece in self._out.pieces
            if piece.node is None or self._ask.constant(piece.node) in (None, *read)
        ]

    def _label(self, main: Sequence[Part], ours: set[str]) -> None:
        """A label in front of what stays, or of the last return, is kept in front of what comes next."""
        placed = {label for piece in self._out.pieces for label in piece.labels}
        kept = [piece.node.start_byte for piece in self._out.pieces if piece.node is not None]
        for part in main:
            waiting = tuple(label for label in part.labels if label in ours and label not in placed)
            if not waiting:
                continue
            after = [at for at, start in enumerate(kept) if start > part.node.start_byte]
            if after:
                old = self._out.pieces[after[0]]
                self._out.pieces[after[0]] = Piece(old.node, (*waiting, *old.labels))
            else:
                self._out.pieces.append(Piece(None, waiting))
        self._out.pieces = [
            Piece(piece.node, tuple(label for label in piece.labels if label in ours))
            for piece in self._out.pieces
        ]
        if not any(piece.node is None for piece in self._out.pieces):
            self._out.pieces.append(Piece(None))

    def _climb(self, ladder: Sequence[Part], ours: set[str], theirs: set[str]) -> None:
        """Each side gets of the ladder what its own jumps lead to."""
        reached = False
        for part in ladder:
            reached = reached or bool(set(part.labels) & ours)
            if reached:
                if self._ask.sets_up(part.node):
                    raise UnsplitError(
                        part.node, f"`{self._plan.short(part.node)}` runs on failure and uses the mapping"
                    )
                self._out.pieces.append(Piece(part.node, tuple(one for one in part.labels if one in ours)))
        if ladder and not any(set(part.labels) & theirs for part in ladder):
            self._out.gone += [part.node for part in ladder if part.node not in self._out.gone]

    def _target(self, jump: Node) -> str:
        label = jump.child_by_field_name("label")
        return "" if label is None else self._hook.text(label)
