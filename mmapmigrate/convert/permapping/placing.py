# SPDX-License-Identifier: GPL-2.0-only
"""Where a new function for vm_ops->mapped stands, and how the table that names it gets to know it.

In the file of the table it is static, behind the functions that the table has already. In another file it is
global, and a header of both files declares it beside what that file has for the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.sight import is_own, shared_headers
from mmapmigrate.convert.plan import Elsewhere
from mmapmigrate.convert.text.comments import item_start
from mmapmigrate.convert.vmops import PlacedTable
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.project import Project
from mmapmigrate.model.vmops import VmOpsMember
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.words import has_word


def name_for(project: Project, old: str, word: str, files: Sequence[FileModel], *, far: bool) -> str:
    """``foo_vm_open`` as ``foo_vm_mapped``: ``word`` replaced, and a name that ``files`` do not have.

    ``far`` asks for one that no file beside them has either.
    """
    name = re.sub(rf"{word}(?!.*{word})", "mapped", old)
    name = name if name != old else f"{old}_mapped"
    while any(
        file.occurrences(name) or (far and project.mentioning_beside(name, file.path)) for file in files
    ):
        name = f"{name}_vma"
    return name


def static_edits(
    table: PlacedTable, anchor: Function | None, entry: VmOpsMember, text: str, hook: HookSource
) -> list[Elsewhere]:
    """A static function in the file of ``table``, behind ``anchor`` and what it calls itself.

    Without either it stands in front of the table, and where it names what that place does not see yet in
    front of ``hook``. It is declared in front of the table where it comes after that.
    """
    file = table.file
    start = item_start(file, entry.start)
    after = _last_called(file, text, anchor, start)
    at = start if after is None else after.node.end_byte
    if hook.file.path == file.path and _names_later(hook, text, at):
        at, after = item_start(file, hook.function.node.start_byte), None
    new = f"{text}\n\n" if after is None else f"\n\n{text}"
    edits = [Elsewhere(file, Edit(at, at, new.encode("latin-1")))]
    if start < at:
        edits.append(Elsewhere(file, Edit(start, start, f"{_head(text)};\n\n".encode("latin-1"))))
    return edits


def global_edits(
    home: FileModel, at: int, text: str, header: FileModel, declared: int, *, behind: bool = False
) -> list[Elsewhere]:
    """A global function in front of ``at`` of ``home``, or ``behind`` it, and its prototype.

    That stands behind what ``header`` has ``declared`` up to a place.
    """
    whole = f"\n\n{text}" if behind else f"{text}\n\n"
    return [
        Elsewhere(home, Edit(at, at, whole.encode("latin-1"))),
        Elsewhere(header, Edit(declared, declared, f"\n{_head(text)};".encode("latin-1"))),
    ]


def declaration_of(name: str, here: FileModel, there: FileModel) -> tuple[FileModel, int] | None:
    """The header of both files that declares ``name``, and the end of that declaration."""
    found = [
        (header, item.end)
        for header in shared_headers(here, there)
        for at in header.occurrences(name)
        if header.unit.text[at : at + len(name)] == name.encode()
        and (item := header.unit.item_at(at)) is not None
        and header.unit.text[item.start : item.end].rstrip().endswith(b";")
    ]
    return found[0] if len(found) == 1 else None


def _names_later(hook: HookSource, text: str, at: int) -> bool:
    """Whether ``text`` names an object, macro or struct that is declared between ``at`` and ``hook``."""
    code = hook.file.unit.code
    stop = hook.function.node.start_byte
    for word in sorted(set(re.findall(r"(?<![\w.>])[A-Za-z_]\w*\b(?!\s*\()", text))):
        if not has_word(code, word.encode(), at, stop):
            continue
        first = re.search(rb"(?<![\w.>])%s\b" % word.encode(), code)
        if first is not None and at <= first.start() < stop and is_own(hook.file, word):
            return True
        whole = re.search(rb"\b(?:struct|union|enum)\s+%s\s*\{" % word.encode(), code)
        if whole is not None and at <= whole.start() < stop:
            return True
    return False


def _last_called(file: FileModel, text: str, anchor: Function | None, start: int) -> Function | None:
    """The last of ``anchor`` and what ``text`` calls of ``file`` that is not declared before it."""
    after = anchor
    for name in sorted(set(re.findall(r"\b([A-Za-z_]\w*)\s*\(", text))):
        for function in file.functions(name):
            begin = start if after is None else after.node.start_byte
            known = re.search(rb"\b%s\s*\([^;{}]*\)\s*;" % name.encode(), file.unit.code[:begin])
            if function.node.start_byte > begin and known is None:
                after = function
    return after


def _head(text: str) -> str:
    return text[: text.index("\n{")]
