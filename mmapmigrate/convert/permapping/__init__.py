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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import Effect, effect_of_call, text_of
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.naming import MentionKind, mentions
from mmapmigrate.convert.permapping.changes import Taking, is_value, matched, takings
from mmapmigrate.convert.permapping.closing import guard_edits
from mmapmigrate.convert.permapping.function import MappedText, Signature, signature_of
from mmapmigrate.convert.permapping.mark import mark_of
from mmapmigrate.convert.permapping.places import OBJECT, PRIVATE, Places, steady
from mmapmigrate.convert.permapping.split import Split, UnsplitError, split
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.state import changes_at
from mmapmigrate.convert.vmops import mapped_entry_edit
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.outcomes import Worth, walks_of
from mmapmigrate.model.project import Project
from mmapmigrate.model.remaps import remaps
from mmapmigrate.model.vmops import VmOpsMember, VmOpsTable, vm_ops_setters, vm_ops_tables
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_SETUPS = re.compile(
    r"vm_flags_(init|reset|set|clear|mod)|vma_pages|generic_file_(readonly_)?mmap|file_accessed"
)
"""What gets a VMA and can make nothing fail after the hook has returned."""


_KEEPS_OFFSET = frozenset({"vm_map_pages", "vm_map_pages_zero", "vm_insert_page", "vm_insert_pages"})
"""The helpers that map pages and leave the VMA's offset as it is."""


@dataclass(frozen=True)
class _Pair:
    """A hook with the vm_ops that it sets and their close."""

    table: VmOpsTable
    close: HookSource


def move_state(plan: Plan, project: Project) -> None:
    """Move to mapped what the hook of ``plan`` takes for each mapping, before its VMA uses are answered.

    What cannot be split is a reason, and stays.
    """
    member = plan.api.vm_ops_fields.get("mapped")
    signature = None if member is None else signature_of(member.type)
    hook = plan.hook
    if signature is None or hook.flow.paths is None or hook.flow.irregular or hook.function.parsed.errors:
        return
    pair = _pair(plan)
    if pair is None or _calls_open(hook, pair.table):
        return
    places, given = _read(hook, pair)
    taken = list(takings(places, hook.body))
    ours = matched(taken, given)
    kinds = {one.change.kind for one in given if one.change.gives}
    if not _opaque(pair.close):
        plan.unreturned |= {
            one.node.id: pair.table.name
            for one in taken
            if not one.change.gives and one.change.kind not in kinds
        }
    if not ours:
        return
    strict = any(not is_value(one) for one in ours)
    try:
        _move(plan, project, pair, places, ours, signature)
    except UnsplitError as refusal:
        if strict:
            what = plan.short(next(one.node for one in ours if not is_value(one)))
            message = f"`{what}` belongs in vm_ops->mapped, which cannot be made of the hook: {refusal}"
            plan.refuse(refusal.node, "per-mapping", message, Tier.SKELETON)


def _pair(plan: Plan) -> _Pair | None:
    """The one table of this file that the hook sets, with a close of this file and without a mapped."""
    file = plan.hook.file
    names = set()
    for node in find_all(plan.hook.body, "assignment_expression"):
        if plan.values.is_field(field(node, "left"), "vm_ops"):
            target = re.fullmatch(r"&\s*(\w+)", plan.hook.text(bare(field(node, "right"))))
            names.add("" if target is None else target[1])
    if len(names) != 1:
        return None
    tables = [table for table in vm_ops_tables(file) if table.name in names]
    if len(tables) != 1 or not tables[0].readable or tables[0].named("mapped"):
        return None
    body = plan.hook.body
    if re.search(rb"(?m)^[ \t]*#", file.unit.code[body.start_byte : body.end_byte]):
        # Of what the preprocessor chooses there is more than one text.
        return None
    closes = tables[0].named("close")
    functions = [f for one in closes for f in file.functions(one.handler or "")]
    if (
        len(closes) != 1
        or len(functions) != 1
        or functions[0].parsed.errors
        or not functions[0].vma_parameter()
    ):
        return None
    places = (closes[0].start, functions[0].node.start_byte, plan.hook.function.node.start_byte)
    arms = {tuple((one.group, one.branch) for one in file.unit.conditions(at)) for at in places}
    return _Pair(tables[0], HookSource(file, functions[0])) if len(arms) == 1 else None


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


def _read(hook: HookSource, pair: _Pair) -> tuple[Places, list[Taking]]:
    """The places of the hook, and what close gives back, in terms of the same."""
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
    plain = Places(hook, made=made)
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
    here = Places(hook, known, made, stored)
    there = Places(pair.close, known, stored=stored)
    return here, list(takings(there, pair.close.body))


def _move(
    plan: Plan,
    project: Project,
    pair: _Pair,
    places: Places,
    ours: list[Taking],
    signature: Signature,
) -> None:
    hook = plan.hook
    acting = [call for call in find_all(hook.body, "call_expression") if _acts(hook, call)]
    walks = walks_of(hook, {call.id: Worth.ZERO for call in acting})
    sides = split(plan, places, ours, walks)
    _alone(plan, project, pair, sides)
    marked = bool(acting) or sides.fallible
    mark: Node | str | None = None
    # What may be another by then is set where it is taken.
    if marked or not all(steady(places.of(_value(one))) for one in sides.private):
        mark = mark_of(plan, pair.table, places, ours, sides, walks, asked=marked)
    guard: list[Edit] = []
    if marked:
        edits = guard_edits(pair.close)
        if edits is None:
            raise UnsplitError(
                ours[0].node, f"{pair.close.function.name}() has no place for a test of vm_private_data"
            )
        guard = edits
    name = _name(hook.file, pair)
    writer = MappedText(hook, signature, _moves_offset(plan, acting))
    text = writer.write(name, sides.pieces, sides.result, mark)
    plan.elsewhere += [*_placed(plan, pair, name, text, signature), *guard]
    plan.elsewhere.append(mapped_entry_edit(hook.file, _anchor(pair.table), name))
    plan.added.append(name)
    if marked:
        plan.guarded.add(pair.table.name)
    _take_out(plan, sides, moved_private=mark is not None, comments=writer.comments)
    _state(plan, pair, ours, sides, name, marked)


