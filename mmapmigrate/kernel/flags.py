# SPDX-License-Identifier: GPL-2.0-only
"""The VMA flags that a tree's headers define, and which VM_x say the same as which VMA_x_BIT.

Source: include/linux/mm.h (since Linux 6.19; before that there are no bits and nothing translates).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from mmapmigrate.kernel.api import FlagBit
from mmapmigrate.kernel.conditions import Literals, condition_text
from mmapmigrate.kernel.directives import MacroDefinition
from mmapmigrate.kernel.headers import Header

_BIT_NAME = re.compile(r"VMA_(\w+)_BIT\b")
_PASTED_BIT = re.compile(r"VMA_\s*##\s*(\w+)\s*##\s*_BIT")
_CALL = re.compile(r"(\w+)\s*\((.*)\)")
_NUMBER = re.compile(r"\b(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\b")
_BIT_EXPRESSION = re.compile(
    r"[()\s]|__force|\bint\b|\bvma_flag_t\b|\bBIT(?:_ULL)?\b|\b_BITUL\b|1[uU]?[lL]{0,2}\s*<<"
)

_DEEPEST = 64
"""How many masks may be defined through one another. No kernel has four."""

LEGACY_BITS = 32
"""Bits from here on do not fit the flags of a 32-bit kernel, where the VMA's bitmap is one word."""


class Flags(Struct, frozen=True):
    """What the headers say about flags; see KernelApi for the three mappings."""

    bits: Mapping[str, FlagBit] = field(default_factory=dict)
    masks: Mapping[str, str] = field(default_factory=dict)
    mask_bits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class _Declaration(Struct, frozen=True):
    condition: Literals
    bit: int | None
    alias: str | None


def read_flags(header: Header) -> Flags:
    """The flags that ``header`` (include/linux/mm.h) declares."""
    declared = _declarations(header)
    macros: dict[str, list[MacroDefinition]] = defaultdict(list)
    for macro in header.macros:
        macros[macro.name].append(macro)
    bits = {name: _flag(name, declared, macros, header) for name in declared}
    reader = _Masks(header, macros, bits)
    return Flags(bits, reader.pairs(), reader.contents())


def _declarations(header: Header) -> dict[str, list[_Declaration]]:
    found: dict[str, list[_Declaration]] = defaultdict(list)
    makers = {one.name: one for one in header.macros if one.parameters and _PASTED_BIT.search(one.body)}
    for aggregate in header.aggregates():
        if aggregate.kind != "enum" or "VMA_" not in header.code[aggregate.start : aggregate.end]:
            continue
        for name, arguments, offset in header.enumerators(aggregate):
            condition = header.condition(offset)
            maker = makers.get(name)
            if maker is not None and arguments is not None:
                expression = _expanded(maker, arguments)
            else:
                end = header.code.find(",", offset, aggregate.end)
                expression = header.code[offset : end if end >= 0 else aggregate.end]
            left, _, right = expression.partition("=")
            target = _BIT_NAME.fullmatch(left.strip())
            if target is None:
                continue
            alias = _BIT_NAME.search(right)
            number = None if alias is not None else _number(right)
            found[target.group(1)].append(_Declaration(condition, number, alias.group(1) if alias else None))
    return found


def _expanded(macro: MacroDefinition, arguments: str) -> str:
    """The body of ``macro`` with its parameters replaced and its pastes done."""
    values = dict(zip(macro.parameters or (), (part.strip() for part in arguments.split(",")), strict=False))
    body = re.sub(r"\b\w+\b", lambda word: values.get(word.group(0), word.group(0)), macro.body)
    return re.sub(r"\s*##\s*", "", body)


def _number(text: str) -> int | None:
    numbers = _NUMBER.findall(text)
    return int(numbers[-1], 0) if numbers and not numbers[-1].startswith("00") else None


def _flag(
    name: str,
    declared: Mapping[str, Sequence[_Declaration]],
    macros: Mapping[str, Sequence[MacroDefinition]],
    header: Header,
) -> FlagBit:
    here = declared[name]
    condition = condition_text([one.condition for one in here])
    definitions = macros.get(f"VM_{name}", ())
    same = [macro for macro in definitions if _bit_of(macro, macros) == name]
    legacy_condition = condition_text([header.condition(macro.offset) for macro in same]) if same else "never"
    legacy = (
        len(definitions) == len(same) == 1
        and not header.condition(definitions[0].offset)
        and _is_plain(name, declared)
    )
    numbers = {one.bit for one in here}
    return FlagBit(
        name,
        condition,
        legacy,
        legacy_condition,
        numbers.pop() if len(numbers) == 1 else None,
        tuple(one.alias for one in here if one.alias),
    )


