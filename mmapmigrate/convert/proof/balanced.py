# SPDX-License-Identifier: GPL-2.0-only
"""State that a hook takes and gives back before it returns: nothing of it outlives the hook.

    tmp = kmalloc(sizeof(*tmp), GFP_KERNEL);  ...  kfree(tmp);
    ret = foo_lock_init(foo, &holder);        ...  foo_unlock_uninit(&holder);
    get_device(dev);                          ...  put_device(dev);

What takes and what gives back must be opposites by state.toml, on one object: the value that the first
returned, an object on the hook's own stack, or the same expression where the kernel's own functions do it.
Where bodies are in reach, they must leave nothing else. A path on which the hook fails is the old one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects.tables import is_release, tables
from mmapmigrate.convert.events import Event, Happening, name_of_call
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.proof.kept import assigned
from mmapmigrate.convert.state import are_opposite, given_by, kind_of, likeness, taken_by
from mmapmigrate.convert.stores import local_objects, stores_locally
from mmapmigrate.convert.traces import Trace, succeeding
from mmapmigrate.model.body import is_once
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.syntax.nodes import ancestors, arguments, bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_EFFECTS = (Happening.STATEFUL, Happening.UNKNOWN)
_SETTING_UP = (Happening.ACTION, Happening.DELEGATE)
_LOOPS = ("for_statement", "while_statement", "do_statement")
_MEMORY = "memory"
_PAGES = "mmap_action_map_kernel_pages"
# Kinds of which the same expression, twice, means the same state.
_COUNTED = ("a reference", "a file reference", "a count", "power")
# What sets a count takes nothing, and what may not count is not what the other side undoes.
_UNCOUNTED = re.compile(r"set|init|unless|not_zero|cmpxchg|test")
# Takes as many as an argument says, which need not be the last one.
_MANY = re.compile(r"(?:^|_)(?:add|sub|many|refs)(?:_|$)")
_HANDED_ON = ("no_free_ptr", "return_ptr", "retain_and_null_ptr", "no_kfree_ptr")
_CLEANUP = re.compile(rb"\b__free\s*\(\s*(\w+)\s*\)")


def given_back(traces: Sequence[Trace]) -> frozenset[int]:
    """The nodes of the events that take, use or give back state which the hook keeps to itself."""
    takers: dict[int, bool] = {}
    others: dict[int, bool] = {}
    owners: dict[int, set[int]] = {}
    undone: dict[tuple[int, int], bool] = {}
    names = _names(traces)
    fitting = _fitting(frozenset(names.values()))
    for trace in succeeding(traces):
        spans = list(_spans(trace, names, fitting, undone))
        within: dict[int, int] = {}
        for first, last, local in spans:
            within[last] = first
            for place in range(first + 1, min(last, len(trace.events))):
                if local and _fills(trace.events[place][1], local):
                    within[place] = first
        started = {first for first, _last, _local in spans}
        for place, (_step, event) in enumerate(trace.events):
            node = event.node.id
            takers[node] = takers.get(node, True) and place in started
            others[node] = others.get(node, True) and place in within
            if place in within:
                owners.setdefault(node, set()).add(trace.events[within[place]][1].node.id)
    taken = {node for node, always in takers.items() if always}
    used = {node for node, always in others.items() if always and owners[node] <= taken}
    return frozenset(taken | used)


def _names(traces: Sequence[Trace]) -> Mapping[int, str]:
    """The names of the functions whose calls have an effect where the mapping may come to be, by node."""
    found: dict[int, str] = {}
    for trace in succeeding(traces):
        for _step, event in trace.events:
            called = event.kind in _EFFECTS and event.node.type == "call_expression"
            if called and event.node.id not in found:
                found[event.node.id] = name_of_call(event.plan, event.node)
    return found


def _fitting(names: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Which of the functions ``names``, by their names, may undo what each of them does."""
    # A hook may call thousands, and few of them are alike.
    alike: dict[object, list[str]] = {}
    for name in names:
        for key in (likeness(name), kind_of(name, gives=True)):
            alike.setdefault(key, []).append(name)
    return {
        name: frozenset(other for other in alike.get(likeness(name), ()) if are_opposite(name, other)).union(
            alike.get(kind, ()) if (kind := kind_of(name, gives=False)) else ()
        )
        for name in names
    }


