# SPDX-License-Identifier: GPL-2.0-only
"""Legacy masks (``VM_IO | VM_PFNMAP``) in places where a descriptor's flags take bits or a vma_flags_t."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.calls import calls, text
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.flags import LegacyMask, Takes, legacy_mask, mentions_legacy, taken
from mmapmigrate.model.sites import member_sites
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import arguments, bare, field, inner, operator
from mmapmigrate.syntax.unit import ItemKind

if TYPE_CHECKING:
    from tree_sitter import Node

_HELPERS = tuple(
    # Each begins with a literal, and so is found fast.
    re.compile(start + rb"(?<!\w" + start + rb")\w*\s*\(")
    for start in (b"vma_desc_", b"vma_flags_", b"mk_vma_flags", b"append_vma_flags")
)
_CONDITIONS = ("if_statement", "while_statement", "do_statement", "conditional_expression")
_TEST_OPERATORS = ("&", "==", "!=")
_BITMAP = 64
"""Bits of a vma_flags_t where a long has 64; on other machines there are fewer."""
_WRITES = {"|=": "vma_desc_set_flags", "&=": "vma_desc_clear_flags"}


class MisplacedMask(Struct, frozen=True):
    """A legacy mask in a wrong place, ``[start, end)``; ``taker`` is what takes no mask, for the message.

    ``bits`` are those that it translates to in this kernel, None where it does not; ``mask`` a VMA_x mask of
    the same bits, "" where there is none. ``edits`` say what the code was meant to say; () where that is not
    clear. ``number`` is the bit that the mask's value has named until now, None where the code can't have
    worked: it does not build, or the number lies outside every bitmap.
    """

    start: int
    end: int
    flag: str
    taker: str
    bits: tuple[str, ...] | None = None
    mask: str = ""
    edits: tuple[Edit, ...] = ()
    number: int | None = None


def misplaced_masks(file: FileModel, api: KernelApi) -> Iterator[MisplacedMask]:
    """Every legacy mask of the file's functions in a place for bits, in no order."""
    if not (file.holds(b"vma_desc_") or file.holds(b"vma_flags")) or not file.holds(b"VM_"):
        return
    takers = {name: kinds for name, helper in api.helpers.items() if (kinds := taken(helper))}
    for call, name in _helper_calls(file):
        helper = text(file, name)
        if helper in takers and not file.functions(helper) and not file.macros(helper):
            yield from _in_call(file, api, call, helper, takers[helper])
    flags = api.desc_fields.get("vma_flags")
    if flags is not None and flags.type == "vma_flags_t":
        yield from _on_descriptor(file, api)


def _helper_calls(file: FileModel) -> Iterator[tuple[Node, Node]]:
    last = None
    for at in sorted(found.start() for helper in _HELPERS for found in helper.finditer(file.unit.text)):
        item = file.unit.item_at(at)
        if item is None or item == last or item.kind is not ItemKind.FUNCTION:
            continue
        last = item
        if b"VM_" in file.unit.text[item.start : item.end]:
            yield from calls(file.unit.parse(item).root)


def _in_call(
    file: FileModel, api: KernelApi, call: Node, helper: str, kinds: Mapping[int, Takes]
) -> Iterator[MisplacedMask]:
    """The masks among the arguments of one call, as one finding each."""
    first = min(kinds)
    listed = arguments(call)
    for index, argument in enumerate(listed):
        kind = kinds.get(index)
        if kind is None and index > first and kinds[first] is Takes.BITS:
            kind = Takes.BITS
        flag = mentions_legacy(file, argument) if kind is not None else None
        if flag is None:
            continue
        mask = legacy_mask(file, argument)
        bits = mask.bits(api) if mask is not None else None
        edits: tuple[Edit, ...] = ()
        if bits is not None:
            new = ", ".join(bits)
            if kind is Takes.MASK:
                new = f"mk_vma_flags({new})" if api.has("mk_vma_flags") else ""
            if new and (kind is not Takes.BIT or len(bits) == 1):
                edits = (Edit(argument.start_byte, argument.end_byte, new.encode()),)
        taker = f"{helper}() takes {'a vma_flags_t' if kind is Takes.MASK else 'bit numbers'}"
        same = api.masks.get(flag, "") if mask is not None and len(mask.names) == 1 else ""
        number = _value(api, mask) if mask is not None and kind is not Takes.MASK else None
        yield MisplacedMask(argument.start_byte, argument.end_byte, flag, taker, bits, same, edits, number)


