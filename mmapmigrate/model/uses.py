# SPDX-License-Identifier: GPL-2.0-only
"""VMA uses: every place in a function that names its VMA, and what is done with it there.

Nothing may be missed: what the grammar did not show as an identifier (an arm that the mask left out, a
macro's argument that is no expression) comes out as a use of kind UNREAD, and so does each use of a macro of
the same file whose body names the VMA.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.macros import all_macros
from mmapmigrate.model.scopes import Occurrence, occurrences_of
from mmapmigrate.syntax.nodes import ancestors, arguments, enclosing_statement, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_NULLS = frozenset({b"NULL", b"0"})
_LOGICAL = frozenset({"&&", "||"})
_CONDITIONS = frozenset({"if_statement", "while_statement", "do_statement", "for_statement"})


class UseKind(StrEnum):
    """What a VMA use is, by the syntax around it."""

    FIELD = "field"
    """``vma->field``."""
    ARGUMENT = "argument"
    """A whole argument of a call."""
    TEST = "test"
    """Compared with NULL, negated, or a condition."""
    ESCAPE = "escape"
    """The pointer goes elsewhere: see Escape."""
    UNREAD = "unread"
    """Its surroundings could not be read; there may be no node."""


class Access(StrEnum):
    """What is done to the field of a FIELD use."""

    READ = "read"
    WRITE = "write"
    """The whole field is assigned with ``=``."""
    COMPOUND = "compound"
    """Changed in part or from its old value: ``|=``, ``++``, ``vma->field.part =``."""
    ADDRESS = "address"
    """Its address is taken."""


class Escape(StrEnum):
    """Where the pointer of an ESCAPE use goes."""

    ALIASED = "aliased"
    """A local gets it: ``alias`` is its name."""
    STORED = "stored"
    """A member, an element or a static variable gets it, or an initialiser list."""
    RETURNED = "returned"
    CAST = "cast"
    REPLACED = "replaced"
    """The VMA variable itself is assigned or changed."""
    OTHER = "other"


@dataclass(frozen=True)
class VmaUse:
    """One occurrence of a function's VMA; ``[start, end)`` is the byte range of its name.

    ``node`` is its identifier (None when there is none), ``expression`` the node that says what is done with
    it: the field_expression (the whole of ``vma->field.part``), the call's argument, the comparison, the
    statement that stores it. ``field``/``access`` are set for FIELD, ``callee``/``index``/``call`` for
    ARGUMENT (``callee`` as written, ``index`` from 0), ``escape`` for ESCAPE, ``macro`` where a macro of the
    file hides the use.
    """

    kind: UseKind
    start: int
    end: int
    node: Node | None = None
    expression: Node | None = None
    field: str | None = None
    access: Access | None = None
    callee: str | None = None
    index: int | None = None
    call: Node | None = None
    escape: Escape | None = None
    alias: str | None = None
    macro: str | None = None


def vma_uses(
    file: FileModel, function: Function, name: str, declared_at: int | None = None
) -> tuple[VmaUse, ...]:
    """Every use of the VMA ``name`` in the body of ``function``, in file order.

    ``name`` is a parameter, or the local whose name is declared at offset ``declared_at``. A name that an
    inner declaration hides is no use; the declaration's own name is none either.
    """
    data = file.unit.text
    found = list(occurrences_of(function, data, name))
    seen = {occurrence.node.start_byte for occurrence in found}
    uses = [
        _use(data, function, occurrence)
        for occurrence in found
        if occurrence.declared_at == declared_at and not occurrence.declares
    ]
    uses += (
        VmaUse(UseKind.UNREAD, start, start + len(name.encode("utf-8", "surrogateescape")))
        for start in _words(file, function, name)
        if start not in seen and not _is_other_name(function.body, start)
    )
    uses += _macro_uses(file, function, name)
    return tuple(sorted(uses, key=lambda use: (use.start, use.end)))


def count_words(file: FileModel, function: Function, name: str) -> int:
    """How often the body of ``function`` spells ``name`` in code, members' names left out.

    All that text can tell: a caller that knows of no other variable of that name can check that as many uses
    were found.
    """
    return sum(1 for _ in _words(file, function, name))


def _words(file: FileModel, function: Function, name: str) -> Iterator[int]:
    text = file.unit.text
    word = re.escape(name.encode("utf-8", "surrogateescape"))
    pattern = re.compile(rb"(?<![\w\"'])" + word + rb"(?!\w)")
    for match in pattern.finditer(text, function.body.start_byte, function.body.end_byte):
        before = text[max(0, match.start() - 256) : match.start()].rstrip()
        if not before.endswith((b"->", b".")) or before.endswith(b"..."):
            yield match.start()


def _is_other_name(body: Node, start: int) -> bool:
    """Whether a label or a tag is spelled at ``start``."""
    node = body.descendant_for_byte_range(start, start + 1)
    if node is None or node.has_error:
        return False
    if node.type == "statement_identifier":
        return True
    parent = node.parent
    return node.type == "type_identifier" and parent is not None and parent.type.endswith("_specifier")


def _macro_uses(file: FileModel, function: Function, name: str) -> Iterator[VmaUse]:
    """The places where the function uses a macro of the file that names the VMA in its body."""
    text = file.unit.text
    hiding = {
        macro.name
        for macro in all_macros(file.unit)
        if name not in (macro.parameters or ()) and re.search(rf"(?<![\w.>]){re.escape(name)}\b", macro.body)
    }
    for macro in sorted(hiding):
        pattern = re.compile(rb"(?<!\w)" + re.escape(macro.encode()) + rb"(?!\w)")
        for match in pattern.finditer(text, function.body.start_byte, function.body.end_byte):
            yield VmaUse(UseKind.UNREAD, match.start(), match.end(), macro=macro)


def _use(data: bytes, function: Function, occurrence: Occurrence) -> VmaUse:
    node = occurrence.node
    start, end = node.start_byte, node.end_byte
    if node.type != "identifier" or any(above.is_error for above in ancestors(node)):
        return VmaUse(UseKind.UNREAD, start, end, node)
    whole = outer(node)
    parent = whole.parent
    if parent is None:
        return VmaUse(UseKind.UNREAD, start, end, node)
    if parent.type == "field_expression":
        return _field_use(data, node, parent)
    if (
        parent.type == "argument_list"
        and parent.parent is not None
        and parent.parent.type == "call_expression"
    ):
        call = parent.parent
        callee = call.child_by_field_name("function")
        return VmaUse(
            UseKind.ARGUMENT,
            start,
            end,
            node,
            whole,
            callee=_text(data, callee) if callee is not None else None,
            index=next(i for i, argument in enumerate(arguments(call)) if argument == whole),
            call=call,
        )
    if _is_test(data, whole, parent):
        return VmaUse(UseKind.TEST, start, end, node, parent)
    escape, alias = _escape(data, function, whole, parent)
    return VmaUse(UseKind.ESCAPE, start, end, node, parent, escape=escape, alias=alias)


def _field_use(data: bytes, node: Node, access_node: Node) -> VmaUse:
    member = access_node.child_by_field_name("field")
    target = outer(access_node)
    partial = False
    while (
        target.parent is not None
        and target.parent.type == "field_expression"
        and operator(target.parent) == "."
    ):
        target = outer(target.parent)
        partial = True
    parent = target.parent
    access = Access.READ
    if parent is not None:
        if parent.type == "assignment_expression" and parent.child_by_field_name("left") == target:
            access = Access.WRITE if operator(parent) == "=" and not partial else Access.COMPOUND
        elif parent.type == "update_expression":
            access = Access.COMPOUND
        elif parent.type == "pointer_expression" and operator(parent) == "&":
            access = Access.ADDRESS
    return VmaUse(
        UseKind.FIELD,
        node.start_byte,
        node.end_byte,
        node,
        target,
        field=_text(data, member) if member is not None else None,
        access=access,
    )


def _is_test(data: bytes, whole: Node, parent: Node) -> bool:
    if parent.type == "unary_expression":
        return operator(parent) == "!"
    if parent.type == "binary_expression":
        if operator(parent) in _LOGICAL:
            return True
        sides = (parent.child_by_field_name("left"), parent.child_by_field_name("right"))
        others = [side for side in sides if side is not None and side != whole]
        return operator(parent) in ("==", "!=") and all(
            data[side.start_byte : side.end_byte] in _NULLS for side in others
        )
    if parent.type == "conditional_expression":
        return parent.child_by_field_name("condition") == whole
    if parent.type == "parenthesized_expression":
        return parent.parent is not None and parent.parent.type in _CONDITIONS
    return parent.type == "for_statement" and parent.child_by_field_name("condition") == whole


def _escape(data: bytes, function: Function, whole: Node, parent: Node) -> tuple[Escape, str | None]:
    if parent.type == "return_statement":
        return Escape.RETURNED, None
    if parent.type == "cast_expression":
        return Escape.CAST, None
    if parent.type in ("initializer_list", "initializer_pair"):
        return Escape.STORED, None
    if parent.type == "update_expression":
        return Escape.REPLACED, None
    if parent.type == "init_declarator":
        target = parent.child_by_field_name("declarator")
        while target is not None and target.type in ("pointer_declarator", "parenthesized_declarator"):
            target = target.child_by_field_name("declarator")
    elif parent.type == "assignment_expression":
        target = parent.child_by_field_name("left")
        if target == whole:
            return Escape.REPLACED, None
    else:
        return Escape.OTHER, None
    if target is None or target.type != "identifier":
        return Escape.STORED, None
    name = _text(data, target)
    return (Escape.ALIASED, name) if _is_automatic(data, function, target, name) else (Escape.STORED, None)


def _is_automatic(data: bytes, function: Function, target: Node, name: str) -> bool:
    """Whether the variable that ``target`` denotes is a parameter or a local that is not static."""
    found = list(occurrences_of(function, data, name))
    declared_at = next((one.declared_at for one in found if one.node == target), None)
    if declared_at is None:
        return any(parameter.name == name for parameter in function.parameters)
    declaring = next(one.node for one in found if one.declares and one.node.start_byte == declared_at)
    declaration = enclosing_statement(declaring)
    return not any(
        child.type == "storage_class_specifier" and _text(data, child) in ("static", "extern")
        for child in declaration.children
    )


def _text(data: bytes, node: Node) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")
