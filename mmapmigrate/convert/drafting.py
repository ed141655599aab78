# SPDX-License-Identifier: GPL-2.0-only
"""Drafts: what a hook's conversion changes and what stands in its way, before the gate has seen it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product

from mmapmigrate.convert.collect import Place, collect
from mmapmigrate.convert.conversion import Conversion, HookRef, Reason, Tier
from mmapmigrate.convert.draft import Added, Draft, finish, writable
from mmapmigrate.convert.folding import fold_settled
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.names import MentionKind, mentions, prepared
from mmapmigrate.convert.names.abroad import is_used, name_reasons
from mmapmigrate.convert.permapping import move_state
from mmapmigrate.convert.permapping.caller import Caller
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof import prove
from mmapmigrate.convert.proof.redefined import prove_included, redefined_reasons
from mmapmigrate.convert.reach import (
    declaring_far,
    included_by_name,
    including,
    named_far,
    named_in,
    naming_otherwise,
)
from mmapmigrate.convert.readable import check_readable
from mmapmigrate.convert.recipes import RECIPES
from mmapmigrate.convert.releases import release_reasons
from mmapmigrate.convert.rewrite import aliased, edits_abroad, edits_in, table_edits
from mmapmigrate.convert.settle import settle
from mmapmigrate.convert.tables import table_reasons
from mmapmigrate.convert.tables.abroad import abroad_reasons
from mmapmigrate.convert.tables.dispatchers import dispatch_reasons
from mmapmigrate.convert.tables.members import VFS_SLOT, Slot, slot_of
from mmapmigrate.convert.tables.private import private_slot
from mmapmigrate.convert.text.signature import spell_out_file
from mmapmigrate.convert.text.unused import drop_unused
from mmapmigrate.convert.values import Values
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.model.remaps import remaps
from mmapmigrate.model.skeletons import skeleton_named
from mmapmigrate.syntax.edit import Edit

Suppressed = Callable[[str, int], bool]


class Drafter:
    """Plans conversions of one project for one kernel, and has their edits made: all but the gate.

    ``suppressed(path, offset)`` tells whether a hook's finding is suppressed there.
    """

    def __init__(self, project: Project, api: KernelApi, suppressed: Suppressed | None = None) -> None:
        self._project = project
        self._api = api
        self._suppressed = suppressed

    def draft(self, home: FileModel, handler: str, asked: FileModel, mates: Sequence[Place]) -> Draft:
        """The conversion of ``handler``, defined in ``home`` if anywhere, for a table of ``asked``.

        ``mates`` are hooks that change with it: what they call is not called from outside.
        """
        functions = [function for function in home.functions(handler) if function.takes_vma]
        others = named_in(self._project, home, handler, asked.path) if functions else ()
        files = {file.path: file for file in (home, *others)}
        entries = {path: [e for e in file.entries() if e.handler == handler] for path, file in files.items()}
        hooks = tuple(reference(entry) for each in entries.values() for entry in each)
        slot = self._slot(entries)
        reasons: list[Reason] = []
        for path, file in files.items():
            reasons += table_reasons(file, entries[path], slot, self._api, self._project, self._suppressed)
        start = functions[0].name_start if functions else entries[home.path][0].start
        line = home.unit.source.position(start).line
        draft = Conversion(home.path, line, handler, hooks, Tier.COMPLETE)
        if not self._api.has_mmap_prepare:
            message = f"Linux {self._api.release} has no mmap_prepare"
            reasons.append(Reason(home.path, line, "no-mmap-prepare", message, Tier.BLOCKED))
            return Draft(finish(draft, reasons, {}), files, {}, ())
        if not functions:
            only = self._table_only(home, handler, entries[home.path], slot, line, reasons)
            reasons += self._dispatched(files, entries, reasons)
            if only and writable(reasons):
                _add_new(reasons, abroad_reasons(home, entries[home.path], self._project))
                reasons += redefined_reasons(self._api, home, only)
            reasons += release_reasons([home] if only else ())
            finished = finish(draft, reasons, {home.path: only} if only else {})
            return Draft(finished, files, {}, ())
        new = prepared(handler)
        for file in files.values():
            reasons += self._names(file, handler, new)
        if len(home.functions(handler)) != len(functions):
            message = f"{handler}() has a definition without a VMA"
            reasons.append(Reason(home.path, line, "odd-definition", message, Tier.SKELETON))
        if not all(slot.fits(function) for function in functions):
            message = f"{handler}() does not take what .{slot.member} of struct {slot.struct} is given"
            reasons.append(Reason(home.path, line, "hook-parameters", message, Tier.SKELETON))
        make = partial(self._plan, slot=slot, hooks=functions)
        # A header's stub for builds without the hook is another definition of it.
        stubs = [(other, one) for other in others for one in other.functions(handler) if one.takes_vma]
        definitions = [*((home, function) for function in functions), *stubs]
        members = [collect(make, where, function) for where, function in definitions]
        for member in members:
            prove(member.hook, member.helpers)
            for plan in member.plans:
                reasons += plan.reasons
        reasons += self._dispatched(files, entries, reasons)
        if writable(reasons):
            for member in members:
                for plan in member.plans:
                    drop_unused(plan)
                spell_out_file(member.hook)
                for plan in member.plans:
                    _add_new(reasons, plan.reasons)
        if not writable(reasons):
            return Draft(finish(draft, reasons, {}), files, {}, (), members)
        for path, file in files.items():
            _add_new(reasons, abroad_reasons(file, entries.get(path, ()), self._project))
        reasons += name_reasons(self._project, home, files, handler, new)
        for plan in (one for member in members for one in member.plans):
            prove_included(plan, including(self._project, plan.hook.file))
            _add_new(reasons, plan.reasons)
        settle(self._project, members, [(home, handler), *mates])
        for other in self._others(home, handler, functions, files):
            message = f"{handler}() is also named in {other.path}"
            reasons.append(Reason(home.path, line, "referred-to", message, Tier.SKELETON))
        if not all(function.static for function in functions):
            named = naming_otherwise(self._project, handler, files.values())
            if named:
                message = f"{handler}() is also named in {named}"
                reasons.append(Reason(home.path, line, "referred-to", message, Tier.SKELETON))
        stranded = sorted({name for member in members for name in member.stranded()})
        if stranded:
            message = f"{stranded[0]}() is needed as it is, and calls the hook of the driver's own ops struct"
            reasons.append(Reason(home.path, line, "nested-hook", message, Tier.SKELETON))
        _add_new(reasons, (one for member in members for one in member.hook.reasons))
        if not writable(reasons):
            return Draft(finish(draft, reasons, {}), files, {}, ())
        for member in members:
            member.call_new_names()
            member.rename_members()
            files |= {path: file for path, file in member.files.items() if path not in files}
        naming = dict(files)
        for member in members:
            files |= {path: file for path, file in member.abroad.items() if path not in files}
        edits = {
            path: edits_in(self._project, self._api, file, handler, new, entries.get(path, ()), members)
            if path in naming
            else edits_abroad(self._project, file, members)
            for path, file in files.items()
        }
        renamed: dict[str, dict[str, str]] = {path: {} for path in files}
        for where, _function in definitions:
            renamed[where.path][handler] = new
        for path, member in product(files, members):
            renamed[path] |= member.renamed(path)
        changed = [files[path] for path, each in edits.items() if each]
        reasons += [reason for reason in release_reasons(changed) if reason not in reasons]
        for path, file in files.items():
            reasons += redefined_reasons(self._api, file, edits[path])
        helpers = tuple(one for member in members for one in member.settled.values())
        added = (one for member in members for plan in member.plans for one in plan.added)
        new_ones = frozenset(Added(path, name, home.path, handler) for path, name in added)
        return Draft(finish(draft, reasons, edits), files, renamed, helpers, added=new_ones)

    def _others(
        self, home: FileModel, handler: str, functions: Sequence[Function], files: Mapping[str, FileModel]
    ) -> list[FileModel]:
        """The files that name a hook by way of an include, and do not change with it."""
        if not all(function.static for function in functions) or home.path.endswith(".h"):
            known = list(files.values())
            found = named_far(self._project, handler, known)
            return list(found or declaring_far(self._project, handler, known))
        around = [one for one in including(self._project, home) if one.occurrences(handler)]
        around += (one for one in included_by_name(self._project, home, handler) if is_used(one, handler))
        return [one for one in around if one.path not in files]

    def _dispatched(
        self,
        files: Mapping[str, FileModel],
        entries: Mapping[str, Sequence[OpsEntry]],
        reasons: Sequence[Reason],
    ) -> list[Reason]:
        """The tables of the set that are called by hand; a tree is searched only where it matters."""
        search = writable(reasons)
        return [
            reason
            for path, file in files.items()
            for reason in dispatch_reasons(file, entries[path], self._api, self._project, search=search)
        ]

    def _slot(self, entries: Mapping[str, Sequence[OpsEntry]]) -> Slot:
        """The slot that decides the hook's new head: the first that has a new form."""
        slots = (slot_of(entry, self._api) for each in entries.values() for entry in each)
        return next((slot for slot in slots if slot is not None), VFS_SLOT)

    def _plan(
        self,
        file: FileModel,
        function: Function,
        caller: Caller | None,
        *,
        slot: Slot,
        hooks: Sequence[Function],
    ) -> Plan:
        """The plan of one function of a set, which is handed its VMA by ``caller``.

        What one of ``hooks`` takes for each mapping goes to mapped first.
        """
        source = HookSource(file, function, slot)
        plan = Plan(source, self._api, Values(source), private=partial(private_slot, self._project))
        check_readable(plan)
        is_hook = any(function is hook for hook in hooks)
        move_state(plan, self._project, caller, only_seeds=not is_hook and caller is None)
        for use in source.uses_of(source.vma):
            if use.id not in plan.claimed:
                for recipe in RECIPES:
                    if recipe(plan, use):
                        break
        fold_settled(plan)
        return plan

    def _names(self, file: FileModel, handler: str, new: str) -> list[Reason]:
        """Why ``handler`` cannot change its name and signature in ``file``."""
        found: list[Reason] = []

        def reason(offset: int, code: str, message: str, tier: Tier = Tier.SKELETON) -> None:
            line = file.unit.source.position(offset).line
            found.append(Reason(file.path, line, code, message, tier))

        taken = file.occurrences(new)
        there = skeleton_named(file, new, handler)
        if there is not None:
            reason(file.functions(new)[0].name_start, "skeleton", there.left)
        elif taken:
            reason(taken[0], "name-taken", f"the file already has the name {new}")
        for mention in mentions(file, handler):
            if mention.kind is MentionKind.CALL:
                reason(mention.offset, "called-by-name", f"{handler}() is also called by name")
            elif mention.kind is MentionKind.ALIAS_MACRO:
                if aliased(self._api, file, handler, mention) is None:
                    message = f"{handler} is defined to a function that has no mmap_prepare counterpart"
                    reason(mention.offset, "alias", message)
            elif mention.kind in (MentionKind.REFERENCE, MentionKind.MACRO_TEXT):
                reason(mention.offset, "referred-to", f"{handler} is also referred to here")
            elif mention.kind is MentionKind.SYMBOL:
                message = f'"{handler}" may be looked up by its name, which changes'
                reason(mention.offset, "named-in-string", message, Tier.REVIEW)
        return found

    def _table_only(
        self,
        file: FileModel,
        handler: str,
        entries: Sequence[OpsEntry],
        slot: Slot,
        line: int,
        reasons: list[Reason],
    ) -> list[Edit]:
        """A table whose hook is defined elsewhere: a counterpart of the kernel serves, or nothing does."""
        counterpart = self._api.counterparts.get(handler)
        release = self._api.release
        kept = len(slot.kept)
        if counterpart is not None and not counterpart.condition and len(counterpart.parameters) == kept:
            if reasons:
                return []
            return table_edits(self._api, file, entries, counterpart.name)
        if handler in self._api.vma_takers or handler in remaps():
            message = f"`{handler}()` has no mmap_prepare counterpart in Linux {release}"
            reasons.append(Reason(file.path, line, "no-counterpart", message, Tier.BLOCKED, handler))
        else:
            message = f"{handler}() is not defined in this file"
            reasons.append(Reason(file.path, line, "hook-elsewhere", message, Tier.SKELETON, handler))
        return []


def reference(entry: OpsEntry) -> HookRef:
    """How a conversion names the hook that ``entry`` holds."""
    return HookRef(entry.struct or "", entry.member, entry.object, entry.handler)


def _add_new(reasons: list[Reason], found: Iterable[Reason]) -> None:
    """Adds those of ``found`` that are not among ``reasons`` yet."""
    known = set(reasons)
    reasons += [reason for reason in dict.fromkeys(found) if reason not in known]
