# SPDX-License-Identifier: GPL-2.0-only
"""A hook with the helpers that it hands its VMA to: what changes in place, and what gets a twin.

A helper that only the set calls takes the descriptor in place, and its prototypes with it. Where others call
it too, or a module may, the old helper stays, and a twin that takes the descriptor stands behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from mmapmigrate.convert.names import MentionKind, mentions
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.tables.private import PrivateSlot
from mmapmigrate.convert.text import layout
from mmapmigrate.convert.text.comments import keep_comments
from mmapmigrate.convert.text.signature import kept_head_edits, local_edits
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.nodes import ancestors, find_all
from mmapmigrate.syntax.nodes import field as child


class Helper(Struct, frozen=True):
    """What becomes of a helper: ``plans`` are its definitions, ``files`` those that name it.

    The old form of one that is ``kept`` is still needed, and its twin is called ``new``; the twin of one that
    is ``shared`` is called from another file than the one that defines it, and that of one that is ``early``
    in front of its definition.
    """

    name: str
    new: str
    plans: tuple[Plan, ...]
    files: tuple[FileModel, ...]
    kept: bool
    shared: bool
    exported: bool
    early: bool = False


class ConversionSet(Struct):
    """``hook`` and its ``helpers``' definitions by name; ``settled`` is what becomes of them, once known."""

    hook: Plan
    helpers: dict[str, tuple[Plan, ...]]
    settled: dict[str, Helper] = field(default_factory=dict)

    @property
    def plans(self) -> list[Plan]:
        """The plans of all functions of the set."""
        plans = [self.hook, *(plan for plans in self.helpers.values() for plan in plans)]
        return list({id(plan): plan for plan in plans}.values())

    @property
    def private(self) -> list[PrivateSlot]:
        """The members of the driver's own ops structs that change with the set."""
        return list({key: slot for plan in self.plans for key, slot in plan.dispatched.items()}.values())

    @property
    def files(self) -> dict[str, FileModel]:
        """The files that define or name one of the set's functions, but for the hook's own name."""
        files = [self.hook.hook.file, *(file for one in self.settled.values() for file in one.files)]
        files += [file for slot in self.private for file in slot.files.values()]
        return {file.path: file for file in files}

    @property
    def abroad(self) -> dict[str, FileModel]:
        """The files that change outside of the set's functions."""
        return {one.file.path: one.file for plan in self.plans for one in plan.elsewhere}

    def renamed(self, path: str) -> dict[str, str]:
        """The new names of the helpers that ``path`` defines."""
        return {
            name: helper.new
            for name, helper in self.settled.items()
            if any(plan.hook.file.path == path for plan in helper.plans)
        }

    def in_place(self, path: str) -> list[Plan]:
        """The plans of the functions of one file that are rewritten where they stand."""
        kept = {name for name, helper in self.settled.items() if helper.kept}
        return [
            plan for plan in self.plans if plan.hook.file.path == path and plan.hook.function.name not in kept
        ]

    def call_new_names(self) -> None:
        """Let the calls of the set's helpers use their new names."""
        for plan in self.plans:
            for call, name in plan.helper_calls.values():
                if name in self.settled and self.settled[name].new != name:
                    plan.replace(child(call, "function"), self.settled[name].new)

    def rename_members(self) -> None:
        """Let the functions of the set call and test the new members of the driver's own ops structs."""
        for slot in self.private:
            for plan in self.plans:
                own = [site for file, site in slot.sites if file.path == plan.hook.file.path]
                ends = {site.end for site in own}
                for node in find_all(plan.hook.body, "field_identifier"):
                    if node.end_byte in ends:
                        plan.replace(node, slot.slot.prepare)

    def stranded(self) -> Iterator[str]:
        """Functions that stay for others, and that call or test a member which would be gone."""
        for plan in self.plans:
            helper = self.settled.get(plan.hook.function.name)
            node = plan.hook.function.node
            for slot in self.private if helper is not None and helper.kept else ():
                if any(
                    file.path == plan.hook.file.path and node.start_byte <= site.start < node.end_byte
                    for file, site in slot.sites
                ):
                    yield plan.hook.function.name

    def private_edits(self, file: FileModel) -> list[Edit]:
        """What changes in ``file`` with the driver's own ops structs, outside of the set's functions."""
        edits: list[Edit] = []
        names = {name: helper.new for name, helper in self.settled.items()}
        inside = [
            (plan.hook.function.node.start_byte, plan.hook.function.node.end_byte)
            for plan in self.in_place(file.path)
        ]
        for slot in self.private:
            edits += slot.edits(file, names, self.hook.hook.desc)
            for where, site in slot.sites:
                if where.path == file.path and not any(s <= site.start < e for s, e in inside):
                    edits.append(Edit(site.end - len(site.member), site.end, slot.slot.prepare.encode()))
        return edits

    def helper_edits(self, file: FileModel) -> list[Edit]:
        """The heads, prototypes and comments of the helpers that change in place, as ``file`` has them."""
        edits: list[Edit] = []
        for name, helper in self.settled.items():
            if helper.kept or file.path not in {each.path for each in helper.files}:
                continue
            for mention in mentions(file, name):
                if (
                    mention.kind in (MentionKind.DEFINITION, MentionKind.PROTOTYPE)
                    and mention.node is not None
                ):
                    desc = _desc(helper, file, mention.offset)
                    edits += kept_head_edits(file.unit.source.data, mention.node, helper.new, desc)
                elif mention.kind is MentionKind.COMMENT and helper.new != name:
                    edits.append(Edit(mention.offset, mention.offset + len(name), helper.new.encode()))
        return edits

    def prototypes(self, file: FileModel) -> Iterator[tuple[int, int]]:
        """Where the declarations of the helpers that change in place stand in ``file``."""
        for name, helper in self.settled.items():
            for mention in () if helper.kept else mentions(file, name):
                if mention.kind is MentionKind.PROTOTYPE and mention.node is not None:
                    whole = next(node for node in ancestors(mention.node) if node.type == "declaration")
                    yield whole.start_byte, whole.end_byte

    def twins(self, file: FileModel) -> list[Edit]:
        """The converted copies of the helpers that are kept, each behind its original in ``file``."""
        edits: list[Edit] = []
        for name, helper in sorted(self.settled.items()):
            if not helper.kept:
                continue
            exports = _exports(file, name)
            for plan in helper.plans:
                if plan.hook.file.path == file.path:
                    edits.append(_twin(plan, helper, exports))
            at_home = file.path in {plan.hook.file.path for plan in helper.plans}
            if helper.shared or (helper.early and at_home):
                edits += _prototypes(file, helper)
        return edits


