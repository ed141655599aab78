# SPDX-License-Identifier: GPL-2.0-only
"""Converter: from an ops table's member to the conversion of all that must change with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mmapmigrate.convert import gate, layout
from mmapmigrate.convert.braces import brace_edits
from mmapmigrate.convert.comments import comment_edits
from mmapmigrate.convert.conversion import Conversion, HookRef, Reason, Tier
from mmapmigrate.convert.helpers import ConversionSet
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.naming import Mention, MentionKind, mentions, prepared
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof import prove
from mmapmigrate.convert.recipes import RECIPES
from mmapmigrate.convert.signature import head_edits, local_edits, spell_out_file
from mmapmigrate.convert.tables import entry_edits, table_reasons
from mmapmigrate.convert.unused import drop_unused
from mmapmigrate.convert.values import Values
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.model.remaps import remaps
from mmapmigrate.syntax.edit import Edit, OverlappingEditsError, apply_edits

Suppressed = Callable[[str, int], bool]


class Converter:
    """Converts hooks of one project for one kernel; each connected set once.

    ``suppressed(path, offset)`` tells whether MM101 is suppressed there. ``recheck(path, data)`` returns
    what a linter finds in new text that it did not find in the old: the gate lets nothing through that does.
    """

    def __init__(
        self,
        project: Project,
        api: KernelApi,
        *,
        suppressed: Suppressed | None = None,
        recheck: gate.Recheck | None = None,
    ) -> None:
        self._project = project
        self._api = api
        self._suppressed = suppressed
        self._recheck = recheck
        self._done: dict[tuple[str, str], Conversion] = {}

    def conversion(self, file: FileModel, entry: OpsEntry) -> Conversion:
        """The conversion of the hook that ``entry`` of ``file`` names: the same object for its whole set."""
        if entry.handler is None:
            return self._without_handler(file, entry)
        key = (file.path, entry.handler)
        if key not in self._done:
            self._done[key] = self._convert(file, entry.handler)
        return self._done[key]

    def _without_handler(self, file: FileModel, entry: OpsEntry) -> Conversion:
        line = file.unit.source.position(entry.start).line
        reason = Reason(file.path, line, "computed-hook", "the hook is not named by the table", Tier.SKELETON)
        return Conversion(file.path, line, "", (_reference(entry),), Tier.SKELETON, (reason,))

    def _convert(self, file: FileModel, handler: str) -> Conversion:
        entries = [entry for entry in file.entries() if entry.handler == handler]
        hooks = tuple(_reference(entry) for entry in entries)
        reasons = list(table_reasons(file, entries, self._api, self._project, self._suppressed))
        functions = [function for function in file.functions(handler) if function.vma_parameter()]
        start = functions[0].name_start if functions else entries[0].start
        line = file.unit.source.position(start).line
        if not self._api.has_mmap_prepare:
            message = f"Linux {self._api.release} has no mmap_prepare"
            reasons.append(Reason(file.path, line, "no-mmap-prepare", message, Tier.BLOCKED))
            return _finish(file, line, handler, hooks, reasons, [])
        if not functions:
            edits = self._table_only(file, handler, entries, line, reasons)
            return self._through_gate(file, _finish(file, line, handler, hooks, reasons, edits), handler, {})
        new = prepared(handler)
        reasons += self._names(file, handler, new, line, functions)
        members = [self._members(file, function) for function in functions]
        for member in members:
            prove(member.hook, member.helpers)
            for plan in member.plans:
                reasons += plan.reasons
        edits = []
        if Tier.worst(reason.tier for reason in reasons).rank <= Tier.REVIEW.rank:
            for member in members:
                for plan in member.plans:
                    drop_unused(plan)
                spell_out_file(member.hook)
                for plan in member.plans:
                    reasons += [reason for reason in plan.reasons if reason not in reasons]
        if Tier.worst(reason.tier for reason in reasons).rank <= Tier.REVIEW.rank:
            edits = self._edits(file, handler, new, entries, members)
        renamed = {handler: new}
        for member in members:
            renamed |= member.names
        return self._through_gate(file, _finish(file, line, handler, hooks, reasons, edits), handler, renamed)

    def _members(self, file: FileModel, function: Function) -> ConversionSet:
        """The plans of a hook and of the helpers of its file that it hands its VMA to, transitively."""
        hook = self._plan(file, function)
        helpers: dict[str, tuple[Plan, ...]] = {}
        pending = [hook]
        while pending:
            for call, name in pending.pop().helper_calls.values():
                if name == function.name:
                    hook.refuse(call, "recursion", f"`{name}()` calls itself", Tier.SKELETON)
                elif name not in helpers:
                    helpers[name] = tuple(self._plan(file, each) for each in file.functions(name))
                    pending += helpers[name]
        names = {function.name, *helpers}
        if _recursive(hook, helpers):
            hook.refuse(
                hook.hook.body, "recursion", "the hook's helpers call each other in a circle", Tier.SKELETON
            )
            hook.helper_calls.clear()
        kept = {name for name in helpers if self._called_elsewhere(file, name, names)}
        return ConversionSet(hook, helpers, kept)

    def _called_elsewhere(self, file: FileModel, name: str, names: set[str]) -> bool:
        """Whether anything outside the set needs the helper ``name`` as it is."""
        if not all(function.static for function in file.functions(name)):
            return True
        spans = [
            (member.node.start_byte, member.node.end_byte)
            for known in names
            for member in file.functions(known)
        ]
        for mention in mentions(file, name):
            if mention.kind in (MentionKind.DEFINITION, MentionKind.PROTOTYPE, MentionKind.COMMENT):
                continue
            if mention.kind is MentionKind.OTHER_NAME:
                continue
            inside = any(start <= mention.offset < end for start, end in spans)
            if mention.kind is not MentionKind.CALL or not inside:
                return True
        return False

    def _plan(self, file: FileModel, function: Function) -> Plan:
        hook = HookSource(file, function)
        plan = Plan(hook, self._api, Values(hook))
        _check_readable(plan)
        for use in hook.uses_of(hook.vma):
            if use.id not in plan.claimed:
                for recipe in RECIPES:
                    if recipe(plan, use):
                        break
        return plan

    def _names(
        self, file: FileModel, handler: str, new: str, line: int, functions: Sequence[Function]
    ) -> list[Reason]:
        """Why the hook cannot change its name and signature."""
        found: list[Reason] = []
        if file.occurrences(new):
            message = f"the file already has the name {new}"
            found.append(Reason(file.path, line, "name-taken", message, Tier.SKELETON))
        for mention in mentions(file, handler):
            at = file.unit.source.position(mention.offset).line
            if mention.kind is MentionKind.CALL:
                message = f"{handler}() is also called by name"
                found.append(Reason(file.path, at, "called-by-name", message, Tier.SKELETON))
            elif mention.kind is MentionKind.ALIAS_MACRO:
                if self._aliased(file, handler, mention) is None:
                    message = f"{handler} is defined to a function that has no mmap_prepare counterpart"
                    found.append(Reason(file.path, at, "alias", message, Tier.SKELETON))
            elif mention.kind in (MentionKind.REFERENCE, MentionKind.MACRO_TEXT):
                message = f"{handler} is also referred to here"
                found.append(Reason(file.path, at, "referred-to", message, Tier.SKELETON))
        if len(file.functions(handler)) != len(functions):
            message = f"{handler}() has a definition without a VMA"
            found.append(Reason(file.path, line, "odd-definition", message, Tier.SKELETON))
        if not all(function.static for function in functions):
            found += self._elsewhere(file, handler, line)
        return found

    def _aliased(self, file: FileModel, handler: str, mention: Mention) -> tuple[int, str, str] | None:
        """Where an alias macro names its function, that function, and its counterpart."""
        for macro in file.macros(handler):
            if macro.name_start == mention.offset:
                name = macro.body.strip()
                counterpart = self._api.counterparts.get(name)
                at = file.unit.source.data.find(name.encode(), macro.name_end)
                if counterpart is not None and not counterpart.condition and at >= 0:
                    return at, name, counterpart.name
        return None

    def _elsewhere(self, file: FileModel, handler: str, line: int) -> list[Reason]:
        """Other files that name a hook that is not static: its folder, then include/ and who includes it."""
        places: list[str] = list(self._project.siblings(file.path))
        if self._project.root is not None:
            places.append(str(self._project.root / "include"))
        others = [path for path in self._project.mentioning(handler, places) if path != file.path]
        if not others:
            return []
        message = f"{handler}() is not static, and {others[0]} names it too"
        return [Reason(file.path, line, "other-files", message, Tier.SKELETON)]

    def _table_only(
        self, file: FileModel, handler: str, entries: Sequence[OpsEntry], line: int, reasons: list[Reason]
    ) -> list[Edit]:
        """A table whose hook is defined elsewhere: a counterpart of the kernel serves, or nothing does."""
        counterpart = self._api.counterparts.get(handler)
        release = self._api.release
        if counterpart is not None and not counterpart.condition and len(counterpart.parameters) == 1:
            if reasons:
                return []
            return [edit for entry in entries for edit in entry_edits(file, entry, counterpart.name)]
        if handler in self._api.vma_takers or handler in remaps():
            message = f"`{handler}()` has no mmap_prepare counterpart in Linux {release}"
            reasons.append(Reason(file.path, line, "no-counterpart", message, Tier.BLOCKED))
        else:
            message = f"{handler}() is not defined in this file"
            reasons.append(Reason(file.path, line, "hook-elsewhere", message, Tier.SKELETON))
        return []

    def _edits(
        self,
        file: FileModel,
        handler: str,
        new: str,
        entries: Sequence[OpsEntry],
        members: Sequence[ConversionSet],
    ) -> list[Edit]:
        data = file.unit.source.data
        edits = [edit for entry in entries for edit in entry_edits(file, entry, new)]
        plans = [plan for member in members for plan in member.in_place]
        for member in members:
            member.name_helpers(file)
        for plan in plans:
            own = [*plan.edits(), *(local_edits(plan) if plan.hook.function.name == handler else ())]
            span = plan.hook.function.node
            own += layout.realign(data, own, span.start_byte, span.end_byte)
            edits += own + comment_edits(plan.hook) + brace_edits(plan)
        for mention in mentions(file, handler):
            edits += _mention_edits(plans[0], mention, handler, new)
            alias = self._aliased(file, handler, mention) if mention.kind is MentionKind.ALIAS_MACRO else None
            if alias is not None:
                at, name, counterpart = alias
                edits.append(Edit(at, at + len(name), counterpart.encode()))
        for member in members:
            edits += member.helper_edits(file)
        edits = _wrapped(data, edits, plans)
        for member in members:
            edits += member.twins(file)
        return _as_written(data, edits)

    def _through_gate(
        self, file: FileModel, conversion: Conversion, hook: str, renamed: Mapping[str, str]
    ) -> Conversion:
        """Take back what does not stand."""
        if not conversion.edits:
            return conversion
        edits = conversion.edits[file.path]
        defect, notes = gate.passes(self._project, file, hook, renamed, edits, self._recheck)
        if defect is None:
            return replace(conversion, notes=notes)
        reason = Reason(file.path, conversion.line, "gate", f"the conversion {defect}", Tier.SKELETON)
        return replace(
            conversion, tier=Tier.SKELETON, reasons=(*conversion.reasons, reason), edits={}, defect=defect
        )


def _reference(entry: OpsEntry) -> HookRef:
    return HookRef(entry.struct or "", entry.member, entry.object, entry.handler)


def _finish(
    file: FileModel,
    line: int,
    handler: str,
    hooks: tuple[HookRef, ...],
    reasons: list[Reason],
    edits: list[Edit],
) -> Conversion:
    tier = Tier.worst(reason.tier for reason in reasons)
    ordered = sorted(set(reasons), key=lambda reason: (-reason.tier.rank, reason))
    kept = {file.path: tuple(sorted(set(edits)))} if edits and tier.rank <= Tier.REVIEW.rank else {}
    return Conversion(file.path, line, handler, hooks, tier, tuple(ordered), kept)


def _check_readable(plan: Plan) -> None:
    """The whole function was read: no error, no arm that the mask left out."""
    hook = plan.hook
    node = hook.function.node
    if hook.function.parsed.errors:
        plan.refuse(node, "unparsed", f"{hook.function.name}() could not be read whole", Tier.SKELETON)
    for start, end in hook.function.parsed.blanked:
        if node.start_byte < end and start < node.end_byte and hook.data[start:end].strip():
            plan.refuse(
                node, "unread-arm", "an arm of a conditional in the hook could not be read", Tier.SKELETON
            )
            break
    words = {
        offset
        for offset in hook.file.occurrences(hook.vma)
        if hook.body.start_byte <= offset < hook.body.end_byte
    }
    seen = {use.start_byte for use in hook.uses_of(hook.vma)}
    code = hook.file.unit.code
    for offset in sorted(words - seen):
        text = code[offset : offset + len(hook.vma)]
        before = code[:offset].rstrip()[-2:]
        if (
            text == hook.vma.encode()
            and not before.endswith((b".", b"->"))
            and b"struct" not in code[offset - 7 : offset]
        ):
            plan.refuse(node, "unread-use", f"a use of `{hook.vma}` could not be read", Tier.SKELETON)
            break


def _recursive(hook: Plan, helpers: Mapping[str, Sequence[Plan]]) -> bool:
    """Whether the calls among a set's functions go round."""
    done: set[str] = set()

    def circles(plan: Plan, above: frozenset[str]) -> bool:
        for _call, name in plan.helper_calls.values():
            if name in above:
                return True
            if name not in done and any(circles(one, above | {name}) for one in helpers.get(name, ())):
                return True
            done.add(name)
        return False

    return circles(hook, frozenset({hook.hook.function.name}))