def _value(api: KernelApi, mask: LegacyMask) -> int | None:
    """The number that the mask is, if some kernel's bitmap has a bit of that number."""
    numbers = [bit.bit for name in mask.names if (bit := api.flag(name)) is not None and bit.bit is not None]
    value = sum(1 << number for number in set(numbers))
    return value if value < _BITMAP else None


def _on_descriptor(file: FileModel, api: KernelApi) -> Iterator[MisplacedMask]:
    """Masks that meet ``desc->vma_flags`` in an operator."""
    for site in member_sites(file, "vma_flags", within=b"VM_"):
        if site.struct != "vm_area_desc":
            continue
        parsed = file.unit.parse(site.item)
        node = parsed.root.descendant_for_byte_range(site.start, site.end)
        if node is None or node.start_byte != site.start or node.end_byte != site.end:
            continue
        desc = site.base(file) if site.arrow else f"&{site.base(file)}"
        whole = _outer(node)
        parent = whole.parent
        if parent is None:
            continue
        if parent.type == "binary_expression" and operator(parent) in _TEST_OPERATORS:
            left, right = field(parent, "left"), field(parent, "right")
            other = right if left == whole else left
            flag = mentions_legacy(file, other)
            if flag is not None:
                mask = legacy_mask(file, other)
                bits = mask.bits(api) if mask is not None else None
                edits = _test(api, parent, desc, mask) if operator(parent) == "&" else ()
                yield MisplacedMask(other.start_byte, other.end_byte, flag, _FLAGS_ARE, bits, "", edits)
        elif parent.type == "assignment_expression" and field(parent, "left") == whole:
            other = field(parent, "right")
            flag = mentions_legacy(file, other)
            if flag is not None:
                mask = _written(file, operator(parent), other)
                bits = mask.bits(api) if mask is not None else None
                edits = _write(api, parent, desc, bits)
                yield MisplacedMask(other.start_byte, other.end_byte, flag, _FLAGS_ARE, bits, "", edits)


_FLAGS_ARE = "a descriptor's vma_flags is a bitmap"


def _outer(node: Node) -> Node:
    while node.parent is not None and node.parent.type == "parenthesized_expression":
        node = node.parent
    return node


def _test(api: KernelApi, test: Node, desc: str, mask: LegacyMask | None) -> tuple[Edit, ...]:
    """``desc->vma_flags & VM_A`` in a condition as vma_desc_test(), several as vma_desc_test_any()."""
    bits = mask.bits(api) if mask is not None else None
    helper = "vma_desc_test" if bits is not None and len(bits) == 1 else "vma_desc_test_any"
    if bits is None or not api.has(helper):
        return ()
    whole = _outer(test)
    parent = whole.parent
    if parent is None:
        return ()
    if parent.type in ("unary_expression", "binary_expression") and operator(parent) in ("!", "&&", "||"):
        replaced = whole
    elif parent.type in _CONDITIONS and parent.child_by_field_name("condition") == whole:
        replaced = inner(whole)
    else:
        return ()
    call = f"{helper}({desc}, {', '.join(bits)})"
    return (Edit(replaced.start_byte, replaced.end_byte, call.encode("latin-1")),)


def _written(file: FileModel, assignment: str, value: Node) -> LegacyMask | None:
    """The mask that ``|= value`` sets or ``&= ~mask`` clears."""
    if assignment == "|=":
        return legacy_mask(file, value)
    value = bare(value)
    if assignment == "&=" and value.type == "unary_expression" and operator(value) == "~":
        return legacy_mask(file, field(value, "argument"))
    return None


def _write(api: KernelApi, assignment: Node, desc: str, bits: tuple[str, ...] | None) -> tuple[Edit, ...]:
    helper = _WRITES.get(operator(assignment))
    alone = assignment.parent is not None and assignment.parent.type == "expression_statement"
    if bits is None or helper is None or not alone or not api.has(helper):
        return ()
    call = f"{helper}({desc}, {', '.join(bits)})"
    return (Edit(assignment.start_byte, assignment.end_byte, call.encode("latin-1")),)
