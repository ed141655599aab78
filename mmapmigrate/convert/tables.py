# SPDX-License-Identifier: GPL-2.0-only
"""The ops tables of one conversion: whether each can change, and the edit that changes it.

A table that cannot change holds all back (a table in a macro, under a suppression, of another kind of ops
struct, or one that a dispatcher reaches which calls ``->mmap`` by hand).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from mmapmigrate.convert import layout
from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.members import FOPS, Slot, agree, slot_of
from mmapmigrate.convert.nested import nested_reasons
from mmapmigrate.convert.table_uses import (
    fops_list,
    is_copied,
    is_fops,
    is_handed_on,
    is_static_fops,
    listed_members,
    pointers_to,
    reads_mmap,
    stored_members,
)
from mmapmigrate.kernel.api import Dispatcher, KernelApi
from mmapmigrate.kernel.dispatch import find_dispatchers, kernel_code
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.model.project import Project, unread
from mmapmigrate.model.sites import member_sites
from mmapmigrate.model.spelling import lead_of
from mmapmigrate.model.structs import closing_brace
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.words import match_before, word_places

# Structs whose pointer to a file_operations only the VFS follows, after it has put it into file->f_op
# (fs/char_dev.c, drivers/char/misc.c, fs/inode.c), and that one itself: none is called by hand.
VFS_HOLDERS: frozenset[tuple[str | None, str]] = frozenset(
    {("cdev", "ops"), ("file", "f_op"), ("inode", "i_fop"), ("miscdevice", "fops")}
)

_HANDED = re.compile(rb"(?:[(,]|(?<![\w.>])\w+\s*=)\s*&\s*\Z")
_ASKED = re.compile(rb"\bf_op\s*->\s*mmap\b(?!\s*\()")


def table_reasons(
    file: FileModel,
    entries: Sequence[OpsEntry],
    slot: Slot,
    api: KernelApi,
    project: Project,
    suppressed: Callable[[str, int], bool] | None,
) -> Iterator[Reason]:
    """Why a table of ``entries``, which all name one hook in ``file``, cannot change.

    ``slot`` is the member that decides what becomes of the hook's head.
    """

    def reason(entry: OpsEntry, code: str, message: str, tier: Tier = Tier.SKELETON) -> Reason:
        return Reason(file.path, file.unit.source.position(entry.start).line, code, message, tier)

    for entry in entries:
        where = f"`{entry.object}`" if entry.object else "a table without a name"
        own = slot_of(entry, api)
        if own is None or not agree((own, slot)):
            kind = f"struct {entry.struct}" if entry.struct else "a struct of unknown type"
            yield reason(
                entry, "other-table", f"the hook also serves {kind} ({where}, member {entry.member})"
            )
            continue
        if entry.form is EntryForm.MACRO:
            yield reason(entry, "table-in-macro", f"the table is written by the macro {where}")
        if suppressed is not None and suppressed(file.path, entry.start):
            yield reason(entry, "suppressed", f"a comment suppresses {own.rule} at {where}")
        if own.nested:
            yield from nested_reasons(file, entry, own, project)
            continue
        yield from _rivals(file, entry, project, reason)
        if entry.object is not None:
            yield from _swapping(file, entry, project, reason)


MakeReason = Callable[..., Reason]


def _rivals(file: FileModel, entry: OpsEntry, project: Project, reason: MakeReason) -> Iterator[Reason]:
    """Other values for the same table's hooks, and who reads or copies it."""
    if entry.object is None:
        return
    for other in file.once("entries by object", lambda: _by_object(file.entries()))[entry.object]:
        if other is entry or other.struct != entry.struct:
            continue
        if other.handler == "NULL":
            if other.member == "mmap" and other.form is EntryForm.ASSIGNMENT:
                message = (
                    f"the file takes the .mmap of `{entry.object}` away, which would leave .mmap_prepare"
                )
                yield reason(entry, "several-hooks", message)
            continue
        if other.member == "mmap_prepare":
            yield reason(entry, "both-hooks", f"`{entry.object}` has a .mmap_prepare already")
        elif other.member == "mmap" and other.handler != entry.handler:
            yield reason(entry, "several-hooks", f"`{entry.object}` gets another .mmap elsewhere in the file")
    name = entry.object.encode()
    for code, where in _sights(file, entry, project):
        if reads_mmap(code, name):
            yield reason(entry, "member-read", f"{where} reads `{entry.object}.mmap`")
        if is_copied(code, name):
            message = f"{where} copies `{entry.object}` as a whole"
            yield reason(entry, "table-copied", message, Tier.REVIEW)
    if file.once("asks for .mmap", lambda: _asks_for_mmap(file.unit.code)):
        message = "the file asks an open file for its .mmap, which may be this table's"
        yield reason(entry, "member-read", message, Tier.REVIEW)
    yield from _hidden(file, entry, reason)
    if entry.form is EntryForm.ASSIGNMENT and not is_fops(file.unit.code, name):
        message = (
            f"`{entry.object}` is no table of this file: another .mmap in it would stay beside the new hook"
        )
        yield reason(entry, "unknown-table", message, Tier.REVIEW)