def _as_written(data: bytes, edits: Sequence[Edit]) -> list[Edit]:
    """The edits with the newlines of the file that they go into."""
    if b"\r\n" not in data:
        return list(edits)
    return [Edit(e.start, e.end, re.sub(rb"\r?\n", b"\r\n", e.text)) for e in edits]


def _mention_edits(plan: Plan, mention: Mention, old: str, new: str) -> list[Edit]:
    if mention.kind in (MentionKind.DEFINITION, MentionKind.PROTOTYPE) and mention.node is not None:
        return head_edits(plan, mention.node, old, new)
    if mention.kind in (MentionKind.NULL_MACRO, MentionKind.ALIAS_MACRO, MentionKind.COMMENT):
        return [Edit(mention.offset, mention.offset + len(old), new.encode())]
    return []


def _wrapped(data: bytes, edits: list[Edit], plans: Sequence[Plan]) -> list[Edit]:
    """The same edits, with the lines of each function that became too long broken anew."""
    unique = sorted(set(edits))
    result = list(unique)
    for plan in plans:
        node = plan.hook.function.node
        inside = [edit for edit in unique if node.start_byte <= edit.start and edit.end <= node.end_byte]
        shifted = [Edit(e.start - node.start_byte, e.end - node.start_byte, e.text) for e in inside]
        old = data[node.start_byte : node.end_byte].decode("latin-1")
        try:
            new = apply_edits(old.encode("latin-1"), shifted).decode("latin-1")
        except OverlappingEditsError:
            continue
        broken = layout.wrap_lines(old, new)
        if broken != new:
            result = [edit for edit in result if edit not in inside]
            result.append(Edit(node.start_byte, node.end_byte, broken.encode("latin-1")))
    return result
