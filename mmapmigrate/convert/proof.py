# SPDX-License-Identifier: GPL-2.0-only
"""Proof that a planned conversion behaves the same, path by path; what cannot be proven is a reason.

Sources: mm/vma.c (__mmap_region(): hook, merge, new VMA, action, vm_ops->mapped; a failure after the VMA
exists calls vm_ops->close), mm/util.c (mmap_action_complete()), mm/memory.c (what an action sets).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mmapmigrate.convert.captures import prove_captures
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.events import Event, Events, Happening, name_of_call
from mmapmigrate.convert.failures import prove_failures
from mmapmigrate.convert.outcomes import Walk, Worth, walks_of
from mmapmigrate.convert.plan import Action, Plan
from mmapmigrate.convert.traces import Trace, traces_of
from mmapmigrate.convert.values import Size
from mmapmigrate.convert.vmops import vm_ops_members
from mmapmigrate.model.flow import StepKind
from mmapmigrate.syntax.nodes import field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

# VM_SPECIAL of include/linux/mm.h: a VMA with one of these never merges.
UNMERGEABLE = frozenset({"VM_IO", "VM_PFNMAP", "VM_MIXEDMAP", "VM_DONTEXPAND"})
# What decides whether a mapping is copy-on-write, which an action's prepare step asks after the hook.
COW_FLAGS = frozenset({"VM_SHARED", "VM_MAYWRITE"})
# VMA_REMAP_FLAGS: an action's prepare step sets them after the hook has returned.
REMAP_FLAGS = frozenset({"VM_IO", "VM_PFNMAP", "VM_DONTEXPAND", "VM_DONTDUMP"})

_UNDOING = (Happening.UNKNOWN, Happening.STATEFUL, Happening.STORE, Happening.ACTION, Happening.DELEGATE)


def prove(plan: Plan, helpers: Mapping[str, Sequence[Plan]]) -> None:
    """Add to ``plan``, a hook's, a reason for whatever its paths and its ``helpers``' do not prove."""
    plans = [plan, *(one for definitions in helpers.values() for one in definitions)]
    for each in plans:
        prove_captures(each)
        for node in each.hook.flow.irregular:
            text = _short(plan, node)
            plan.refuse(
                node, "irregular-flow", f"the control flow at `{text}` cannot be followed", Tier.SKELETON
            )
        if _hidden_jump(each):
            plan.refuse(
                each.hook.body, "irregular-flow", "a goto in the hook cannot be followed", Tier.SKELETON
            )
            return
    if any(each.hook.flow.irregular for each in plans):
        return
    if any(_comes_back(each, helpers) for each in plans):
        # Stated where the set is collected.
        return
    traces = None
    if all(each.hook.flow.paths is not None for each in plans):
        traces = traces_of(plan, helpers)
    if traces is None:
        plan.refuse(plan.hook.body, "too-many-paths", "the hook has too many paths to follow", Tier.SKELETON)
        return
    for trace in traces:
        _one_action(plan, trace)
        _locks(plan, trace)
        _after_action(plan, trace)
    for each in plans:
        for action in each.actions:
            _size(each, action)
        _failures(each, helpers)
        prove_failures(each)
    refused = {node for each in plans for node in each.refused}
    _effects(plan, traces, refused)
    _merging(plan, traces)
    _vm_ops(plan, traces)
    _seeds(plans)
    _no_mmu(plan, [action for each in plans for action in each.actions])


def _hidden_jump(plan: Plan) -> bool:
    """Whether the text has a goto that the grammar did not read as one (``goto *target``, ``asm goto``)."""
    body = plan.hook.body
    written = re.findall(rb"\bgoto\b", plan.hook.file.unit.code[body.start_byte : body.end_byte])
    return len(written) != len(list(find_all(body, "goto_statement")))


def _comes_back(plan: Plan, helpers: Mapping[str, Sequence[Plan]], above: tuple[str, ...] = ()) -> bool:
    """Whether a helper comes back to itself through its calls."""
    return any(
        name in above or any(_comes_back(one, helpers, (*above, name)) for one in helpers[name])
        for _call, name in plan.helper_calls.values()
    )


def _seeds(plans: Sequence[Plan]) -> None:
    """What mapped takes, close gives back: also a close that runs because the action failed before it."""
    if not any(plan.actions for plan in plans):
        return
    for plan in plans:
        for call, table in plan.seeds:
            if "close" in (vm_ops_members(plan.hook.file, table) or {"close"}):
                message = f"`{table}.close` also runs when the action fails, before mapped could have run"
                plan.refuse(call, "close-before-mapped", message, Tier.SKELETON)


def _short(plan: Plan, node: Node) -> str:
    text = " ".join(plan.hook.text(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _succeeding(traces: Sequence[Trace]) -> Iterator[Trace]:
    return (trace for trace in traces if trace.may_succeed)


def _one_action(plan: Plan, trace: Trace) -> None:
    found = [event for _index, event in trace.events if event.kind in (Happening.ACTION, Happening.DELEGATE)]
    if len(found) > 1:
        names = [name_of_call(plan, event.node) for event in found[:2]]
        message = f"`{names[1]}()` follows `{names[0]}()` on one path: a descriptor takes one action"
        plan.refuse(found[1].node, "two-actions", message, Tier.BLOCKED)


def _locks(plan: Plan, trace: Trace) -> None:
    held: list[Event] = []
    for _index, event in trace.events:
        if event.kind in (Happening.LOCK, Happening.GUARD):
            held.append(event)
        elif event.kind is Happening.UNLOCK and held:
            held.pop()
        elif event.kind is Happening.ACTION:
            lock = next((lock for lock in reversed(held) if _still_held(lock, event)), None)
            if lock is None:
                continue
            name = _lock_text(plan, lock.node)
            message = f"`{name}` held while the pages were mapped; the action maps them after it is released"
            plan.refuse(event.node, "lock-spans-action", message, Tier.REVIEW)
    for lock in held:
        if lock.kind is Happening.LOCK and trace.may_succeed:
            # What is locked until the mapping goes away is state like any other.
            _refuse_effect(plan, replace(lock, kind=Happening.STATEFUL))


def _lock_text(plan: Plan, node: Node) -> str:
    """A lock as it is written, with the name of the macro in front of its arguments."""
    text, holder = plan.hook.text(node), node.parent
    if holder is not None and holder.type in ("if_statement", "while_statement"):
        text = plan.hook.text(holder)[: node.end_byte - holder.start_byte]
    return " ".join(text.split())


def _still_held(lock: Event, action: Event) -> bool:
    """Whether a lock is not released by the end of a block between it and ``action``."""
    if lock.kind is not Happening.GUARD:
        return True
    if lock.site is not None and (action.site is None or action.site.id != lock.site.id):
        # The helper that took it has returned.
        return False
    place = action.node if lock.site is not None or action.site is None else action.site
    block = lock.node.parent
    while block is not None and block.type not in ("compound_statement", "if_statement", "while_statement"):
        block = block.parent
    return block is None or not lock.node.start_byte <= block.end_byte <= place.start_byte


def _after_action(plan: Plan, trace: Trace) -> None:
    action: Action | None = None
    for _index, event in trace.events:
        if event.kind is Happening.ACTION:
            action = event.action
            continue
        if action is None:
            continue
        problem = _late(plan, event)
        if problem is not None:
            plan.refuse(event.node, problem[0], problem[1], Tier.REVIEW)


def _late(plan: Plan, event: Event) -> tuple[str, str] | None:
    text = " ".join(plan.hook.text(event.node).split())[:60]
    if event.kind is Happening.MESSAGE:
        return "message-after-action", f"`{text}` tells of a mapping that does not exist yet"
    if event.kind is Happening.PROT_WRITE:
        return "late-page-prot", f"`{text}` changes page_prot after the action"
    if event.kind is Happening.OFFSET_WRITE:
        return "late-offset", f"`{text}` changes the offset after the remap, which the action reads later"
    if event.kind is Happening.OFFSET_READ:
        return "late-offset", f"`{text}` reads the offset after the remap, which may have changed it"
    if event.kind is Happening.FLAGS_READ:
        return "late-flags", f"`{text}` reads the flags after the remap, which sets some of them"
    if event.kind is Happening.FLAGS_WRITE and event.flags is not None:
        what, names = event.flags
        if what != "set" or names is None or names & COW_FLAGS:
            return (
                "late-flags",
                f"`{text}` changes flags after the remap, which the action sets or asks later",
            )
    if event.kind in (Happening.UNKNOWN, Happening.STORE, Happening.STATEFUL):
        return "result-after-action", f"`{text}` runs after the remap, and now before the mapping exists"
    return None


def _size(plan: Plan, action: Action) -> None:
    """An explicit size: proven to be the VMA's by the tests before it, or a reason."""
    if action.size is None or plan.values.proven(action.call, action.size):
        return
    known = plan.values.size(action.size)
    text = " ".join(plan.hook.text(action.size).split())
    if known not in (Size.FULL, Size.PART):
        message = f"`{text}` is not provably within the VMA; beyond it the action fails with -EFAULT"
        plan.refuse(action.call, "size-may-exceed", message, Tier.REVIEW)
    elif action.override is not None and known is Size.PART:
        message = (
            f"`{text}` may be less than the VMA: a private writable mapping then fails with -EINVAL in the "
            f"prepare step, not {action.override}"
        )
        plan.refuse(action.call, "override-gap", message, Tier.REVIEW)


