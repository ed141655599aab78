# SPDX-License-Identifier: GPL-2.0-only
"""The plan of one conversion: new text for nodes, claims on VMA uses, reasons and facts for the flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.settled import Settled
from mmapmigrate.convert.text import layout
from mmapmigrate.convert.values import Values
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.body import is_once
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.remaps import remaps
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import ancestors, arguments, encloses, find_all, inner
from mmapmigrate.syntax.nodes import field as call_field

if TYPE_CHECKING:
    from tree_sitter import Node

    from mmapmigrate.convert.tables.private import PrivateSlot

Text = Callable[[], str]
Line = Callable[[], str | None]
"""A statement; None where there is no need for it any more."""
_LOOPS = ("for_statement", "while_statement", "do_statement")
FindPrivate = Callable[[FileModel, str, str], "PrivateSlot | None"]


class Action(Struct, frozen=True):
    """An action that stands in for ``call``.

    ``kind`` is the helper's name without ``_full``. ``size`` is the old call's size argument when it is not
    the VMA's size by itself. ``override`` is the errno text that replaces the action's error.
    ``late_prot`` tells that the action reads page_prot only after the hook has returned.
    """

    call: Node
    kind: str
    size: Node | None = None
    override: str | None = None
    late_prot: bool = False


class Elsewhere(Struct, frozen=True):
    """An edit outside of the functions of a set, in ``file``."""

    file: FileModel
    edit: Edit


class Plan(Struct, dict=True):
    """What the recipes have decided so far. Nodes are keyed by ``node.id`` of the hook's one tree.

    ``deleted`` are byte ranges that go, ``gaps`` such as become one space; ``kept`` are nodes inside of
    ``discarded`` ones whose text reaches the new function all the same; ``places`` are the nodes of
    ``reasons``. ``moved`` are statements that
    vm_ops->mapped runs instead of the hook, or that only gave back what it takes; ``moved_comments`` went
    with them. ``added`` are new functions, by the path of their file;
    ``guarded`` the vm_ops tables whose close asks whether mapped has run. ``unreturned`` maps what takes
    state to the vm_ops table whose close does not give it back; ``fails_late`` is what a mapped takes that
    may fail.
    """

    hook: HookSource
    api: KernelApi
    values: Values
    texts: dict[int, tuple[Node, Text]] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    reasons: list[Reason] = field(default_factory=list)
    _stated: set[Reason] = field(default_factory=set)
    actions: list[Action] = field(default_factory=list)
    flag_writes: dict[int, list[tuple[str, frozenset[str] | None]]] = field(default_factory=dict)
    delegates: set[int] = field(default_factory=set)
    stacked: set[int] = field(default_factory=set)
    private: FindPrivate | None = None
    dispatched: dict[str, PrivateSlot] = field(default_factory=dict)
    setups: set[int] = field(default_factory=set)
    helper_calls: dict[int, tuple[Node, str]] = field(default_factory=dict)
    pure_calls: set[int] = field(default_factory=set)
    reads: dict[int, str] = field(default_factory=dict)
    """What a pure call that is handed the VMA reads there: the descriptor's field."""
    discarded: list[Node] = field(default_factory=list)
    kept: list[Node] = field(default_factory=list)
    deleted: list[tuple[int, int]] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    arms: dict[int, tuple[Node, Callable[[], int]]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """The functions of the kernel that are called no more, and those that are called instead."""
    dropped: set[str] = field(default_factory=set)
    """The locals that go."""
    declarations: list[str] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    seeds: list[tuple[Node, str]] = field(default_factory=list)
    moved: list[Node] = field(default_factory=list)
    moved_comments: list[tuple[int, int]] = field(default_factory=list)
    added: list[tuple[str, str]] = field(default_factory=list)
    guarded: set[str] = field(default_factory=set)
    mapped: set[str] = field(default_factory=set)
    """The vm_ops tables that got a mapped."""
    unreturned: dict[int, str] = field(default_factory=dict)
    fails_late: list[Node] = field(default_factory=list)
    spelled_out: set[str] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    places: list[tuple[Node, Reason]] = field(default_factory=list)

    @cached_property
    def settled(self) -> Settled:
        """What the function's remaps settle once they are actions; those in loops settle nothing."""
        calls = [
            call
            for call in find_all(self.hook.body, "call_expression")
            if self.hook.text(call_field(call, "function")) in remaps()
            and any(self.hook.text(inner(one)) == self.hook.vma for one in arguments(call)[:1])
            and not any(above.type in _LOOPS for above in ancestors(call) if not is_once(self.hook, above))
        ]
        return Settled(self.hook, calls)

    def replace(self, node: Node, text: str | Text) -> None:
        """Give ``node`` a new text, computed at the end so that nested replacements take part."""
        self.texts[node.id] = (node, text if callable(text) else lambda: text)

    def replace_statement(self, node: Node, lines: Sequence[Line], *, braces: bool = False) -> None:
        """Put several statements in the place of one, in braces where it is the arm of another.

        ``braces`` asks for them there even for one line.
        """

        def left() -> list[str]:
            return [text for line in lines if (text := line()) is not None]

        def text() -> str:
            lead = self.lead(node)
            if self._in_block(node):
                return ("\n" + lead).join(left())
            if not self._needs_braces(node):
                return left()[0]
            outside = self._arm_lead(node)
            body = "".join(f"{outside}\t{line}\n" for line in left())
            return f"{{\n{body}{outside}}}"

        self.replace(node, text)
        if not self._in_block(node):
            self.arms[node.id] = (node, lambda: max(len(left()), 2 if braces else 1))

    def zero(self, name: str) -> Line:
        """``name = 0;``, as long as the local stays."""
        return lambda: None if name in self.dropped else f"{name} = 0;"

    def _needs_braces(self, node: Node) -> bool:
        """Whether the arm ``node``, or the arm beside it, is more than one statement."""
        holder = node.parent
        if holder is not None and holder.type == "else_clause":
            holder = holder.parent
        if holder is None or holder.type != "if_statement" or self.arms[node.id][1]() != 1:
            return True
        clause = holder.child_by_field_name("alternative")
        others = [holder.child_by_field_name("consequence")]
        others += [] if clause is None else list(clause.named_children)
        return any(
            other.type == "compound_statement" or (other.id in self.arms and self.arms[other.id][1]() != 1)
            for other in others
            if other is not None
        )

    def contents(self, arm: Node, statement: Node) -> Text:
        """The text of an arm of ``statement``, its braces removed, as it stands in its place."""

        def text() -> str:
            whole = self.render(arm)
            first = arm
            if arm.type == "compound_statement":
                whole = whole[1:-1].strip("\n").rstrip()
                first = next(iter(arm.named_children), arm)
            lead = self.lead(statement)
            if not self._in_block(statement):
                lead = f"{self._arm_lead(statement)}\t"
            old = self.lead(first)
            head, *rest = whole.split("\n")
            moved = [lead + line.removeprefix(old) if line.startswith(old) else line for line in rest]
            return "\n".join([head.lstrip(), *moved])

        return text

    def _arm_lead(self, node: Node) -> str:
        """The white space that begins the line of the statement that ``node`` is an arm of."""
        holder = node.parent
        if holder is not None and holder.type == "else_clause":
            holder = holder.parent
        return self.lead(holder or node)

    def _join_braces(self, node: Node) -> None:
        """Put the braces around an arm on the lines of what is in front of it and of the else behind it."""
        before, after = node.prev_sibling, node.next_sibling
        if before is not None:
            self.gaps.append((before.end_byte, node.start_byte))
        if after is not None and after.type == "else_clause":
            self.gaps.append((node.end_byte, after.start_byte))

    def delete_statement(self, node: Node) -> None:
        """Remove a statement and the line it leaves empty."""
        data = self.hook.data
        start, end = node.start_byte, node.end_byte
        line = data.rfind(b"\n", 0, start) + 1
        stop = data.find(b"\n", end)
        stop = len(data) if stop < 0 else stop + 1
        # A comment behind the statement is kept with those in it (comments.keep_comments()).
        closed = data.count(b"/*", end, stop) == data.count(b"*/", end, stop)
        if closed and not data[line:start].strip() and not self.hook.file.unit.code[end:stop].strip():
            start, end = line, stop
        self.deleted.append((start, end))
        self.discarded.append(node)

    def claim(self, *nodes: Node) -> None:
        """Account for these identifier nodes of the VMA."""
        self.claimed.update(node.id for node in nodes)

    def claim_below(self, *nodes: Node) -> None:
        """Account for every identifier of the VMA at or below these nodes."""
        for node in nodes:
            for part in find_all(node, "identifier"):
                if self.hook.text(part) == self.hook.vma:
                    self.claimed.add(part.id)

    def discard(self, *nodes: Node) -> None:
        """Note nodes whose text does not reach the new function."""
        self.discarded.extend(nodes)

    def is_discarded(self, node: Node) -> bool:
        """Whether ``node`` lies in text that does not reach the new function."""

        def inside(parts: Sequence[Node]) -> bool:
            return any(encloses(part, node) for part in parts)

        return inside(self.discarded) and not inside(self.kept)

    def is_moved(self, node: Node) -> bool:
        """Whether ``node`` lies in what another function does now, or nobody has to do any more."""
        return any(encloses(part, node) for part in self.moved)

    def refuse(self, node: Node, code: str, message: str, tier: Tier, subject: str = "") -> None:
        """State a reason at ``node``."""
        self.refused.add(node.id)
        reason = Reason(self.hook.file.path, self.hook.line(node), code, message, tier, subject)
        if reason not in self._stated:
            self._stated.add(reason)
            self.reasons.append(reason)
        self.places.append((node, reason))

    def short(self, node: Node) -> str:
        """The old text of ``node`` on one line, for a message."""
        return self.hook.short(node)

    def render(self, node: Node) -> str:
        """The new text of ``node``."""
        given = self.texts.get(node.id)
        if given is not None:
            return given[1]()
        if not node.children:
            return self.hook.text(node)
        data = self.hook.data
        pieces: list[str] = []
        at = node.start_byte
        for child in node.children:
            gone = self._gone(child)
            if gone is not None:
                pieces.append(data[at : max(at, gone[0])].decode("latin-1"))
                at = max(at, min(gone[1], node.end_byte))
                continue
            pieces.append(data[at : child.start_byte].decode("latin-1"))
            pieces.append(self.render(child))
            at = child.end_byte
        pieces.append(data[at : node.end_byte].decode("latin-1"))
        return "".join(pieces)

    def _gone(self, node: Node) -> tuple[int, int] | None:
        """The deleted range that ``node`` lies in."""
        return next(
            (one for one in self.deleted if one[0] <= node.start_byte and node.end_byte <= one[1]), None
        )

    def lead(self, node: Node) -> str:
        """The white space that begins the line of ``node``."""
        data = self.hook.data
        line = data.rfind(b"\n", 0, node.start_byte) + 1
        return layout.indentation(data[line : node.end_byte].decode("latin-1"))

    def start_column(self, node: Node) -> int:
        """The visual column at which ``node`` begins."""
        data = self.hook.data
        line = data.rfind(b"\n", 0, node.start_byte) + 1
        return layout.column(data[line : node.start_byte].decode("latin-1"))

    def edits(self) -> list[Edit]:
        """The edits of the outermost replaced nodes and of the deletions, unsorted."""
        found = [Edit(start, end, b"") for start, end in self._deletions()]
        for node, _lines in self.arms.values():
            if self._needs_braces(node):
                self._join_braces(node)
        wholes = [(node.start_byte, node.end_byte) for node, _text in self.texts.values()] + self.deleted
        found += [
            Edit(start, end, b" ")
            for start, end in set(self.gaps)
            if not any(first <= start and end <= last for first, last in wholes)
        ]
        nodes = sorted(
            (node for node, _text in self.texts.values()), key=lambda n: (n.start_byte, -n.end_byte)
        )
        end = -1
        for node in nodes:
            if node.start_byte < end or any(
                s <= node.start_byte and node.end_byte <= e for s, e in self.deleted
            ):
                continue
            text = self.texts[node.id][1]().encode("latin-1")
            # What is deleted of a node that is written anew is gone with the old text, or the two disagree.
            found = [
                one
                for one in found
                if one.text
                or not node.start_byte <= one.start < one.end <= node.end_byte
                or self.hook.data[one.start : one.end].strip() in text
            ]
            if text != self.hook.data[node.start_byte : node.end_byte]:
                found.append(Edit(node.start_byte, node.end_byte, text))
            end = node.end_byte
        return found

    def _deletions(self) -> list[tuple[int, int]]:
        """What is deleted, neighbours as one: no empty line begins a block then, nor do two follow."""
        data = self.hook.data
        merged: list[tuple[int, int]] = []
        replaced = [node for node, _text in self.texts.values()]
        # What goes from within a replaced node is left out where that is rendered.
        outside = [
            (start, end)
            for start, end in self.deleted
            if not any(node.start_byte < start and end < node.end_byte for node in replaced)
        ]
        for start, end in sorted(outside):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        found = []
        for start, end in merged:
            lines = data[start - 1 : start] == b"\n" and data[end - 1 : end] == b"\n"
            before = data[data.rfind(b"\n", 0, start - 1) + 1 : start].strip()
            after = data.find(b"\n", end) + 1
            if lines and data[end:].lstrip(b" \t").startswith(b"}"):
                # No empty line ends a block.
                start = len(data[:start].rstrip()) + 1
            if lines and after and not data[end:after].strip() and (not before or before.endswith(b"{")):
                end = after
            found.append((start, end))
        return found

    def _in_block(self, node: Node) -> bool:
        parent = node.parent
        while parent is not None and parent.type == "labeled_statement":
            # What follows a statement with a label follows the label.
            parent = parent.parent
        return (
            parent is None
            or parent.type in ("compound_statement", "case_statement")
            or parent.type.startswith("preproc_")
        )
