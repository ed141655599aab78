# SPDX-License-Identifier: GPL-2.0-only
"""One function of a skeleton as text: the comment above it, its head, and its body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.helpers import ConversionSet
from mmapmigrate.convert.names import prepared
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.skeletons import fixme
from mmapmigrate.convert.skeletons.omission import ERRNO, Omissions
from mmapmigrate.convert.skeletons.tidy import finished
from mmapmigrate.convert.text import layout
from mmapmigrate.convert.text.comments import keep_comments
from mmapmigrate.convert.text.signature import local_edits
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.nodes import encloses, enclosing_statement, field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node

_BEHIND = re.compile(rb"\n(?:EXPORT_\w*SYMBOL\w*|ALLOW_ERROR_INJECTION|NOKPROBE_SYMBOL)\([^;]*\);")


def place_behind(file: FileModel, node: Node) -> int:
    """Where a function may follow another: behind what must stand right behind that."""
    found = _BEHIND.match(file.unit.code, node.end_byte)
    return node.end_byte if found is None else found.end()


def full_text(plan: Plan, new: str, omissions: Omissions, others: Sequence[str], *, is_hook: bool) -> str:
    """The function's text with the comment above it."""
    node, data = plan.hook.function.node, plan.hook.data
    gone = set(omissions.spans())
    edits = [*plan.edits(), *local_edits(plan, is_hook)]
    whole = [edit for edit in edits if (edit.start, edit.end) in gone]
    edits = [*whole, *keep_comments(plan.hook, [edit for edit in edits if edit not in whole])]
    edits += layout.realign(data, edits, plan.hook.body.start_byte, node.end_byte)
    edits = _with_comments(data, edits, omissions.comments)
    start = plan.hook.body.start_byte
    shifted = [Edit(e.start - start, e.end - start, e.text) for e in edits if e.start >= start]
    old = data[start : node.end_byte]
    text = apply_edits(old, shifted).decode("latin-1").replace("\r\n", "\n")
    notes = "\n".join(text[found.start() : found.end()] for found in re.finditer(r"/\*.*?\*/", text, re.S))
    text = layout.wrap_lines(old.decode("latin-1").replace("\r\n", "\n") + "\n" + notes, text)
    head = _hook_head(plan, new) if is_hook else _head(plan, new)
    messages = [*others, *omissions.general]
    banner = _banner(plan, messages, failing=omissions.missing)
    # The old lines may end in white space; these are new ones.
    clean = re.sub(r"[ \t]+$", "", finished(plan.hook, head, text, new), flags=re.M)
    return f"{banner}\n{clean}"


def bare_text(member: ConversionSet, others: Sequence[str]) -> str:
    """A body of reasons alone."""
    plan = member.hook
    new = prepared(plan.hook.function.name)
    general: list[str] = []
    notes: dict[tuple[str, ...], list[str]] = {}
    for each in member.plans:
        for node, reason in each.places:
            quote = tuple(_quote(each, node))
            told = notes.setdefault(quote, []) if quote else general
            if reason.message not in told:
                told.append(reason.message)
    comments = [f"\t{fixme.comment(chr(9), told, quote)}\n" for quote, told in notes.items()]
    banner = _banner(plan, [*others, *general], failing=True)
    return f"{banner}\n{_hook_head(plan, new)}\n{{\n{''.join(comments)}\treturn {ERRNO};\n}}"


def _with_comments(data: bytes, edits: Sequence[Edit], comments: Sequence[Edit]) -> list[Edit]:
    """The edits with comments inserted at line starts, in front of what is edited there."""
    result = sorted(set(edits))

    def covering(at: int) -> Edit | None:
        return next((edit for edit in result if edit.start <= at < max(edit.end, edit.start + 1)), None)

    for comment in comments:
        at = comment.start
        edit = covering(at)
        while edit is not None and edit.start < at:
            at = data.rfind(b"\n", 0, edit.start) + 1
            edit = covering(at)
        if edit is None:
            result.append(Edit(at, at, comment.text))
        else:
            result.remove(edit)
            result.append(Edit(edit.start, edit.end, comment.text + edit.text))
    return result


def _hook_head(plan: Plan, new: str) -> str:
    """The head of a hook's skeleton: the descriptor alone, unless its member keeps its other parameters."""
    if plan.hook.slot.keeps:
        return _head(plan, new)
    head = f"static int __maybe_unused {new}(struct vm_area_desc *{plan.hook.desc})"
    return head if layout.column(head) <= layout.WIDTH else head.replace(f" {new}", f"\n{new}")


def _head(plan: Plan, new: str) -> str:
    """A helper's head, static, with the descriptor in the VMA's place."""
    node = plan.hook.function.node
    declarator = next(find_all(field(node, "declarator"), "function_declarator"))
    data = plan.hook.data
    const = [plan.hook.text(part) for part in node.children if part.type == "type_qualifier"]
    stars = "*" * data[node.start_byte : declarator.start_byte].count(b"*")
    kind = " ".join([*const, plan.hook.text(field(node, "type"))])
    parameters = []
    for parameter in field(declarator, "parameters").named_children:
        if parameter.type == "comment":
            continue
        text = " ".join(plan.hook.text(parameter).split())
        base = parameter.child_by_field_name("type")
        if base is not None and "vm_area_struct" in plan.hook.text(base):
            const_desc = "const " if text.startswith("const ") else ""
            text = f"{const_desc}struct vm_area_desc *{plan.hook.desc}"
        parameters.append(text)
    flat = layout.call(0, f"static {kind} {stars}__maybe_unused {new}", parameters, "")
    if all(layout.column(line) <= layout.WIDTH for line in flat.split("\n")):
        return flat
    return f"static {kind} {stars}__maybe_unused\n{layout.call(0, new, parameters, '')}"


def _banner(plan: Plan, messages: Sequence[str], *, failing: bool) -> str:
    """What stands above a skeleton."""
    name = plan.hook.function.name
    text = f"Skeleton of {name}(), which stays in use until this one is finished."
    if failing:
        text += f" It fails with {ERRNO} where something is left to be written."
    return fixme.comment("", messages, about=text)


def _quote(plan: Plan, node: Node) -> list[str]:
    """The first lines of the statement of a node; nothing of the function as a whole."""
    if not encloses(plan.hook.body, node) or node.id == plan.hook.body.id:
        return []
    statement = enclosing_statement(node)
    return fixme.quoted(plan.hook.text(statement), plan.lead(statement))
