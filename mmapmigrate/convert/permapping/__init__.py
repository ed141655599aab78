# SPDX-License-Identifier: GPL-2.0-only
"""State that a hook takes for each mapping and close of its vm_ops gives back: vm_ops->mapped takes it now.

    get_device(&foo->dev);              -> desc->vm_ops = &foo_vm_ops;   /* .mapped = foo_vm_mapped */
    vma->vm_private_data = foo;            return 0;
    vma->vm_ops = &foo_vm_ops;
    return 0;                              foo_vm_mapped() takes the reference, and sets vm_private_data

A hook may run for a mapping that never comes to be; mapped runs for one that is there. Where mapped may
fail, or an action before it, close runs although nothing was taken: mapped sets vm_private_data last then,
and close asks for it. What close does not give back belongs to the file or the device, and stays.
Sources: mm/util.c (call_vma_mapped(), mmap_action_finish()), include/linux/mm.h (vm_operations_struct).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmapmigrate.convert.comments import item_start
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import Effect, effect_of_call, text_of
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.acting import acts, moves_offset
from mmapmigrate.convert.permapping.caller import (
    Caller,
    check_caller,
    check_failure,
    check_far_calls,
    late_of,
)
from mmapmigrate.convert.permapping.changes import Taking, is_value, matched, takings
from mmapmigrate.convert.permapping.closing import guard_edits
from mmapmigrate.convert.permapping.function import Given, MappedText, Signature, signature_of
from mmapmigrate.convert.permapping.mark import mark_of
from mmapmigrate.convert.permapping.pair import Pair, pair_of, pair_of_caller
from mmapmigrate.convert.permapping.places import OBJECT, PRIVATE, Places, steady
from mmapmigrate.convert.permapping.placing import (
    declaration_of,
    global_edits,
    static_edits,
)
from mmapmigrate.convert.permapping.seeding import move_seeds
from mmapmigrate.convert.permapping.sides import Split, UnsplitError
from mmapmigrate.convert.permapping.sight import unseen_name
from mmapmigrate.convert.permapping.split import split
from mmapmigrate.convert.permapping.users import user_of_close, user_of_table
from mmapmigrate.convert.plan import Elsewhere, Plan
from mmapmigrate.convert.reach import including
from mmapmigrate.convert.state import changes_at
from mmapmigrate.convert.vmops import mapped_entry_edit
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.modules import comes_with
from mmapmigrate.model.outcomes import Worth, walks_of
from mmapmigrate.model.project import Project
from mmapmigrate.model.vmops import VmOpsTable
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, operator

if TYPE_CHECKING:
    from tree_sitter import Node


def move_state(
    plan: Plan, project: Project, caller: Caller | None = None, *, only_seeds: bool = False
) -> None:
    """Move to mapped what a function takes for each mapping, before its VMA uses are answered.

    ``caller`` is who hands a helper its VMA; ``only_seeds`` asks for what the function has its own open take.
    What cannot be split is a reason, and stays.
    """
    member = plan.api.vm_ops_fields.get("mapped")
    signature = None if member is None else signature_of(member.type)
    hook = plan.hook
    if signature is None:
        return
    move_seeds(plan, project, signature)
    if only_seeds or hook.flow.paths is None or hook.flow.irregular or hook.function.parsed.errors:
        return
    pair = pair_of(plan)
    if pair is None and caller is not None:
        pair = pair_of_caller(plan, caller.plan)
    if pair is None or _calls_open(hook, pair.table):
        return
    places, given = _read(hook, pair, {} if caller is None else caller.places(hook))
    taken = list(takings(places, hook.body))
    ours = matched(taken, given)
    kinds = {one.change.kind for one in given if one.change.gives}
    if not _opaque(pair.close):
        plan.unreturned |= {
            one.node.id: pair.table.name
            for one in taken
            if not one.change.gives and one.change.kind not in kinds
        }
    # What a helper takes that is handed the VMA is split there.
    if all(_hands_over(hook, one.node) for one in ours):
        return
    strict = any(not is_value(one) for one in ours)
    try:
        _move(plan, project, pair, places, ours, signature, caller)
    except UnsplitError as refusal:
        if strict:
            what = plan.short(next(one.node for one in ours if not is_value(one)))
            of = "the hook" if caller is None else f"{hook.function.name}()"
            message = f"`{what}` belongs in vm_ops->mapped, which cannot be made of {of}: {refusal}"
            plan.refuse(refusal.node, "per-mapping", message, Tier.SKELETON)


def _hands_over(hook: HookSource, node: Node) -> bool:
    """Whether ``node`` is a call of a helper of the driver with the VMA."""
    return (
        node.type == "call_expression"
        and any(hook.text(bare(one)) == hook.vma for one in arguments(node))
        and bool(hook.file.definitions(hook.text(field(node, "function"))))
    )


def _opaque(close: HookSource) -> bool:
    """Whether close calls what may give back anything."""
    reader = text_of(close.file)
    return any(
        effect_of_call(close.file, reader, call) is Effect.UNKNOWN
        and not any(changes_at(close.file, close.function, call))
        for call in find_all(close.body, "call_expression")
    )


def _calls_open(hook: HookSource, table: VmOpsTable) -> bool:
    """Whether the hook seeds its state by its own open, which another recipe moves."""
    opens = {one.handler for one in table.named("open")}
    called = {hook.text(field(call, "function")) for call in find_all(hook.body, "call_expression")}
    return bool(opens & called) or any(name.endswith("->open") for name in called)


def _read(hook: HookSource, pair: Pair, given: Mapping[str, str]) -> tuple[Places, list[Taking]]:
    """The places of the hook, and what close gives back, in terms of the same.

    ``given`` are those of a helper's parameters.
    """
    made = frozenset(
        name
        for name, local in hook.locals.items()
        if any(
            not change.gives and change.kind == "memory"
            for value in local.definitions
            for call in find_all(value, "call_expression")
            for change in changes_at(hook.file, hook.function, call)
        )
    )
    plain = Places(hook, made=made, far=pair.far, given=given)
    stored: dict[str, str] = {}
    private: set[str] = set()
    for node in find_all(hook.body, "assignment_expression"):
        target, value = bare(field(node, "left")), plain.of(field(node, "right"))
        if operator(node) != "=" or target.type != "field_expression":
            continue
        place = plain.of(target)
        if place == PRIVATE:
            private.add(value)
        elif place.startswith(OBJECT) and value:
            stored[place] = value
    known = next(iter(private)) if len(private) == 1 and "" not in private else PRIVATE
    here = Places(hook, known, made, stored, far=pair.far, given=given)
    there = Places(pair.close, known, stored=stored, far=pair.far)
    return here, list(takings(there, pair.close.body))


def _move(
    plan: Plan,
    project: Project,
    pair: Pair,
    places: Places,
    ours: list[Taking],
    signature: Signature,
    caller: Caller | None,
) -> None:
    hook = plan.hook
    if pair.table.name in pair.setter.mapped:
        raise UnsplitError(hook.body, f"`{pair.table.name}` has got a mapped for other state of the mapping")
    outside_ops = pair.setter is not plan
    undone = [] if caller is None else check_caller(caller, hook, ours, sets_ops=outside_ops)
    late = None if caller is None else late_of(caller)
    acting = [call for call in find_all(hook.body, "call_expression") if acts(hook, call)]
    walks = walks_of(hook, {call.id: Worth.ZERO for call in acting})
    sides = split(plan, places, ours, walks, set_outside=outside_ops)
    if caller is not None:
        check_far_calls(project, caller, hook)
    _alone(plan, project, pair)
    if caller is not None and late is not None and sides.gated:
        raise UnsplitError(ours[0].node, f"`{caller.plan.short(late)}` is only safe once it is taken")
    errno = check_failure(caller, hook) if caller is not None and sides.fallible else ""
    outside = [] if caller is None else caller.beside
    marked = bool(acting) or bool(outside) or sides.fallible
    mark: Node | str | None = None
    # What may be another by then is set where it is taken.
    if marked or not all(steady(places.of(_value(one))) for one in sides.private):
        mark = mark_of(plan, pair.placed, places, ours, sides, walks, asked=marked)
    guard: list[Edit] = []
    if marked:
        edits = guard_edits(pair.close)
        if edits is None:
            raise UnsplitError(
                ours[0].node, f"{pair.close.function.name}() has no place for a test of vm_private_data"
            )
        guard = edits
    name = pair.name(project, hook)
    moved = moves_offset(plan, acting) or (caller is not None and moves_offset(caller.plan, outside))
    given = None
    if caller is not None:
        given = Given(MappedText(caller.plan.hook, signature, moved), caller.given(hook))
    writer = MappedText(hook, signature, moved, given)
    home, placed = _placed(plan, project, pair, writer, name, sides, mark, caller)
    plan.elsewhere += [*placed, *(Elsewhere(pair.close.file, edit) for edit in guard)]
    table = pair.placed.file
    plan.elsewhere.append(Elsewhere(table, mapped_entry_edit(table, pair.entry, name)))
    plan.added.append((home.path, name))
    pair.setter.mapped.add(pair.table.name)
    if marked:
        pair.setter.guarded.add(pair.table.name)
    _take_out(plan, sides, moved_private=mark is not None, comments=writer.comments)
    _state(plan, pair, ours, sides, name, marked)
    if caller is not None:
        caller.plan.moved += undone
        if errno:
            caller.plan.refuse(
                caller.call, "errno-changed", f"{errno}; that of {name}() is seen", Tier.REVIEW
            )
        if late is not None:
            message = f"`{caller.plan.short(late)}` ran with what {name}() takes, and now runs before it"
            caller.plan.refuse(late, "runs-before-taking", message, Tier.REVIEW)


def _value(statement: Node) -> Node:
    return field(next(find_all(statement, "assignment_expression")), "right")


def _alone(plan: Plan, project: Project, pair: Pair) -> None:
    """Nothing else may use the table: its close would find state that no mapped took."""
    hook, setter = plan.hook, pair.setter.hook
    user = user_of_table(project, setter, pair.placed) or user_of_close(
        project, setter, pair.placed, pair.close
    )
    if user is not None:
        raise UnsplitError(hook.body, user)


def _placed(
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
    """
    hook, table, entry = plan.hook, pair.placed, pair.entry
    private = None if mark is None or not sides.private else _value(sides.private[0])
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
    text = writer.write(name, sides.pieces, sides.result, mark, linkage="", private=private)
    at = item_start(hook.file, hook.function.node.start_byte)
    return hook.file, global_edits(hook.file, at, text, *declared)


