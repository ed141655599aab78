# SPDX-License-Identifier: GPL-2.0-only
"""Ops structs of include/ with a callback that gets a VMA, and its form that gets a descriptor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mmapmigrate.kernel.aggregates import Member
from mmapmigrate.kernel.api import OpsMember, Parameter
from mmapmigrate.kernel.counterparts import DESC, VMA, bare
from mmapmigrate.kernel.declarators import parameters
from mmapmigrate.kernel.headers import Header

_CALLBACK_TYPEDEF = re.compile(r"typedef\b[^;{}()]*+\(\s*+(?:\*\s*+)?(\w++)\s*+\)\s*+\(([^;{}]*)\)\s*+;")
_SKIPPED = frozenset({"vm_operations_struct"})


def prepare_name(member: str) -> str | None:
    """What the kernel calls the descriptor's form of an mmap member (``mmap_X`` -> ``mmap_prepare_X``)."""
    return re.sub(r"(?<![a-z])mmap(?![a-z])", "mmap_prepare", member, count=1) if _is_mmap(member) else None


def hook_name(prepare: str) -> str:
    """The inverse of ``prepare_name``."""
    return re.sub(r"mmap_prepare(?![a-z])", "mmap", prepare, count=1)


def _is_mmap(member: str) -> bool:
    return re.search(r"(?<![a-z])mmap(?![a-z])", member) is not None and "mmap_prepare" not in member


def read_ops_members(headers: Iterable[Header]) -> tuple[OpsMember, ...]:
    """Every VMA-taking callback of the structs that ``headers`` define, sorted by struct and member."""
    found: dict[tuple[str, str], OpsMember] = {}
    for header in headers:
        typedefs = _typedefs(header)
        for aggregate in header.aggregates():
            if aggregate.kind != "struct" or not aggregate.tag or aggregate.tag in _SKIPPED:
                continue
            body = header.code[aggregate.start : aggregate.end]
            needles = [name for name in ("vm_area_", *typedefs) if name in body]
            if not needles:
                continue
            callbacks = {
                member.path: taken
                for member in header.members(aggregate, needles)
                if (taken := _taken(member, typedefs)) is not None
            }
            for one in _pair(aggregate.tag, callbacks, header.path):
                found.setdefault((one.struct, one.member), one)
    return tuple(found[key] for key in sorted(found))


def _typedefs(header: Header) -> dict[str, tuple[Parameter, ...]]:
    if "typedef" not in header.code:
        return {}
    found = {}
    for match in _CALLBACK_TYPEDEF.finditer(header.code):
        if "vm_area_" in match.group(2):
            found[match.group(1)] = parameters(match.group(2))[0]
    return found


def _taken(member: Member, typedefs: Mapping[str, tuple[Parameter, ...]]) -> tuple[Parameter, ...] | None:
    taken = member.callback if member.callback is not None else typedefs.get(member.type.rstrip("* "))
    if taken is None or not any(bare(one.type) in (VMA, DESC) for one in taken):
        return None
    return taken


def _pair(struct: str, callbacks: Mapping[str, tuple[Parameter, ...]], header: str) -> Iterable[OpsMember]:
    takes_desc = {name for name, taken in callbacks.items() if any(bare(one.type) == DESC for one in taken)}
    paired = set()
    for name, taken in callbacks.items():
        if name in takes_desc:
            continue
        prepare = prepare_name(name)
        if prepare in takes_desc:
            paired.add(prepare)
            yield OpsMember(struct, name, taken, prepare, callbacks[prepare], False, header)
        else:
            yield OpsMember(struct, name, taken, None, (), False, header)
    for name in takes_desc - paired:
        if "mmap_prepare" not in name:
            continue
        taken = tuple(Parameter(VMA, "vma") if bare(one.type) == DESC else one for one in callbacks[name])
        yield OpsMember(struct, hook_name(name), taken, name, callbacks[name], True, header)
