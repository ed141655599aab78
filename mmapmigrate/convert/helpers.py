# SPDX-License-Identifier: GPL-2.0-only
"""A hook with the helpers of its file that it hands its VMA to: what changes in place, and what gets a twin.

A helper that only the set calls takes the descriptor in place. Where other callers remain, the old helper
stays, and a twin that takes the descriptor stands behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mmapmigrate.convert import layout
from mmapmigrate.convert.comments import keep_comments
from mmapmigrate.convert.naming import MentionKind, mentions, prepared
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.signature import helper_edits, local_edits
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.nodes import field as child
from mmapmigrate.syntax.nodes import find_all


@dataclass
class ConversionSet:
    """``hook`` and its ``helpers``' definitions by name; the old form of those ``kept`` is still needed."""

    hook: Plan
    helpers: dict[str, tuple[Plan, ...]]
    kept: set[str]
    names: dict[str, str] = field(default_factory=dict)

    @property
    def plans(self) -> list[Plan]:
        """The plans of all functions of the set."""
        return [self.hook, *(plan for plans in self.helpers.values() for plan in plans)]

    @property
    def in_place(self) -> list[Plan]:
        """The plans of the functions that are rewritten where they stand."""
        return [
            self.hook,
            *(plan for name, plans in self.helpers.items() if name not in self.kept for plan in plans),
        ]

    def name_helpers(self, file: FileModel) -> None:
        """Choose the helpers' new names and let the calls use them."""
        for name in self.helpers:
            new = prepared(name) if "mmap" in name else name
            if new == name and name in self.kept:
                new = f"{name}_desc"
            while new != name and file.occurrences(new):
                new = f"{new}_desc"
            self.names[name] = new
        for plan in self.plans:
            for call, name in plan.helper_calls.values():
                if self.names[name] != name:
                    plan.replace(child(call, "function"), self.names[name])

    def helper_edits(self, file: FileModel) -> list[Edit]:
        """The heads, prototypes and comments of the helpers that change in place."""
        edits: list[Edit] = []
        for name, plans in self.helpers.items():
            if name in self.kept:
                continue
            new = self.names[name]
            defined = {plan.hook.function.name_start: plan for plan in plans}
            for mention in mentions(file, name):
                if (
                    mention.kind in (MentionKind.DEFINITION, MentionKind.PROTOTYPE)
                    and mention.node is not None
                ):
                    plan = defined.get(mention.offset, plans[0])
                    edits += helper_edits(plan, mention.node, new)
                elif mention.kind is MentionKind.COMMENT and new != name:
                    edits.append(Edit(mention.offset, mention.offset + len(name), new.encode()))
        return edits

    def twins(self, file: FileModel) -> list[Edit]:
        """The converted copies of the helpers that are kept, each behind its original."""
        data = file.unit.source.data
        edits: list[Edit] = []
        for name in sorted(self.kept & set(self.helpers)):
            edits += [_twin(data, plan, self.names[name]) for plan in self.helpers[name]]
        return edits


def _twin(data: bytes, plan: Plan, name: str) -> Edit:
    node = plan.hook.function.node
    declarator = next(find_all(child(node, "declarator"), "function_declarator"), child(node, "declarator"))
    own = [*keep_comments(plan.hook, plan.edits()), *helper_edits(plan, declarator, name)]
    own += local_edits(plan, is_hook=False)
    own += layout.realign(data, own, node.start_byte, node.end_byte)
    shifted = [Edit(e.start - node.start_byte, e.end - node.start_byte, e.text) for e in own]
    old = data[node.start_byte : node.end_byte]
    new = layout.wrap_lines(old.decode("latin-1"), apply_edits(old, shifted).decode("latin-1"))
    if not plan.hook.function.static:
        new = f"static {new}"
    return Edit(node.end_byte, node.end_byte, b"\n\n" + new.encode("latin-1"))
