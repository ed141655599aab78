# SPDX-License-Identifier: GPL-2.0-only
"""Which functions of a file a hook hands its VMA to: the call graph by name, through arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.calls import calls, text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.syntax.nodes import arguments, bare, walk

if TYPE_CHECKING:
    from tree_sitter import Node

FILE_OPERATIONS = "file_operations"


class Reached(Struct, frozen=True):
    """A function that runs with a hook's VMA: the hook itself or a helper, at any depth.

    ``vma`` is the name under which it has the VMA; ``hook`` the name of the hook that the VMA comes from
    (the first in file order when several do).
    """

    function: Function
    vma: str
    hook: str


def deprecated_hooks(file: FileModel, api: KernelApi) -> tuple[OpsEntry, ...]:
    """The ``.mmap`` members of ``struct file_operations`` that name a hook; none where nothing replaces them.

    Source: Documentation/filesystems/mmap_prepare.rst.
    """
    if not api.has_mmap_prepare:
        return ()
    return tuple(
        entry
        for entry in file.entries()
        if entry.struct == FILE_OPERATIONS and entry.member == "mmap" and not _is_null(file, entry)
    )


def reached_from_hooks(file: FileModel, api: KernelApi) -> tuple[Reached, ...]:
    """Every function of the file that a deprecated hook's VMA reaches, in file order, each once."""
    return file.remember("reached_from_hooks", api, lambda: _reached(file, api))


def _reached(file: FileModel, api: KernelApi) -> tuple[Reached, ...]:
    found: dict[tuple[int, str], Reached] = {}
    handlers = dict.fromkeys(entry.handler for entry in deprecated_hooks(file, api) if entry.handler)
    queue = [
        Reached(function, vma, handler)
        for handler in handlers
        for function in file.functions(handler)
        if (vma := function.vma_parameter()) is not None
    ]
    while queue:
        here = queue.pop(0)
        key = (here.function.node.start_byte, here.vma)
        if key in found:
            continue
        found[key] = here
        queue += _callees(file, here)
    return tuple(sorted(found.values(), key=lambda reached: reached.function.node.start_byte))


def _callees(file: FileModel, here: Reached) -> Iterator[Reached]:
    names = {here.vma} | vma_aliases(file, here.function.body, here.vma)
    for call, function in calls(here.function.body):
        name = text(file, function)
        for index, argument in enumerate(arguments(call)):
            value = bare(argument)
            if value.type != "identifier" or text(file, value) not in names:
                continue
            for helper in file.functions(name):
                if index < len(helper.parameters) and helper.parameters[index].name:
                    yield Reached(helper, helper.parameters[index].name, here.hook)


def vma_aliases(file: FileModel, body: Node, vma: str) -> set[str]:
    """Locals that are initialised or assigned the VMA and nothing else."""
    names: set[str] = set()
    for node in walk(body):
        if node.type == "init_declarator":
            target, value = node.child_by_field_name("declarator"), node.child_by_field_name("value")
        elif node.type == "assignment_expression":
            target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        else:
            target = value = None
        if target is not None and value is not None and text(file, bare(value)) == vma:
            while target.type == "pointer_declarator" and (inner := target.child_by_field_name("declarator")):
                target = inner
            if target.type == "identifier":
                names.add(text(file, target))
    return names


def _is_null(file: FileModel, entry: OpsEntry) -> bool:
    """Whether the entry names no hook at all: NULL, or a macro of this file that is never anything else."""
    if entry.handler is None:
        return False
    if entry.handler in ("NULL", "0"):
        return True
    macros = file.macros(entry.handler)
    return (
        bool(macros)
        and not file.functions(entry.handler)
        and all(macro.body.strip() in ("NULL", "0", "(NULL)") for macro in macros)
        and not any(macro.conditions for macro in macros)
    )
