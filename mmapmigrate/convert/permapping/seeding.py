# SPDX-License-Identifier: GPL-2.0-only
"""A hook that calls its own vm_ops->open to seed per-mapping state: vm_ops->mapped does that now.

    vma->vm_ops = &foo_vm_ops;          /* .open = foo_vm_open */
    vma->vm_private_data = foo;
    foo_vm_open(vma);
    return 0;
        -> desc->vm_ops = &foo_vm_ops;  /* .mapped = foo_vm_mapped, .open = foo_vm_open */
           desc->private_data = foo;
           return 0;

foo_vm_mapped() stands beside foo_vm_open() and has its statements, with what mapped is handed in the place of
the VMA. Where an action may fail before mapped, close would give back what nobody took: mapped sets
vm_private_data then, in the place of the hook, and close asks for it.
Refuses where the two may not pair: another user of the table, an open that wants more of the VMA or
takes what close keeps, a call that not every successful path makes.
Sources: mm/util.c (call_vma_mapped(), mmap_action_finish()), include/linux/mm.h (vm_operations_struct).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.acting import acts_within, moves_offset
from mmapmigrate.convert.permapping.changes import is_value, takings
from mmapmigrate.convert.permapping.closing import guard_edits, held_private
from mmapmigrate.convert.permapping.declared import Declared
from mmapmigrate.convert.permapping.function import MappedText
from mmapmigrate.convert.permapping.later import late_look
from mmapmigrate.convert.permapping.mark import own_mark, refuse_readers, shows
from mmapmigrate.convert.permapping.places import PRIVATE, Places, within
from mmapmigrate.convert.permapping.placing import declaration_of, global_edits, name_for, static_edits
from mmapmigrate.convert.permapping.rendering import Rendering
from mmapmigrate.convert.permapping.sides import UnsplitError
from mmapmigrate.convert.permapping.sight import unseen_name
from mmapmigrate.convert.permapping.signature import Signature
from mmapmigrate.convert.permapping.users import user_of_close, user_of_table
from mmapmigrate.convert.plan import Elsewhere, Plan
from mmapmigrate.convert.prepared.mapped import MappedPair
from mmapmigrate.convert.settled import step_of
from mmapmigrate.convert.vmops import PlacedTable, mapped_entry_edit, vm_ops_table
from mmapmigrate.model.arms import in_same_builds
from mmapmigrate.model.outcomes import walks_of
from mmapmigrate.model.project import Project
from mmapmigrate.model.vmops import VmOpsMember
from mmapmigrate.model.walk import Ending, Walk, Worth
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node


class _Seed(Struct, frozen=True):
    """The table whose open the hook calls at ``call``, and the entry that names it."""

    call: Node
    placed: PlacedTable
    entry: VmOpsMember

    @property
    def opener(self) -> str:
        return self.entry.handler or ""


class _Mark(Struct, frozen=True):
    """What mapped has in the place of vm_private_data, when the hook does not set it any more.

    ``lines`` declare what ``value`` needs; ``private`` are the hook's own statements that set it. Without a
    value the field was not used at all, and ``own`` is what mapped sets it to.
    """

    lines: tuple[str, ...] = ()
    value: str = ""
    type: str = ""
    private: tuple[Node, ...] = ()
    own: str = ""


def move_seeds(plan: Plan, project: Project, signature: Signature) -> None:
    """Move the calls that the function of ``plan`` makes of its own open to vm_ops->mapped."""
    hook = plan.hook
    settings = _settings(plan)
    for call in find_all(hook.body, "call_expression") if settings else ():
        given = arguments(call)
        if len(given) == 1 and hook.vma and hook.text(bare(given[0])) == hook.vma:
            seed = _seed(plan, settings, call)
            if seed is not None:
                _move(plan, project, seed, signature)


def _seed(plan: Plan, settings: Sequence[Node], call: Node) -> _Seed | None:
    """The table of the driver that the hook sets and whose open ``call`` calls."""
    hook = plan.hook
    name = hook.text(inner(field(call, "function")))
    for assignment in settings:
        target = re.fullmatch(r"&\s*(\w+)", hook.text(inner(field(assignment, "right"))))
        placed = None if target is None else vm_ops_table(hook.file, target[1])
        opens = () if placed is None else placed.table.named("open")
        if placed is None or len(opens) != 1 or not _is_plain(placed, opens[0]):
            continue
        direct = name == opens[0].handler and _places(hook, name) == _places(placed, name)
        if direct or name == f"{hook.vma}->vm_ops->open":
            return _Seed(call, placed, opens[0])
    return None


def _settings(plan: Plan) -> list[Node]:
    """The assignments of vm_ops."""
    nodes = find_all(plan.hook.body, "assignment_expression")
    return [one for one in nodes if plan.values.is_field(field(one, "left"), "vm_ops")]


def _places(of: HookSource | PlacedTable, name: str) -> list[tuple[str, int]]:
    return [(file.path, function.name_start) for file, function in of.file.definitions(name)]


def _is_plain(placed: PlacedTable, entry: VmOpsMember) -> bool:
    """Whether a table has all its members in each build, and no mapped yet."""
    unit = placed.file.unit
    item = unit.item_at(entry.start)
    arms = item is None or b"#" in unit.code[item.start : item.end]
    return placed.table.readable and not arms and not placed.table.named("mapped")


def _move(plan: Plan, project: Project, seed: _Seed, signature: Signature) -> None:
    hook, call, table = plan.hook, seed.call, seed.placed
    plan.claim_below(call)
    acting = [one for one in find_all(hook.body, "call_expression") if one.id != call.id]
    acting = [one for one in acting if acts_within(hook, one)]
    # With its remaps succeeding: an action that fails does so when mapped has not run.
    walks = walks_of(hook, {one.id: Worth.ZERO for one in acting})
    closes = table.table.named("close")
    guarded = bool(acting) and bool(closes)
    code = "seeds-state"
    try:
        if table.name in plan.mapped:
            raise UnsplitError(call, f"`{table.name}` has got a mapped for other state of the mapping")
        source = _open(plan, project, seed, signature, walks)
        _prove_given_back(plan, project, seed)
        writer = MappedText(source, signature, moves_offset(plan, acting))
        mark: _Mark | None = None
        guard: list[Edit] = []
        if guarded:
            code = "close-before-mapped"
            close, guard = _guard(project, hook, table, closes)
            mark = _mark(plan, seed, source, signature, walks, offset=writer.moved_offset)
            code = "seeds-state"
        files = [source.file, table.file, hook.file]
        far = len({file.path for file in files}) > 1
        name = name_for(project, seed.opener, "open", files, far=far)
        body = _body(plan, seed, source, writer, mark)
        plan.elsewhere += _placed(plan, seed, source, writer, name, body)
    except UnsplitError as refusal:
        message = f"the hook calls its own open: {refusal}"
        if code != "seeds-state":
            message = f"`{table.name}.close` also runs when the action fails, before mapped: {refusal}"
        plan.refuse(call, code, message, Tier.SKELETON)
        return
    plan.elsewhere.append(Elsewhere(table.file, mapped_entry_edit(table.file, seed.entry, name)))
    plan.added.append((source.file.path, name))
    plan.mapped.add(table.name)
    plan.pure_calls.add(call.id)
    plan.seeds.append((call, table.name))
    if call.parent is not None:
        plan.delete_statement(call.parent)
    message = f"`{seed.opener}()` seeded state in the hook; {name}() does it once the mapping exists"
    plan.refuse(call, "moved-to-mapped", message, Tier.REVIEW)
    late = late_look(plan, call, walks_of(hook, {}))
    if late is not None:
        message = f"`{plan.short(late)}` ran with what {name}() takes, and now runs before it"
        plan.refuse(late, "runs-before-taking", message, Tier.REVIEW)
    if mark is not None:
        plan.elsewhere += [Elsewhere(close.file, edit) for edit in guard]
        plan.guarded.add(table.name)
        for statement in mark.private:
            plan.claim_below(statement)
            plan.delete_statement(statement)
        names = f"{close.function.name}() gives nothing back while vm_private_data is not set"
        message = f"{names}, which {name}() does"
        plan.refuse(call, "close-guarded", message, Tier.REVIEW)


def _open(
    plan: Plan, project: Project, seed: _Seed, signature: Signature, walks: Sequence[Walk]
) -> HookSource:
    """The open that the hook calls on its ``walks``. Raises UnsplitError where the call cannot move."""
    hook, call = plan.hook, seed.call
    found = [HookSource(*one) for one in seed.placed.file.definitions(seed.opener)]
    found = [one for one in found if one.vma]
    statement = call.parent
    if statement is None or statement.type != "expression_statement" or len(found) != 1:
        raise UnsplitError(call, f"`{seed.opener}()` is not a plain function of the driver")
    source = found[0]
    words = re.findall(r"(?<![>.])\b[A-Za-z_]\w*", source.text(source.body))
    if source.function.parsed.errors or set(signature.names) & set(words):
        raise UnsplitError(call, f"`{seed.opener}()` uses a name that vm_ops->mapped needs")
    user = user_of_table(project, hook, seed.placed)
    if user is not None:
        raise UnsplitError(call, user)
    for node in find_all(hook.body, "assignment_expression", "update_expression"):
        target = node.child_by_field_name("left") or field(node, "argument")
        moved = any(plan.values.is_field(target, name) for name in ("vm_private_data", "vm_pgoff"))
        if moved and node.start_byte > call.start_byte:
            raise UnsplitError(call, f"`{plan.short(node)}` comes after it, and before what mapped is handed")
    settings = _settings(plan)
    if len({hook.text(field(one, "right")) for one in settings}) != 1:
        raise UnsplitError(call, "the mapping may get other vm_ops")
    for walk in walks:
        made = step_of(walk.path, call) is not None
        before = (step_of(walk.path, one) for one in settings)
        if made and not any(at is not None and at <= (step_of(walk.path, call) or 0) for at in before):
            raise UnsplitError(call, f"the mapping may get vm_ops other than `{seed.placed.name}`, or none")
        if walk.ending is not Ending.FAILURE and not made:
            raise UnsplitError(call, "not every path on which it succeeds does")
        if walk.ending is not Ending.SUCCESS and made:
            raise UnsplitError(call, "the hook may still fail after it")
    return source


def _prove_given_back(plan: Plan, project: Project, seed: _Seed) -> None:
    """That close gives back what open takes: a mapped that does not pair is wrong by itself (MM404)."""
    pair = MappedPair(seed.placed.file, plan.api, project, seed.placed.table, "open")
    for leak in pair.leaks():
        where = f"{leak.close}() does not give back" if leak.close else "there is no close to give back"
        raise UnsplitError(
            seed.call, f"{where} {leak.change.what} (`{leak.change.name}`) that `{seed.opener}()` takes"
        )


def _guard(
    project: Project, hook: HookSource, table: PlacedTable, closes: tuple[VmOpsMember, ...]
) -> tuple[HookSource, list[Edit]]:
    """The close of ``table``, and what lets it ask whether mapped has run."""
    found = [HookSource(*one) for one in table.file.definitions(closes[0].handler or "")]
    found = [one for one in found if one.vma and not one.function.parsed.errors]
    if len(closes) != 1 or len(found) != 1:
        raise UnsplitError(hook.body, "that close is not one function of the driver")
    user = user_of_close(project, hook, table, found[0])
    edits = guard_edits(found[0])
    if user is not None or edits is None:
        raise UnsplitError(hook.body, user or f"{found[0].function.name}() has no place for a test")
    return found[0], edits


# What mapped sets.


def _mark(
    plan: Plan, seed: _Seed, source: HookSource, signature: Signature, walks: Sequence[Walk], *, offset: bool
) -> _Mark:
    hook = plan.hook
    uses = [n for n in find_all(hook.body, "field_expression") if plan.values.is_field(n, "vm_private_data")]
    if any(find_all(source.body, "return_statement")):
        raise UnsplitError(seed.call, f"`{seed.opener}()` may return before its end")
    given = list(takings(Places(source), source.body))
    if not uses:
        refuse_readers(hook, seed.placed)
        taken = [one for one in given if not one.change.gives]
        found = own_mark(Places(source), taken, walks_of(source, {}))
        return _Mark(own=found if isinstance(found, str) else source.text(found))
    statements = []
    for use in uses:
        above = use.parent
        whole = None if above is None else above.parent
        if above is None or whole is None or whole.type != "expression_statement" or operator(above) != "=":
            raise UnsplitError(use, "vm_private_data is not just set")
        statements.append(whole)
    values = [field(next(find_all(one, "assignment_expression")), "right") for one in statements]
    value = bare(values[0])
    if len({hook.text(one) for one in values}) != 1 or value.type not in ("identifier", "pointer_expression"):
        raise UnsplitError(value, "vm_private_data has no one value that is a pointer")
    calling = [one for one in walks if step_of(one.path, seed.call) is not None]
    for walk in calling:
        steps = [at for at in (step_of(walk.path, one) for one in statements) if at is not None]
        if not steps or max(steps) > (step_of(walk.path, seed.call) or 0):
            raise UnsplitError(value, "vm_private_data is not set on every path that calls open, before it")
    places = Places(hook)
    about = [[within(place, PRIVATE) for place in one.places] for one in given if not is_value(one)]
    deep = any(place != PRIVATE and within(place, PRIVATE) for one in given for place in one.places)
    deep = deep or (bool(about) and all(map(any, about)))
    address = value.type == "pointer_expression" and operator(value) == "&"
    if not (address or deep or all(_shown(places, walk, value) for walk in calling)):
        raise UnsplitError(value, "vm_private_data may be NULL, and would not tell close that mapped has run")
    lines, text = Declared(Rendering(hook, signature, offset)).value(value)
    if not in_same_builds(*((each.file, each.function.node.start_byte) for each in (hook, source))):
        raise UnsplitError(value, f"`{seed.opener}()` is there in other builds than the hook")
    local = hook.locals.get(text)
    return _Mark(tuple(lines), text, "" if local is None else local.type, tuple(statements))


def _shown(places: Places, walk: Walk, value: Node) -> bool:
    text, place = places.hook.text(value), places.of(value)
    return any(shows(places, step, text, place) for step in walk.path)


def _body(plan: Plan, seed: _Seed, source: HookSource, writer: MappedText, mark: _Mark | None) -> str:
    """The statements of open for mapped, in braces."""
    private = f"*{writer.signature.private}"
    if mark is None:
        return writer.whole(source.body, private, [])
    if mark.own:
        return writer.whole(source.body, private, [f"{private} = {mark.own};"])
    held = held_private(source)
    gone = _redeclared(plan, seed, source, mark, held)
    text = writer.whole(source.body, mark.value, [f"{private} = {held or mark.value};"], gone)
    unseen = None
    if source.file.path != plan.hook.file.path:
        lines = "\n".join([*mark.lines, f"{mark.value};"])
        unseen = unseen_name(lines, set(plan.hook.locals), plan.hook.file, source.file)
    if unseen is not None:
        raise UnsplitError(seed.call, f"{source.file.path} does not know `{unseen}`")
    head, rest = text[: text.index("\n") + 1], text[text.index("\n") + 1 :]
    declares = any(one.type == "declaration" and one.id != (gone.id if gone else 0) for one in _named(source))
    gap = "" if declares or not mark.lines else "\n"
    return head + "".join(f"{line}\n" for line in mark.lines) + gap + rest.lstrip("\n")


def _redeclared(plan: Plan, seed: _Seed, source: HookSource, mark: _Mark, held: str) -> Node | None:
    """The declaration of open's own name for what the hook calls the same, which goes."""
    names = {name for line in mark.lines for name in re.findall(r"(\w+)(?:\[[^\]]*\])*(?= = |;)", line)[:1]}
    clash = names & set(source.locals)
    if not clash:
        return None
    local = source.locals.get(held)
    if clash != {held} or held != mark.value or local is None or local.type != mark.type:
        raise UnsplitError(seed.call, f"`{min(clash)}` is another in `{seed.opener}()` than in the hook")
    if len(local.declaration.children_by_field_name("declarator")) != 1:
        raise UnsplitError(seed.call, f"`{held}` is declared with others in `{seed.opener}()`")
    return local.declaration


def _named(source: HookSource) -> list[Node]:
    return [one for one in source.body.named_children if one.type != "comment"]


def _placed(
    plan: Plan, seed: _Seed, source: HookSource, writer: MappedText, name: str, body: str
) -> list[Elsewhere]:
    """The new function behind open, and what lets the table know it."""
    table = seed.placed
    if source.file.path == table.file.path:
        text = f"{writer.head(name, 'static ')}\n{body}"
        return static_edits(table, source.function, seed.entry, text, plan.hook)
    declared = declaration_of(seed.opener, table.file, source.file)
    if declared is None:
        lacks = f"no header of both {table.file.path} and {source.file.path} declares `{seed.opener}()`"
        raise UnsplitError(seed.call, lacks)
    text = f"{writer.head(name, '')}\n{body}"
    return global_edits(source.file, source.function.node.end_byte, text, *declared, behind=True)