def _hidden(file: FileModel, entry: OpsEntry, reason: MakeReason) -> Iterator[Reason]:
    """What sets or reads the .mmap of a table without its name: a macro in it, a pointer to it."""
    code, name = file.unit.code, (entry.object or "").encode()
    for macro in sorted(_member_macros(code, name)):
        if not file.macros(macro):
            message = (
                f"`{macro}` may set another .mmap of `{entry.object}`, which would stay beside the new hook"
            )
            yield reason(entry, "unknown-table", message, Tier.REVIEW)
    for pointer in pointers_to(code, name):
        for use in re.finditer(rb"(?<![\w.>])%s\s*->\s*mmap\b\s*(=(?!=))?" % pointer, code):
            line = file.unit.source.position(use.start()).line
            kind = "several-hooks" if use[1] else "member-read"
            did = "sets" if use[1] else "reads"
            yield reason(entry, kind, f"line {line} {did} the .mmap of `{entry.object}` through a pointer")
    for other in (
        file.once("unknown tables", lambda: _unknown_tables(file)) if is_handed_on(code, name) else ()
    ):
        line = file.unit.source.position(other.start).line
        message = f"line {line} sets the .mmap of a table that may be `{entry.object}`, which is handed on"
        yield reason(entry, "several-hooks", message, Tier.REVIEW)


def _asks_for_mmap(code: bytes) -> bool:
    """Whether code reads the .mmap of an open file's table, and does not call it."""
    return b"f_op" in code and _ASKED.search(code) is not None


def _by_object(entries: Sequence[OpsEntry]) -> Mapping[str | None, Sequence[OpsEntry]]:
    """The entries by the table that they belong to."""
    found: dict[str | None, list[OpsEntry]] = {}
    for entry in entries:
        found.setdefault(entry.object, []).append(entry)
    return found


def _unknown_tables(file: FileModel) -> Sequence[OpsEntry]:
    """The statements that set the .mmap of a table which the file does not declare."""
    return [
        one
        for one in file.entries()
        if one.form is EntryForm.ASSIGNMENT and one.struct == FOPS and one.member == "mmap"
        if one.object is None or not is_fops(file.unit.code, one.object.encode())
    ]


def _member_macros(code: bytes, name: bytes) -> set[str]:
    """The macros that stand for members in the initialiser of a table."""
    opener = fops_list(code, name)
    if opener is None:
        return set()
    body = code[opener + 1 : closing_brace(code, opener)]
    body = re.sub(rb"(?m)^[ \t]*#.*$", b"", body)
    return {
        found[1].decode()
        for found in re.finditer(rb"(?:^|,)\s*([A-Z_]\w*)\s*(?:\([^()]*\)\s*)?(?=,|$)", body)
    }


def _sights(file: FileModel, entry: OpsEntry, project: Project) -> Iterator[tuple[bytes, str]]:
    """The code that can name a table, with what to call it: its file, and its folder if it is not static."""
    yield file.unit.code, "the file"
    name = entry.object or ""
    if is_static_fops(file.unit.code, name.encode()):
        return
    try:
        others = project.mentioning(name, project.siblings(file.path))
    except OSError:
        return
    for path in others:
        yield project.file(path).unit.code, path


def _swapping(file: FileModel, entry: OpsEntry, project: Project, reason: MakeReason) -> Iterator[Reason]:
    """Code that puts another table into an open file: both must be of one kind."""
    swapped = swapped_tables(file, project)
    if entry.object in swapped:
        message = f"`{entry.object}` is put into an open file, whose other table must be of the same kind"
        yield reason(entry, "table-swapped", message, Tier.REVIEW)
    elif swapped:
        other = sorted(swapped)[0]
        message = f"{swapped[other]} puts `{other}` into open files: both tables must be of one kind"
        yield reason(entry, "table-swapped", message, Tier.REVIEW)