def _acts(hook: HookSource, call: Node) -> bool:
    """Whether something may fail after the hook because of ``call``."""
    name = hook.text(field(call, "function"))
    handed = any(hook.text(bare(one)) == hook.vma for one in arguments(call))
    return name in remaps() or (handed and _SETUPS.fullmatch(name) is None)


def _value(statement: Node) -> Node:
    return field(next(find_all(statement, "assignment_expression")), "right")


def _moves_offset(plan: Plan, acting: Sequence[Node]) -> bool:
    """Whether mapped may be handed another offset than the hook: of a copy-on-write mapping a remap sets it.

    Source: mm/memory.c (remap_pfn_range_prepare()).
    """
    names = {plan.hook.text(field(call, "function")) for call in acting}
    return bool(names - _KEEPS_OFFSET) or any(
        plan.values.is_field(node.child_by_field_name("left") or field(node, "argument"), "vm_pgoff")
        for node in find_all(plan.hook.body, "assignment_expression", "update_expression")
    )


def _alone(plan: Plan, project: Project, pair: _Pair, sides: Split) -> None:
    """Nothing else may set the table: its close would find state that no mapped took."""
    file, hook = plan.hook.file, plan.hook
    called = {hook.text(field(call, "function")) for call in find_all(hook.body, "call_expression")}
    for setter in vm_ops_setters(file):
        if setter.function.node.start_byte == hook.function.node.start_byte:
            continue
        if setter.table == pair.table.name or setter.function.name in called:
            raise UnsplitError(hook.body, f"{setter.function.name}() sets `{setter.table}` too")
    others = [
        one for one in file.occurrences(pair.table.name) if not _harmless_mention(file, hook, pair, one)
    ]
    if others:
        line = file.unit.source.position(others[0]).line
        raise UnsplitError(hook.body, f"`{pair.table.name}` is used at line {line} too")
    if not pair.table.static:
        try:
            siblings = project.siblings(file.path)
        except OSError:
            siblings = ()
        for path in project.mentioning(pair.table.name, siblings):
            raise UnsplitError(hook.body, f"`{pair.table.name}` is used in {path} too")
    for mention in mentions(file, pair.close.function.name):
        if mention.kind in (MentionKind.CALL, MentionKind.MACRO_TEXT):
            raise UnsplitError(hook.body, f"{pair.close.function.name}() is also called by name")
    named = [
        table.name
        for table in vm_ops_tables(file)
        for one in table.named("close")
        if one.handler == pair.close.function.name
    ]
    if len(named) != 1:
        raise UnsplitError(hook.body, f"{pair.close.function.name}() is close of {len(named)} tables")


def _harmless_mention(file: FileModel, hook: HookSource, pair: _Pair, at: int) -> bool:
    """Whether a mention is the definition, the hook's own, a comment, or a comparison."""
    code = file.unit.code
    if code[at : at + len(pair.table.name)] != pair.table.name.encode():
        return True
    if hook.body.start_byte <= at < hook.body.end_byte:
        return True
    before = code[:at].rstrip()
    if re.search(rb"\bvm_operations_struct(\s+\w+)*$", before):
        return True
    after = code[at + len(pair.table.name) :].lstrip()
    return before.endswith(b"&") and (
        re.search(rb"[!=]=\s*&$", before) is not None or re.match(rb"[!=]=", after) is not None
    )


def _name(file: FileModel, pair: _Pair) -> str:
    """foo_vm_open is foo_vm_mapped; without an open, foo_vm_close is."""
    opens = pair.table.named("open")
    word, old = ("open", opens[0].handler or "") if opens else ("close", pair.close.function.name)
    name = re.sub(rf"{word}(?!.*{word})", "mapped", old)
    name = name if name != old else f"{old}_mapped"
    while file.occurrences(name):
        name = f"{name}_vma"
    return name


def _anchor(table: VmOpsTable) -> VmOpsMember:
    return (table.named("open") or table.named("close"))[0]


def _placed(plan: Plan, pair: _Pair, name: str, text: str, signature: Signature) -> list[Edit]:
    """The function behind close, or behind what it calls; declared before the table if that is earlier."""
    file = plan.hook.file
    table = _anchor(pair.table).start
    item = file.unit.item_at(table)
    start = table if item is None else item.start
    after: Function = pair.close.function
    called = set(re.findall(r"\b([A-Za-z_]\w*)\s*\(", text)) - {name}
    for one in sorted(called):
        for function in file.functions(one):
            known = re.search(
                rb"\b%s\s*\([^;{}]*\)\s*;" % one.encode(), file.unit.code[: after.node.start_byte]
            )
            if function.node.start_byte > after.node.start_byte and known is None:
                after = function
    end = after.node.end_byte
    edits = [Edit(end, end, f"\n\n{text}".encode("latin-1"))]
    if start < end:
        head = text[: text.index("\n{")]
        edits.append(Edit(start, start, f"{head};\n\n".encode("latin-1")))
    return edits


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


def _state(plan: Plan, pair: _Pair, ours: list[Taking], sides: Split, name: str, marked: bool) -> None:
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
