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

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.permapping.acting import acts, moves_offset
from mmapmigrate.convert.permapping.caller import (
    Caller,
    check_caller,
    check_failure,
    check_far_calls,
    late_of,
)
from mmapmigrate.convert.permapping.changes import Taking, changes_of, is_value, matched, takings
from mmapmigrate.convert.permapping.closing import guard_edits
from mmapmigrate.convert.permapping.declared import Declared, Given
from mmapmigrate.convert.permapping.function import MappedText
from mmapmigrate.convert.permapping.home import mapped_function
from mmapmigrate.convert.permapping.mark import mark_of
from mmapmigrate.convert.permapping.pair import Pair, pair_of, pair_of_caller
from mmapmigrate.convert.permapping.places import Places, steady
from mmapmigrate.convert.permapping.remains import state_move, take_out
from mmapmigrate.convert.permapping.rendering import Rendering
from mmapmigrate.convert.permapping.seeding import move_seeds
from mmapmigrate.convert.permapping.sides import UnsplitError, given_value
from mmapmigrate.convert.permapping.signature import Signature, signature_of
from mmapmigrate.convert.permapping.split import split
from mmapmigrate.convert.permapping.users import user_of_close, user_of_table
from mmapmigrate.convert.plan import Elsewhere, Plan
from mmapmigrate.convert.state import changes_at
from mmapmigrate.convert.vmops import mapped_entry_edit
from mmapmigrate.model.outcomes import walks_of
from mmapmigrate.model.project import Project
from mmapmigrate.model.vmops import VmOpsTable
from mmapmigrate.model.walk import Worth
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all

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
    places, given = changes_of(hook, pair, {} if caller is None else caller.places(hook))
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


def _move(
    plan: Plan,
    project: Project,
    pair: Pair,
    places: Places,
    ours: list[Taking],
    signature: Signature,
    caller: Caller | None,
) -> None:
    """Move what ``ours`` takes to the mapped of the pair's table. Raises UnsplitError."""
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
    if marked or not all(steady(places.of(given_value(one))) for one in sides.private):
        mark = mark_of(plan, pair.placed, places, ours, sides, walks, asked=marked)
    guard = _guard(pair, ours[0]) if marked else []
    name = pair.name(project, hook)
    moved = moves_offset(plan, acting) or (caller is not None and moves_offset(caller.plan, outside))
    given = None
    if caller is not None:
        given = Given(Declared(Rendering(caller.plan.hook, signature, moved)), caller.given(hook))
    writer = MappedText(hook, signature, moved, given)
    home, placed = mapped_function(plan, project, pair, writer, name, sides, mark, caller)
    plan.elsewhere += [*placed, *(Elsewhere(pair.close.file, edit) for edit in guard)]
    table = pair.placed.file
    plan.elsewhere.append(Elsewhere(table, mapped_entry_edit(table, pair.entry, name)))
    plan.added.append((home.path, name))
    pair.setter.mapped.add(pair.table.name)
    if marked:
        pair.setter.guarded.add(pair.table.name)
    take_out(plan, sides, moved_private=mark is not None, comments=writer.comments)
    state_move(plan, pair, ours, sides, name, marked)
    if caller is not None:
        caller.plan.moved += undone
        if errno:
            caller.plan.refuse(
                caller.call, "errno-changed", f"{errno}; that of {name}() is seen", Tier.REVIEW
            )
        if late is not None:
            message = f"`{caller.plan.short(late)}` ran with what {name}() takes, and now runs before it"
            caller.plan.refuse(late, "runs-before-taking", message, Tier.REVIEW)


def _guard(pair: Pair, taking: Taking) -> list[Edit]:
    """The test by which close tells that mapped has run."""
    edits = guard_edits(pair.close)
    if edits is None:
        close = pair.close.function.name
        raise UnsplitError(taking.node, f"{close}() has no place for a test of vm_private_data")
    return edits


def _alone(plan: Plan, project: Project, pair: Pair) -> None:
    """Nothing else may use the table: its close would find state that no mapped took."""
    hook, setter = plan.hook, pair.setter.hook
    user = user_of_table(project, setter, pair.placed) or user_of_close(
        project, setter, pair.placed, pair.close
    )
    if user is not None:
        raise UnsplitError(hook.body, user)
