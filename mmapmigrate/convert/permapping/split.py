# SPDX-License-Identifier: GPL-2.0-only
"""Which statements of a hook go to vm_ops->mapped, and which stay with the descriptor.

From the first statement that takes something for the mapping on, each goes to one side:

    what takes, gives back, locks for that, or asks for what the takings protect  -> mapped
    what sets up the mapping, or asks for the result of that                      -> the hook
    what gives back when setting up fails                                         -> nowhere: nothing is taken

A statement that belongs to both sides, or whose side is not known, refuses the whole (UnsplitError).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import Effect, effect_of_call, tables, text_of
from mmapmigrate.convert.permapping.changes import Taking, is_value, takings
from mmapmigrate.convert.permapping.places import PRIVATE, Places
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.outcomes import Ending, Walk
from mmapmigrate.syntax.nodes import arguments, bare, encloses, find_all, operator, outer
from mmapmigrate.syntax.nodes import field as child

if TYPE_CHECKING:
    from tree_sitter import Node

HANDED = ("vm_start", "vm_end", "vm_pgoff", "vm_file")
"""The fields of a VMA that mapped is handed."""

_ENDS = ("return_statement", "goto_statement")

_UNGUARDED = ("memory", "power")
"""Kinds of state whose taking protects nothing that a hook reads of its driver's own memory."""


class UnsplitError(Exception):
    """A hook cannot be split: ``node`` is where, the message why."""

    def __init__(self, node: Node, why: str) -> None:
        super().__init__(why)
        self.node = node


@dataclass(frozen=True)
class Piece:
    """A statement for mapped, with the labels in front of it; without a node the end of the function."""

    node: Node | None
    labels: tuple[str, ...] = ()


@dataclass
class Split:
    """The two sides. ``gone`` statements leave the hook; ``ended`` returns of it become ``return 0;``."""

    pieces: list[Piece] = field(default_factory=list)
    gone: list[Node] = field(default_factory=list)
    ended: list[Node] = field(default_factory=list)
    private: list[Node] = field(default_factory=list)
    """The statements that set vm_private_data."""
    result: str = ""
    """The local that mapped returns, "" where it returns 0."""
    fallible: bool = False
    gated: bool = False
    """Whether the hook asks if the taking has worked, and what it does then may rest on that."""
    late_reads: list[Node] = field(default_factory=list)
    """What the hook still reads through a pointer, before mapped takes and after where it did."""


@dataclass(frozen=True)
class _Part:
    """A statement of the body with the labels in front of it."""

    node: Node
    labels: tuple[str, ...]


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
    splitter = _Splitter(plan, places, relevant, walks)
    splitter.set_outside = set_outside
    return splitter.run()


