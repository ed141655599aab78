# SPDX-License-Identifier: GPL-2.0-only
"""What one file adds to the picture of a tree: who hands a VMA to whom, and what is converted already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.functions import declarator_name
from mmapmigrate.model.macros import all_macros
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.reach import FILE_OPERATIONS, vma_aliases
from mmapmigrate.model.sites import member_sites
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_PASSING_MACRO = re.compile(rb"#[ \t]*define[ \t]+\w*mmap\w*\(")
_HOLDER = re.compile(rb"\bstruct\s+(\w+)\s*\*\s*(?:const\s+)?(\w+)\s*;")
_PASSES = re.compile(r"\(*\s*(\w+)\s*\(")


class Handover(Struct, frozen=True, order=True):
    """A call that is handed the VMA: of the function ``callee``, or through ``struct``'s ``member``.

    ``callee`` is "" for a call through a member; ``struct`` is None there when the type cannot be known.
    ``holder`` is then the name of the member that holds the ops table, if a macro makes the call.
    """

    line: int
    callee: str = ""
    struct: str | None = None
    member: str = ""
    holder: str = ""


class VmaFunction(Struct, frozen=True, order=True):
    """A function that takes a VMA, or a macro that only passes its arguments on to one.

    ``writes`` tells that it assigns to a field of the VMA, ``reads`` that it takes a const one.
    """

    name: str
    line: int
    static: bool
    writes: bool = False
    reads: bool = False
    handovers: tuple[Handover, ...] = ()


class Converted(Struct, frozen=True, order=True):
    """An ops table's member that names a hook taking a descriptor."""

    line: int
    struct: str
    member: str
    object: str | None
    handler: str | None


class FileSurvey(Struct, frozen=True):
    """One file's part of the picture.

    ``holders`` are the members that point to an ops struct with an mmap hook: (member, struct).
    """

    functions: tuple[VmaFunction, ...] = ()
    converted: tuple[Converted, ...] = ()
    holders: tuple[tuple[str, str], ...] = ()


def survey(file: FileModel, api: KernelApi) -> FileSurvey | None:
    """The survey of ``file``, None where it has nothing to add."""
    found = FileSurvey(
        (*_functions(file), *_passing_macros(file)), tuple(_converted(file, api)), tuple(_holders(file, api))
    )
    return found if found != FileSurvey() else None


def _converted(file: FileModel, api: KernelApi) -> Iterator[Converted]:
    if b"mmap_prepare" not in file.unit.source.data:
        return
    forms = {(one.struct, one.prepare) for one in api.ops_members if one.prepare is not None}
    forms.add((FILE_OPERATIONS, "mmap_prepare"))
    for entry in file.entries():
        if entry.struct is not None and (entry.struct, entry.member) in forms and not _is_null(entry):
            line = file.unit.source.position(entry.start).line
            yield Converted(line, entry.struct, entry.member, entry.object, entry.handler)


def _is_null(entry: OpsEntry) -> bool:
    return entry.handler in ("NULL", "0")


def _holders(file: FileModel, api: KernelApi) -> Iterator[tuple[str, str]]:
    """Only headers: what a macro of several files reaches through is declared in one."""
    if not file.path.endswith(".h") or b"ops" not in file.unit.source.data:
        return
    hooked = {one.struct for one in api.ops_members if one.is_hook}
    found = {
        (match[2].decode(), tag)
        for match in _HOLDER.finditer(file.unit.code)
        if (tag := match[1].decode()) in hooked
    }
    yield from sorted(found)


def _functions(file: FileModel) -> Iterator[VmaFunction]:
    structs: dict[str, Mapping[int, str | None]] = {}
    for function in file.functions_with("vm_area_struct"):
        if not function.takes_vma:
            continue
        vma = function.vma_parameter()
        names = {vma} | vma_aliases(file, function.body, vma) if vma is not None else set()
        yield VmaFunction(
            function.name,
            file.unit.source.position(function.name_start).line,
            function.static,
            _writes(file, function, names),
            any(one.name == vma and "const" in one.type.split() for one in function.parameters),
            tuple(_handovers(file, function, names, structs)),
        )


def _handovers(
    file: FileModel, function: Function, names: set[str], structs: dict[str, Mapping[int, str | None]]
) -> Iterator[Handover]:
    for call in find_all(function.body, "call_expression"):
        if not any(_is_one(file, argument, names) for argument in arguments(call)):
            continue
        called = inner(field(call, "function"))
        if called.type == "pointer_expression":
            called = inner(field(called, "argument"))
        line = file.unit.source.position(call.start_byte).line
        if called.type == "identifier":
            called = _pointed(file, function.body, called)
        if called.type == "identifier":
            yield _through_macro(file, call, line) or Handover(line, text(file, called))
        elif called.type == "field_expression":
            member = text(file, field(called, "field"))
            if "mmap" in member and "munmap" not in member:
                if member not in structs:
                    structs[member] = {site.end: site.struct for site in member_sites(file, member)}
                yield Handover(line, "", structs[member].get(called.end_byte), member)


def _pointed(file: FileModel, body: Node, called: Node) -> Node:
    """``ops->mmap`` for a call of the local that holds it, else ``called`` itself."""
    name = text(file, called)
    for node in find_all(body, "init_declarator", "assignment_expression"):
        target = declarator_name(node.child_by_field_name("declarator") or node.child_by_field_name("left"))
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if target is not None and value is not None and text(file, target) == name:
            value = inner(value)
            if value.type == "field_expression":
                return value
    return called


def _through_macro(file: FileModel, call: Node, line: int) -> Handover | None:
    """``call_op(queue, mmap, buffer, vma)``: a macro that calls the member that an argument names."""
    given = [text(file, inner(argument)) for argument in arguments(call)]
    for macro in file.macros(text(file, inner(field(call, "function")))):
        for name, argument in zip(macro.parameters or (), given, strict=False):
            found = re.search(rf"\b(\w++)\s*+(?:->|\.)\s*+{re.escape(name)}\s*+\(", macro.body)
            if found is not None and "mmap" in argument and argument.isidentifier():
                return Handover(line, "", None, argument, found[1])
    return None


def _writes(file: FileModel, function: Function, names: set[str]) -> bool:
    for node in find_all(function.body, "assignment_expression", "update_expression"):
        target = inner(node.child_by_field_name("left") or node.child_by_field_name("argument") or node)
        while target.type == "field_expression":
            base = inner(field(target, "argument"))
            if operator(target) == "->" and _is_one(file, base, names):
                return True
            target = base
    return False


def _is_one(file: FileModel, node: Node, names: set[str]) -> bool:
    value = bare(node)
    return value.type == "identifier" and text(file, value) in names


def _passing_macros(file: FileModel) -> Iterator[VmaFunction]:
    """``#define foo_mmap(a, vma) bar_mmap(a, vma, 0)``: a name in front of another function."""
    if _PASSING_MACRO.search(file.unit.code) is None:
        return
    for macro in all_macros(file.unit):
        passed = _PASSES.match(macro.body) if macro.parameters and "mmap" in macro.name else None
        if passed is not None and passed[1] != macro.name:
            line = file.unit.source.position(macro.name_start).line
            yield VmaFunction(macro.name, line, False, handovers=(Handover(line, passed[1]),))
