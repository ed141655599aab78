# SPDX-License-Identifier: GPL-2.0-only
"""KernelApi as TOML text, and the snapshots that are bundled.

The same API gives the same bytes. A bundled snapshot is what ``to_toml`` wrote for a real tree, all of it
searched for dispatchers (``dispatch.read_dispatchers``); it is never edited by hand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from mmapmigrate.kernel.api import Dispatcher, Field, FlagBit, Helper, KernelApi, OpsMember, Parameter
from mmapmigrate.kernel.errors import KernelError

SCHEMA = 1

_SHOWN = 80
"""Characters of an unknown name that a message shows."""

_FOLDER = Path(__file__).with_name("snapshots")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def to_toml(api: KernelApi) -> str:
    """``api`` as TOML. Where it was read from is left out: it is no fact about the kernel."""
    lines = [
        "# What one Linux release offers to an mmap_prepare hook, read from its headers.",
        f"schema = {SCHEMA}",
        f"release = {_value(api.release)}",
        f"has_mmap_prepare = {_value(api.has_mmap_prepare)}",
        f"action_types = {_value(api.action_types)}",
        f"vma_takers = {_value(sorted(api.vma_takers))}",
    ]
    sections: list[tuple[str, dict[str, Any]]] = [
        ("flags", {name: _flag(one) for name, one in api.flags.items()}),
        ("masks", dict(api.masks)),
        ("mask_bits", dict(api.mask_bits)),
        ("helpers", {name: _helper(one) for name, one in api.helpers.items()}),
        ("counterparts", {name: one.name for name, one in api.counterparts.items()}),
        ("desc_fields", _fields(api.desc_fields)),
        ("action_fields", _fields(api.action_fields)),
        ("vm_ops_fields", _fields(api.vm_ops_fields)),
        ("vma_fields", _fields(api.vma_fields)),
    ]
    for title, entries in sections:
        lines += ["", f"[{title}]"]
        lines += [f"{_key(name)} = {_value(value)}" for name, value in entries.items()]
    for member in api.ops_members:
        lines += ["", "[[ops_members]]"]
        lines += [f"{key} = {_value(value)}" for key, value in _ops_member(member).items()]
    if api.dispatchers is not None:
        if not api.dispatchers:
            # A searched tree without dispatchers is not a tree that was not searched.
            lines.insert(6, "dispatchers = []")
        for one in api.dispatchers:
            lines += ["", "[[dispatchers]]"]
            if one.struct is not None:
                lines.append(f"struct = {_value(one.struct)}")
            lines += [f"member = {_value(one.member)}", f"path = {_value(one.path)}", f"line = {one.line}"]
    return "\n".join(lines) + "\n"


def from_toml(text: str, name: str) -> KernelApi:
    """The API that ``to_toml`` wrote; ``name`` is what the result calls its origin.

    Raises KernelError when ``text`` is no such file.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KernelError(f"{name} is no snapshot: {error}") from None
    if data.get("schema") != SCHEMA:
        raise KernelError(f"{name} is no snapshot of schema {SCHEMA}")
    try:
        return _api(data, name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KernelError(f"{name} is a damaged snapshot: {error}") from None


def snapshot_names() -> tuple[str, ...]:
    """The bundled snapshots, oldest release first."""
    names = [entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir() if entry.suffix == ".toml"]
    return tuple(sorted(names, key=_release_key))


def newest_snapshot() -> str:
    """The name of the bundled snapshot of the newest release."""
    return snapshot_names()[-1]


@cache
def load_snapshot(name: str) -> KernelApi:
    """The bundled snapshot ``name`` ("7.3").

    Raises KernelError for a name that is not bundled; the message lists those that are.
    """
    names = snapshot_names()
    if name not in names:
        raise KernelError(f"unknown target {name[:_SHOWN]!r}; bundled are {', '.join(names)}")
    api = from_toml((_FOLDER / f"{name}.toml").read_text("utf-8"), name)
    return replace(api, stamp=f"snapshot {name}")


def dispatcher_paths() -> tuple[str, ...]:
    """Every file (relative to a tree's root) in which some bundled release has a dispatcher."""
    apis = [load_snapshot(name) for name in snapshot_names()]
    return tuple(sorted({one.path for api in apis for one in api.dispatchers or ()}))


def _release_key(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name))


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_character(char) for char in value) + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(_value(one) for one in value) + "]"