def dispatch_reasons(
    file: FileModel, entries: Sequence[OpsEntry], api: KernelApi, project: Project, *, search: bool
) -> Iterator[Reason]:
    """The tables that a caller of ``->mmap()`` by hand can reach.

    Callers in the driver's folder, and those that are known of this kernel, always count. ``search`` the
    whole tree for others, which takes seconds, only where a conversion would be written.
    """
    for entry in entries:
        if entry.object is None or entry.struct != FOPS:
            continue
        name = entry.object.encode()
        line = file.unit.source.position(entry.start).line
        near = near_dispatchers(file, project)
        handed = _is_handed_on(file, name)
        # A caller of ->f_op->mmap() reaches what any file may have.
        pointed = next((one for one in near if one.member == "f_op" or (one.struct is None and handed)), None)
        if pointed is not None:
            message = _dispatch_message(entry, pointed)
            yield Reason(file.path, line, "by-hand-dispatch", message, Tier.REVIEW)
        holders = set(_holders(file, name)) - VFS_HOLDERS
        if not holders:
            continue
        found = [*near, *(api.dispatchers or ())]
        if search and not api.dispatchers_complete and project.root is not None:
            found += _tree_dispatchers(file, project)
        for dispatcher in found:
            reached = [struct for struct, member in holders if dispatcher.member in (member, "f_op")]
            if not reached:
                continue
            sure = dispatcher.struct in reached or dispatcher.member == "f_op"
            if sure or None in reached or dispatcher.struct is None:
                tier = Tier.BLOCKED if sure else Tier.REVIEW
                message = _dispatch_message(entry, dispatcher)
                subject = f"{dispatcher.path}:{dispatcher.line}"
                yield Reason(file.path, line, "by-hand-dispatch", message, tier, subject)
                break


def _is_handed_on(file: FileModel, name: bytes) -> bool:
    """Whether a variable or an argument gets the address of a table, which code nearby may then follow."""
    code = file.unit.code
    return any(match_before(_HANDED, code, at) for at in word_places(code, name))


def _dispatch_message(entry: OpsEntry, dispatcher: Dispatcher) -> str:
    where = f"{dispatcher.path}:{dispatcher.line}"
    return f"{where} calls `->{dispatcher.member}->mmap()` by hand and can reach `{entry.object}`"


def _holders(file: FileModel, name: bytes) -> Iterator[tuple[str | None, str]]:
    """Struct (None if unknown) and member in which the file keeps the address of a table."""
    code = file.unit.code
    for start, member in listed_members(code, name):
        item = file.unit.item_at(start)
        tag = None if item is None else _initialized(file, code[item.start : start + 1])
        yield tag, member.decode()
    members = {member.decode() for member in stored_members(code, name)}
    assigned = rb"\s*=\s*&?\s*%s\b" % re.escape(name)
    for site in member_sites(file, *sorted(members), before=assigned) if members else ():
        yield site.struct, site.member


def _initialized(file: FileModel, head: bytes) -> str | None:
    """The tag of the struct whose initialiser is open at the end of ``head``, None where it is not known."""
    members: list[str] = []
    depth = 0
    for found in reversed(list(re.finditer(rb"[{}]", head))):
        depth += 1 if found[0] == b"}" else -1
        if depth >= 0:
            continue
        depth = 0
        before = head[: found.start()].rstrip()
        literal = re.search(rb"\(\s*(?:const\s+)?struct\s+(\w+)\s*\)$", before)
        variable = re.search(rb"\bstruct\s+(\w+)\s+\**\w+(?:\s*\[[^\]]*\])?(?:\s+\w+)*\s*=$", before)
        named = literal or variable
        if named is not None:
            return _member_tag(file, named[1].decode(), members[::-1])
        nested = re.search(rb"\.\s*(\w+)\s*=$", before)
        if nested is not None:
            members.append(nested[1].decode())
        elif not re.search(rb"(?:[{,]|\]\s*=)$", before):
            return None
    return None


def _member_tag(file: FileModel, tag: str, members: Sequence[str]) -> str | None:
    """The tag of the struct that ``members``, one in the other, lead to from ``struct tag``."""
    for name in members:
        definition = file.types.struct(tag)
        member = None if definition is None else definition.members.get(name)
        inner = None if member is None else file.types.resolve(member.type)
        if inner is None or inner.tag is None:
            return None
        tag = inner.tag
    return tag


