# SPDX-License-Identifier: GPL-2.0-only
"""A KernelApi for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mmapmigrate.kernel.api import Field, FlagBit, Helper, KernelApi, OpsMember, Parameter
from mmapmigrate.report.style import printable

_INDENT = "  "


def render_api_text(api: KernelApi) -> str:
    """``api`` as plain text, one fact a line under headings; ends in a newline."""
    lines = [f"Linux {api.release}, {_origin(api)}"]
    if not api.has_mmap_prepare:
        lines.append("This kernel has no mmap_prepare: no mmap hook is deprecated in it.")
    action, access, other = _helpers(api.helpers)
    sections: list[tuple[str, Iterable[str]]] = [
        ("Actions (mmap_action_*)", action),
        ("Descriptor helpers (vma_desc_*)", access),
        ("Other helpers", other),
        ("Counterparts", _counterparts(api.counterparts)),
        ("Fields of struct vm_area_desc", _fields(api.desc_fields)),
        ("Fields of struct mmap_action", _fields(api.action_fields)),
        ("Members of struct vm_operations_struct", _fields(api.vm_ops_fields)),
        ("Hooks with a prepare form", _hooks(api.ops_members, prepared=True)),
        ("Hooks without one", _hooks(api.ops_members, prepared=False)),
        ("Other callbacks that get a VMA", _callbacks(api.ops_members)),
        ("Flags that translate (VM_x is VMA_x_BIT)", _wrapped(_translating(api.flags))),
        ("Flags that do not translate", _untranslated(api.flags)),
        ("Masks", _masks(api)),
        ("Callers of ->mmap() that go past vfs_mmap()", _dispatchers(api)),
    ]
    for title, body in sections:
        found = list(body)
        if found:
            lines += ["", title, *(_INDENT + line for line in found)]
    return "".join(f"{printable(line)}\n" for line in lines)


def _origin(api: KernelApi) -> str:
    return f"read from {api.origin}" if api.source == "tree" else f"bundled snapshot {api.origin}"


def _helpers(helpers: Mapping[str, Helper]) -> tuple[list[str], list[str], list[str]]:
    action: list[str] = []
    access: list[str] = []
    other: list[str] = []
    for name, helper in helpers.items():
        group = (
            action if name.startswith("mmap_action_") else access if name.startswith("vma_desc_") else other
        )
        group.append(_signature(helper))
    return action, access, other


def _signature(helper: Helper) -> str:
    parts = [_declared(one) for one in helper.parameters]
    if helper.variadic:
        parts.append("...")
    text = f"{helper.name}({', '.join(parts)})"
    if helper.returns:
        text = f"{helper.returns}{'' if helper.returns.endswith('*') else ' '}{text}"
    return text + _when(helper.condition)


def _declared(one: Parameter) -> str:
    if not one.type or not one.name:
        return one.type or one.name
    return f"{one.type}{'' if one.type.endswith('*') else ' '}{one.name}"


def _when(condition: str) -> str:
    return f"  [if {condition}]" if condition else ""


def _counterparts(counterparts: Mapping[str, Helper]) -> Iterable[str]:
    width = max(map(len, counterparts), default=0)
    for name, helper in counterparts.items():
        yield f"{name:<{width}} -> {helper.name}{_when(helper.condition)}"


def _fields(fields: Mapping[str, Field]) -> Iterable[str]:
    width = max(map(len, fields), default=0)
    for name, one in fields.items():
        yield f"{name:<{width}}  {one.type}{_when(one.condition)}"


def _hooks(members: Sequence[OpsMember], *, prepared: bool) -> Iterable[str]:
    for one in members:
        if one.is_hook and (one.prepare is not None) == prepared:
            prepare = "" if one.prepare is None else f" -> {one.prepare}"
            yield f"{one.struct}.{one.member}{prepare}{'  (removed)' if one.removed else ''}"


def _callbacks(members: Sequence[OpsMember]) -> Iterable[str]:
    return (f"{one.struct}.{one.member}" for one in members if not one.is_hook)


def _translating(flags: Mapping[str, FlagBit]) -> list[str]:
    return [name for name, bit in flags.items() if bit.legacy and not bit.condition]


def _wrapped(words: Sequence[str], width: int = 96) -> Iterable[str]:
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = ""
        line = f"{line} {word}" if line else word
    if line:
        yield line


def _untranslated(flags: Mapping[str, FlagBit]) -> Iterable[str]:
    for name, bit in flags.items():
        if bit.legacy and not bit.condition:
            continue
        legacy = (
            f"there is no VM_{name}"
            if bit.legacy_condition == "never"
            else f"VM_{name} is this bit if {bit.legacy_condition}"
            if bit.legacy_condition
            else f"VM_{name} always is, but the bit is {' or '.join(bit.aliases) or bit.bit}"
        )
        yield f"{name}: {legacy}{_when(bit.condition)}"


def _masks(api: KernelApi) -> Iterable[str]:
    for name, bits in api.mask_bits.items():
        twin = f" (as {api.masks[name]})" if name in api.masks else ""
        yield f"{name}{twin} = {' '.join(bits)}"
    for name, twin in api.masks.items():
        if name not in api.mask_bits:
            yield f"{name} (as {twin})"


def _dispatchers(api: KernelApi) -> Iterable[str]:
    for one in api.dispatchers or ():
        holder = f"struct {one.struct}.{one.member}" if one.struct else one.member
        yield f"{one.path}:{one.line}: through {holder}"
