# SPDX-License-Identifier: GPL-2.0-only
"""The statements of a function that have no converted form: each leaves a FIXME that quotes it.

    ret = dma_mmap_coherent(dev, vma, ...);
        -> /* FIXME: dma_mmap_coherent() has no mmap_prepare counterpart in Linux 7.3: ... */
           ret = -ENODEV;

What stands in for a statement fails: it is what the old code would have done had the statement failed. A
statement that sets another local than the result ends the function there, for what follows needs the value.
A loop goes as a whole. A statement that converts but is not proven stays below its FIXME.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.skeletons import fixme
from mmapmigrate.convert.skeletons.notes import Note, folded
from mmapmigrate.model.body import is_once
from mmapmigrate.model.functions import declarator_name
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import ancestors, encloses, enclosing_statement, find_all, inner, operator
from mmapmigrate.syntax.nodes import field as child

if TYPE_CHECKING:
    from tree_sitter import Node

ERRNO = "-ENODEV"
"""What a skeleton returns where it is not finished: the mapping is refused."""

# Reasons beyond review about statements whose converted text is whole: only the proof is missing.
_WHOLE = frozenset(
    {
        "close-before-mapped", "delegate-not-last", "failure-cleanup", "irregular-flow", "lock-spans-action",
        "recursion", "stateful", "too-many-paths", "two-actions",
    }
)  # fmt: skip
_UNREADABLE = frozenset({"hidden-jump", "macro-captures", "unparsed", "unread-arm", "unread-use"})
_LOOPS = ("for_statement", "while_statement", "do_statement")
_BLOCKS = ("compound_statement", "case_statement")
RESULT_TYPES = frozenset({"int", "long", "ssize_t"})
_LOCKING = re.compile(rb"\b(?:\w*spin_|rcu_|read_|write_)\w*?(un)?lock\w*\s*\(")
_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(if|endif|el)", re.M)


class NoBodyError(Exception):
    """The function's body cannot be kept in any part; the message says why."""


class _Gap(Struct):
    """A statement that goes, and why."""

    node: Node
    messages: list[str] = field(default_factory=list)
    weak: bool = False
    """Nothing stands in for the statement that would fail if it had."""