class _Splitter:
    def __init__(self, plan: Plan, places: Places, relevant: Sequence[Taking], walks: Sequence[Walk]) -> None:
        self.plan = plan
        self.hook = plan.hook
        self.places = places
        self.relevant = relevant
        self.walks = walks
        self.set_outside = False
        self.out = Split()
        self._text = text_of(plan.hook.file)
        self._sides: dict[str, set[str]] = {}
        self._held = 0
        self._asked: Node | None = None
        self._gate = False

    def run(self) -> Split:
        parts = list(_parts(self.hook.body, self.hook.text))
        first = self._first(parts)
        stop = next(
            (at + 1 for at in range(first, len(parts)) if parts[at].node.type == "return_statement"),
            len(parts),
        )
        for part in parts[:first]:
            if self.is_private(part.node):
                self.out.private.append(part.node)
            if self.sets_up(part.node):
                for name in self._writes(part.node):
                    self._sides[name] = {"hook"}
        for part in parts[first:stop]:
            if part.labels:
                self._join(part)
            self._place(part)
        for part in parts[stop:]:
            self._ladder(part)
        self._finish(parts[first:stop], parts[stop:])
        self.out.gated = self._gate
        self._whole()
        return self.out

    def _whole(self) -> None:
        """What sets the vm_ops takes all, and what does not set them takes nothing."""
        ops = [
            one
            for one in find_all(self.hook.body, "assignment_expression")
            if self.plan.values.is_field(child(one, "left"), "vm_ops")
        ]
        taken = [one.node for one in self.changes(self.hook.body) if not one.change.gives]
        for walk in self.walks:
            if walk.ending is Ending.FAILURE:
                continue
            sets = self.set_outside or any(_runs_at(walk, one) for one in ops)
            for piece in self.out.pieces:
                if piece.node is None or self._constant(piece.node) is not None or piece.node.type in _ENDS:
                    continue
                if sets and _runs(walk, piece.node) is None and not self._only_fails(piece.node):
                    raise UnsplitError(piece.node, "a mapping with these vm_ops can come to be without it")
            entered = [
                piece.node
                for piece in self.out.pieces
                if piece.node is not None
                and self._constant(piece.node) is None
                and piece.node.type not in _ENDS
                and _runs(walk, piece.node) is not None
            ]
            if not sets and entered:
                raise UnsplitError(entered[0], "a mapping without these vm_ops can come to be from here")
            if not sets and any(_runs_at(walk, one) for one in taken):
                raise UnsplitError(taken[0], "a mapping without these vm_ops can come to be with it")

    def _only_fails(self, node: Node) -> bool:
        """Whether a statement runs on no path that succeeds."""
        return not self._succeeds(node)

    # What the statements hold.

    def changes(self, node: Node) -> list[Taking]:
        """The changes below ``node`` that belong to the mapping."""
        return [one for one in takings(self.places, node) if any(one.pairs(other) for other in self.relevant)]

    def locks(self, node: Node) -> bool:
        """Whether something is locked or unlocked below ``node``."""
        kinds = (Effect.LOCK, Effect.UNLOCK, Effect.GUARD)
        return any(
            effect_of_call(self.hook.file, self._text, call) in kinds
            for call in find_all(node, "call_expression")
        ) or any(
            self.hook.text(one).startswith("scoped_guard")
            for one in find_all(node, "if_statement", "while_statement")
        )

    def sets_up(self, node: Node) -> bool:
        """Whether more of the VMA is used below ``node`` than mapped is handed."""
        for use in find_all(node, "identifier"):
            if self.hook.text(use) != self.hook.vma:
                continue
            holder = use.parent
            if holder is None or holder.type != "field_expression":
                return True
            whole = outer(holder).parent
            written = (
                whole is not None
                and whole.type in ("assignment_expression", "update_expression")
                and bare(whole.child_by_field_name("left") or child(whole, "argument")).id == holder.id
            )
            name = self.hook.text(child(holder, "field"))
            if written or (name not in HANDED and not (name == "vm_private_data" and self._is_set(holder))):
                return True
        return False

    def _is_set(self, use: Node) -> bool:
        """Whether vm_private_data has the one value that the hook gives it wherever it is read here."""
        given = [
            one
            for one in find_all(self.hook.body, "assignment_expression")
            if self.plan.values.is_field(child(one, "left"), "vm_private_data")
        ]
        if len(given) != 1 or self.places.private == PRIVATE or given[0].end_byte > use.start_byte:
            return False
        return all(_runs_at(walk, given[0]) for walk in self.walks if _runs_at(walk, use))

    def is_private(self, node: Node) -> bool:
        """Whether a statement is ``vma->vm_private_data = x;``."""
        if node.type != "expression_statement":
            return False
        found = next((one for one in node.named_children if one.type != "comment"), None)
        return (
            found is not None
            and found.type == "assignment_expression"
            and operator(found) == "="
            and self.plan.values.is_field(child(found, "left"), "vm_private_data")
        )

    def _reads(self, node: Node) -> set[str]:
        written = set(self._targets(node))
        return {
            self.hook.text(one)
            for one in find_all(node, "identifier")
            if one.id not in written and self.hook.text(one) in self.hook.locals
        }

    def _targets(self, node: Node) -> Iterator[int]:
        """The identifiers that are only written below ``node``."""
        for one in find_all(node, "assignment_expression"):
            target = bare(child(one, "left"))
            if operator(one) == "=" and target.type == "identifier":
                yield target.id

    def _writes(self, node: Node) -> set[str]:
        found: set[str] = set()
        for one in find_all(node, "assignment_expression", "update_expression"):
            target = bare(one.child_by_field_name("left") or child(one, "argument"))
            if target.type == "identifier":
                found.add(self.hook.text(target))
        for one in find_all(node, "pointer_expression"):
            target = bare(child(one, "argument"))
            if operator(one) == "&" and target.type == "identifier":
                found.add(self.hook.text(target))
        return found & set(self.hook.locals)

    def _of(self, names: set[str], side: str) -> bool:
        return any(side in self._sides.get(name, ()) for name in names)

    def _looks(self, node: Node) -> bool:
        """Whether memory is read below ``node``, apart from the VMA's, or something unknown is called."""
        for one in find_all(node, "field_expression", "subscript_expression", "pointer_expression"):
            if one.type == "pointer_expression" and operator(one) == "&":
                continue
            if one.type == "field_expression" and operator(one) == ".":
                continue
            if one.type == "field_expression" and self.hook.text(child(one, "argument")) == self.hook.vma:
                continue
            above = outer(one).parent
            if above is not None and above.type == "pointer_expression" and operator(above) == "&":
                continue
            return True
        return any(self._asks_unknown(call) for call in find_all(node, "call_expression"))

    def _asks_unknown(self, call: Node) -> bool:
        """Whether a call that is no part of the mapping may do, or read, anything."""
        name = self.hook.text(child(call, "function"))
        facts = tables()
        if name in facts.harmless | facts.filling | facts.filling_last or name.startswith("pgprot_"):
            return False
        if any(self.hook.text(bare(one)) == self.hook.vma for one in arguments(call)):
            return False
        return effect_of_call(self.hook.file, self._text, call) is not Effect.MESSAGE

    # Where the tail begins.

    def _first(self, parts: Sequence[_Part]) -> int:
        """The first statement with a change, or that locks for it."""
        first = next((at for at, part in enumerate(parts) if self.changes(part.node)), None)
        if first is None:
            raise UnsplitError(self.hook.body, "nothing is taken in a statement of its own")
        held: list[int] = []
        for at, part in enumerate(parts[:first]):
            # Of a statement that is not the function's own, the paths that end there are balanced.
            if part.node.type != "expression_statement":
                continue
            for call in find_all(part.node, "call_expression"):
                effect = effect_of_call(self.hook.file, self._text, call)
                if effect in (Effect.LOCK, Effect.GUARD):
                    held.append(at)
                elif effect is Effect.UNLOCK and held:
                    held.pop()
        for part in parts[:first]:
            if part.node.type == "if_statement" and any(
                effect_of_call(self.hook.file, self._text, call) is Effect.LOCK
                for call in find_all(child(part.node, "condition"), "call_expression")
            ):
                raise UnsplitError(part.node, "the lock around it may fail")
        return min([first, *held])

    # One statement.

    def _place(self, part: _Part) -> None:
        node = part.node
        if node.type == "return_statement":
            if self.changes(node) or self.locks(node):
                raise UnsplitError(node, f"`{self.plan.short(node)}` takes it in what the hook returns")
            if self.sets_up(node):
                self._stays(node)
        elif node.type == "declaration":
            if self.changes(node):
                raise UnsplitError(node, "it is taken where a variable is declared")
            self._stays(node)
        elif self.is_private(node):
            self.out.private.append(node)
        elif node.type == "if_statement":
            self._decide(part)
        elif self._moves(node):
            if self.sets_up(node):
                does = "takes it" if self.changes(node) or self.locks(node) else "needs what is taken"
                raise UnsplitError(node, f"`{self.plan.short(node)}` sets up the mapping and {does}")
            self._move(part)
        elif self._constant(node) is not None:
            self._sides.setdefault(self._constant(node) or "", set()).clear()
            self._sides[self._constant(node) or ""].add("constant")
            self.out.pieces.append(Piece(node, part.labels))
        elif (
            self._held
            and not self.sets_up(node)
            and (self._looks(node) or any(find_all(node, "call_expression")))
        ):
            self._move(part)
        else:
            self._stays(node)

    def _lock_balance(self, node: Node) -> int:
        """How many locks a statement that is not a decision takes, less what it gives back."""
        if node.type != "expression_statement":
            return 0
        effects = [
            effect_of_call(self.hook.file, self._text, call) for call in find_all(node, "call_expression")
        ]
        return sum(one in (Effect.LOCK, Effect.GUARD) for one in effects) - effects.count(Effect.UNLOCK)

    def _constant(self, node: Node) -> str | None:
        """The local that a statement gives a constant (``ret = 0;``)."""
        found = next((one for one in node.named_children if one.type != "comment"), None)
        if node.type != "expression_statement" or found is None or found.type != "assignment_expression":
            return None
        target, value = bare(child(found, "left")), self.hook.text(bare(child(found, "right")))
        plain = operator(found) == "=" and target.type == "identifier" and re.fullmatch(r"-?\w+", value)
        name = self.hook.text(target)
        constant = plain and not re.search(r"[a-z]", value)
        return name if constant and name in self.hook.locals else None

    def _moves(self, node: Node) -> bool:
        """Whether a statement holds a change, or a lock, or works on what mapped has made."""
        return bool(self.changes(node)) or self.locks(node) or self._of(self._reads(node), "mapped")

    def _move(self, part: _Part) -> None:
        node = part.node
        if self._of(self._reads(node), "hook"):
            raise UnsplitError(
                node, f"`{self.plan.short(node)}` needs what the hook finds out when it sets up the mapping"
            )
        self._held = max(self._held + self._lock_balance(node), 0)
        for name in self._writes(node):
            self._sides[name] = {"mapped"}
        if any(self._checked(one) for one in self.changes(node)):
            self._gate = True
        self.out.pieces.append(Piece(node, part.labels))
        self.out.gone.append(node)

    def _checked(self, taking: Taking) -> bool:
        """Whether the hook asks whether the taking has worked."""
        holder = outer(taking.node).parent
        return (
            taking.node.type == "call_expression"
            and (holder is None or holder.type != "expression_statement")
            and taking.change.kind not in _UNGUARDED
        )

    def _stays(self, node: Node) -> None:
        if self._of(self._reads(node), "mapped"):
            raise UnsplitError(node, f"`{self.plan.short(node)}` needs what is taken")
        for name in self._writes(node):
            self._sides[name] = {"hook"}
        if self._looks(node):
            if self._held or self._gate or self._asked is not None:
                what = "under the lock" if self._held else "once it is taken"
                raise UnsplitError(node, f"`{self.plan.short(node)}` is only safe {what}")
            self.out.late_reads.append(node)

    def _decide(self, part: _Part) -> None:
        """An if: whole on one side, or on the hook's with what it takes and gives back taken out."""
        node = part.node
        condition = child(node, "condition")
        asks = self._reads(condition)
        ours = bool(self.changes(condition)) or self.locks(condition) or self._of(asks, "mapped")
        theirs = self.sets_up(condition) or self._of(asks, "hook")
        if ours and theirs:
            raise UnsplitError(
                node, f"`{self.plan.short(condition)}` asks for the mapping and for what is taken"
            )
        inside = bool(self.changes(node)) or self.locks(node)
        if not ours and (theirs or self.sets_up(node)):
            self._stays(condition)
            self._empty(node, [self._arm(arm) for arm in _arms(node)])
            for name in self._writes(node):
                self._sides.setdefault(name, set()).add("hook")
        elif ours or inside or self._looks(condition) or self._of(self._reads(node), "mapped"):
            if self.sets_up(node):
                raise UnsplitError(node, "it is taken in a block that sets up the mapping")
            if not ours:
                self._asked = node
            self._move(part)
        else:
            self._stays(node)

    def _empty(self, node: Node, emptied: Sequence[bool]) -> None:
        """An if goes with all that it decided; an else by itself."""
        if all(emptied):
            self.out.gone.append(node)
        elif emptied[0]:
            raise UnsplitError(
                node, f"nothing would be left for `{self.plan.short(child(node, 'condition'))}` to decide"
            )
        elif emptied[-1]:
            self.out.gone.append(child(node, "alternative"))

    def _arm(self, arm: Node) -> bool:
        """What an arm of the hook's own decision takes or gives back; whether nothing of it is left."""
        statements = _statements(arm)
        fails = bool(statements) and not self._succeeds(statements[0])
        for node in statements:
            if self.is_private(node):
                if fails:
                    continue
                if not self._always(node):
                    raise UnsplitError(node, "vm_private_data is not set on every path that succeeds")
                self.out.private.append(node)
            elif self.changes(node) or self.locks(node):
                if node.type != "expression_statement":
                    raise UnsplitError(
                        node, f"`{self.plan.short(node)}` is too deep in what sets up the mapping"
                    )
                if fails:
                    if any(not one.change.gives and not is_value(one) for one in self.changes(node)):
                        raise UnsplitError(node, f"`{self.plan.short(node)}` takes on a path that fails")
                elif self._always(node):
                    self.out.pieces.append(Piece(node))
                else:
                    raise UnsplitError(
                        node, f"`{self.plan.short(node)}` does not run on every path that succeeds"
                    )
                self.out.gone.append(node)
            elif not fails and self._of(self._reads(node), "mapped"):
                raise UnsplitError(node, f"`{self.plan.short(node)}` needs what is taken")
        return all(any(node.id == one.id for one in self.out.gone) for node in statements)

    def _succeeds(self, node: Node) -> bool:
        return any(walk.ending is not Ending.FAILURE and _runs(walk, node) is not None for walk in self.walks)

    def _always(self, node: Node) -> bool:
        return all(_runs(walk, node) is not None for walk in self.walks if walk.ending is not Ending.FAILURE)

    def _join(self, part: _Part) -> None:
        """At a label the values of those who jump to it arrive too."""
        for jump in find_all(self.hook.body, "goto_statement"):
            label = jump.child_by_field_name("label")
            if label is not None and self.hook.text(label) in part.labels:
                if self._moved(jump):
                    continue
                for name in self.hook.locals:
                    if self._sides.get(name):
                        self._sides[name].add("before")

    def _moved(self, node: Node) -> bool:
        return any(encloses(one, node) for one in self.out.gone)

    # Behind the last return of success: what runs on failure.

    def _ladder(self, part: _Part) -> None:
        node = part.node
        if node.type == "if_statement" and not (self.changes(node) or self.locks(node)):
            return
        if self.changes(node) or self.locks(node):
            if any(not one.change.gives and not is_value(one) for one in self.changes(node)):
                raise UnsplitError(node, f"`{self.plan.short(node)}` takes on a path that fails")
            if self.sets_up(node):
                raise UnsplitError(node, f"`{self.plan.short(node)}` both gives it back and uses the mapping")
            self.out.gone.append(node)

    def _finish(self, main: Sequence[_Part], ladder: Sequence[_Part]) -> None:
        """The returns, and the way out on failure, on both sides."""
        jumps = list(find_all(self.hook.body, "goto_statement"))
        ours = {self._target(one) for one in jumps if self._moved(one)}
        theirs = {self._target(one) for one in jumps if not self._moved(one)}
        last = main[-1].node if main and main[-1].node.type == "return_statement" else None
        if last is None and (not main or not self.hook.returns_nothing):
            raise UnsplitError(self.hook.body, "the hook does not end in a return")
        where = self.hook.body if last is None else last
        children = () if last is None else last.named_children
        value = next((one for one in children if one.type != "comment"), None)
        name = "" if value is None else self.hook.text(bare(value))
        if value is not None and name not in self.hook.locals and name != "0":
            if any(find_all(value, "call_expression")):
                name = ""
            else:
                raise UnsplitError(where, f"`{self.plan.short(where)}` is not a known success")
        reaching = self._sides.get(name, set())
        joined = any(part.labels and set(part.labels) & theirs for part in main)
        if name in self.hook.locals and "hook" not in reaching and not joined:
            self.out.ended.append(where)
            self._drop_constants(name)
        elif name in self.hook.locals and "mapped" in reaching:
            raise UnsplitError(
                where, f"`{name}` is the result of setting up the mapping and of what is taken"
            )
        if name in self.hook.locals and (
            "mapped" in reaching or any(set(part.labels) & ours for part in main)
        ):
            self.out.result = name
        self._drop_pieces(name)
        self._end(main, ladder, ours, theirs)
        self.out.fallible = bool(self.out.result) or any(
            True
            for piece in self.out.pieces
            if piece.node is not None
            for _ in find_all(piece.node, "return_statement", "goto_statement")
        )
        if self.out.fallible and self.hook.returns_nothing:
            raise UnsplitError(where, f"{self.hook.function.name}() may return before its end")

    def _drop_constants(self, name: str) -> None:
        """Constants that only the hook's last return read."""
        for piece in self.out.pieces:
            if piece.node is not None and self._constant(piece.node) == name:
                self.out.gone.append(piece.node)

    def _drop_pieces(self, name: str) -> None:
        """Constants that mapped does not return."""
        read = {self.out.result} if self.out.result == name else set()
        for piece in self.out.pieces:
            if piece.node is not None:
                read |= self._reads(piece.node)
        self.out.pieces = [
            piece
            for piece in self.out.pieces
            if piece.node is None or self._constant(piece.node) in (None, *read)
        ]

    def _end(self, main: Sequence[_Part], ladder: Sequence[_Part], ours: set[str], theirs: set[str]) -> None:
        # A label in front of what stays, or of the last return, is kept in front of what comes next.
        placed = {label for piece in self.out.pieces for label in piece.labels}
        kept = [piece.node.start_byte for piece in self.out.pieces if piece.node is not None]
        for part in main:
            waiting = tuple(label for label in part.labels if label in ours and label not in placed)
            if not waiting:
                continue
            after = [at for at, start in enumerate(kept) if start > part.node.start_byte]
            if after:
                old = self.out.pieces[after[0]]
                self.out.pieces[after[0]] = Piece(old.node, (*waiting, *old.labels))
            else:
                self.out.pieces.append(Piece(None, waiting))
        self.out.pieces = [
            Piece(piece.node, tuple(label for label in piece.labels if label in ours))
            for piece in self.out.pieces
        ]
        if not any(piece.node is None for piece in self.out.pieces):
            self.out.pieces.append(Piece(None))
        # The ladder: each side gets what its own jumps lead to.
        reached = False
        for part in ladder:
            reached = reached or bool(set(part.labels) & ours)
            if reached:
                if self.sets_up(part.node):
                    raise UnsplitError(
                        part.node, f"`{self.plan.short(part.node)}` runs on failure and uses the mapping"
                    )
                self.out.pieces.append(Piece(part.node, tuple(one for one in part.labels if one in ours)))
        if ladder and not any(set(part.labels) & theirs for part in ladder):
            self.out.gone += [part.node for part in ladder if part.node not in self.out.gone]

    def _target(self, jump: Node) -> str:
        label = jump.child_by_field_name("label")
        return "" if label is None else self.hook.text(label)


