# SPDX-License-Identifier: GPL-2.0-only
"""Which statements of a hook go to vm_ops->mapped, and which stay with the descriptor.

From the first statement that takes something for the mapping on, each goes to one side:

    what takes, gives back, locks for that, or asks for what the takings protect  -> mapped
    what sets up the mapping, or asks for the result of that                      -> the hook
    what gives back when setting up fails                                         -> nowhere: nothing is taken

A statement that belongs to both sides, or whose side is not known, refuses the whole (UnsplitError).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.permapping.changes import Taking
from mmapmigrate.convert.permapping.exits import Exits
from mmapmigrate.convert.permapping.parts import Part, arms_of, parts_of, statements_of
from mmapmigrate.convert.permapping.places import Places
from mmapmigrate.convert.permapping.sides import Piece, Split, UnsplitError
from mmapmigrate.convert.permapping.statements import Statements
from mmapmigrate.convert.permapping.walks import runs_on_each_success, runs_on_success
from mmapmigrate.convert.permapping.whole import check_whole
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.walk import Walk
from mmapmigrate.syntax.nodes import field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node


def split(
    plan: Plan,
    places: Places,
    relevant: Sequence[Taking],
    walks: Sequence[Walk],
    *,
    set_outside: bool = False,
) -> Split:
    """The two sides of the hook of ``plan``, of whose changes ``relevant`` belong to the mapping.

    ``set_outside`` tells that another function sets the vm_ops where this one succeeds.
    ``walks`` are the paths of the hook with its remaps succeeding. Raises UnsplitError.
    """
    ask = Statements(plan, places, relevant, walks)
    sides = _Splitter(ask).run()
    check_whole(ask, sides, set_outside=set_outside)
    return sides


class _Splitter:
    """Gives each statement its side, in order.

    ``_origins`` tells which sides gave each local its value so far; ``_held`` counts the locks that mapped
    holds; ``_asked`` is a decision that moves; ``_gate`` tells that a taking was checked.
    """

    def __init__(self, ask: Statements) -> None:
        self._ask = ask
        self._plan = ask.plan
        self._hook = ask.hook
        self._out = Split()
        self._origins: dict[str, set[str]] = {}
        self._held = 0
        self._asked: Node | None = None
        self._gate = False

    def run(self) -> Split:
        """The sides of all statements. Raises UnsplitError."""
        parts = list(parts_of(self._hook.body, self._hook.text))
        first = self._first(parts)
        stop = next(
            (at + 1 for at in range(first, len(parts)) if parts[at].node.type == "return_statement"),
            len(parts),
        )
        for part in parts[:first]:
            if self._ask.is_private(part.node):
                self._out.private.append(part.node)
            if self._ask.sets_up(part.node):
                for name in self._ask.writes(part.node):
                    self._origins[name] = {"hook"}
        for part in parts[first:stop]:
            if part.labels:
                self._join(part)
            self._place(part)
        Exits(self._ask, self._out, self._origins).place(parts[first:stop], parts[stop:])
        self._out.gated = self._gate
        return self._out

    def _from(self, names: set[str], side: str) -> bool:
        """Whether one of the locals ``names`` may have got its value on that side."""
        return any(side in self._origins.get(name, ()) for name in names)

    def _first(self, parts: Sequence[Part]) -> int:
        """The first statement with a change, or that locks for it."""
        first = next((at for at, part in enumerate(parts) if self._ask.changes(part.node)), None)
        if first is None:
            raise UnsplitError(self._hook.body, "nothing is taken in a statement of its own")
        held: list[int] = []
        for at, part in enumerate(parts[:first]):
            # Of a statement that is not the function's own, the paths that end there are balanced.
            if part.node.type != "expression_statement":
                continue
            for call in find_all(part.node, "call_expression"):
                effect = self._ask.effect(call)
                if effect in (Effect.LOCK, Effect.GUARD):
                    held.append(at)
                elif effect is Effect.UNLOCK and held:
                    held.pop()
        for part in parts[:first]:
            if part.node.type == "if_statement" and any(
                self._ask.effect(call) is Effect.LOCK
                for call in find_all(field(part.node, "condition"), "call_expression")
            ):
                raise UnsplitError(part.node, "the lock around it may fail")
        return min([first, *held])

    def _place(self, part: Part) -> None:
        """One statement of the body, in order: what comes before it has its side."""
        node = part.node
        if node.type == "return_statement":
            if self._ask.concerns(node):
                raise UnsplitError(node, f"`{self._plan.short(node)}` takes it in what the hook returns")
            if self._ask.sets_up(node):
                self._stays(node)
        elif node.type == "declaration":
            if self._ask.changes(node):
                raise UnsplitError(node, "it is taken where a variable is declared")
            self._stays(node)
        elif self._ask.is_private(node):
            self._out.private.append(node)
        elif node.type == "if_statement":
            self._decide(part)
        elif self._moves(node):
            if self._ask.sets_up(node):
                does = "takes it" if self._ask.concerns(node) else "needs what is taken"
                raise UnsplitError(node, f"`{self._plan.short(node)}` sets up the mapping and {does}")
            self._move(part)
        elif (constant := self._ask.constant(node)) is not None:
            self._origins[constant] = {"constant"}
            self._out.pieces.append(Piece(node, part.labels))
        elif (
            self._held
            and not self._ask.sets_up(node)
            and (self._ask.looks(node) or any(find_all(node, "call_expression")))
        ):
            self._move(part)
        else:
            self._stays(node)

    def _moves(self, node: Node) -> bool:
        """Whether a statement holds a change, or a lock, or works on what mapped has made."""
        return self._ask.concerns(node) or self._from(self._ask.reads(node), "mapped")

    def _move(self, part: Part) -> None:
        node = part.node
        if self._from(self._ask.reads(node), "hook"):
            raise UnsplitError(
                node, f"`{self._plan.short(node)}` needs what the hook finds out when it sets up the mapping"
            )
        self._held = max(self._held + self._ask.lock_balance(node), 0)
        for name in self._ask.writes(node):
            self._origins[name] = {"mapped"}
        if any(self._ask.checked(one) for one in self._ask.changes(node)):
            self._gate = True
        self._out.pieces.append(Piece(node, part.labels))
        self._out.gone.append(node)

    def _stays(self, node: Node) -> None:
        if self._from(self._ask.reads(node), "mapped"):
            raise UnsplitError(node, f"`{self._plan.short(node)}` needs what is taken")
        for name in self._ask.writes(node):
            self._origins[name] = {"hook"}
        if self._ask.looks(node):
            if self._held or self._gate or self._asked is not None:
                what = "under the lock" if self._held else "once it is taken"
                raise UnsplitError(node, f"`{self._plan.short(node)}` is only safe {what}")
            self._out.late_reads.append(node)

    def _decide(self, part: Part) -> None:
        """An if: whole on one side, or on the hook's with what it takes and gives back taken out."""
        node = part.node
        condition = field(node, "condition")
        asks = self._ask.reads(condition)
        ours = self._ask.concerns(condition) or self._from(asks, "mapped")
        theirs = self._ask.sets_up(condition) or self._from(asks, "hook")
        if ours and theirs:
            raise UnsplitError(
                node, f"`{self._plan.short(condition)}` asks for the mapping and for what is taken"
            )
        inside = self._ask.concerns(node)
        if not ours and (theirs or self._ask.sets_up(node)):
            self._stays(condition)
            self._empty(node, [self._arm(arm) for arm in arms_of(node)])
            for name in self._ask.writes(node):
                self._origins.setdefault(name, set()).add("hook")
        elif ours or inside or self._ask.looks(condition) or self._from(self._ask.reads(node), "mapped"):
            if self._ask.sets_up(node):
                raise UnsplitError(node, "it is taken in a block that sets up the mapping")
            if not ours:
                self._asked = node
            self._move(part)
        else:
            self._stays(node)

    def _empty(self, node: Node, emptied: Sequence[bool]) -> None:
        """An if goes with all that it decided; an else by itself."""
        if all(emptied):
            self._out.gone.append(node)
        elif emptied[0]:
            raise UnsplitError(
                node, f"nothing would be left for `{self._plan.short(field(node, 'condition'))}` to decide"
            )
        elif emptied[-1]:
            self._out.gone.append(field(node, "alternative"))

    def _arm(self, arm: Node) -> bool:
        """What an arm of the hook's own decision takes or gives back; whether nothing of it is left."""
        statements = statements_of(arm)
        fails = bool(statements) and not runs_on_success(self._ask.walks, statements[0])
        for node in statements:
            if self._ask.is_private(node):
                if fails:
                    continue
                if not runs_on_each_success(self._ask.walks, node):
                    raise UnsplitError(node, "vm_private_data is not set on every path that succeeds")
                self._out.private.append(node)
            elif self._ask.concerns(node):
                if node.type != "expression_statement":
                    raise UnsplitError(
                        node, f"`{self._plan.short(node)}` is too deep in what sets up the mapping"
                    )
                if fails:
                    if self._ask.takes(node):
                        raise UnsplitError(node, f"`{self._plan.short(node)}` takes on a path that fails")
                elif runs_on_each_success(self._ask.walks, node):
                    self._out.pieces.append(Piece(node))
                else:
                    raise UnsplitError(
                        node, f"`{self._plan.short(node)}` does not run on every path that succeeds"
                    )
                self._out.gone.append(node)
            elif not fails and self._from(self._ask.reads(node), "mapped"):
                raise UnsplitError(node, f"`{self._plan.short(node)}` needs what is taken")
        return all(any(node.id == one.id for one in self._out.gone) for node in statements)

    def _join(self, part: Part) -> None:
        """At a label the values of those who jump to it arrive too."""
        for jump in find_all(self._hook.body, "goto_statement"):
            label = jump.child_by_field_name("label")
            if label is not None and self._hook.text(label) in part.labels:
                if self._out.takes_out(jump):
                    continue
                for name in self._hook.locals:
                    if self._origins.get(name):
                        self._origins[name].add("before")