def _failures(plan: Plan, helpers: Mapping[str, Sequence[Plan]]) -> None:
    """A helper's remap used to fail through its callers: each must have passed the error on as it was."""
    for call, name in plan.helper_calls.values():
        if not any(_acts(one, helpers) for one in helpers[name]):
            continue
        events = Events(plan)
        for walk in walks_of(plan.hook, {call.id: Worth.ERROR}):
            step = next(
                (i for i, s in enumerate(walk.path) if s.node is not None and _holds(s.node, call)), None
            )
            if step is None:
                continue
            after = [e for s in walk.path[step:] for e in events.of(s) if e.node.start_byte > call.start_byte]
            for event in after:
                if event.kind is Happening.MESSAGE:
                    message = f"`{_short(plan, event.node)}` told of the failed remap in {name}()"
                    plan.refuse(event.node, "failure-message", message, Tier.REVIEW)
                elif event.kind in _UNDOING:
                    message = f"`{_short(plan, event.node)}` ran when the remap in {name}() failed"
                    plan.refuse(event.node, "failure-cleanup", message, Tier.SKELETON)
            if not _passes_on(plan, walk, step, call):
                message = f"the error of the remap in {name}() is not what the hook returned"
                plan.refuse(call, "errno-changed", message, Tier.REVIEW)