def _parts(body: Node, text: object) -> Iterator[_Part]:
    for node in body.named_children:
        if node.type == "comment":
            continue
        labels: list[str] = []
        inside: Node | None = node
        while inside is not None and inside.type == "labeled_statement":
            label = child(inside, "label")
            labels.append(text(label))  # type: ignore[operator]
            inside = next(
                (
                    one
                    for one in reversed(inside.named_children)
                    if one.type != "comment" and one.id != label.id
                ),
                None,
            )
        if inside is not None:
            yield _Part(inside, tuple(labels))


def _arms(node: Node) -> Iterator[Node]:
    yield child(node, "consequence")
    other = node.child_by_field_name("alternative")
    if other is not None:
        for one in other.named_children:
            if one.type != "comment":
                yield one


def _statements(arm: Node) -> list[Node]:
    if arm.type == "compound_statement":
        return [one for one in arm.named_children if one.type != "comment"]
    return [arm]


def _runs_at(walk: Walk, node: Node) -> bool:
    """Whether ``node`` is in a step of a walk."""
    return any(step.node is not None and encloses(step.node, node) for step in walk.path)


def _runs(walk: Walk, node: Node) -> int | None:
    """The step of a walk at which ``node`` runs, or begins."""
    for at, step in enumerate(walk.path):
        if step.node is not None and encloses(node, step.node):
            return at
    return None
