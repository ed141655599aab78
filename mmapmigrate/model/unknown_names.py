# SPDX-License-Identifier: GPL-2.0-only
"""Names of the mmap_prepare API that a file uses and a kernel lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.withdrawn import withdrawn
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.model.sites import member_sites
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.syntax.unit import ItemKind

_NAME = re.compile(
    rb"(?<![\w.>#])(?:(?P<call>(?:vma_desc_|mmap_action_)\w+)(?=\s*\()|(?P<bit>VMA_[A-Z0-9_]+_BIT)\b)(?!\s*##)"
)
_VM_OPS = re.compile(rb"\bstruct\s+vm_operations_struct\b[^;(){}]*=\s*\{")
_FIELD = re.compile(rb"(?:->|\.)\s*([A-Za-z_]\w*)")


@dataclass(frozen=True)
class UnknownName:
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
    if not any(sign in data for sign in (b"vma_desc_", b"mmap_action_", b"VMA_")) or not _NAME.search(data):
        return
    for found in _NAME.finditer(file.unit.code):
        name = found.group().decode()
        known = api.helpers if found["call"] else api.flags
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
    word = re.compile(rb"\b" + name.encode() + rb"\b")
    for found in word.finditer(file.unit.text):
        item = file.unit.item_at(found.start())
        if item is not None and item.kind is ItemKind.DECLARATION:
            before = file.unit.text[item.start : found.start()]
            if b"=" not in before or b"enum" in before:
                return True
    return False


def _near(file: FileModel, name: str, project: Project) -> bool:
    """Whether a header beside the file holds the name: a driver's own compatibility header."""
    headers = [path for path in project.siblings(file.path) if path.endswith(".h")]
    return bool(project.mentioning(name, headers))


def _desc_fields(file: FileModel, api: KernelApi) -> Iterator[UnknownName]:
    """Members of a descriptor and of its action that the kernel's structs have not."""
    if not api.desc_fields or b"vm_area_desc" not in file.unit.source.data:
        return
    actions = {name.partition(".")[0] for name in api.action_fields}
    named = set(_FIELD.findall(file.unit.text)) - {name.encode() for name in api.desc_fields}
    names = sorted(name.decode() for name in named)
    for site in member_sites(file, *names, within=b"vm_area_desc") if names else ():
        fields = {"vm_area_desc": api.desc_fields.keys(), "mmap_action": actions}.get(site.struct or "")
        if fields and site.member not in fields:
            yield UnknownName(site.member, site.end - len(site.member), site.end, site.struct or "")


def _vm_ops_members(file: FileModel, api: KernelApi) -> Iterator[UnknownName]:
    """Members that an initialiser of a vm_operations_struct names and the kernel's struct has not."""
    data = file.unit.source.data
    if not api.vm_ops_fields or b"vm_operations_struct" not in data or not _VM_OPS.search(data):
        return
    for found in _VM_OPS.finditer(file.unit.text):
        item = file.unit.item_at(found.start())
        if item is None or b"[" in found.group():
            continue
        text = TokenText(file.unit.code, item.start, item.end)
        for at in text.inside(text.index_at(found.end() - 1)):
            if not text.is_word(at) or text.text(at - 1) != b"." or text.text(at + 1) != b"=":
                continue
            member = text.text(at).decode("latin-1")
            if text.text(at - 2) in (b"{", b",") and member not in api.vm_ops_fields:
                yield UnknownName(member, text.tokens[at].start, text.tokens[at].end, "vm_operations_struct")


def _hooks(file: FileModel, api: KernelApi) -> Iterator[UnknownName]:
    """Hooks that were proposed and that the kernel never got, or lost."""
    for entry in file.entries():
        if entry.struct and withdrawn(api, entry.member, entry.struct):
            yield UnknownName(entry.member, entry.member_start, entry.member_end, entry.struct)
