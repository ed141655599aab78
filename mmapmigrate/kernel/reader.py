# SPDX-License-Identifier: GPL-2.0-only
"""Reads a kernel tree's headers into a KernelApi."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.disk.scan import Reader, read_whole, walk
from mmapmigrate.kernel.api import Field, Helper, KernelApi, Parameter
from mmapmigrate.kernel.conditions import Literals, condition_text
from mmapmigrate.kernel.counterparts import DESC, find_counterparts, takes, vma_names
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.flags import Flags, read_flags
from mmapmigrate.kernel.functions import FunctionDeclaration
from mmapmigrate.kernel.headers import Header
from mmapmigrate.kernel.ops import read_ops_members
from mmapmigrate.kernel.tree import LANDMARKS, NOT_API, is_tree, read_release
from mmapmigrate.syntax.search import holds

CORE = ("include/linux/mm.h", "include/linux/mm_types.h", "include/linux/fs.h")
"""The headers without which there is nothing to say; the first three that KERNEL.md's facts come from."""

_NEEDLE = b"vm_area_"
_BIT_NEEDLE = b"DECLARE_VMA_BIT("
_API_MARKS = (b"vm_area_desc", b"mmap_action", _BIT_NEEDLE)
_REACH = 512
"""How far before a parameter its function's name may stand."""

_LIMIT = 16 << 20
"""Generated register headers reach several megabytes; nothing that we look for is larger."""

_CALLED = re.compile(rb"\b(\w++)\s*+\(")
_LAST_WORD = re.compile(rb"\b([A-Za-z_]\w*)\s*\Z")
_COMMENT = re.compile(rb"/\*.*?\*/|\A(?:(?!/\*).)*?\*/|//[^\n]*", re.DOTALL)
_NO_FUNCTION = frozenset({b"sizeof", b"typeof", b"if", b"while", b"return", b"container_of", b"__typeof__"})
_VMA_POINTER = re.compile(r"\bstruct vm_area_struct\s*\*(?!\s*\*)")
_VMA_HEAD = ("vm_area_",)
_CORE_HEAD = ("vm_area_", "vma_flags_t", "vm_flags_t", "can_mmap_file", "mmap_action")
_API_NAME = re.compile(
    r"_*(?:vma_desc_|mmap_action_|vma_flags_|mk_vma_flags|append_vma_flags|legacy_to_vma_flags|range_in_vma_desc$"
    r"|compat_(?:set_desc_from_vma|vma_mmap)|vfs_mmap|can_mmap_file$)\w*"
)


_Declarations = dict[str, list[tuple[Header, FunctionDeclaration]]]


class _Named(Struct, frozen=True):
    helper: Helper
    condition: Literals


def read_api(root: str | Path) -> KernelApi:
    """The API of the tree at ``root``.

    Raises KernelError when ``root`` is no kernel tree or its core headers cannot be read.
    """
    root = Path(root)
    if not is_tree(root):
        raise KernelError(f"{root} is no Linux source tree (it lacks one of {', '.join(LANDMARKS)})")
    release = read_release(root)
    headers, others = _needed_headers(root)
    takers = frozenset(name for data in others for name in takers_at_a_glance(data))
    return api_from_headers(headers, release, root, takers)


def api_from_headers(
    headers: Sequence[Header], release: str, root: Path, takers: frozenset[str] = frozenset()
) -> KernelApi:
    """The API that ``headers`` declare, CORE among them; ``takers`` are more functions that take a VMA."""
    declared = _declared(headers)
    functions = _functions(headers, declared)
    desc = {name: one for name, one in functions.items() if takes(one, DESC)}
    _add_desc_macros(desc, functions)
    helpers = {name: one for name, one in functions.items() if name in desc or _is_api(name, one)}
    flags = _flags(headers)
    vm_ops = _fields(headers, "vm_operations_struct")
    desc_fields = _fields(headers, "vm_area_desc")
    ops = read_ops_members(headers)
    return KernelApi(
        release=release,
        source="tree",
        origin=str(root),
        root=str(root),
        has_mmap_prepare="mmap_prepare" in _fields(headers, "file_operations"),
        flags=dict(sorted(flags.bits.items())),
        helpers=dict(sorted(helpers.items())),
        counterparts=dict(sorted(find_counterparts(functions, desc).items())),
        desc_fields=desc_fields,
        action_fields=_fields(headers, "mmap_action"),
        vm_ops_fields=vm_ops,
        ops_members=ops,
        vma_fields=_fields(headers, "vm_area_struct"),
        action_types=_enumerators(headers, "mmap_action_type"),
        masks=dict(sorted(flags.masks.items())),
        mask_bits=dict(sorted(flags.mask_bits.items())),
        vma_takers=takers.union(
            name
            for name, several in declared.items()
            if any(_VMA_POINTER.search(one.inside) is not None for _, one in several)
        ),
    )


