# SPDX-License-Identifier: GPL-2.0-only
"""Names of the mmap_prepare API that a file uses and a kernel lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from msgspec import Struct

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.withdrawn import withdrawn
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.mentions import UnreadError
from mmapmigrate.model.project import Project
from mmapmigrate.model.signs import FLAG_BIT
from mmapmigrate.model.sites import all_member_sites
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.syntax.unit import ItemKind
from mmapmigrate.syntax.words import word_places

# Each begins with a literal, and so is found fast; what stands before it is asked behind that.
_CALLS = tuple(
    re.compile(start + rb"(?<![\w.>#]" + start + rb")\w+(?=\s*\()")
    for start in (b"vma_desc_", b"mmap_action_")
)
_BIT = re.compile(rb"VMA_(?<![\w.>#]VMA_)[A-Z0-9_]+_BIT\b(?!\s*##)")
_VM_OPS = b"vm_operations_struct"
_STRUCT = re.compile(rb"\bstruct\s+\Z")
_FAR = 80
"""Bytes of white space that may stand between both words."""
_LIST = re.compile(rb"[^;(){}]*=\s*\{")


class UnknownName(Struct, frozen=True):
    """A use of ``name`` at ``[start, end)``; ``struct`` is the tag of the struct that lacks it, or ""."""

    name: str
    start: int
    end: int
    struct: str = ""


def unknown_names(file: FileModel, api: KernelApi, project: Project) -> Iterator[UnknownName]:
    """Every use of a helper, a bit or a member that the kernel lacks and the code does not define."""
    yield from _helpers(file, api, project)
    yield from _desc_fields(file, api)
    yield from _vm_ops_members(file, api)
    yield from _hooks(file, api)


def _helpers(file: FileModel, api: KernelApi, project: Project) -> Iterator[UnknownName]:
    own: dict[str, bool] = {}
    data = file.unit.source.data
    signed = file.holds(b"vma_desc_") or file.holds(b"mmap_action_")
    if not signed and FLAG_BIT.search(data) is None:
        return
    for found in chain.from_iterable(each.finditer(file.unit.code) for each in (*_CALLS, _BIT)):
        name = found.group().decode()
        known = api.flags if found.re is _BIT else api.helpers
        if name.removeprefix("VMA_").removesuffix("_BIT") in known or name in known:
            continue
        if name not in own:
            own[name] = _defined(file, name) or _near(file, name, project)
        if not own[name]:
            yield UnknownName(name, found.start(), found.end())


def _defined(file: FileModel, name: str) -> bool:
    """Whether the file defines or declares ``name`` itself."""
    if file.macros(name) or file.functions(name):
        return True
    for at in word_places(file.unit.text, name.encode()):
        item = file.unit.item_at(at)
        if item is not None and item.kind is ItemKind.DECLARATION:
            before = file.unit.text[item.start : at]
            if b"=" not in before or b"enum" in before:
                return True
    return False


def _near(file: FileModel, name: str, project: Project) -> bool:
    """Whether a header beside the file may hold the name: a driver's own compatibility header."""
    try:
        headers = [path for path in project.beside(file.path) if path.endswith(".h")]
        return bool(project.mentioning(name, headers))
    except UnreadError:
        return True


def _desc_fields(file: FileModel, api: KernelApi) -> Iterator[UnknownName]:
    """Members of a descriptor and of its action that the kernel's structs have not."""
    if not api.desc_fields or not file.holds(b"vm_area_desc"):
        return
    actions = {name.partition(".")[0] for name in api.action_fields}
    for site in all_member_sites(file, b"vm_area_desc", api.desc_fields.keys()):
        fields = {"vm_area_desc": api.desc_fields.keys(), "mmap_action": actions}.get(site.struct or "")
        if fields and site.member not in fields:
            yield UnknownName(site.member, site.end - len(site.member), site.end, site.struct or "")


def _vm_ops_members(file: FileModel, api: KernelApi) -> Iterator[UnknownName]:
    """Members that an initialiser of a vm_operations_struct names and the kernel's struct has not."""
    data = file.unit.source.data
    if not api.vm_ops_fields or not file.holds(_VM_OPS) or next(_initialised(data), None) is None:
        return
    for found in _initialised(file.unit.text):
        item = file.unit.item_at(found.start())
        if item is None or b"[" in found.group():
            continue
        text = TokenText.of(file.unit, item.start, item.end)
        for at in text.inside(text.index_at(found.end() - 1)):
            if not text.is_word(at) or text.text(at - 1) != b"." or text.text(at + 1) != b"=":
                continue
            member = text.text(at).decode("latin-1")
            if text.text(at - 2) in (b"{", b",") and member not in api.vm_ops_fields:
                yield UnknownName(member, text.start(at), text.end(at), "vm_operations_struct")


def _initialised(code: bytes) -> Iterator[re.Match[bytes]]:
    """What stands behind each ``struct vm_operations_struct``, up to the ``{`` of an initialiser."""
    for at in word_places(code, _VM_OPS):
        found = _LIST.match(code, at + len(_VM_OPS))
        if found is not None and _STRUCT.search(code, max(0, at - _FAR), at):
            yield found


def _hooks(file: FileModel, api: KernelApi) -> Iterator[UnknownName]:
    """Hooks that were proposed and that the kernel never got, or lost."""
    for entry in file.entries():
        if entry.struct and withdrawn(api, entry.member, entry.struct):
            yield UnknownName(entry.member, entry.member_start, entry.member_end, entry.struct)
