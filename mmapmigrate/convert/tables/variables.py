# SPDX-License-Identifier: GPL-2.0-only
"""Hooks that a table gets from a variable: a parameter to which others hand a function, or a local.

int foo_register(struct uio_info *info, int (*hook)(struct uio_info *, struct vm_area_struct *))
{
        info->mmap = hook;
"""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from mmapmigrate.convert.reach import named_far, named_near
from mmapmigrate.model.calls import calls, text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.functions import declarator_name
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.nodes import arguments, bare, find_all


class Holder(Struct, frozen=True):
    """The function whose variable a table gets; ``parameter`` is its place where it is a parameter."""

    function: Function
    parameter: int | None


def holder_of(file: FileModel, entry: OpsEntry) -> Holder | None:
    """The function around ``entry`` that declares its handler as a variable, None if none does."""
    name = entry.handler
    if name is None:
        return None
    for function in file.functions_at(entry.start):
        if not function.node.start_byte <= entry.start < function.node.end_byte:
            continue
        names = [parameter.name for parameter in function.parameters]
        if name in names:
            return Holder(function, names.index(name))
        if name in file.once(("pointers of", function.name_start), partial(_pointers, file, function)):
            return Holder(function, None)
    return None


def _pointers(file: FileModel, function: Function) -> frozenset[str]:
    """The locals of a function that are pointers, or point to functions."""
    found: set[str] = set()
    for declaration in find_all(function.body, "declaration"):
        for declarator in declaration.children_by_field_name("declarator"):
            declared = declarator_name(declarator)
            pointer = next(find_all(declarator, "pointer_declarator"), None)
            if declared is not None and pointer is not None:
                found.add(text(file, declared))
    return frozenset(found)


def handed_to(project: Project, file: FileModel, holder: Holder) -> str:
    """The first function that somebody hands to ``holder``, with its place; "" where none is found."""
    name, place = holder.function.name, holder.parameter
    near = [file, *named_near(project, name, [file])] if not holder.function.static else [file]
    for where in dict.fromkeys([*near, *named_far(project, name, near)]):
        for function in where.functions_with(name):
            for call, callee in calls(function.body):
                given = arguments(call)
                if text(where, callee) != name or place is None or place >= len(given):
                    continue
                handed = bare(given[place])
                if handed.type == "identifier" and text(where, handed) != "NULL":
                    line = where.unit.source.position(call.start_byte).line
                    return f"{text(where, handed)}() at {where.path}:{line}"
    return ""