def _spans(
    trace: Trace,
    names: Mapping[int, str],
    fitting: Mapping[str, frozenset[str]],
    undone: dict[tuple[int, int], bool],
) -> Iterator[tuple[int, int, str]]:
    """What takes and what gives it back on a path, by place, with the local that holds memory, if one does.

    What the end of a scope gives back has its place behind the last event. ``undone`` keeps, for all traces,
    which call undoes which.
    """
    taken: set[int] = set()
    for first, (step, event) in enumerate(trace.events):
        name = _called(event, names)
        if not name or _in_a_loop(event):
            continue
        kept = _result(event)
        memory = kind_of(name, gives=False) == _MEMORY
        if kept and memory and _freed_by_scope(event, kept):
            yield first, len(trace.events), kept
            continue
        if not fitting[name]:
            continue
        for last in range(first + 1, len(trace.events)):
            later_step, later = trace.events[last]
            if later.kind in _SETTING_UP and not (memory and _copies(later)):
                break
            if last in taken or _called(later, names) not in fitting[name]:
                continue
            if later.plan is not event.plan or later.site != event.site:
                continue
            both = event.node.id, later.node.id
            if both not in undone:
                undone[both] = _undoes(event, later, kept) and not _in_a_loop(later)
            if undone[both] and not (
                _changed(trace, step, later_step, event, kept)
                or _replaced(event, trace.events[first + 1 : last])
            ):
                taken.add(last)
                yield first, last, kept if memory else ""
                break


def _called(event: Event, names: Mapping[int, str]) -> str:
    """The name of the function that an effect is a call of, "" where it is none."""
    return names.get(event.node.id, "") if event.kind in _EFFECTS else ""


def _copies(event: Event) -> bool:
    """Whether an action takes all that it needs when it is chosen."""
    return event.action is not None and event.action.kind != _PAGES


def _in_a_loop(event: Event) -> bool:
    return any(
        above.type in _LOOPS and not is_once(event.plan.hook, above) for above in ancestors(event.node)
    )


def _result(event: Event) -> str:
    """The local that gets the value of a call, by itself, and is changed nowhere else but by ``=``."""
    parent = event.node.parent
    while parent is not None and parent.type in ("parenthesized_expression", "cast_expression"):
        parent = parent.parent
    if parent is None:
        return ""
    if parent.type == "assignment_expression" and operator(parent) == "=":
        target: Node | None = bare(field(parent, "left"))
    elif parent.type == "init_declarator":
        target = parent.child_by_field_name("declarator")
        while target is not None and target.type == "pointer_declarator":
            target = target.child_by_field_name("declarator")
    else:
        return ""
    if target is None or target.type != "identifier":
        return ""
    name = event.plan.hook.text(target)
    local = event.plan.hook.locals.get(name)
    if local is None or local.written or local.static:
        return ""
    return name


def _undoes(take: Event, give: Event, kept: str) -> bool:
    """Whether ``give``, whose name fits, undoes ``take``: on the same object, and nothing else is left."""
    first, second = name_of_call(take.plan, take.node), name_of_call(give.plan, give.node)
    kind = kind_of(first, gives=False)
    known = kind != "" and kind == kind_of(second, gives=True)
    text = take.plan.hook.text
    gets = [text(bare(argument)) for argument in arguments(give.node)]
    lent = _lent(take) & _lent(give)
    if kept and kept in gets:
        same = not known or kind == _MEMORY or kind in _COUNTED
    elif lent:
        same = not known
    else:
        same = known and kind in _COUNTED and _counts_the_same(take, give, kind)
    return same and _leave_nothing(take, give, lent)


def _lent(event: Event) -> set[str]:
    """The locals whose address a call is given, objects of the function's own stack."""
    hook = event.plan.hook
    own = local_objects(hook.file, hook.body)
    found: set[str] = set()
    for argument in arguments(event.node):
        one = bare(argument)
        if one.type == "pointer_expression" and operator(one) == "&":
            name = hook.text(bare(field(one, "argument")))
            if name in own and name in hook.locals:
                found.add(name)
    return found


def _counts_the_same(take: Event, give: Event, kind: str) -> bool:
    names = (name_of_call(take.plan, take.node), name_of_call(give.plan, give.node))
    if any(_UNCOUNTED.search(name) for name in names):
        return False
    text, own = take.plan.hook.text, take.plan.hook.locals
    if any(own[name].written for node in find_all(take.node, "identifier") if (name := text(node)) in own):
        return False
    first, second = (
        ["".join(text(argument).split()) for argument in arguments(event.node)] for event in (take, give)
    )
    alike = kind == "a count" or any(_MANY.search(name) for name in names)
    return bool(first and second) and (first == second if alike else first[0] == second[0])


def _changed(trace: Trace, start: int, end: int, take: Event, kept: str) -> bool:
    """Whether what names the object gets another value between the two."""
    hook = take.plan.hook
    names = {hook.text(node) for node in find_all(take.node, "identifier")} | ({kept} if kept else set())
    if take.site is not None:
        # Steps are those of the hook: of a helper's own steps nothing is known here.
        return any(len(hook.locals[name].definitions) > 1 for name in names if name in hook.locals)
    return any(
        step.node is not None and names & assigned(take.plan, step.node)
        for step in trace.walk.path[start + 1 : end + 1]
    )


