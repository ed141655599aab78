# SPDX-License-Identifier: GPL-2.0-only
"""Actions that are written member by member, and the helper's call that writes the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import Deed, Event, Prepare, events
from mmapmigrate.syntax.nodes import bare, field, operator

if TYPE_CHECKING:
    from tree_sitter import Node

HELPERS: Mapping[str, str] = {
    "MMAP_REMAP_PFN": "mmap_action_remap",
    "MMAP_IO_REMAP_PFN": "mmap_action_ioremap",
    "MMAP_SIMPLE_IO_REMAP": "mmap_action_simple_ioremap",
    "MMAP_MAP_KERNEL_PAGES": "mmap_action_map_kernel_pages",
}
"""The helper that sets each type of action (include/linux/mm.h)."""

_COPIED: Mapping[str, str] = {"pgprot": "page_prot", "pgoff": "pgoff"}
"""Members of an action that its helper copies from the descriptor, and the descriptor's member."""


class RawAction(Struct, frozen=True):
    """Writes to members of one action in a row: the half-open byte range ``[start, end)``.

    ``members`` are their paths, ``values`` what is written. ``helper`` is the one for the type that is
    written, "" where none is; ``arguments`` those of its call if that writes just the same, else None.
    """

    start: int
    end: int
    members: tuple[str, ...]
    values: tuple[Node, ...]
    helper: str
    arguments: tuple[str, ...] | None


def raw_actions(file: FileModel, api: KernelApi, prepare: Prepare) -> Iterator[RawAction]:
    """The writes of one function, statements in a row taken together, in file order."""
    row: list[Event] = []
    for event in events(file, api, prepare, prepare.function.body):
        if event.deed is not Deed.RAW:
            continue
        if row and not _follows(row[-1].node, event.node):
            yield _action(file, api, row)
            row = []
        row.append(event)
    if row:
        yield _action(file, api, row)


def _follows(one: Node, other: Node) -> bool:
    """Whether two expressions are statements one behind the other."""
    first, second = one.parent, other.parent
    if first is None or second is None or first.type != "expression_statement":
        return False
    after = first.next_named_sibling
    return after is not None and after == second and second.type == "expression_statement"


def _action(file: FileModel, api: KernelApi, row: Sequence[Event]) -> RawAction:
    values = {
        event.name: " ".join(text(file, event.value).split())
        for event in row
        if event.value is not None and operator(event.node) == "="
    }
    helper = HELPERS.get(values.get("action.type", ""), "")
    first, last = row[0].node, row[-1].node
    arguments = _arguments(file, api, row, values, helper) if api.has(helper) else None
    members = tuple(event.name for event in row)
    written = tuple(event.value for event in row if event.value is not None)
    return RawAction(first.start_byte, last.end_byte, members, written, helper, arguments)


def _arguments(
    file: FileModel, api: KernelApi, row: Sequence[Event], values: Mapping[str, str], helper: str
) -> tuple[str, ...] | None:
    """The arguments of the helper whose call stands for ``row``, None if it would not write the same."""
    desc = _descriptor(file, row)
    names = [parameter.name for parameter in api.helpers[helper].parameters[1:]]
    parts = {name.split(".")[1] for name in values if name.count(".") == 2}
    if desc is None or len(parts) != 1 or len(values) != len(row):
        return None
    part = parts.pop()
    fields = {name.removeprefix(part + ".") for name in api.action_fields if name.startswith(part + ".")}
    wanted = {"action.type", *(f"action.{part}.{name}" for name in fields)}
    if set(values) != wanted or not fields.issuperset(names):
        return None
    for name in fields - set(names):
        if values[f"action.{part}.{name}"] != f"{desc}->{_COPIED.get(name)}":
            return None
    given = tuple(values[f"action.{part}.{name}"] for name in names)
    return None if any("," in _outside_calls(one) for one in given) else (desc, *given)


def _descriptor(file: FileModel, row: Sequence[Event]) -> str | None:
    """The one name through which every member is written; None where it is a pointer to the action."""
    found = set()
    for event in row:
        node = bare(field(event.node, "left"))
        path = 0
        while node.type == "field_expression":
            path += 1
            node = bare(field(node, "argument"))
        found.add(text(file, node) if path == event.name.count(".") + 1 else None)
    return found.pop() if len(found) == 1 else None


def _outside_calls(value: str) -> str:
    depth, kept = 0, ""
    for character in value:
        depth += (character == "(") - (character == ")")
        kept += character if not depth else ""
    return kept