def _sees_what_is_handed(caller: Caller, writer: MappedText, file: FileModel) -> None:
    """What the caller's file writes for a parameter must mean the same in the file of the helper."""
    source = caller.plan.hook
    names = {*source.locals, *writer.signature.names, *(one.name for one in writer.hook.function.parameters)}
    unseen = unseen_name("\n".join(writer.outer_lines), names, source.file, file)
    if unseen is not None:
        raise UnsplitError(writer.hook.body, f"{file.path} does not know `{unseen}` of {source.file.path}")


def _take_out(plan: Plan, sides: Split, *, moved_private: bool, comments: list[tuple[int, int]]) -> None:
    """Take out of the hook what mapped does now, and what nobody needs any more."""
    hook = plan.hook
    gone = [*sides.gone, *(sides.private if moved_private else ())]
    for node in _outermost(gone):
        plan.claim_below(node)
        if node.type == "else_clause":
            before = node.prev_sibling
            start = node.start_byte if before is None else before.end_byte
            plan.deleted.append((start, node.end_byte))
            plan.discard(node)
        else:
            plan.delete_statement(node)
    plan.moved += sides.gone
    plan.deleted += comments
    plan.moved_comments += comments
    for node in sides.ended:
        plan.discard(node)
        plan.replace(node, "return 0;")
    reader = text_of(hook.file)
    for local in hook.locals.values():
        for value in local.definitions:
            for call in find_all(value, "call_expression"):
                if effect_of_call(hook.file, reader, call) is Effect.NONE:
                    plan.pure_calls.add(call.id)


