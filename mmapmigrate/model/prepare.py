# SPDX-License-Identifier: GPL-2.0-only
"""The functions that are handed the descriptor of a mapping to come, and what they do with it.

A mmap_prepare hook, or a helper of one, in this file or another: whoever gets a ``struct vm_area_desc *``
that someone else made. mm's own side of it is left out: the helpers of the API themselves, what makes a
descriptor (it sets the members that a hook may only read) or has it made, what carries an action out (it
reads the action), and what already has the VMA.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.skeletons import is_unfinished
from mmapmigrate.syntax.nodes import arguments, bare, counted, field, find_all, operator, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_DESC = re.compile(r"(?:const )?struct vm_area_desc(?: const)? ?\*(?: ?const)?")
_IMMUTABLE = frozenset({"mm", "file", "start", "end"})
"""Members that mm sets and a hook only reads (include/linux/mm_types.h)."""

_MAX_DEPTH = 2

CAPTURING = ("mmap_action_remap", "mmap_action_ioremap")
"""How the helpers begin that copy page_prot when they are called; the others' actions read it later, from
the VMA (include/linux/mm.h, mm/memory.c)."""


class Deed(StrEnum):
    """What a function does that bears on the descriptor."""

    ACTION = "action"
    """A call of ``mmap_action_*()``."""
    RAW = "raw"
    """A member of the action that a helper is there to write is written by hand."""
    HANDED = "handed"
    """A call that gets the descriptor, no helper of the API."""
    CALL = "call"
    PROT = "prot"
    """page_prot is written, or its address passed on."""
    COUNT = "count"
    """``x->n++``, ``x->n += 1``: memory that is not the function's own counts."""
    STORE = "store"
    """Any other assignment to what is not a member of the descriptor."""


class Event(Struct, frozen=True):
    """One deed at ``node``; ``name`` is the callee of a call, the path of a member, the counter's text.

    ``value`` is what is assigned. ``through`` is the call of a helper that does it, in the function that is
    looked at.
    """

    deed: Deed
    node: Node
    name: str = ""
    value: Node | None = None
    through: Node | None = None

    @property
    def place(self) -> Node:
        """The node of the function that is looked at."""
        return self.through or self.node


class Prepare(Struct, frozen=True):
    """A function with a descriptor: the names that denote it, and those of a pointer to its action."""

    function: Function
    descriptors: frozenset[str]
    actions: frozenset[str]


def is_action(api: KernelApi, name: str) -> bool:
    """Whether ``name`` is a helper that chooses the action of a descriptor."""
    helper = api.helpers.get(name)
    return (
        name.startswith("mmap_action_")
        and helper is not None
        and helper.returns == "void"
        and bool(helper.parameters)
        and _DESC.fullmatch(helper.parameters[0].type) is not None
    )


def prepare_functions(file: FileModel, api: KernelApi) -> tuple[Prepare, ...]:
    """The functions of ``file`` that get a descriptor to set up, in file order; no skeletons.

    What is wrong in a skeleton is marked in it, and nothing runs it.
    """
    if not api.has_mmap_prepare or not file.holds(b"vm_area_desc"):
        return ()
    return file.remember("functions that prepare", api, lambda: _prepare_functions(file, api))


def _prepare_functions(file: FileModel, api: KernelApi) -> tuple[Prepare, ...]:
    found = []
    for function in file.functions_with("vm_area_desc"):
        name = descriptor_parameter(function)
        if name is None or function.name in api.helpers or function.vma_parameter() is not None:
            continue
        prepare = _prepare(file, function, name)
        if not _belongs_to_mm(file, prepare) and not is_unfinished(file, function):
            found.append(prepare)
    return tuple(found)


def _prepare(file: FileModel, function: Function, name: str) -> Prepare:
    aliases = _aliases(file, function.body, frozenset({name}))
    return Prepare(function, aliases, _action_pointers(file, function.body, name))


def descriptor_parameter(function: Function) -> str | None:
    """The name of the first ``struct vm_area_desc *`` parameter of a function, or None."""
    for parameter in function.parameters:
        if _DESC.fullmatch(parameter.type):
            return parameter.name or None
    return None


def events(file: FileModel, api: KernelApi, prepare: Prepare, root: Node) -> tuple[Event, ...]:
    """What ``root``, a statement or an expression of the function, does, in the order of evaluation.

    Arguments come before their call, a value before its store, as far as C fixes it.
    """
    found: list[Event] = []
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            found += _event(file, api, prepare, node)
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node.children))
    return tuple(found)


