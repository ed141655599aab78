# SPDX-License-Identifier: GPL-2.0-only
"""Conversions of drafts: what passes the gate keeps its edits, what does not is a defect of the tool."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TypeVar

from msgspec.structs import replace

from mmapmigrate.convert import gate
from mmapmigrate.convert.conversion import Conversion, Reason, Tier
from mmapmigrate.convert.draft import Draft, join, writable
from mmapmigrate.convert.names import prepared
from mmapmigrate.convert.rewrite import as_written
from mmapmigrate.model.project import Project

T = TypeVar("T")


class Gatekeeper:
    """Has the gate read the new texts of one project; ``recheck`` is as the gate takes it."""

    def __init__(self, project: Project, recheck: gate.Recheck | None) -> None:
        self._project = project
        self._recheck = recheck

    def passed(self, draft: Draft) -> Conversion:
        """The conversion of ``draft``, its edits taken back where they do not stand."""
        conversion = draft.conversion
        notes: dict[str, list[str]] = {}
        found = self._defect(draft, notes)
        if found is None:
            return replace(conversion, notes=tuple(chain.from_iterable(notes.values())))
        path, defect = found
        reason = Reason(path, conversion.line, "gate", f"the conversion {defect}", Tier.SKELETON)
        reasons = (*conversion.reasons, reason)
        return replace(conversion, tier=Tier.SKELETON, reasons=reasons, edits={}, defect=defect)

    def passed_together(self, drafts: Mapping[T, Draft]) -> dict[T, Conversion]:
        """The conversions of drafts whose files are read for all at once where they pass so."""
        groups: dict[frozenset[str], dict[T, Draft]] = {}
        for key, draft in drafts.items():
            # What a reason of one excuses must not excuse another.
            told = gate.excused({reason.code for reason in draft.conversion.reasons})
            groups.setdefault(told, {})[key] = draft
        return {key: one for group in groups.values() for key, one in self._in_one_text(group).items()}

    def _in_one_text(self, drafts: Mapping[T, Draft]) -> dict[T, Conversion]:
        """Pass ``drafts`` through the gate in one text; where that fails, one half of them and the other."""
        notes: dict[str, list[str]] = {}
        each = list(drafts.items())
        if len(each) < 2:
            return {key: self.passed(draft) for key, draft in each}
        if self._defect(join(list(drafts.values())), notes) is not None:
            half = len(each) // 2
            return self._in_one_text(dict(each[:half])) | self._in_one_text(dict(each[half:]))
        found: dict[T, Conversion] = {}
        for key, draft in each:
            names = dict.fromkeys(chain.from_iterable(draft.renamed.values()))
            mine = (notes.get(old, ()) for old in names)
            found[key] = replace(draft.conversion, notes=tuple(chain.from_iterable(mine)))
        return found

    def with_skeleton(self, conversion: Conversion, draft: Draft) -> Conversion:
        """The conversion with its skeleton, or with what stands in the way of one."""
        # A check never asks for one, and need not wait for the modules.
        from mmapmigrate.convert.skeletons import skeleton_of

        if conversion.defect is not None or writable(conversion.reasons):
            return conversion
        file = draft.files[conversion.path]
        if any(reason.code == "skeleton" for reason in conversion.reasons):
            return conversion
        if not draft.members:
            return replace(conversion, no_skeleton=f"no function {conversion.handler}() is in reach")
        if any(reason.code in ("name-taken", "odd-definition") for reason in conversion.reasons):
            return replace(conversion, no_skeleton=f"{prepared(conversion.handler)}() cannot stand beside it")
        defect: str | None = None
        for bare in (False, True):
            made = skeleton_of(file, conversion.handler, draft.members, conversion.reasons, bare=bare)
            edits = tuple(as_written(file.unit.source.data, made.edits))
            defect = gate.skeleton_problem(self._project, file, made.names, edits, self._recheck)
            if defect is None:
                return replace(conversion, skeleton={file.path: edits})
        return replace(conversion, no_skeleton=f"the skeleton {defect}", defect=f"skeleton {defect}")

    def _defect(self, draft: Draft, notes: dict[str, list[str]]) -> tuple[str, str] | None:
        """The file in which ``draft`` does not pass the gate, and why; None where it passes.

        Adds to ``notes`` what could not be checked, by function.
        """
        conversion = draft.conversion
        hooks = {hook.handler for hook in conversion.hooks if hook.handler} | {conversion.handler}
        for path, edits in conversion.edits.items():
            defect = gate.defect(
                self._project,
                draft.files[path],
                hooks,
                draft.renamed.get(path, {}),
                edits,
                self._recheck,
                {reason.code for reason in conversion.reasons},
                [(draft.files[one.home], one.hook, one.name) for one in draft.added if one.path == path],
                notes,
            )
            if defect is not None:
                return path, defect
        return None
