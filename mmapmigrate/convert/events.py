# SPDX-License-Identifier: GPL-2.0-only
"""What happens at one step of a hook's path, in order, as far as the proof cares."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import effect_of_call, effect_of_head, effect_of_name
from mmapmigrate.convert.effects.names import Effect, callee
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.plan import Action, Plan
from mmapmigrate.convert.stores import local_objects, stores_locally
from mmapmigrate.model.flow import Step
from mmapmigrate.syntax.nodes import arguments, bare, field, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node


class Happening(StrEnum):
    """The kinds of events."""

    ACTION = "action"
    DELEGATE = "delegate"
    HELPER = "helper"
    """A call of a helper of the set; its own events stand in its place in a trace."""
    MESSAGE = "message"
    LOCK = "lock"
    UNLOCK = "unlock"
    GUARD = "guard"
    STATEFUL = "stateful"
    ASKED = "asked"
    """A call that leaves nothing behind, as far as is known."""
    UNKNOWN = "unknown"
    STORE = "store"
    FLAGS_WRITE = "flags-write"
    FLAGS_READ = "flags-read"
    PROT_WRITE = "prot-write"
    OFFSET_READ = "offset-read"
    OFFSET_WRITE = "offset-write"
    VM_OPS = "vm-ops"
    PRIVATE_DATA = "private-data"


@dataclass(frozen=True)
class Event:
    """One thing that happens at ``node``; ``action`` for ACTION, ``value`` the assigned expression.

    ``plan`` is that of the function which holds the node: a hook, or a helper, perhaps of another file.
    ``site`` is the hook's call through which it happens, None when the hook does it itself.
    """

    kind: Happening
    node: Node
    plan: Plan = dataclasses.field(compare=False, repr=False)
    action: Action | None = None
    value: Node | None = None
    flags: tuple[str, frozenset[str] | None] | None = None
    site: Node | None = None


_EFFECTS = {
    Effect.NONE: Happening.ASKED,
    Effect.MESSAGE: Happening.MESSAGE,
    Effect.LOCK: Happening.LOCK,
    Effect.UNLOCK: Happening.UNLOCK,
    Effect.GUARD: Happening.GUARD,
    Effect.STATEFUL: Happening.STATEFUL,
    Effect.UNKNOWN: Happening.UNKNOWN,
    Effect.STORE: Happening.UNKNOWN,
}

# By the descriptor's field.
_READS = {"pgoff": Happening.OFFSET_READ, "vma_flags": Happening.FLAGS_READ}


class Events:
    """Reads the events of a plan's steps, each step once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.hook = plan.hook
        self._text = text_of(plan.hook.file)
        self._own = local_objects(plan.hook.file, plan.hook.body)
        self._actions = {action.call.id: action for action in plan.actions}
        self._seen: dict[int, tuple[Event, ...]] = {}

    def of(self, step: Step) -> tuple[Event, ...]:
        """The events of ``step``, in the order of evaluation as far as C fixes it."""
        node = step.node
        if node is None:
            return ()
        known = self._seen.get(node.id)
        if known is None:
            known = tuple(self._read(node))
            self._seen[node.id] = known
        return known

    def _read(self, root: Node) -> list[Event]:
        """Post-order, so that arguments come before their call and a value before its store."""
        found: list[Event] = []
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                self._event(node, found)
                continue
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node.children))
        found += self._block_macro(root)
        for what in self.plan.flag_writes.get(root.id, ()):
            found.append(Event(Happening.FLAGS_WRITE, root, self.plan, flags=what))
        return found

    def _block_macro(self, root: Node) -> list[Event]:
        """What a macro does before the block behind it: an if or a loop in the mask, named in the text."""
        holder = root.parent
        condition = None if holder is None else holder.child_by_field_name("condition")
        if holder is None or condition is None or condition.id != root.id:
            return []
        effect = effect_of_head(self.hook.file, self.hook.text(holder))
        return [] if effect is Effect.NONE else [Event(_EFFECTS[effect], root, self.plan)]

    def _event(self, node: Node, found: list[Event]) -> None:
        if self.plan.is_moved(node):
            return
        if node.type == "call_expression":
            self._call(node, found)
        elif node.type == "gnu_asm_expression":
            found.append(Event(Happening.UNKNOWN, node, self.plan))
        elif node.type == "identifier":
            self._name(node, found)
        elif node.type in ("assignment_expression", "update_expression"):
            self._store(node, found)
        elif node.type == "field_expression" and self._is_vma(node):
            name = self.hook.text(field(node, "field"))
            if name in ("vm_flags", "flags"):
                found.append(Event(Happening.FLAGS_READ, node, self.plan))
            elif name == "vm_pgoff":
                found.append(Event(Happening.OFFSET_READ, node, self.plan))
        elif node.type == "pointer_expression" and operator(node) == "&":
            target = bare(field(node, "argument"))
            if target.type == "field_expression" and self._is_vma(target):
                found.append(Event(Happening.PROT_WRITE, node, self.plan))

    def _is_vma(self, node: Node) -> bool:
        return self.hook.text(inner(field(node, "argument"))) == self.hook.vma

    def _call(self, call: Node, found: list[Event]) -> None:
        action = self._actions.get(call.id)
        if action is not None:
            found.append(Event(Happening.ACTION, call, self.plan, action))
            return
        if call.id in self.plan.helper_calls:
            found.append(Event(Happening.HELPER, call, self.plan))
            return
        if call.id in self.plan.delegates:
            found.append(Event(Happening.DELEGATE, call, self.plan))
            return
        if call.id in self.plan.setups:
            found.append(Event(Happening.VM_OPS, call, self.plan, value=field(call, "function")))
            return
        if call.id in self.plan.reads:
            found.append(Event(_READS[self.plan.reads[call.id]], call, self.plan))
            return
        if call.id in self.plan.pure_calls or self._sets_flags(call):
            return
        kind = _EFFECTS[effect_of_call(self.hook.file, self._text, call)]
        found.append(Event(kind, call, self.plan))

    def _name(self, node: Node, found: list[Event]) -> None:
        """A name that is no call may still be a macro that does something."""
        parent, name = node.parent, self.hook.text(node)
        called = (
            parent is not None
            and parent.type == "call_expression"
            and field(parent, "function").id == node.id
        )
        if called or name in self.hook.locals or name in self._parameters():
            return
        effect = effect_of_name(self.hook.file, node, name)
        if effect is not Effect.NONE:
            found.append(Event(_EFFECTS[effect], node, self.plan))

    def _sets_flags(self, call: Node) -> bool:
        statement = call.parent
        return statement is not None and statement.id in self.plan.flag_writes

    def _store(self, node: Node, found: list[Event]) -> None:
        target = self._prot_inside(bare(node.child_by_field_name("left") or field(node, "argument")))
        value = node.child_by_field_name("right")
        base = target
        while base.type == "field_expression" and not self._is_vma(base):
            base = bare(field(base, "argument"))
        if base.type == "field_expression":
            name = self.hook.text(field(base, "field"))
            kind = {
                "vm_page_prot": Happening.PROT_WRITE,
                "vm_pgoff": Happening.OFFSET_WRITE,
                "vm_ops": Happening.VM_OPS,
                "vm_private_data": Happening.PRIVATE_DATA,
            }.get(name)
            if base.id == target.id or name == "vm_page_prot":
                if kind is Happening.PROT_WRITE and operator(node) != "=":
                    # What was there before counts too.
                    value = node
                if kind is not None:
                    found.append(Event(kind, node, self.plan, value=value))
                return
        if target.type == "identifier" and self.hook.text(target) in self._parameters():
            return
        if not stores_locally(target, self._own, self._text):
            found.append(Event(Happening.STORE, node, self.plan))

    def _prot_inside(self, target: Node) -> Node:
        """What ``pgprot_val(prot)`` names a member of, which is ``prot``; any other ``target`` is itself."""
        given = arguments(target) if target.type == "call_expression" else []
        if len(given) != 1 or self.hook.text(field(target, "function")) != "pgprot_val":
            return target
        file = self.hook.file
        own = file.functions("pgprot_val") or file.macros_seen("pgprot_val")
        return target if own else bare(given[0])

    def _parameters(self) -> set[str]:
        return {parameter.name for parameter in self.hook.function.parameters}


def name_of_call(plan: Plan, call: Node) -> str:
    """The name by which a message speaks of a call, or the text of what is none."""
    if call.type != "call_expression":
        return " ".join(plan.hook.text(call).split())[:60]
    return callee(plan.hook.text(inner(field(call, "function"))))


__all__ = ["Event", "Events", "Happening", "name_of_call", "tables"]
