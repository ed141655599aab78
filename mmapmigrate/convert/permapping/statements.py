# SPDX-License-Identifier: GPL-2.0-only
"""What the statements of a hook do, whichever side they go to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.permapping.changes import Taking, is_value, takings
from mmapmigrate.convert.permapping.places import PRIVATE, Places
from mmapmigrate.convert.permapping.walks import runs_at
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.walk import Walk
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node


_HANDED = ("vm_start", "vm_end", "vm_pgoff", "vm_file")
"""The fields of a VMA that mapped is handed."""

_UNGUARDED = ("memory", "power")
"""Kinds of state whose taking protects nothing that a hook reads of its driver's own memory."""


class Statements:
    """Answers for the statements of one hook, of whose changes ``relevant`` belong to the mapping.

    ``walks`` are the paths of the hook with its remaps succeeding.
    """

    def __init__(self, plan: Plan, places: Places, relevant: Sequence[Taking], walks: Sequence[Walk]) -> None:
        self.plan = plan
        self.hook = plan.hook
        self.places = places
        self.relevant = relevant
        self.walks = walks
        self._text = text_of(plan.hook.file)

    def effect(self, call: Node) -> Effect:
        """What a call leaves behind."""
        return effect_of_call(self.hook.file, self._text, call)

    def changes(self, node: Node) -> list[Taking]:
        """The changes below ``node`` that belong to the mapping."""
        return [one for one in takings(self.places, node) if any(one.pairs(other) for other in self.relevant)]

    def locks(self, node: Node) -> bool:
        """Whether something is locked or unlocked below ``node``."""
        kinds = (Effect.LOCK, Effect.UNLOCK, Effect.GUARD)
        return any(self.effect(call) in kinds for call in find_all(node, "call_expression")) or any(
            self.hook.text(one).startswith("scoped_guard")
            for one in find_all(node, "if_statement", "while_statement")
        )

    def concerns(self, node: Node) -> bool:
        """Whether a change that belongs to the mapping, or a lock, is below ``node``."""
        return bool(self.changes(node)) or self.locks(node)

    def takes(self, node: Node) -> bool:
        """Whether something is taken for the mapping below ``node``; a value that is stored is nothing."""
        return any(not one.change.gives and not is_value(one) for one in self.changes(node))

    def lock_balance(self, node: Node) -> int:
        """How many locks a statement that is not a decision takes, less what it gives back."""
        if node.type != "expression_statement":
            return 0
        effects = [self.effect(call) for call in find_all(node, "call_expression")]
        return sum(one in (Effect.LOCK, Effect.GUARD) for one in effects) - effects.count(Effect.UNLOCK)

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
                and bare(whole.child_by_field_name("left") or field(whole, "argument")).id == holder.id
            )
            name = self.hook.text(field(holder, "field"))
            if written or (name not in _HANDED and not (name == "vm_private_data" and self._is_set(holder))):
                return True
        return False

    def _is_set(self, use: Node) -> bool:
        """Whether vm_private_data has the one value that the hook gives it wherever it is read here."""
        given = [
            one
            for one in find_all(self.hook.body, "assignment_expression")
            if self.plan.values.is_field(field(one, "left"), "vm_private_data")
        ]
        if len(given) != 1 or self.places.private == PRIVATE or given[0].end_byte > use.start_byte:
            return False
        return all(runs_at(walk, given[0]) for walk in self.walks if runs_at(walk, use))

    def is_private(self, node: Node) -> bool:
        """Whether a statement is ``vma->vm_private_data = x;``."""
        found = _assignment(node)
        return found is not None and self.plan.values.is_field(field(found, "left"), "vm_private_data")

    def reads(self, node: Node) -> set[str]:
        """The locals that are read below ``node``."""
        written = set(self._targets(node))
        return {
            self.hook.text(one)
            for one in find_all(node, "identifier")
            if one.id not in written and self.hook.text(one) in self.hook.locals
        }

    def _targets(self, node: Node) -> Iterator[int]:
        """The identifiers that are only written below ``node``."""
        for one in find_all(node, "assignment_expression"):
            target = bare(field(one, "left"))
            if operator(one) == "=" and target.type == "identifier":
                yield target.id

    def writes(self, node: Node) -> set[str]:
        """The locals that are written below ``node``, or may be by their address."""
        found: set[str] = set()
        for one in find_all(node, "assignment_expression", "update_expression"):
            target = bare(one.child_by_field_name("left") or field(one, "argument"))
            if target.type == "identifier":
                found.add(self.hook.text(target))
        for one in find_all(node, "pointer_expression"):
            target = bare(field(one, "argument"))
            if operator(one) == "&" and target.type == "identifier":
                found.add(self.hook.text(target))
        return found & set(self.hook.locals)

    def looks(self, node: Node) -> bool:
        """Whether memory is read below ``node``, apart from the VMA's, or something unknown is called."""
        for one in find_all(node, "field_expression", "subscript_expression", "pointer_expression"):
            if one.type == "pointer_expression" and operator(one) == "&":
                continue
            if one.type == "field_expression" and operator(one) == ".":
                continue
            if one.type == "field_expression" and self.hook.text(field(one, "argument")) == self.hook.vma:
                continue
            above = outer(one).parent
            if above is not None and above.type == "pointer_expression" and operator(above) == "&":
                continue
            return True
        return any(self._asks_unknown(call) for call in find_all(node, "call_expression"))

    def _asks_unknown(self, call: Node) -> bool:
        """Whether a call that is no part of the mapping may do, or read, anything."""
        name = self.hook.text(field(call, "function"))
        facts = tables()
        if name in facts.harmless | facts.filling | facts.filling_last or name.startswith("pgprot_"):
            return False
        if any(self.hook.text(bare(one)) == self.hook.vma for one in arguments(call)):
            return False
        return self.effect(call) is not Effect.MESSAGE

    def constant(self, node: Node) -> str | None:
        """The local that a statement gives a constant (``ret = 0;``)."""
        found = _assignment(node)
        if found is None:
            return None
        target, value = bare(field(found, "left")), self.hook.text(bare(field(found, "right")))
        plain = target.type == "identifier" and re.fullmatch(r"-?\w+", value)
        name = self.hook.text(target)
        constant = plain and not re.search(r"[a-z]", value)
        return name if constant and name in self.hook.locals else None

    def checked(self, taking: Taking) -> bool:
        """Whether the hook asks whether the taking has worked."""
        holder = outer(taking.node).parent
        return (
            taking.node.type == "call_expression"
            and (holder is None or holder.type != "expression_statement")
            and taking.change.kind not in _UNGUARDED
        )


def _assignment(node: Node) -> Node | None:
    """The assignment by ``=`` that a statement is, or None."""
    if node.type != "expression_statement":
        return None
    found = next((one for one in node.named_children if one.type != "comment"), None)
    if found is None or found.type != "assignment_expression" or operator(found) != "=":
        return None
    return found