class Omissions:
    """Leaves out of a function's plan what has no converted form, and notes the rest of its reasons.

    ``reasons`` are pairs of a node and its reason. ``comments`` are insertions at the beginning of lines,
    ``general`` the messages that concern the function as a whole. Raises NoBodyError.
    """

    def __init__(self, plan: Plan, reasons: Sequence[tuple[Node, Reason]]) -> None:
        self.plan = plan
        self.hook: HookSource = plan.hook
        self.comments: list[Edit] = []
        self.general: list[str] = []
        self._gaps: dict[int, _Gap] = {}
        self._result = _result_of(self.hook)
        self._hard: list[Node] = []
        self._lost: set[str] = set()
        self._stopped: set[int] = set()
        kept: list[tuple[Node, Reason]] = []
        for node, reason in reasons:
            if reason.code in _UNREADABLE:
                raise NoBodyError(reason.message)
            elsewhere = reason.path != self.hook.file.path or not encloses(self.hook.body, node)
            if elsewhere or node.id == self.hook.body.id:
                self._say(self.general, reason.message)
            elif self._is_hard(node, reason):
                self._hard.append(node)
                weak = reason.tier.rank > Tier.REVIEW.rank or bool(plan.elsewhere)
                self._leave_out(node, reason.message, weak=weak)
            else:
                kept.append((node, reason))
        self._sweep()
        self._stop_behind_declarations()
        self._settle(kept)
        self._write()

    @property
    def missing(self) -> bool:
        """Whether the function lacks something without which it must not succeed."""
        return bool(self._gaps)

    def spans(self) -> list[tuple[int, int]]:
        """The byte ranges of what goes."""
        return [(gap.node.start_byte, gap.node.end_byte) for gap in self._gaps.values()]

    def _is_hard(self, node: Node, reason: Reason) -> bool:
        """Whether the statement that ``reason`` speaks of cannot stay."""
        if any(start <= node.start_byte and node.end_byte <= end for start, end in self.plan.deleted):
            return True
        return reason.tier.rank > Tier.REVIEW.rank and reason.code not in _WHOLE

    def _sweep(self) -> None:
        """Leave out each statement in which a use of the VMA would be left."""
        word = re.compile(rf"(?<![\w.>]){re.escape(self.hook.vma)}\b")
        if not self.hook.vma:
            return
        for use in self.hook.uses_of(self.hook.vma):
            if self.plan.is_discarded(use) or self._gap_around(use) is not None:
                continue
            whole = next((n for n in (use, *ancestors(use)) if n.id in self.plan.texts), use)
            if word.search(self.plan.render(whole)):
                self._leave_out(use, f"{self.hook.vma} does not exist yet", weak=True)

    def _leave_out(self, node: Node, message: str, *, weak: bool) -> None:
        statement = self._unit(node)
        gap = self._gaps.setdefault(statement.id, _Gap(statement))
        self._say(gap.messages, message)
        gap.weak |= weak
        for inside in [g for g in self._gaps.values() if g is not gap and encloses(statement, g.node)]:
            for text in inside.messages:
                self._say(gap.messages, text)
            gap.weak |= inside.weak
            del self._gaps[inside.node.id]

    def _unit(self, node: Node) -> Node:
        """The statement that goes with ``node``: the outermost loop, or the nearest statement."""
        known = self._gap_around(node)
        if known is not None:
            return known.node
        statement = enclosing_statement(node)
        for around in (statement, *ancestors(statement)):
            if around.id == self.hook.body.id:
                break
            looping = around.type in _LOOPS and not is_once(self.hook, around)
            if looping or (around.id in self.plan.texts and around.type.endswith("_statement")):
                statement = around
        if statement.type == "compound_statement" or not encloses(self.hook.body, statement):
            raise NoBodyError("a statement of it could not be told from others")
        text = self.hook.data[statement.start_byte : statement.end_byte]
        found = [kind for kind in _DIRECTIVE.findall(text) if kind != b"el"]
        if found.count(b"if") != found.count(b"endif"):
            raise NoBodyError("a conditional cuts a statement of it in two")
        return statement

    def _stop_behind_declarations(self) -> None:
        """Where a declared local gets no value, the function ends once its locals are declared."""
        pending = [gap.node for gap in self._gaps.values() if gap.node.type == "declaration"]
        while pending:
            node = pending.pop()
            lost = [name for name in self._initialized(node) if self._is_needed(name, node)]
            if not lost:
                continue
            self._lost.update(lost)
            self._stopped.add(node.id)
            follow = node.next_named_sibling
            while follow is not None and follow.type in ("declaration", "comment"):
                reads = {self.hook.text(part) for part in find_all(follow, "identifier")}
                if follow.type == "declaration" and self._gap_around(follow) is None and reads & set(lost):
                    self._leave_out(follow, f"{lost[0]} has no value", weak=True)
                    pending.append(follow)
                follow = follow.next_named_sibling
            if follow is None:
                continue
            anchor = self._anchor(follow)
            line = self.hook.data.rfind(b"\n", 0, anchor.start_byte) + 1
            lead = self.plan.lead(anchor)
            stop = Edit(line, line, f"{lead}{self._return()}\n\n".encode("latin-1"))
            if stop not in self.comments:
                self.comments.append(stop)

    def _initialized(self, node: Node) -> Iterator[str]:
        """The locals whose value is left out of a declaration; the result has another."""
        for declarator in find_all(node, "init_declarator"):
            name = declarator_name(declarator)
            text = "" if name is None else self.hook.text(name)
            known = text in self.hook.locals and text != self._result
            if known and self._has_no_value(child(declarator, "value")):
                yield text

    def _has_no_value(self, value: Node) -> bool:
        """Whether an initialiser wants the VMA, or a local that got no value."""
        if re.search(rf"(?<![\w.>]){re.escape(self.hook.vma)}\b", self.plan.render(value)):
            return True
        if any(encloses(value, node) for node in self._hard):
            return True
        return any(self.hook.text(part) in self._lost for part in find_all(value, "identifier"))

    def _gap_around(self, node: Node) -> _Gap | None:
        return next((gap for gap in self._gaps.values() if encloses(gap.node, node)), None)

    def _settle(self, kept: Sequence[tuple[Node, Reason]]) -> None:
        """Put the reasons of what stays above its statement, or to the gap that took the statement."""
        notes: dict[int, Note] = {}
        for node, reason in kept:
            gap = self._gap_around(node)
            if gap is not None:
                self._say(gap.messages, reason.message)
                continue
            statement = self._anchor(node)
            self._say(notes.setdefault(statement.start_byte, Note(statement)).messages, reason.message)
        for note in folded(sorted(notes.values(), key=lambda note: note.statement.start_byte)):
            lead = self.plan.lead(note.statement)
            line = self.hook.data.rfind(b"\n", 0, note.statement.start_byte) + 1
            text = f"{lead}{fixme.comment(lead, note.messages)}\n"
            self.comments.append(Edit(line, line, text.encode("latin-1")))

    def _anchor(self, node: Node) -> Node:
        """The statement above which a comment about ``node`` may stand: it begins a line of a block."""
        data = self.hook.data
        for around in (node, *ancestors(node)):
            if around.id == self.hook.body.id:
                break
            line = data.rfind(b"\n", 0, around.start_byte) + 1
            held = around.parent is not None and around.parent.type in _BLOCKS
            is_statement = around.type.endswith("_statement") or around.type == "declaration"
            if held and is_statement and not data[line : around.start_byte].strip():
                return around
        raise NoBodyError("a comment has no place in it")

    def _write(self) -> None:
        """Give every gap the text that stands in for it."""
        plan = self.plan
        for gap in self._gaps.values():
            start, end = gap.node.start_byte, gap.node.end_byte
            plan.deleted[:] = [s for s in plan.deleted if not (s[0] < end and start < s[1])]
            plan.gaps[:] = [s for s in plan.gaps if not (start <= s[0] and s[1] <= end)]
            for key in [k for k, (node, _text) in plan.texts.items() if encloses(gap.node, node)]:
                del plan.texts[key]
        for gap in self._gaps.values():
            self._stand_in(gap)
            plan.discard(gap.node)

    def _stand_in(self, gap: _Gap) -> None:
        node, code = gap.node, self._code(gap)
        parent = node.parent
        labeled = parent is not None and parent.type == "labeled_statement"
        if labeled and not code:
            code = [";"]
        if code and code[0].startswith(("return", f"{self._result} =")):
            # Nothing after it succeeds: either it returns, or the old code tests the result.
            gap.weak = gap.weak and not code[0].startswith("return") and not self._is_tested(node)
        gap.weak = gap.weak and node.id not in self._stopped
        in_block = parent is not None and (parent.type in _BLOCKS or labeled)
        lead = self.plan.lead(node)
        quote = fixme.quoted(self.hook.text(node), lead)
        if not in_block:
            holder = parent.parent if parent is not None and parent.type == "else_clause" else parent
            lead = self.plan.lead(holder or node) + "\t"
        note = fixme.comment(lead, gap.messages, quote, missing=gap.weak)
        lines = [note, *code]
        if labeled:
            self.plan.replace(node, f"\n{lead}".join(lines))
        else:
            # A comment takes a line too: an arm that has one needs its braces.
            self.plan.replace_statement(node, [lambda line=line: line for line in lines], braces=True)  # type: ignore[misc]

    def _code(self, gap: _Gap) -> list[str]:
        """The statements that stand in for a gap's."""
        node = gap.node
        returns = self._return()
        if node.type == "return_statement":
            return [returns]
        if not gap.weak:
            return []
        if node.type == "declaration":
            return self._declared(node)
        names = dict.fromkeys(self._assigned(node))
        lost = [name for name in names if name != self._result and self._is_needed(name, node)]
        if lost or _always_leaves(node):
            self._may_stop(node)
            self._set_off(node)
            return [returns]
        if self._result in names:
            return [f"{self._result} = {ERRNO};"]
        return []

    def _declared(self, node: Node) -> list[str]:
        """A declaration without the values that cannot be had."""
        base = self.hook.data[node.start_byte : node.children_by_field_name("declarator")[0].start_byte]
        parts: list[str] = []
        for declarator in node.children_by_field_name("declarator"):
            value = declarator.child_by_field_name("value")
            if declarator.type != "init_declarator" or value is None:
                parts.append(self.hook.text(declarator))
                continue
            name = self.hook.text(child(declarator, "declarator"))
            if not self._has_no_value(value):
                parts.append(f"{name} = {self.plan.render(value)}")
            elif name == self._result:
                parts.append(f"{name} = {ERRNO}")
            else:
                parts.append(name)
        return [f"{base.decode('latin-1')}{', '.join(parts)};"]

    def _return(self) -> str:
        kind = child(self.hook.function.node, "type")
        declarator = child(self.hook.function.node, "declarator")
        if declarator.type != "function_declarator":
            raise NoBodyError("it returns a pointer")
        if self.hook.text(kind) == "int":
            return f"return {ERRNO};"
        raise NoBodyError("it does not return an errno")

    def _assigned(self, node: Node) -> Iterator[str]:
        """The locals that ``node`` may set, declared outside of it."""
        inside = {
            name
            for declaration in find_all(node, "declaration")
            for name in (self.hook.text(part) for part in find_all(declaration, "identifier"))
        }
        for part in find_all(node, "assignment_expression", "update_expression", "pointer_expression"):
            target = part.child_by_field_name("left") or part.child_by_field_name("argument")
            if part.type == "pointer_expression" and operator(part) != "&":
                continue
            if target is None or inner(target).type != "identifier":
                continue
            name = self.hook.text(inner(target))
            known = self.hook.locals.get(name)
            if known is not None and (name not in inside or not encloses(node, known.declaration)):
                yield name

    def _is_needed(self, name: str, node: Node) -> bool:
        """Whether code after ``node`` reads a local that nothing else has set by then."""
        local = self.hook.locals[name]
        if local.declarator.type == "init_declarator" and not encloses(node, local.declarator):
            return False
        for read in local.reads:
            if read.start_byte < node.end_byte or self._gap_around(read) is not None:
                continue
            if self.plan.is_discarded(read) or _apart(node, read):
                continue
            if not any(self._sets_before(value, node, read) for value in local.definitions):
                return True
        return False

    def _sets_before(self, value: Node, node: Node, read: Node) -> bool:
        """Whether the assignment of ``value`` comes between ``node`` and ``read`` on every way."""
        if not node.end_byte <= value.start_byte < read.start_byte or self._gap_around(value) is not None:
            return False
        block = enclosing_statement(value).parent
        return block is not None and encloses(block, read) and not _apart(value, read)

    def _is_tested(self, node: Node) -> bool:
        """Whether what comes next asks for the result, or returns it."""
        follow = node.next_named_sibling
        while follow is not None and follow.type == "comment":
            follow = follow.next_named_sibling
        if follow is None or self._result is None or self._gap_around(follow) is not None:
            return False
        asked = follow.child_by_field_name("condition") if follow.type == "if_statement" else follow
        test = asked is not None and follow.type in ("if_statement", "return_statement")
        return test and asked is not None and self._result in self.hook.text(asked)

    def _may_stop(self, node: Node) -> None:
        """Returning at ``node`` must not leave a lock that sparse counts."""
        held = 0
        code = self.hook.file.unit.code[self.hook.body.start_byte : node.start_byte]
        for found in _LOCKING.finditer(code):
            held += -1 if found[1] else 1
        if held > 0:
            raise NoBodyError("it holds a lock where it would have to end")

    def _set_off(self, node: Node) -> None:
        """A blank line between a return and the statement of the same block that it cuts off."""
        line = self.hook.data.find(b"\n", node.end_byte) + 1
        follow = node.next_named_sibling
        held = node.parent is not None and node.parent.type in _BLOCKS
        if held and follow is not None and self.hook.data[line : line + 1] not in (b"\n", b"\r"):
            self.comments.append(Edit(line, line, b"\n"))

    @staticmethod
    def _say(messages: list[str], message: str) -> None:
        if message not in messages:
            messages.append(message)


