# SPDX-License-Identifier: GPL-2.0-only
"""Handlers of a vm_ops table that tell one mapping from the next: of two in one they see another.

They go by its range, keep what is its own in vm_private_data, or refuse to have it split; and where two are
one, close runs once. Where a handler, or what it hands its VMA or its fault to, is in reach, its text tells.
Sources: mm/vma.c (__split_vma() asks may_split, remove_vma() runs close), include/linux/mm.h (what takes a
VMA and goes by its range).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import effect_of_function
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.vmops import table_names
from mmapmigrate.convert.state import state_tables
from mmapmigrate.convert.vmops import PlacedTable, vm_ops_table
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.vmops import vm_ops_tables
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_RANGE = re.compile(
    rb"\b(vm_start|vm_end|vm_pgoff|vma_pages|vma_(?:start|end|last)_(?:anon_)?pgoff|linear_(?:anon_)?page_index"
    rb"|linear_page_delta|range_in_vma|vm_map_pages(?:_zero)?|vm_iomap_memory|remap_vmalloc_range|zap_vma"
    rb"|dma_mmap_\w+)\b"
)
_KEPT = re.compile(
    rb"\b(vm_private_data|vm_ops|vm_page_prot)\b\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)"
    rb"|&\s*\w+(?:\s*->\s*vma)?\s*->\s*(vm_private_data)\b(?!\s*(?:->|\.|\[))"
    rb"|\b(vm_flags_(?:clear|init|mod|reset|set)|vma_(?:clear|set)_flags\w*)\b"
)
_SUBJECT = re.compile(rb"\bstruct\s+(?:vm_area_struct|vm_fault)\s*\*\s*(\w+)")
_MAX_CALLED = 32


def range_word(code: bytes) -> str | None:
    """The first word of some code that goes by the range of a mapping, None where it has none."""
    found = _RANGE.search(code)
    return None if found is None else found[1].decode()


def range_asked(plan: Plan, value: Node) -> Iterator[str]:
    """Why handlers of the vm_ops tables that ``value`` may be do otherwise for two mappings in one."""
    for table in _tables(plan.hook.file, table_names(plan, value)):
        for member in table.table.members:
            problem = _problem(table.file, plan.api, member.name, member.handler or "NULL")
            if problem is not None:
                yield problem


def _tables(file: FileModel, names: list[str | None]) -> Iterator[PlacedTable]:
    for name in names:
        own = [PlacedTable(file, table) for table in vm_ops_tables(file) if table.name == name]
        far = None if own or name is None else vm_ops_table(file, name)
        yield from own if far is None else [far]


def _problem(file: FileModel, api: KernelApi, member: str, handler: str) -> str | None:
    if handler == "NULL":
        return None
    if member == "may_split":
        return f"{handler}() may refuse to part the two again"
    if handler in state_tables().ignores_private_data:
        # The kernel's own go by the offset, which goes on from one mapping to the next.
        return None
    if not file.definitions(handler):
        return f"{handler}(), which is not in reach, may ask for its range"
    pending, seen = [(file, handler)], {handler}
    while pending:
        here, name = pending.pop()
        for _where, macro in here.macros_seen(name):
            asked = range_word(macro.body.encode("latin-1", "replace"))
            if asked is not None:
                return f"{name}() asks for `{asked}`, which is that of both then"
        for where, function in here.definitions(name):
            code = where.unit.code[function.node.start_byte : function.node.end_byte]
            asked = range_word(code)
            if asked is not None:
                return f"{name}() asks for `{asked}`, which is that of both then"
            kept = _KEPT.search(code)
            if kept is not None:
                word = next(filter(None, kept.groups())).decode()
                return f"{name}() keeps something by `{word}`, which is that of both then"
            subjects = _subjects(code)
            told = _tells_apart(where, function, subjects)
            if told is not None:
                return f"`{told}` in {name}() tells one mapping from another"
            aside = _goes_aside(where, function, subjects)
            if aside is not None:
                return f"{name}() may ask by `{aside}` for its range"
            for called in _handed_to(where, function, subjects):
                if called in seen or _is_kernels(api, called):
                    continue
                if len(seen) >= _MAX_CALLED or not (where.definitions(called) or where.macros_seen(called)):
                    return (
                        f"`{called}`, which is not in reach and gets it from {name}(), may ask for its range"
                    )
                seen.add(called)
                pending.append((where, called))
    if member in ("open", "close") and any(
        effect_of_function(where, function) not in (Effect.NONE, Effect.MESSAGE)
        for where, function in file.definitions(handler)
    ):
        return f"{handler}() then runs once for both"
    return None


def _subjects(code: bytes) -> frozenset[str]:
    """How the code of a function writes its VMA or its fault."""
    names = {found.decode() for found in _SUBJECT.findall(code)}
    return frozenset(names | {f"{name}->vma" for name in names})


def _tells_apart(file: FileModel, function: Function, subjects: Collection[str]) -> str | None:
    """Where a function keeps the address of its VMA, or compares it with one that was kept."""
    for node in find_all(function.body, "assignment_expression", "binary_expression"):
        left, right = (_spelling(file, field(node, side)) for side in ("left", "right"))
        if operator(node) == "=":
            tells = right in subjects and bare(field(node, "left")).type != "identifier"
        else:
            compared = operator(node) in ("==", "!=") and (left in subjects or right in subjects)
            tells = compared and not {left, right} & {"NULL", "0"}
        if tells:
            return " ".join(text(file, node).split())
    return None


def _goes_aside(file: FileModel, function: Function, subjects: Collection[str]) -> str | None:
    """Where a function has its VMA or its fault under a name, or in a copy, that nobody follows."""
    for node in find_all(function.body, "identifier", "field_expression"):
        spelled = _spelling(file, node)
        if spelled not in subjects:
            macros = () if node.type != "identifier" else file.macros_seen(spelled)
            if any(
                one.parameters is None and range_word(one.body.encode("latin-1", "replace"))
                for _where, one in macros
            ):
                return spelled
            continue
        parent = node.parent
        while parent is not None and parent.type == "parenthesized_expression":
            parent = parent.parent
        if parent is not None and not _is_followed(file, parent, node, subjects):
            return " ".join(text(file, parent).split())
    return None


def _is_followed(file: FileModel, parent: Node, node: Node, subjects: Collection[str]) -> bool:
    """Whether ``parent`` uses a VMA or a fault in a way that the other questions see."""
    if parent.type in ("init_declarator", "assignment_expression"):
        target = parent.child_by_field_name("declarator") or field(parent, "left")
        return _spelling(file, target).strip("*") in subjects or target.id == node.id
    if parent.type == "binary_expression":
        return operator(parent) in ("==", "!=", "&&", "||")
    if parent.type == "unary_expression":
        return operator(parent) == "!"
    return parent.type not in (
        "cast_expression",
        "conditional_expression",
        "pointer_expression",
        "return_statement",
    )


def _spelling(file: FileModel, node: Node) -> str:
    return "".join(text(file, bare(node)).split())


def _is_kernels(api: KernelApi, name: str) -> bool:
    """Whether a function is one of the kernel's, which go by the address and the offset, or only tell."""
    facts = tables()
    told = name in facts.harmless or facts.logging.match(name) or name.startswith("trace_")
    return bool(told or name in api.vma_takers or state_tables().by_address.match(name))


def _handed_to(file: FileModel, function: Function, subjects: Collection[str]) -> Iterator[str]:
    """The functions that a function hands its VMA or its fault to."""
    for call in find_all(function.body, "call_expression"):
        if any(_spelling(file, one) in subjects for one in arguments(call)):
            yield "".join(text(file, field(call, "function")).split())