def _event(file: FileModel, api: KernelApi, prepare: Prepare, node: Node) -> Iterator[Event]:
    if node.type == "call_expression":
        callee = bare(field(node, "function"))
        name = text(file, callee)
        if is_action(api, name):
            yield Event(Deed.ACTION, node, name)
        elif any(text(file, bare(argument)) in prepare.descriptors for argument in arguments(node)):
            yield Event(Deed.HANDED, node, name)
        else:
            yield Event(Deed.CALL, node, name)
    elif node.type == "pointer_expression" and operator(node) == "&":
        if member_of(file, prepare, field(node, "argument")) == "page_prot":
            yield Event(Deed.PROT, node, "page_prot")
    elif node.type in ("assignment_expression", "update_expression"):
        target = bare(node.child_by_field_name("left") or field(node, "argument"))
        value = node.child_by_field_name("right")
        member = member_of(file, prepare, target)
        if member is None:
            counts = counted(node, lambda one: text(file, one))
            deed = Deed.COUNT if counts else Deed.STORE
            yield Event(deed, node, "".join(text(file, target).split()), value)
        elif member.split(".")[0] == "page_prot":
            yield Event(Deed.PROT, node, "page_prot", value)
        elif is_raw(api, member):
            yield Event(Deed.RAW, node, member, value)


def is_raw(api: KernelApi, member: str) -> bool:
    """Whether a member of the descriptor (``action.type``) is one that a helper is there to write.

    Those are the action's type and what belongs to one kind of action; the rest of it has no helper.
    """
    if member == "action":
        return True
    first, _, rest = member.partition(".")
    part = rest.split(".")[0]
    if first != "action" or part not in api.action_fields:
        return False
    return part == "type" or any(name.startswith(part + ".") for name in api.action_fields)


def member_of(file: FileModel, prepare: Prepare, node: Node) -> str | None:
    """``action.remap.size`` for ``desc->action.remap.size``, None for what is no member of the descriptor."""
    path: list[str] = []
    node = bare(node)
    while node.type == "field_expression":
        path.insert(0, text(file, field(node, "field")))
        node = bare(field(node, "argument"))
        if node.type == "pointer_expression" and operator(node) == "*":
            node = bare(field(node, "argument"))
    if node.type == "pointer_expression" and operator(node) == "*" and not path:
        return "action" if text(file, bare(field(node, "argument"))) in prepare.actions else None
    if not path or node.type != "identifier":
        return None
    name = text(file, node)
    if name in prepare.descriptors:
        return ".".join(path)
    return ".".join(["action", *path]) if name in prepare.actions else None


def _aliases(file: FileModel, body: Node, names: frozenset[str]) -> frozenset[str]:
    """``names`` and the locals that are given one of them."""
    found = set(names)
    for target, value in _given(file, body):
        if text(file, bare(value)) in found:
            found.add(target)
    return frozenset(found)


def _action_pointers(file: FileModel, body: Node, desc: str) -> frozenset[str]:
    """The locals that are given ``&desc->action``."""
    return frozenset(
        target
        for target, value in _given(file, body)
        if "".join(text(file, value).split()) == f"&{desc}->action"
    )


def _given(file: FileModel, body: Node) -> Iterator[tuple[str, Node]]:
    """Each local and what it is initialised with or assigned."""
    for node in find_all(body, "init_declarator", "assignment_expression"):
        target = node.child_by_field_name("declarator") or field(node, "left")
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        while target.type == "pointer_declarator" and (inner := target.child_by_field_name("declarator")):
            target = inner
        if target.type == "identifier" and value is not None:
            yield text(file, target), value


def _belongs_to_mm(file: FileModel, prepare: Prepare, depth: int = 0) -> bool:
    """Whether a function makes descriptors, itself or through one of the file, or carries actions out."""
    for node in walk(prepare.function.body):
        if node.type == "assignment_expression":
            if member_of(file, prepare, field(node, "left")) in _IMMUTABLE:
                return True
        elif node.type == "call_expression":
            given = arguments(node)
            name = text(file, field(node, "function"))
            if not any(text(file, bare(argument)) in prepare.descriptors for argument in given):
                continue
            if name == "memset" or (depth < _MAX_DEPTH and _made_by(file, name, depth)):
                return True
        elif node.type == "field_expression" and _reads_action(file, prepare, node):
            return True
    return False


def _made_by(file: FileModel, name: str, depth: int) -> bool:
    return any(
        _belongs_to_mm(file, _prepare(file, function, parameter), depth + 1)
        for function in file.functions(name)
        if (parameter := descriptor_parameter(function)) is not None
    )


def _reads_action(file: FileModel, prepare: Prepare, node: Node) -> bool:
    member = member_of(file, prepare, node) or ""
    parent = node.parent
    if not member.startswith("action.") or parent is None or parent.type == "field_expression":
        return False
    return not (
        parent.type == "update_expression"
        or (parent.type == "assignment_expression" and parent.child_by_field_name("left") == node)
    )
