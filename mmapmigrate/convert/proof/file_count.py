# SPDX-License-Identifier: GPL-2.0-only
"""Who counts the references to the file: under .mmap the mapping had its own already, and now it has not.

__mmap_region() takes it for a new VMA, before it calls the old hook and after it has called the new one
(mm/vma.c, __mmap_new_file_vma()).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects.names import known_effect
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.calls import calls
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.syntax.nodes import find_all

if TYPE_CHECKING:
    from tree_sitter import Node

_WORD = re.compile(r"\w+")
_DEPTH = 2


def prove_file_count(plan: Plan) -> None:
    """Add to ``plan`` a reason where its function, or what that calls, counts references to a file."""
    found = next(_counts(plan.hook.file, plan.hook.body, 0), None)
    if found is not None:
        node, name = found
        message = f"`{name}` counts references to a file, and the mapping's own is not yet among them"
        plan.refuse(node, "file-count", message, Tier.REVIEW)


def _counts(file: FileModel, body: Node, depth: int) -> Iterator[tuple[Node, str]]:
    """Where a function's body asks for such a count, itself or by what it calls, and by which name."""
    text, names = text_of(file), tables().file_references
    for node in find_all(body, "identifier", "field_identifier"):
        if text(node) in names:
            yield node, text(node)
    if depth >= _DEPTH:
        return
    for call, callee in calls(body):
        name = text(callee)
        macros = any(names & set(_WORD.findall(macro.body)) for _where, macro in file.macros_seen(name))
        if macros or any(_asks(where, function, depth + 1) for where, function in _definitions(file, name)):
            yield call, f"{name}()"


def _definitions(file: FileModel, name: str) -> Sequence[tuple[FileModel, Function]]:
    """The functions of that name; those of the kernel that are known count nothing, and need no search."""
    if known_effect(name) is not None and not file.functions(name):
        return ()
    return file.definitions(name)


def _asks(file: FileModel, function: Function, depth: int) -> bool:
    question = ("counts references", function.name_start, depth)
    return file.once(question, lambda: next(_counts(file, function.body, depth), None) is not None)