def swapped_tables(file: FileModel, project: Project) -> dict[str, str]:
    """Tables with an old hook that code near ``file`` puts into open files: name, and path of that code.

    Near is the file's folder and the one above: a core's helpers lie beside or above its users.
    """
    lead = lead_of(file.path)
    above = lead_of(lead.rstrip("/"))
    found = dict(_swaps_in(project, lead))
    if above:
        found |= _swaps_in(project, above)
    return found


def _swaps_in(project: Project, lead: str) -> Mapping[str, str]:
    return project.once(
        ("swapped tables", lead),
        lambda: {
            name: str(PurePosixPath(path))
            for path, data in project.texts(lead, "f_op")
            for name in _swaps(path, data)
        },
    )


def _swaps(path: str, data: bytes) -> Iterator[str]:
    """The tables with an old hook that a .c file puts into open files."""
    for name in re.findall(rb"(?:->|\.)\s*f_op\s*=\s*&\s*(\w+)", data) if path.endswith(".c") else ():
        if re.search(rb"\b%s\s*=\s*\{[^}]*\.mmap\s*=" % re.escape(name), data) is not None:
            yield name.decode()


def near_dispatchers(file: FileModel, project: Project) -> tuple[Dispatcher, ...]:
    """Calls of ``->mmap`` by hand in the file's own folder."""
    lead = lead_of(file.path)

    def read() -> tuple[Dispatcher, ...]:
        here = str(Path(lead or ".").resolve())
        texts = ((f"{here}/{path[len(lead) :]}", data) for path, data in project.texts(lead, "mmap"))
        return find_dispatchers(Path(here if project.root is None else project.root.resolve()), texts)

    return project.once(("dispatchers", lead), read)


def _tree_dispatchers(file: FileModel, project: Project) -> tuple[Dispatcher, ...]:
    """Those of the tree of ``file``."""
    root, index = project.root, project.index
    if root is None or index is None:
        return ()

    def texts() -> Iterator[tuple[str, bytes]]:
        top = project.place("", file.path)
        for path in kernel_code(index.mmap):
            data = project.data(f"{top}/{path}")
            if data is None:
                unread(f"{top}/{path}")
            else:
                yield f"{root}/{path}", data

    return project.once("dispatchers", lambda: find_dispatchers(root, texts()))


def entry_edits(file: FileModel, entry: OpsEntry, slot: Slot, handler: str) -> list[Edit]:
    """Rename the member to its new form and its value to ``handler``, keeping the column of the ``=``."""
    data = file.unit.source.data
    edits = [_value_edit(data, entry, handler)]
    start, end = entry.member_start, entry.member_end
    gap_end = end
    while data[gap_end : gap_end + 1] in (b" ", b"\t"):
        gap_end += 1
    gap = data[end:gap_end].decode()
    new = slot.prepare
    if entry.form is EntryForm.INITIALIZER and (len(gap) > 1 or "\t" in gap):
        line = data.rfind(b"\n", 0, start) + 1
        before = layout.column(data[line:start].decode("latin-1"))
        target = layout.column(data[line:gap_end].decode("latin-1"))
        gap = layout.fill(before + len(new), target, "\t" if "\t" in gap else " ")
    edits.append(Edit(start, gap_end, (new + gap).encode()))
    sign = data.find(b"=", gap_end)
    if entry.form is EntryForm.INITIALIZER and sign == gap_end and data[sign + 1 : sign + 2] == b"\t":
        edits.append(_after_sign(data, start, new + gap, sign, entry.value_start))
    return edits


def _after_sign(data: bytes, start: int, member: str, sign: int, value: int) -> Edit:
    """Keep the column of a value that tabs align behind the ``=``."""
    line = data.rfind(b"\n", 0, start) + 1
    target = layout.column(data[line:value].decode("latin-1"))
    at = layout.column(member + "=", layout.column(data[line:start].decode("latin-1")))
    return Edit(sign + 1, value, layout.fill(at, target, "\t").encode())


def _value_edit(data: bytes, entry: OpsEntry, handler: str) -> Edit:
    old = (entry.handler or "").encode()
    text = data[entry.value_start : entry.value_end]
    at = text.find(old)
    start = entry.value_start + max(at, 0)
    return Edit(start, start + len(old), handler.encode())