def _flags(headers: Sequence[Header]) -> Flags:
    """The flags of the first header that declares some: mm.h, or where a later kernel has put them."""
    for header in headers:
        if "DECLARE_VMA_BIT" in header.code or "VMA_READ_BIT" in header.code:
            found = read_flags(header)
            if found.bits:
                return found
    return Flags()


def _needed_headers(root: Path) -> tuple[list[Header], list[bytes]]:
    """CORE, and of the headers that name a VMA's type those that add to the API; the bytes of the others."""
    needed: list[Header] = []
    left: list[tuple[str, bytes]] = []
    for path, data in mentioning_headers(root):
        if path in CORE or any(mark in data for mark in _API_MARKS) or _has_callback(data):
            needed.append(Header(path, data))
        else:
            left.append((path, data))
    forms = {name.encode() for name in _vma_forms(_declared(needed))}
    others: list[bytes] = []
    for path, data in left:
        if _may_declare(data, forms):
            needed.append(Header(path, data))
        else:
            others.append(data)
    return needed, others


def _may_declare(data: bytes, names: set[bytes]) -> bool:
    """Whether one of ``names`` and a parenthesis stand a little before the mention of a VMA's type."""
    return any(not names.isdisjoint(_CALLED.findall(before)) for before in _before_mentions(data))


def _before_mentions(data: bytes) -> Iterator[bytes]:
    at = data.find(_NEEDLE)
    while at >= 0:
        yield data[max(0, at - _REACH) : at]
        at = data.find(_NEEDLE, at + 1)


def takers_at_a_glance(data: bytes) -> Iterator[str]:
    """The functions that ``data``, a header's bytes, declares to take a VMA.

    Looks at nothing but what stands before each mention of the type: a parenthesis that is open there, and
    the name before it. Reading the header as such gives the same, ten times slower.
    """
    for before in _before_mentions(data):
        code = _COMMENT.sub(b" ", before)
        if b"/*" in code:
            continue  # the mention itself stands in a comment
        code = code[max(code.rfind(b";"), code.rfind(b"{"), code.rfind(b"}")) + 1 :]
        depth = 0
        for index in range(len(code) - 1, -1, -1):
            if code[index] == 0x29:
                depth += 1
            elif code[index] == 0x28 and depth:
                depth -= 1
            elif code[index] == 0x28:
                name = _LAST_WORD.search(code, 0, index)
                if name is not None and not name[1].isupper() and name[1] not in _NO_FUNCTION:
                    yield name[1].decode("latin-1")
                break


def _has_callback(data: bytes) -> bool:
    """Whether a function pointer may take a VMA, or a function type be named that does."""
    marks = (b"(*", b"( *", b"typedef")
    return any(mark in before for before in _before_mentions(data) for mark in marks)


def mentioning_headers(root: Path) -> Iterator[tuple[str, bytes]]:
    """Path below ``root`` and bytes of CORE, then of every other header of include/ that names a VMA's type
    or declares flag bits.

    A header that is missing or unreadable raises KernelError if it is of CORE, else it is passed over.
    """
    for name in CORE:
        try:
            yield name, read_whole(os.path.join(root, name), _LIMIT)  # noqa: PTH118 - see scan
        except OSError as error:
            raise KernelError(f"cannot read {root / name}: {error.strerror or error}") from None
    top = str(root)
    reader = Reader(_LIMIT)
    for path in walk(os.path.join(top, "include"), (".h",), NOT_API):  # noqa: PTH118 - see scan
        data = reader.read(path)
        if data is not None and (holds(data, _NEEDLE) or holds(data, _BIT_NEEDLE)):
            name = path[len(top) :].lstrip("/")
            if name not in CORE:
                yield name, bytes(data)


