# SPDX-License-Identifier: GPL-2.0-only
"""Who else uses a vm_ops table, or one of its functions: whatever it maps, no mapped ran for it.

A mapping with the table that no converted hook made has a close that finds state which nobody took. So each
place that names the table counts, in all files of the driver, and in the tree where a public header or an
EXPORT_SYMBOL() lends it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.names import MentionKind, mentions
from mmapmigrate.convert.reach import including, named_far, named_near
from mmapmigrate.convert.vmops import PlacedTable
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.project import Project
from mmapmigrate.model.vmops import vm_ops_setters, vm_ops_tables
from mmapmigrate.syntax.nodes import field, find_all
from mmapmigrate.syntax.unit import ItemKind

_IDLE = (MentionKind.DEFINITION, MentionKind.PROTOTYPE, MentionKind.COMMENT, MentionKind.OTHER_NAME)


def user_of_table(project: Project, hook: HookSource, table: PlacedTable) -> str | None:
    """What uses ``table`` beside its own definition and ``hook``, in words for a message; None if nothing."""
    for call in find_all(hook.body, "call_expression"):
        for file, function in hook.file.definitions(hook.text(field(call, "function"))):
            other = next((one for one in vm_ops_setters(file) if _is(one.function, function)), None)
            if other is not None:
                return f"{function.name}(){_of(file, hook)} sets `{other.table}` too"
    for file in naming(project, table.file, table.name, table.table.static, [hook.file]):
        for setter in vm_ops_setters(file):
            own = file.path == hook.file.path and _is(setter.function, hook.function)
            if setter.table == table.name and not own:
                return f"{setter.function.name}(){_of(file, hook)} sets `{table.name}` too"
        for at in file.occurrences(table.name):
            if not _harmless(file, hook, table.name, at):
                return f"{_user(file, hook, at)} uses `{table.name}` too"
    return None


def user_of_close(project: Project, hook: HookSource, table: PlacedTable, close: HookSource) -> str | None:
    """What uses the close of ``table`` beside that table, in words for a message; None if nothing."""
    name = close.function.name
    entries = {(table.file.path, at) for one in table.table.named("close") for at in (one.start,)}
    for file in naming(project, close.file, name, close.function.static, [table.file]):
        spans = [
            (member.start, member.end, (file.path, member.start) in entries, one.name)
            for one in vm_ops_tables(file)
            for member in one.named("close")
            if member.handler == name
        ]
        for mention in mentions(file, name):
            if mention.kind in _IDLE:
                continue
            where = next((one for one in spans if one[0] <= mention.offset < one[1]), None)
            if where is not None and where[2]:
                continue
            if where is not None:
                return f"{name}() is close of `{where[3]}`{_of(file, hook)} too"
            if mention.kind is MentionKind.EXPORT:
                return f"{name}() is exported, so that another module may use it"
            does = "calls" if mention.kind is MentionKind.CALL else "uses"
            return f"{_user(file, hook, mention.offset)} {does} {name}() too"
    return None


def naming(
    project: Project, home: FileModel, name: str, static: bool, others: Sequence[FileModel]
) -> list[FileModel]:
    """The files that may name what ``home`` defines, that one first."""
    found = {home.path: home}
    if not static:
        near = {one.path: one for one in named_near(project, name, [home, *others])}
        known = {**found, **near, **{one.path: one for one in others}}
        found |= near | {one.path: one for one in named_far(project, name, list(known.values()))}
    found |= {one.path: one for one in including(project, home) if one.occurrences(name)}
    return list(found.values())


def _harmless(file: FileModel, hook: HookSource, name: str, at: int) -> bool:
    """Whether a mention is the definition, a declaration, the hook's own, a comment, or a comparison."""
    code = file.unit.code
    if code[at : at + len(name)] != name.encode():
        return True
    if file.path == hook.file.path and hook.body.start_byte <= at < hook.body.end_byte:
        return True
    before = code[:at].rstrip()
    if before.endswith((b"->", b".")) or re.search(rb"\bvm_operations_struct[\s\w*]*$", before):
        return True
    after = code[at + len(name) :].lstrip()
    return before.endswith(b"&") and (
        re.search(rb"[!=]=\s*&$", before) is not None or re.match(rb"[!=]=", after) is not None
    )


def _user(file: FileModel, hook: HookSource, at: int) -> str:
    """What stands at ``at``: the function around it, or the line."""
    item = file.unit.item_at(at)
    if item is not None and item.kind is ItemKind.FUNCTION:
        names = list(_functions(file, item.start, item.end))
        if names:
            return f"{names[0]}(){_of(file, hook)}"
    line = file.unit.source.position(at).line
    if re.search(rb"\bEXPORT_\w*SYMBOL\w*\s*\(\s*$", file.unit.code[max(0, at - 80) : at]):
        return f"any module, by the EXPORT_SYMBOL() at {file.path}:{line},"
    return f"line {line}" if file.path == hook.file.path else f"{file.path}:{line}"


def _functions(file: FileModel, start: int, end: int) -> Iterator[str]:
    for word in re.findall(rb"\b(\w+)\s*\(", file.unit.code[start:end]):
        for function in file.functions(word.decode("latin-1")):
            if start <= function.node.start_byte < end:
                yield function.name


def _of(file: FileModel, hook: HookSource) -> str:
    return "" if file.path == hook.file.path else f" of {file.path}"


def _is(one: Function, other: Function) -> bool:
    return one.node.start_byte == other.node.start_byte