def _outermost(nodes: list[Node]) -> list[Node]:
    found: list[Node] = []
    for node in sorted(
        {one.id: one for one in nodes}.values(), key=lambda one: (one.start_byte, -one.end_byte)
    ):
        if not found or node.start_byte >= found[-1].end_byte:
            found.append(node)
    return found


def _state(plan: Plan, pair: Pair, ours: list[Taking], sides: Split, name: str, marked: bool) -> None:
    """Say what a reviewer has to look at."""
    taken = next((one for one in ours if not is_value(one)), ours[0])
    what = plan.short(taken.node)
    message = f"`{what}` moves to {name}(), once the mapping exists; `{pair.table.name}.close` gives it back"
    plan.refuse(taken.node, "moved-to-mapped", message, Tier.REVIEW)
    if sides.fallible:
        plan.fails_late.append(taken.node)
        message = f"what {name}() refuses is undone by an munmap(): what MAP_FIXED replaced is gone by then"
        plan.refuse(taken.node, "fails-late", message, Tier.REVIEW)
    if marked:
        close = pair.close.function.name
        message = f"{close}() gives nothing back while vm_private_data is not set, which {name}() does last"
        plan.refuse(taken.node, "close-guarded", message, Tier.REVIEW)
    for node in sides.late_reads[:1] if taken.change.kind != "memory" else ():
        if node.start_byte > taken.node.start_byte:
            message = f"`{plan.short(node)}` ran with what {name}() takes, and now runs before it"
            plan.refuse(node, "runs-before-taking", message, Tier.REVIEW)