def _acts(plan: Plan, helpers: Mapping[str, Sequence[Plan]]) -> bool:
    return bool(plan.actions) or any(
        _acts(one, helpers) for _call, name in plan.helper_calls.values() for one in helpers[name]
    )


def _passes_on(plan: Plan, walk: Walk, step: int, call: Node) -> bool:
    """Whether a path returns the value of ``call`` unchanged."""
    last = walk.path[-1]
    if last.kind is not StepKind.RETURN or last.node is None:
        return False
    value = next((child for child in last.node.named_children if child.type != "comment"), None)
    if value is None:
        return False
    value = inner(value)
    if value.id == call.id:
        return True
    names = _results(plan, walk.path[step].node, call)
    for between in walk.path[step + 1 :]:
        if between.node is not None:
            names -= _assigned(plan, between.node)
    return value.type == "identifier" and plan.hook.text(value) in names


def _effects(plan: Plan, traces: Sequence[Trace], refused: set[int]) -> None:
    """Every effect on a path that may succeed is stateless, or the old hook shows that it may stay behind.

    ``refused`` are calls that stand in the way themselves: what else they do need not be said.
    """
    judged: set[int] = set()
    for trace in _succeeding(traces):
        for _index, event in trace.events:
            if event.node.id in judged or event.kind not in _UNDOING[:3]:
                continue
            judged.add(event.node.id)
            if event.kind is Happening.UNKNOWN and event.node.id in refused:
                continue
            if event.kind is not Happening.STATEFUL and _evidence(plan, event, traces):
                continue
            _refuse_effect(plan, event)


def _refuse_effect(plan: Plan, event: Event) -> None:
    text = " ".join(plan.hook.text(event.node).split())
    text = text if len(text) <= 60 else text[:57] + "..."
    if event.kind is Happening.STATEFUL:
        message = f"`{text}` changes state that stays behind if the mapping never comes to be"
        plan.refuse(event.node, "stateful", message, Tier.SKELETON)
    elif event.kind is Happening.STORE:
        message = f"`{text}` stores outside the hook, also for a mapping that never comes to be"
        plan.refuse(event.node, "store", message, Tier.REVIEW)
    else:
        what = name_of_call(plan, event.node) + ("()" if event.node.type == "call_expression" else "")
        message = f"`{what}` is not known to leave nothing behind if the mapping never comes to be"
        plan.refuse(event.node, "unproven-effect", message, Tier.REVIEW)