def _is_plain(name: str, declared: Mapping[str, Sequence[_Declaration]]) -> bool:
    """Whether the bit is one and the same in every configuration and architecture."""
    seen = {name}
    alias = False
    while True:
        here = declared.get(name, ())
        if len(here) != 1 or here[0].condition:
            return False
        if here[0].alias is None:
            # A bit that architectures share out means what each makes of it; only its own name is safe.
            return here[0].bit is not None and here[0].bit < LEGACY_BITS and not (alias and "ARCH" in name)
        alias = True
        name = here[0].alias
        if name in seen:
            return False
        seen.add(name)


def _bit_of(macro: MacroDefinition, macros: Mapping[str, Sequence[MacroDefinition]]) -> str | None:
    """The bit that an object-like VM_x expands to, and to nothing else; None otherwise."""
    if macro.parameters is not None:
        return None
    body = macro.body
    call = _CALL.fullmatch(body)
    if call is not None:
        makers = macros.get(call.group(1), ())
        if len(makers) == 1 and makers[0].parameters and len(makers[0].parameters) == 1:
            pasted = _PASTED_BIT.search(makers[0].body)
            if pasted is not None and pasted.group(1) == makers[0].parameters[0]:
                body = makers[0].body.replace(pasted.group(0), f"VMA_{call.group(2).strip()}_BIT")
    names: list[str] = _BIT_NAME.findall(body)
    if len(names) != 1 or _BIT_EXPRESSION.sub("", _BIT_NAME.sub("", body)):
        return None
    return names[0]


class _Masks:
    """Reads the object-like macros that stand for several flags."""

    def __init__(
        self, header: Header, macros: Mapping[str, Sequence[MacroDefinition]], bits: Mapping[str, FlagBit]
    ) -> None:
        self._bits = bits
        self._macros = {
            name: found[0]
            for name, found in macros.items()
            if len(found) == 1 and found[0].parameters is None and not header.condition(found[0].offset)
        }
        self._contents: dict[str, tuple[str, ...] | None] = {}
        self._depth = 0

    def contents(self) -> dict[str, tuple[str, ...]]:
        """Mask name -> its bits, for the masks whose every bit is always there."""
        found = {}
        for name in self._macros:
            if name.startswith(("VM_", "VMA_")) and not self._is_bit(name):
                bits = self._read(name)
                if bits:
                    found[name] = bits
        return found

    def pairs(self) -> dict[str, str]:
        """Legacy mask -> new mask: defined through one another, or of the same known content."""
        found: dict[str, str] = {}
        contents = self.contents()
        for name, macro in self._macros.items():
            if not name.startswith("VM_") or self._is_bit(name):
                continue
            through = re.fullmatch(r"vma_flags_to_legacy\s*\(\s*(VMA_\w+)\s*\)", macro.body)
            if through is not None and through.group(1) in self._macros:
                found[name] = through.group(1)
                continue
            twin = f"VMA_{name.removeprefix('VM_')}"
            if name in contents and set(contents[name]) == set(contents.get(twin, ())):
                found[name] = twin
        return found

    def _is_bit(self, name: str) -> bool:
        return name.startswith("VM_") and name.removeprefix("VM_") in self._bits

    def _read(self, name: str) -> tuple[str, ...] | None:
        if name not in self._contents:
            self._contents[name] = None  # a mask defined through itself has no content
            macro = self._macros.get(name)
            if macro is not None and self._depth < _DEEPEST:
                self._depth += 1
                self._contents[name] = self._expression(macro.body)
                self._depth -= 1
        return self._contents[name]

    def _expression(self, body: str) -> tuple[str, ...] | None:
        body = body.strip()
        call = _CALL.fullmatch(body)
        if call is not None and call.group(1) in ("mk_vma_flags", "append_vma_flags", "vma_flags_to_legacy"):
            parts = [part.strip() for part in call.group(2).split(",")]
        elif re.fullmatch(r"\(?\s*\w+(\s*\|\s*\w+)*\s*\)?", body):
            parts = [part.strip() for part in body.strip("()").split("|")]
        else:
            return None
        found: list[str] = []
        for part in parts:
            bits = self._term(part)
            if bits is None:
                return None
            found += [bit for bit in bits if bit not in found]
        return tuple(found)

    def _term(self, term: str) -> tuple[str, ...] | None:
        named = _BIT_NAME.fullmatch(term)
        if named is not None:
            bit = self._bits.get(named.group(1))
            return (bit.name,) if bit is not None and not bit.condition else None
        if term.startswith("VM_"):
            bit = self._bits.get(term.removeprefix("VM_"))
            if bit is not None:
                return (bit.name,) if bit.legacy else None
        return self._read(term) if term.startswith(("VM_", "VMA_")) else None
