# SPDX-License-Identifier: GPL-2.0-only
"""What changes in each file of a conversion: hooks and helpers, tables, and whatever spells their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mmapmigrate.convert.helpers import ConversionSet
from mmapmigrate.convert.names import Mention, MentionKind, mentions
from mmapmigrate.convert.tables.entries import entry_edits
from mmapmigrate.convert.tables.members import Slot, slot_of
from mmapmigrate.convert.text import layout
from mmapmigrate.convert.text.braces import brace_edits
from mmapmigrate.convert.text.comments import comment_edits, keep_comments, renaming_edits
from mmapmigrate.convert.text.forward import with_forward
from mmapmigrate.convert.text.signature import head_edits, kept_head_edits, local_edits
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.edit import Edit, OverlappingEditsError, apply_edits

# Mentions of a hook's name that just change with it.
_SPELLED = (MentionKind.NULL_MACRO, MentionKind.ALIAS_MACRO, MentionKind.COMMENT, MentionKind.EXPORT)


def edits_in(
    project: Project,
    api: KernelApi,
    file: FileModel,
    handler: str,
    new: str,
    entries: Sequence[OpsEntry],
    members: Sequence[ConversionSet],
) -> list[Edit]:
    """What changes in one file of the conversion."""
    data = file.unit.source.data
    edits = table_edits(api, file, entries, new)
    plans = [plan for member in members for plan in member.in_place(file.path)]
    hooks = [member.hook for member in members]
    for plan in plans:
        is_hook = any(plan is hook for hook in hooks)
        own = [*plan.edits(), *local_edits(plan, is_hook)]
        span = plan.hook.function.node
        own = keep_comments(plan.hook, own, plan.moved_comments)
        own += layout.realign(data, own, span.start_byte, span.end_byte)
        own += renaming_edits(plan.hook, plan.renamed, own)
        alone = is_hook and not plan.hook.slot.keeps
        edits += own + comment_edits(plan.hook, alone=alone) + brace_edits(plan)
    names = {plan.hook.function.name_start: plan.hook.desc for plan in plans}
    first = hooks[0].hook
    edits += _beside(edits, _renames(api, file, handler, new, first.desc, first.slot, names))
    for member in members:
        edits += member.helper_edits(file)
        edits += member.private_edits(file)
    spans = [(plan.hook.function.node.start_byte, plan.hook.function.node.end_byte) for plan in plans]
    heads = (span for member in members for span in member.prototypes(file))
    edits = _wrapped(data, edits, spans + [one for one in set(heads) if not _within(one, spans)])
    for member in members:
        edits += member.twins(file)
    return edits_abroad(project, file, members, edits)


def edits_abroad(
    project: Project, file: FileModel, members: Sequence[ConversionSet], edits: Sequence[Edit] = ()
) -> list[Edit]:
    """``edits`` of one file, with those outside of the functions of the set."""
    plans = [plan for member in members for plan in member.plans]
    abroad = [one.edit for plan in plans for one in plan.elsewhere if one.file.path == file.path]
    whole = [*edits, *abroad]
    return as_written(file.unit.source.data, with_forward(project, file, whole))


def table_edits(api: KernelApi, file: FileModel, entries: Sequence[OpsEntry], new: str) -> list[Edit]:
    """Every table of ``file`` with the hook's new name in its new member."""
    slots = [(entry, slot_of(entry, api)) for entry in entries]
    return [edit for entry, slot in slots if slot is not None for edit in entry_edits(file, entry, slot, new)]


def _renames(
    api: KernelApi,
    file: FileModel,
    handler: str,
    new: str,
    desc: str,
    slot: Slot,
    own: Mapping[int, str] | None = None,
) -> list[Edit]:
    """The definitions, prototypes, comments and macros of ``file`` that spell the hook's name.

    ``desc`` names the descriptor, but in a definition for whose name's offset ``own`` has another.
    """
    edits: list[Edit] = []
    for mention in mentions(file, handler):
        if mention.kind in (MentionKind.DEFINITION, MentionKind.PROTOTYPE) and mention.node is not None:
            name = (own or {}).get(mention.offset, desc)
            head = kept_head_edits if slot.keeps else head_edits
            edits += head(file.unit.source.data, mention.node, new, name)
        elif mention.kind in _SPELLED:
            edits.append(Edit(mention.offset, mention.offset + len(handler), new.encode()))
        alias = aliased(api, file, handler, mention) if mention.kind is MentionKind.ALIAS_MACRO else None
        if alias is not None:
            at, old, counterpart = alias
            edits.append(Edit(at, at + len(old), counterpart.encode()))
    return edits


def aliased(api: KernelApi, file: FileModel, handler: str, mention: Mention) -> tuple[int, str, str] | None:
    """Where an alias macro names its function, that function, and its counterpart."""
    for macro in file.macros(handler):
        if macro.name_start == mention.offset:
            name = macro.body.strip()
            counterpart = api.counterparts.get(name)
            at = file.unit.source.data.find(name.encode(), macro.name_end)
            if counterpart is not None and not counterpart.condition and at >= 0:
                return at, name, counterpart.name
    return None


def _beside(edits: Sequence[Edit], more: Sequence[Edit]) -> list[Edit]:
    """Those of ``more`` that change nothing which ``edits`` take out."""
    gone = [(one.start, one.end) for one in edits if not one.text]
    return [one for one in more if not any(start <= one.start and one.end <= end for start, end in gone)]


def as_written(data: bytes, edits: Sequence[Edit]) -> list[Edit]:
    """The edits with the newlines of the lines that they go into."""
    if b"\r\n" not in data:
        return list(edits)
    return [
        Edit(e.start, e.end, re.sub(rb"\r?\n", b"\r\n", e.text)) if _is_dos(data, e.start) else e
        for e in edits
    ]


def _is_dos(data: bytes, offset: int) -> bool:
    """Whether the line of ``offset`` ends in CR LF; the line before it where that has no end."""
    end = data.find(b"\n", offset)
    end = end if end >= 0 else data.rfind(b"\n")
    return data[end - 1 : end] == b"\r"


def _within(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _wrapped(data: bytes, edits: list[Edit], spans: Sequence[tuple[int, int]]) -> list[Edit]:
    """The same edits, with the lines of each function or prototype that became too long broken anew."""
    unique = sorted(set(edits))
    result = list(unique)
    for start, end in spans:
        inside = [edit for edit in unique if start <= edit.start and edit.end <= end]
        shifted = [Edit(e.start - start, e.end - start, e.text) for e in inside]
        old = data[start:end].decode("latin-1")
        try:
            new = apply_edits(old.encode("latin-1"), shifted).decode("latin-1")
        except OverlappingEditsError:
            continue
        broken = layout.wrap_lines(old, new)
        if broken != new:
            result = [edit for edit in result if edit not in inside]
            result.append(Edit(start, end, broken.encode("latin-1")))
    return result