def _evidence(plan: Plan, event: Event, traces: Sequence[Trace]) -> bool:
    """Whether the old hook returns an error after ``event`` without undoing it, for another reason than it.

    One path is not enough, for its tests may contradict each other (``if (x) take(); if (!x) return -EIO;``):
    every path that fails by that last decision must have run ``event``, or the decision must ask for nothing
    that the tests before ``event`` asked for. And no path that ends there may undo it.
    """
    always: dict[tuple[object, ...], bool] = {}
    free: set[tuple[object, ...]] = set()
    undone: set[object] = set()
    for trace in traces:
        if trace.may_succeed:
            continue
        decided = _last_decision(trace)
        if decided is None:
            continue
        key, decision = decided
        at = next((i for i, (_s, one) in enumerate(trace.events) if one.node.id == event.node.id), None)
        ran = at is not None and _ran_before(plan, event, trace, trace.events[at][0], decision)
        always[key] = always.get(key, True) and ran
        if at is not None and ran and _independent(plan, trace, trace.events[at][0], decision):
            free.add(key)
        if at is not None and _undoes(plan, trace, at, decision):
            undone.add(key[-1])
    return any((stays or key in free) and key[-1] not in undone for key, stays in always.items())


def _independent(plan: Plan, trace: Trace, step: int, decision: int) -> bool:
    """Whether the test at ``decision`` reads nothing that a test before ``step`` reads."""
    path = trace.walk.path
    last = path[decision].node
    asked = set() if last is None else _places(plan, last)
    for before in path[:step]:
        if before.kind not in (StepKind.TEST, StepKind.SWITCH) or before.node is None:
            continue
        for place in _places(plan, before.node):
            if any(place.startswith(other) or other.startswith(place) for other in asked):
                return False
    return True


def _places(plan: Plan, expression: Node, depth: int = 0) -> set[str]:
    """The variables and members that an expression reads, as text, those behind its locals included."""
    found: set[str] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if node.type in ("field_expression", "identifier"):
            text = "".join(plan.hook.text(node).split())
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
                found.add(text)
            local = plan.hook.locals.get(text)
            for value in () if local is None or depth > 3 else local.definitions:
                found |= _places(plan, value, depth + 1)
            if node.type == "field_expression" and not any(find_all(node, "call_expression")):
                continue
        children = list(node.named_children)
        if node.type == "call_expression":
            children = [child for child in children if child.id != field(node, "function").id]
        stack.extend(children)
    return found


def _last_decision(trace: Trace) -> tuple[tuple[object, ...], int] | None:
    """What tells a failing path from others: its last test, how that came out, and where the path ends."""
    path = trace.walk.path
    for index in range(len(path) - 1, -1, -1):
        step = path[index]
        if step.kind in (StepKind.TEST, StepKind.SWITCH) and step.node is not None:
            label = None if step.label is None else step.label.id
            end = path[-1].node
            return (step.node.id, step.outcome, label, None if end is None else end.id), index
    return None


def _ran_before(plan: Plan, event: Event, trace: Trace, step: int, decision: int) -> bool:
    """Whether the last decision of a failing path comes after ``event`` and asks for something else."""
    return step < decision and not _asks(plan, trace.walk, step, decision, event.site or event.node)


def _undoes(plan: Plan, trace: Trace, at: int, decision: int) -> bool:
    """Whether a failing path may undo what happened at its event ``at``."""
    return any(
        other.kind in _UNDOING and not _asks(plan, trace.walk, index, decision, other.site or other.node)
        for index, other in trace.events[at + 1 :]
    )


def _asks(plan: Plan, walk: Walk, step: int, decision: int, call: Node) -> bool:
    """Whether the test at step ``decision`` asks for the result of ``call``, made at ``step``."""
    test = walk.path[decision].node
    if test is None:
        return False
    if step == decision:
        return True
    names = _results(plan, walk.path[step].node, call)
    for between in walk.path[step + 1 : decision]:
        if between.node is not None:
            names -= _assigned(plan, between.node)
    return bool(names & {plan.hook.text(node) for node in find_all(test, "identifier")})