def _functions(headers: Sequence[Header], declared: _Declarations) -> dict[str, Helper]:
    """Functions and function-like macros of the API and those it has counterparts of, each once."""
    found: dict[str, list[_Named]] = defaultdict(list)
    for header in headers:
        for macro in header.macros:
            if macro.parameters is None or not _is_vma_macro(macro.name, macro.parameters):
                continue
            fixed = tuple(Parameter("", name) for name in macro.parameters if not name.endswith("..."))
            variadic = len(fixed) < len(macro.parameters)
            helper = Helper(macro.name, fixed, "", variadic, True, "", header.path)
            found[macro.name].append(_Named(helper, header.condition(macro.offset)))
    wanted = _vma_forms(declared)
    for name, several in declared.items():
        forms = [_named(header, one) for header, one in several]
        if name in wanted or any(_is_api(name, one.helper) for one in forms):
            found[name] += forms
    return {name: _merged(name, several) for name, several in found.items()}


def _declared(headers: Iterable[Header]) -> _Declarations:
    found: _Declarations = defaultdict(list)
    for header in headers:
        for one in header.functions(*(_CORE_HEAD if header.path in CORE else _VMA_HEAD)):
            found[one.name].append((header, one))
    return found


def _vma_forms(declared: _Declarations) -> set[str]:
    """The functions that take a descriptor, and what those that take a VMA in its stead may be called."""
    desc = {
        name for name, several in declared.items() if any("vm_area_desc" in one.inside for _, one in several)
    }
    return desc.union(*(vma_names(name) for name in desc))


def _named(header: Header, one: FunctionDeclaration) -> _Named:
    fixed, variadic = one.parameters()
    helper = Helper(one.name, fixed, one.returns, variadic, False, "", header.path)
    return _Named(helper, header.condition(one.offset))


def _is_api(name: str, helper: Helper) -> bool:
    """Whether a function is of the API by its name, or takes the flags that a descriptor holds."""
    return _API_NAME.fullmatch(name) is not None or takes(helper, "vma_flags_t *")


def _is_vma_macro(name: str, parameters: Sequence[str]) -> bool:
    return bool(parameters) and (parameters[0] in ("vma", "desc") or _API_NAME.fullmatch(name) is not None)


def _merged(name: str, several: Sequence[_Named]) -> Helper:
    """One helper of all its declarations: the first that names its parameters, under any one's condition."""
    own = f"!defined({name})"
    conditions = [tuple(literal for literal in one.condition if literal != own) for one in several]
    best = next((one for one in several if all(part.name for part in one.helper.parameters)), several[0])
    return replace(best.helper, condition=condition_text(conditions))


def _add_desc_macros(desc: dict[str, Helper], functions: Mapping[str, Helper]) -> None:
    for name, one in functions.items():
        if one.macro and one.parameters and one.parameters[0].name == "desc":
            desc[name] = one


def _fields(headers: Iterable[Header], tag: str) -> dict[str, Field]:
    """The members of ``struct tag``, in the order of the header; {} when there is no such struct."""
    for header in headers:
        aggregate = header.struct(tag)
        if aggregate is None:
            continue
        found: dict[str, list[tuple[Field, Literals]]] = defaultdict(list)
        for member in header.members(aggregate):
            found[member.path].append((Field(member.path, member.type), header.condition(member.offset)))
        return {
            name: replace(several[0][0], condition=condition_text([condition for _, condition in several]))
            for name, several in found.items()
        }
    return {}


def _enumerators(headers: Iterable[Header], tag: str) -> tuple[str, ...]:
    for header in headers:
        for aggregate in header.aggregates():
            if aggregate.kind == "enum" and aggregate.tag == tag:
                return tuple(name for name, _, _ in header.enumerators(aggregate))
    return ()