def _character(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    # A lone surrogate, which a name that is no UTF-8 is read as, has no form in TOML.
    code = 0xFFFD if 0xD800 <= ord(char) <= 0xDFFF else ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _flag(one: FlagBit) -> dict[str, Any]:
    # "never" is the commonest legacy_condition of a bit that does not translate, and "" of one that does.
    return _present(
        bit=one.bit,
        aliases=one.aliases,
        condition=one.condition,
        legacy=one.legacy,
        legacy_condition=one.legacy_condition,
    )


def _helper(one: Helper) -> dict[str, Any]:
    return _present(
        returns=one.returns,
        parameters=_parameters(one.parameters),
        variadic=one.variadic,
        macro=one.macro,
        condition=one.condition,
        header=one.header,
    )


def _ops_member(one: OpsMember) -> dict[str, Any]:
    return _present(
        struct=one.struct,
        member=one.member,
        parameters=_parameters(one.parameters),
        prepare=one.prepare,
        prepare_parameters=_parameters(one.prepare_parameters),
        removed=one.removed,
        header=one.header,
    )


def _fields(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {name: _present(type=one.type, condition=one.condition) for name, one in fields.items()}


def _parameters(parameters: Iterable[Parameter]) -> list[list[str]]:
    return [[one.type, one.name] for one in parameters]


def _present(**values: Any) -> dict[str, Any]:
    """``values`` without what the data types' defaults say anyway; 0 is a value, False is not."""
    absent: tuple[Any, ...] = ("", (), [])
    return {
        key: value
        for key, value in values.items()
        if value is not None and value is not False and value not in absent
    }


def _api(data: Mapping[str, Any], name: str) -> KernelApi:
    helpers = {key: _read_helper(key, value) for key, value in data["helpers"].items()}
    dispatchers = data.get("dispatchers")
    return KernelApi(
        release=str(data["release"]),
        source="snapshot",
        origin=name,
        has_mmap_prepare=bool(data["has_mmap_prepare"]),
        flags={key: _read_flag(key, value) for key, value in data["flags"].items()},
        helpers=helpers,
        counterparts={key: helpers[value] for key, value in data["counterparts"].items()},
        desc_fields=_read_fields(data["desc_fields"]),
        action_fields=_read_fields(data["action_fields"]),
        vm_ops_fields=_read_fields(data["vm_ops_fields"]),
        ops_members=tuple(_read_ops_member(one) for one in data.get("ops_members", ())),
        vma_fields=_read_fields(data["vma_fields"]),
        action_types=tuple(data["action_types"]),
        vma_takers=frozenset(data["vma_takers"]),
        masks=dict(data["masks"]),
        mask_bits={key: tuple(value) for key, value in data["mask_bits"].items()},
        dispatchers=None if dispatchers is None else tuple(_read_dispatcher(one) for one in dispatchers),
        dispatchers_complete=dispatchers is not None,
    )


def _read_flag(name: str, data: Mapping[str, Any]) -> FlagBit:
    return FlagBit(
        name,
        data.get("condition", ""),
        data.get("legacy", False),
        data.get("legacy_condition", ""),
        data.get("bit"),
        tuple(data.get("aliases", ())),
    )


def _read_parameters(data: Sequence[Sequence[str]]) -> tuple[Parameter, ...]:
    return tuple(Parameter(type_text, name) for type_text, name in data)


def _read_helper(name: str, data: Mapping[str, Any]) -> Helper:
    return Helper(
        name,
        _read_parameters(data.get("parameters", ())),
        data.get("returns", ""),
        data.get("variadic", False),
        data.get("macro", False),
        data.get("condition", ""),
        data.get("header", ""),
    )


def _read_fields(data: Mapping[str, Any]) -> dict[str, Field]:
    return {key: Field(key, value.get("type", ""), value.get("condition", "")) for key, value in data.items()}


def _read_ops_member(data: Mapping[str, Any]) -> OpsMember:
    return OpsMember(
        data["struct"],
        data["member"],
        _read_parameters(data.get("parameters", ())),
        data.get("prepare"),
        _read_parameters(data.get("prepare_parameters", ())),
        data.get("removed", False),
        data.get("header", ""),
    )


def _read_dispatcher(data: Mapping[str, Any]) -> Dispatcher:
    return Dispatcher(data.get("struct"), data["member"], data["path"], data["line"])