def _result_of(hook: HookSource) -> str | None:
    """The local that holds the errno that the function returns."""
    for statement in find_all(hook.body, "return_statement"):
        value = next((part for part in statement.named_children if part.type != "comment"), None)
        name = "" if value is None else hook.text(inner(value))
        local = hook.locals.get(name)
        if local is not None and local.type in RESULT_TYPES:
            return name
    return None


def _always_leaves(node: Node) -> bool:
    """Whether no way through a statement reaches what follows it."""
    if node.type in ("return_statement", "goto_statement", "break_statement", "continue_statement"):
        return True
    if node.type == "compound_statement":
        inside = [part for part in node.named_children if part.type != "comment"]
        return bool(inside) and _always_leaves(inside[-1])
    if node.type == "if_statement":
        other = node.child_by_field_name("alternative")
        arm = None if other is None else next((p for p in other.named_children if p.type != "comment"), None)
        return arm is not None and _always_leaves(child(node, "consequence")) and _always_leaves(arm)
    return node.type == "switch_statement" and node.next_named_sibling is None


def _apart(first: Node, second: Node) -> bool:
    """Whether two nodes stand in different arms of one ``if``."""
    for around in ancestors(first):
        if around.type != "if_statement":
            continue
        arm, other = child(around, "consequence"), around.child_by_field_name("alternative")
        if other is not None and encloses(arm, first) and encloses(other, second):
            return True
    return False