def _assigned(plan: Plan, step: Node) -> set[str]:
    """The locals that a step gives a new value."""
    found: set[str] = set()
    for node in find_all(step, "assignment_expression", "init_declarator"):
        target = node.child_by_field_name("left") or node.child_by_field_name("declarator")
        if target is not None:
            found.add(plan.hook.text(inner(target)))
    return found


def _holds(outer: Node, node: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def _results(plan: Plan, step: Node | None, call: Node) -> set[str]:
    """The locals that hold the value of ``call`` after its step."""
    found: set[str] = set()
    if step is None:
        return found
    for node in find_all(step, "assignment_expression", "init_declarator"):
        value = node.child_by_field_name("right") or node.child_by_field_name("value")
        target = node.child_by_field_name("left") or node.child_by_field_name("declarator")
        if value is not None and target is not None and _holds(value, call):
            found |= {plan.hook.text(n) for n in find_all(target, "identifier")}
    return found


def _merging(plan: Plan, traces: Sequence[Trace]) -> None:
    """A mapping that may merge with its neighbour must not differ from it in what a merge drops."""
    seen: dict[tuple[str, str, str], Node] = {}
    for trace in _succeeding(traces):
        special: set[str] = set()
        ops = data = prot = ""
        moved = False
        place: Node = plan.hook.body
        for _index, event in trace.events:
            if event.kind is Happening.ACTION:
                special |= UNMERGEABLE
            elif event.kind is Happening.DELEGATE:
                ops = "delegate"
            elif event.kind is Happening.PROT_WRITE:
                text = "" if event.value is None else "".join(plan.hook.text(event.value).split())
                prot, place = f"{prot} {text}", event.node
                if event.value is None or event.site is not None or not _follows_flags(plan, event.value):
                    prot = f"?{prot}"
            elif event.kind is Happening.OFFSET_WRITE:
                moved = True
            elif event.kind is Happening.FLAGS_WRITE and event.flags is not None:
                moved = True
                what, names = event.flags
                if what == "set":
                    special |= (names or frozenset()) & UNMERGEABLE
                else:
                    special -= UNMERGEABLE if names is None else names
            elif event.kind in (Happening.VM_OPS, Happening.PRIVATE_DATA):
                text = "?" if event.value is None else "".join(plan.hook.text(event.value).split())
                steady = event.value is not None and event.site is None and _steady(plan, event.value)
                if event.node.id in plan.setups:
                    # All of the kernel's own set the same table.
                    text, steady = "generic_file_vm_ops", True
                elif re.fullmatch(r"&\w+", text) and text[1:] not in plan.hook.locals:
                    steady = True
                place = event.node
                if event.kind is Happening.VM_OPS:
                    ops = text if steady else f"?{text}"
                else:
                    data = text if steady else f"?{text}"
        if not special:
            # With flags and offset as they came, the old mapping merged too, and its hook did not run.
            seen.setdefault((ops, data, prot if moved else ""), place)
    varying = [key for key in seen if any(part.startswith("?") for part in key)]
    if varying or len(seen) > 1:
        key = varying[0] if varying else list(seen)[-1]
        what = _what_varies(seen, key)
        message = f"the mapping may now merge with its neighbour, and {what} may differ between the two"
        plan.refuse(seen[key], "may-merge", message, Tier.REVIEW)


def _follows_flags(plan: Plan, prot: Node) -> bool:
    """Whether a page protection is computed from the VMA's own by functions and constants alone."""
    called = {field(call, "function").id for call in find_all(prot, "call_expression")}
    return all(
        node.id in called
        or plan.hook.text(node) == plan.hook.vma
        or re.fullmatch(r"[A-Z_][A-Z0-9_]*", plan.hook.text(node))
        for node in find_all(prot, "identifier")
    )


def _what_varies(seen: Mapping[tuple[str, str, str], Node], key: tuple[str, str, str]) -> str:
    names = ("vm_ops", "vm_private_data", "vm_page_prot")
    for place, name in enumerate(names):
        if key[place].startswith("?"):
            return name
    return next((name for place, name in enumerate(names) if len({one[place] for one in seen}) > 1), "vm_ops")


def _steady(plan: Plan, value: Node, depth: int = 0) -> bool:
    """Whether an expression is the same for every mapping of one file.

    An address, a constant, what the file itself holds: what is read from anywhere else may have changed.
    """
    value, hook = inner(value), plan.hook
    if depth > 8:
        return False
    if value.type == "cast_expression":
        return _steady(plan, field(value, "value"), depth + 1)
    if value.type == "identifier":
        name = hook.text(value)
        local = hook.locals.get(name)
        if local is not None:
            return local.single is not None and _steady(plan, local.single, depth + 1)
        return name == hook.file_parameter or re.fullmatch(r"[A-Z][A-Z0-9_]*", name) is not None
    if value.type == "pointer_expression":
        return operator(value) == "&" and _steady_place(plan, field(value, "argument"), depth + 1)
    if value.type == "field_expression" and operator(value) == "->":
        if plan.values.is_field(value, "vm_file"):
            return True
        holder = field(value, "argument")
        of_file = plan.values.is_field(holder, "vm_file") or hook.text(inner(holder)) == hook.file_parameter
        return of_file and hook.text(field(value, "field")) in ("private_data", "f_inode", "f_mapping")
    if value.type == "binary_expression":
        return all(_steady(plan, field(value, side), depth + 1) for side in ("left", "right"))
    return value.type in ("number_literal", "null")


def _steady_place(plan: Plan, place: Node, depth: int) -> bool:
    """Whether an lvalue is the same object for every mapping of one file."""
    place = inner(place)
    if place.type == "identifier":
        return plan.hook.text(place) not in plan.hook.locals
    if place.type == "field_expression":
        argument = field(place, "argument")
        follow = _steady if operator(place) == "->" else _steady_place
        return follow(plan, argument, depth + 1)
    return False


def _vm_ops(plan: Plan, traces: Sequence[Trace]) -> None:
    """The vm_ops that a hook sets: close also runs after an action that failed, and mapped runs at all."""
    done: set[int] = set()
    for trace in _succeeding(traces):
        acts = any(event.kind is Happening.ACTION for _index, event in trace.events)
        for _index, event in trace.events:
            if event.kind is not Happening.VM_OPS or event.value is None or event.node.id in done:
                continue
            if event.node.id in plan.setups:
                # The kernel's own tables have neither close nor mapped.
                continue
            for name in _table_names(plan, event.value):
                problem = _table_problem(plan, event, name, acts)
                if problem is not None:
                    done.add(event.node.id)
                    plan.refuse(event.node, problem[0], problem[1], Tier.REVIEW)


def _table_names(plan: Plan, value: Node) -> list[str | None]:
    """The vm_ops tables whose address an expression may be, "NULL" for none, None for what is not known."""
    value = plan.values.resolve(value)
    if value.type == "conditional_expression":
        arms = (value.child_by_field_name("consequence"), field(value, "alternative"))
        return [name for arm in arms for name in ([None] if arm is None else _table_names(plan, arm))]
    if value.type == "pointer_expression" and operator(value) == "&":
        target = inner(field(value, "argument"))
        return [plan.hook.text(target) if target.type == "identifier" else None]
    return ["NULL" if plan.hook.text(value) in ("NULL", "0") else None]


def _table_problem(plan: Plan, event: Event, name: str | None, acts: bool) -> tuple[str, str] | None:
    if name == "NULL":
        return "no-vm-ops", "vm_ops of NULL makes the mapping anonymous"
    members = None if name is None else vm_ops_members(plan.hook.file, name)
    if members is None:
        text = "" if event.value is None else " ".join(plan.hook.text(event.value).split())
        what = "a close in it also runs after a failed action" if acts else "a mapped in it now runs"
        return "vm-ops-elsewhere", f"the members of `{text}` are not known: {what}"
    if acts and "close" in members:
        return (
            "close-after-failure",
            f"`{name}.close` now also runs when the action fails, which the old hook never caused",
        )
    if "mapped" in members:
        return "mapped-starts", f"`{name}.mapped` was never called from .mmap and now will be"
    return None


def _no_mmu(plan: Plan, actions: Sequence[Action]) -> None:
    """Without an MMU every action fails, where the old remap succeeded."""
    if not actions:
        return
    found = re.search(rb"\b(CONFIG_MMU|mmap_capabilities)\b", plan.hook.file.unit.code)
    if found is not None:
        message = (
            f"the file knows {found[1].decode()}: without an MMU an action fails where the old remap did not"
        )
        plan.refuse(actions[0].call, "nommu", message, Tier.REVIEW)
