# SPDX-License-Identifier: GPL-2.0-only
"""The hook's head: its new name, its one parameter, and the locals that the new body needs.

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
    -> static int foo_mmap_prepare(struct vm_area_desc *desc)
       {
               struct file *file = desc->file;      (only where the file is used)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.text import layout
from mmapmigrate.syntax.dialect import TYPEOF
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import enclosing_statement, field

if TYPE_CHECKING:
    from tree_sitter import Node

# Up to where its argument is spelled: typeof(*file->
_TYPEOF = re.compile(rb"\b(?:" + b"|".join(sorted(TYPEOF)) + rb")\s*\([\s*&(]*$")


def head_edits(data: bytes, declarator: Node, new: str, desc: str) -> list[Edit]:
    """Rename a hook's definition or prototype in ``data`` and give it the descriptor as its one parameter.

    ``declarator`` is the function_declarator; the name and the parameter list are edited as one.
    """
    name, parameters = field(declarator, "declarator"), field(declarator, "parameters")
    line = data.rfind(b"\n", 0, name.start_byte) + 1
    before = layout.column(data[line : name.start_byte].decode("latin-1"))
    text = f"{new}(struct vm_area_desc *{desc})"
    if before + len(text) > layout.WIDTH and before:
        text = f"{new}(\n\t\tstruct vm_area_desc *{desc})"
    return [Edit(name.start_byte, parameters.end_byte, text.encode())]


def kept_head_edits(data: bytes, declarator: Node, new: str, desc: str) -> list[Edit]:
    """Rename a definition or prototype in ``data``, and let its VMA be the descriptor.

    The other parameters stay, in line with the parenthesis if they were.
    """
    name = field(declarator, "declarator")
    edits = []
    if data[name.start_byte : name.end_byte] != new.encode():
        edits.append(Edit(name.start_byte, name.end_byte, new.encode()))
    for parameter in field(declarator, "parameters").named_children:
        kind = parameter.child_by_field_name("type")
        if kind is not None and b"vm_area_struct" in data[kind.start_byte : kind.end_byte]:
            spelled = data[parameter.start_byte : parameter.end_byte]
            const = "const " if spelled.lstrip().startswith(b"const ") else ""
            text = f"{const}struct vm_area_desc *{desc}"
            edits.append(Edit(parameter.start_byte, parameter.end_byte, text.encode()))
    line = data.rfind(b"\n", 0, declarator.start_byte) + 1
    return edits + layout.realign(data, edits, line, declarator.end_byte)


def local_edits(plan: Plan, is_hook: bool) -> list[Edit]:
    """Declare what the new body needs at its top: the file of a hook, and what recipes asked for."""
    hook = plan.hook
    lines: list[str] = []
    name = hook.file_parameter
    if (
        is_hook
        and name
        and name not in plan.spelled_out
        and name not in hook.locals
        and (any(not plan.is_discarded(n) for n in hook.uses_of(name)) or _types(hook, name))
    ):
        lines.append(f"struct file *{name} = {hook.desc}->file;")
    lines += plan.declarations
    if not lines:
        return []
    start = hook.body.start_byte + 1
    if "\n" not in hook.text(hook.body):
        # A function on one line stays on one.
        return [Edit(start, start, "".join(f" {line}" for line in lines).encode())]
    first = next((child for child in hook.body.named_children if child.type != "comment"), None)
    lead = "\t" if first is None else plan.lead(first)
    text = "".join(f"\n{lead}{line}" for line in lines)
    follows = next((child for child in hook.body.named_children if not plan.is_discarded(child)), None)
    if follows is None or follows.type != "declaration":
        text += "\n"
    return [Edit(start, start, text.encode())]


def spell_out_file(plan: Plan) -> None:
    """A file that is only handed to one function, in a statement, needs no local: ``desc->file``.

    Nor may it have one where all its uses are under an ``#if``: builds without would warn of it.
    """
    hook = plan.hook
    if hook.file_parameter in hook.locals or hook.file_parameter in hook.ambiguous:
        return
    if _types(hook, hook.file_parameter):
        return
    uses = [node for node in hook.uses_of(hook.file_parameter) if not plan.is_discarded(node)]
    if uses and hook.own_file and all(_is_conditional(plan, node) for node in uses):
        for node in uses:
            plan.replace(node, f"{hook.desc}->file")
        plan.spelled_out.add(hook.file_parameter)
        return
    if len(uses) != 1 or enclosing_statement(uses[0]).type == "declaration":
        return
    parent = uses[0].parent
    if parent is not None and parent.type == "argument_list":
        plan.replace(uses[0], f"{hook.desc}->file")
        plan.spelled_out.add(hook.file_parameter)


def _types(hook: HookSource, name: str) -> bool:
    """Whether a variable is what a ``typeof()`` asks about, which is no expression to the grammar."""
    code = hook.file.unit.code
    return any(
        _TYPEOF.search(code, code.rfind(b";", 0, offset) + 1, offset) is not None
        for offset in (hook.unread(name) if name else ())
    )


def _is_conditional(plan: Plan, node: Node) -> bool:
    """Whether an ``#if`` within the body leaves ``node`` out of some builds."""
    conditions = plan.hook.file.unit.conditions
    return len(conditions(node.start_byte)) > len(conditions(plan.hook.body.start_byte))