def _desc(helper: Helper, file: FileModel, offset: int) -> str:
    """The descriptor's name in the definition at ``offset``; prototypes take that of the first one."""
    return next(
        (
            plan.hook.desc
            for plan in helper.plans
            if plan.hook.file.path == file.path and plan.hook.function.name_start == offset
        ),
        helper.plans[0].hook.desc,
    )


def _twin(plan: Plan, helper: Helper, exports: list[tuple[int, int]]) -> Edit:
    """The twin of one definition, and its EXPORT_SYMBOL() if the old one has one in the file."""
    data, node = plan.hook.data, plan.hook.function.node
    declarator = next(find_all(child(node, "declarator"), "function_declarator"), child(node, "declarator"))
    own = [
        *keep_comments(plan.hook, plan.edits()),
        *kept_head_edits(data, declarator, helper.new, plan.hook.desc),
    ]
    own += local_edits(plan, is_hook=False)
    own += layout.realign(data, own, node.start_byte, node.end_byte)
    text = _changed(data, node.start_byte, node.end_byte, own)
    if not plan.hook.function.static and not helper.shared:
        return Edit(node.end_byte, node.end_byte, b"\n\nstatic " + text)
    if not exports:
        return Edit(node.end_byte, node.end_byte, b"\n\n" + text)
    behind = [one for one in exports if not data[node.end_byte : one[0]].strip()]
    start, end = (behind or exports)[0]
    line = re.sub(rb"\b%s\b" % helper.name.encode(), helper.new.encode(), data[start:end])
    at = end if behind else node.end_byte
    return Edit(at, at, b"\n\n" + text + b"\n" + line)


def _prototypes(file: FileModel, helper: Helper) -> Iterator[Edit]:
    """A prototype of the twin behind each of the old one."""
    data = file.unit.source.data
    for mention in mentions(file, helper.name):
        if mention.kind is not MentionKind.PROTOTYPE or mention.node is None:
            continue
        whole = next(node for node in ancestors(mention.node) if node.type == "declaration")
        own = kept_head_edits(data, mention.node, helper.new, helper.plans[0].hook.desc)
        text = _changed(data, whole.start_byte, whole.end_byte, own)
        if not helper.shared and not helper.plans[0].hook.function.static:
            # The twin is static where its file alone calls it.
            text = b"static " + text.removeprefix(b"extern ")
        yield Edit(whole.end_byte, whole.end_byte, b"\n" + text)


def _changed(data: bytes, start: int, end: int, edits: list[Edit]) -> bytes:
    """The text of a range with its edits, lines that became too long broken anew."""
    shifted = [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits]
    old = data[start:end]
    new = layout.wrap_lines(old.decode("latin-1"), apply_edits(old, shifted).decode("latin-1"))
    return new.encode("latin-1")


def _exports(file: FileModel, name: str) -> list[tuple[int, int]]:
    """The byte ranges of the EXPORT_SYMBOL() lines of a function."""
    found = []
    for mention in mentions(file, name):
        if mention.kind is MentionKind.EXPORT:
            data = file.unit.source.data
            end = data.find(b";", mention.offset)
            found.append((data.rfind(b"\n", 0, mention.offset) + 1, end + 1))
    return found