def _replaced(take: Event, between: Sequence[tuple[int, Event]]) -> bool:
    """Whether a member that names the object is stored to in between."""
    hook = take.plan.hook
    named = {"".join(hook.text(node).split()) for node in find_all(take.node, "field_expression")}
    return any(
        event.kind is Happening.STORE and "".join(event.plan.hook.text(_target(event.node)).split()) in named
        for _step, event in between
    )


def _fills(event: Event, local: str) -> bool:
    """Whether an event only writes the memory that ``local`` points at."""
    hook = event.plan.hook
    if event.kind is Happening.STORE:
        return _object(_target(event.node), hook.text) == local
    if event.kind is Happening.UNKNOWN and event.node.type == "call_expression":
        given = arguments(event.node)
        known = name_of_call(event.plan, event.node) in tables().filling
        return known and bool(given) and hook.text(bare(given[0])) == local
    return False


def _target(store: Node) -> Node:
    return bare(store.child_by_field_name("left") or field(store, "argument"))


def _object(target: Node, text: Callable[[Node], str]) -> str:
    """The pointer whose own object an lvalue is in (``p->x.y``, ``p[i].x``, ``*p``), "" where it leads on."""
    while target.type == "field_expression" and operator(target) == ".":
        target = bare(field(target, "argument"))
    if target.type not in ("field_expression", "subscript_expression", "pointer_expression"):
        return ""
    base = bare(field(target, "argument"))
    return text(base) if base.type == "identifier" else ""


def _freed_by_scope(event: Event, local: str) -> bool:
    """Whether ``__free()`` of the local's declaration gives its memory back, whatever path is taken."""
    hook = event.plan.hook
    declaration = hook.locals[local].declaration
    found = _CLEANUP.search(hook.data, declaration.start_byte, declaration.end_byte)
    if found is None or not is_release(found[1].decode()) or len(hook.locals[local].definitions) > 1:
        return False
    return not any(
        hook.text(field(call, "function")) in _HANDED_ON
        and any(hook.text(inner(argument)) == local for argument in arguments(call))
        for call in find_all(hook.body, "call_expression")
    )


def _leave_nothing(take: Event, give: Event, lent: set[str]) -> bool:
    """Whether the bodies that are in reach keep nothing else, and store nowhere but in their object."""
    taken: set[str] = set()
    given: set[str] = set()
    for event in (take, give):
        function = inner(field(event.node, "function"))
        if function.type != "identifier":
            return False
        name = event.plan.hook.text(function)
        if event.plan.hook.file.macros_seen(name):
            return False
        for where, one in event.plan.hook.file.definitions(name):
            own = {
                parameter.name
                for parameter, argument in zip(one.parameters, arguments(event.node), strict=False)
                if event is give or event.plan.hook.text(bare(argument)).lstrip("& ") in lent
            }
            if one.parsed.errors or not _keeps_to(where, one, own):
                return False
            taken |= taken_by(where, one)
            given |= given_by(where, one) if event is give else frozenset()
    return taken <= given


def _keeps_to(file: FileModel, function: Function, own: set[str]) -> bool:
    """Whether a body stores to nothing but its locals, what it allocates, and ``own`` parameters' objects."""
    text = text_of(file)
    objects = local_objects(file, function.body)
    made = {
        name
        for declared in find_all(function.body, "assignment_expression", "init_declarator")
        if (name := _allocated(declared, text)) and f"*{name}" in objects
    }
    parameters = {parameter.name for parameter in function.parameters}
    for node in find_all(function.body, "assignment_expression", "update_expression"):
        target = _target(node)
        if node.type == "update_expression" or operator(node) in ("+=", "-="):
            # A count is a change of state, and is paired as such.
            continue
        if target.type == "identifier" and text(target) in parameters:
            continue
        if not stores_locally(target, objects, text) and _object(target, text) not in own | made:
            return False
    return next(find_all(function.body, "gnu_asm_expression"), None) is None


def _allocated(node: Node, text: Callable[[Node], str]) -> str:
    """The local that a statement gives new memory, "" if none."""
    value = bare(node.child_by_field_name("right") or field(node, "value"))
    target = node.child_by_field_name("left") or field(node, "declarator")
    while target.type == "pointer_declarator":
        target = field(target, "declarator")
    if target.type != "identifier" or value.type != "call_expression":
        return ""
    return text(target) if kind_of(text(field(value, "function")), gives=False) == _MEMORY else ""
