# SPDX-License-Identifier: GPL-2.0-only
"""The file that a function for vm_ops->mapped stands in: the table's, or the hook's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.permapping.caller import Caller
from mmapmigrate.convert.permapping.function import MappedText
from mmapmigrate.convert.permapping.pair import Pair
from mmapmigrate.convert.permapping.placing import declaration_of, global_edits, static_edits
from mmapmigrate.convert.permapping.sides import Split, UnsplitError, given_value
from mmapmigrate.convert.permapping.sight import unseen_name
from mmapmigrate.convert.plan import Elsewhere, Plan
from mmapmigrate.convert.reach import including
from mmapmigrate.convert.text.comments import item_start
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.modules import comes_with
from mmapmigrate.model.project import Project

if TYPE_CHECKING:
    from tree_sitter import Node


def mapped_function(
    plan: Plan,
    project: Project,
    pair: Pair,
    writer: MappedText,
    name: str,
    sides: Split,
    mark: Node | str | None,
    caller: Caller | None,
) -> tuple[FileModel, list[Elsewhere]]:
    """The function for mapped, in the file that it is for.

    That of the table, where all is known that its statements name; else that of the hook.
    Raises UnsplitError where neither can be.
    """
    hook, table, entry = plan.hook, pair.placed, pair.entry
    private = None if mark is None or not sides.private else given_value(sides.private[0])
    text = writer.write(name, sides.pieces, sides.result, mark, private=private)
    if caller is not None and caller.plan.hook.file.path != hook.file.path:
        # Where the table is in a third file, what it sees is asked for below.
        _sees_what_is_handed(caller, writer, hook.file)
    if table.file.path == hook.file.path:
        own = pair.close.function if pair.close.file.path == table.file.path else None
        own_caller = caller is not None and caller.plan.hook.file.path == hook.file.path
        last = caller.plan.hook if caller is not None and own_caller else hook
        return table.file, static_edits(table, own, entry, text, last)
    outer = () if caller is None else caller.plan.hook.locals
    parameters = (one.name for one in hook.function.parameters)
    names = {
        *hook.locals,
        *outer,
        *parameters,
        *writer.signature.names,
        *re.findall(r"^(\w+):", text, re.MULTILINE),
    }
    names |= set(re.findall(r"\bgoto\s+(\w+)", text))
    unseen = unseen_name(text[text.index("\n{") :], names, hook.file, table.file)
    if unseen is None:
        functions = [one for each in pair.table.members for one in table.file.functions(each.handler or "")]
        near = [one for one in functions if one.name in (entry.handler, pair.close.function.name)]
        anchor = max(near, key=lambda one: one.node.start_byte, default=None)
        return table.file, static_edits(table, anchor, entry, text, hook)
    declared = _declared(plan, project, pair, name, unseen)
    text = writer.write(name, sides.pieces, sides.result, mark, linkage="", private=private)
    at = item_start(hook.file, hook.function.node.start_byte)
    return hook.file, global_edits(hook.file, at, text, *declared)


def _declared(plan: Plan, project: Project, pair: Pair, name: str, unseen: str) -> tuple[FileModel, int]:
    """Where a header declares the table, whose file does not know ``unseen``, to the hook's file too."""
    hook, table = plan.hook, pair.placed
    declared = declaration_of(table.name, hook.file, table.file)
    if declared is None:
        lacks = f"no header of both files declares `{table.name}`"
        raise UnsplitError(hook.body, f"{table.file.path} does not know `{unseen}`, and {lacks}")
    if hook.file.path.endswith(".h") or including(project, hook.file):
        lacks = f"{hook.file.path}, which does, is a part of others"
        raise UnsplitError(hook.body, f"{table.file.path} does not know `{unseen}`, and {lacks}")
    linked = comes_with(table.file.path, hook.file.path, project.root)
    if linked is False:
        lacks = f"some builds link it without {hook.file.path}"
        raise UnsplitError(hook.body, f"{table.file.path} does not know `{unseen}`, and {lacks}")
    if linked is None:
        message = f"{table.file.path} names {name}() of {hook.file.path}: both must always be linked together"
        plan.refuse(hook.body, "linked-together", message, Tier.REVIEW)
    return declared


def _sees_what_is_handed(caller: Caller, writer: MappedText, file: FileModel) -> None:
    """What the caller's file writes for a parameter must mean the same in the file of the helper."""
    source = caller.plan.hook
    names = {*source.locals, *writer.signature.names, *(one.name for one in writer.hook.function.parameters)}
    unseen = unseen_name("\n".join(writer.outer_lines), names, source.file, file)
    if unseen is not None:
        raise UnsplitError(writer.hook.body, f"{file.path} does not know `{unseen}` of {source.file.path}")
