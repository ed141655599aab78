# SPDX-License-Identifier: GPL-2.0-only
"""A close that gives nothing back where mapped did not come to take: it returns at once.

    struct foo *foo = vma->vm_private_data;
                                                if (!foo)
                                                        return;
close also runs for a VMA whose action failed, or whose mapped did (mm/util.c, mmap_action_finish()); mapped
sets vm_private_data last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node


def guard_edits(close: HookSource) -> list[Edit] | None:
    """The edits of ``close``: none where it asks already; None where its head cannot be read."""
    held = held_private(close)
    asked = held or f"{close.vma}->vm_private_data"
    statements = [one for one in close.body.named_children if one.type != "comment"]
    declarations = []
    for one in statements:
        if one.type != "declaration":
            break
        declarations.append(one)
    rest = statements[len(declarations) :]
    if not rest:
        return None
    if _asks(close, rest[0], asked):
        return [] if not any(_late(close, one, held) for one in declarations) else None
    edits: list[Edit] = []
    assigned: list[str] = []
    for declaration in declarations:
        for declarator in declaration.children_by_field_name("declarator"):
            if declarator.type != "init_declarator" or not _reads_through(close, declarator, held):
                continue
            target, value = field(declarator, "declarator"), field(declarator, "value")
            if any(close.text(child) == "const" for child in declarator.children) or "[" in close.text(
                target
            ):
                return None
            edits.append(Edit(target.end_byte, value.end_byte, b""))
            name = close.text(target).replace("*", "").strip()
            assigned.append(f"\t{name} = {' '.join(close.text(value).split())};\n")
            held_names = _names(close, declarations)
            if name not in held_names:
                return None
    at = declarations[-1].end_byte if declarations else close.body.start_byte + 1
    data = close.data
    stop = data.find(b"\n", at)
    if stop < 0 or close.file.unit.code[at:stop].strip():
        return None
    text = f"\n\tif (!{asked})\n\t\treturn;\n"
    if assigned:
        text += "\n" + "".join(assigned)
    if not declarations:
        text = text[1:]
    follows = data[stop + 1 : data.find(b"\n", stop + 1)]
    if follows.strip():
        text += "\n"
    return [*edits, Edit(stop + 1, stop + 1, text.encode("latin-1"))]


def _names(close: HookSource, declarations: list[Node]) -> set[str]:
    return {
        name
        for name, local in close.locals.items()
        if any(local.declaration.id == d.id for d in declarations)
    }


def held_private(close: HookSource) -> str:
    """The local that holds vm_private_data, "" if none does from the start."""
    for name, local in close.locals.items():
        initial = local.declarator.child_by_field_name("value")
        if initial is not None and local.single is not None and _is_private(close, local.single):
            return name
    return ""


def _is_private(close: HookSource, node: Node) -> bool:
    node = bare(node)
    return (
        node.type == "field_expression"
        and close.text(field(node, "field")) == "vm_private_data"
        and close.text(field(node, "argument")) == close.vma
    )


def _asks(close: HookSource, statement: Node, asked: str) -> bool:
    """Whether a statement is ``if (!foo) return;``, and nothing is given back in it."""
    if statement.type != "if_statement" or statement.child_by_field_name("alternative") is not None:
        return False
    test = inner(field(statement, "condition"))
    text = "".join(close.text(test).split())
    arm = field(statement, "consequence")
    inside = [one for one in arm.named_children if one.type != "comment"]
    returns = arm if arm.type != "compound_statement" or len(inside) != 1 else inside[0]
    return (
        text
        in (
            f"!{asked}",
            f"{asked}==NULL",
            f"NULL=={asked}",
            f"!{close.vma}->vm_private_data",
        )
        and returns.type == "return_statement"
    )


def _late(close: HookSource, declaration: Node, held: str) -> bool:
    return any(_reads_through(close, one, held) for one in declaration.children_by_field_name("declarator"))


def _reads_through(close: HookSource, declarator: Node, held: str) -> bool:
    """Whether an initialiser follows vm_private_data: it must wait for the test."""
    value = declarator.child_by_field_name("value")
    if value is None or _is_private(close, value):
        return False
    for one in find_all(value, "identifier", "field_expression"):
        private = close.text(one) == held if one.type == "identifier" else _is_private(close, one)
        if private and not _is_address(one):
            return True
    later = {
        name
        for name, local in close.locals.items()
        if name != held and any(_is_private_based(close, each, held) for each in local.definitions)
    }
    return any(close.text(one) in later for one in find_all(value, "identifier"))


def _is_private_based(close: HookSource, value: Node, held: str) -> bool:
    return any(
        (one.type == "identifier" and close.text(one) == held)
        or (one.type != "identifier" and _is_private(close, one))
        for one in find_all(value, "identifier", "field_expression")
    ) and not _is_private(close, value)


def _is_address(node: Node) -> bool:
    """Whether only the address of a member is computed (``&foo->ref``)."""
    above = node.parent
    if above is None or above.type != "field_expression":
        return False
    holder = above.parent
    return holder is not None and holder.type == "pointer_expression" and operator(holder) == "&"
