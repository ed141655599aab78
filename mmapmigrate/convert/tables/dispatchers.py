# SPDX-License-Identifier: GPL-2.0-only
"""Who calls ``->mmap`` by hand and can reach a table: such a caller would find no hook there any more.

It does through a struct and a member in which a file keeps the table's address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.neighbours import leads_around
from mmapmigrate.convert.reach import naming_object
from mmapmigrate.convert.tables.given import given_by
from mmapmigrate.convert.tables.initialized import initialized_tag
from mmapmigrate.convert.tables.members import FOPS
from mmapmigrate.convert.tables.uses import (
    asked,
    handed_to,
    is_pointed_to,
    is_static_fops,
    listed_members,
    stored_members,
)
from mmapmigrate.kernel.api import Dispatcher, KernelApi
from mmapmigrate.kernel.dispatch import find_dispatchers, kernel_code
from mmapmigrate.model.discovery import MMAP
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.mentions import unread
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.model.sites import MemberSite, call_arguments, member_sites
from mmapmigrate.model.spelling import lead_above, lead_of

# Structs whose pointer to a file_operations only the VFS follows, after it has put it into file->f_op
# (fs/char_dev.c, drivers/char/misc.c, fs/inode.c), and that one itself: none is called by hand.
VFS_HOLDERS: frozenset[tuple[str | None, str]] = frozenset(
    {("cdev", "ops"), ("file", "f_op"), ("inode", "i_fop"), ("miscdevice", "fops")}
)


_POINTER_CALLED = re.compile(rb"->\s*+mmap\s*+(?:\)\s*+)?\(")
_ELEMENT_CALLED = re.compile(rb"[\])]\s*(?:->|\.)\s*mmap\s*\(")


def dispatch_reasons(
    file: FileModel, entries: Sequence[OpsEntry], api: KernelApi, project: Project, *, search: bool
) -> Iterator[Reason]:
    """The tables that a caller of ``->mmap()`` by hand can reach.

    Callers in the driver's folder, and those that are known of this kernel, always count. ``search`` the
    whole tree for others, which takes seconds, only where a conversion would be written.
    """
    for entry in entries:
        if entry.struct != FOPS:
            continue
        name = (entry.object or "").encode()
        line = file.unit.source.position(entry.start).line
        places = [file, *(_naming(file, name, project) if search and name else ())]
        near = [one for place in places for one in near_dispatchers(place, project)]
        # What has no name stands somewhere by its address alone.
        handed = not name or any(asked(is_pointed_to, place, name) for place in places)
        # A caller of ->f_op->mmap() reaches what any file may have.
        pointed = next((one for one in near if one.member == "f_op" or handed), None)
        holders = (
            frozenset(one for place in places for one in _holders_in(place, name)) if name else frozenset()
        )
        others = holders - VFS_HOLDERS
        if pointed is None and others:
            # A pointer of which nobody knows where it comes from may come from there.
            pointed = next((one for one in near if one.struct is None), None)
        if pointed is None:
            # In the file itself it may come from an open file or an inode.
            own = Path(file.path).resolve().as_posix()
            pointed = next((one for one in near if one.struct is None and own.endswith(f"/{one.path}")), None)
        if pointed is None and handed:
            pointed = _core_above(file, name, project)
        if pointed is not None:
            message = _dispatch_message(entry, pointed)
            yield Reason(file.path, line, "by-hand-dispatch", message, Tier.REVIEW)
        else:
            called = (one for place in places for one in _called_elements(place, project))
            for where in dict.fromkeys(where for where, any_table in called if handed or any_table):
                message = f"{where} calls the .mmap of a table by hand and can reach `{entry.object}`"
                yield Reason(file.path, line, "by-hand-dispatch", message, Tier.REVIEW, where)
        if not name:
            continue
        found = [*((one, holders) for one in near), *((one, others) for one in api.dispatchers or ())]
        if search and others and not api.dispatchers_complete and project.root is not None:
            found += [(one, others) for one in _tree_dispatchers(file, project)]
        for dispatcher, keeping in found:
            reached = [struct for struct, member in keeping if dispatcher.member in (member, "f_op")]
            if not reached:
                continue
            sure = dispatcher.struct in reached or dispatcher.member == "f_op"
            if sure or None in reached or dispatcher.struct is None:
                tier = Tier.BLOCKED if sure else Tier.REVIEW
                found_here = _here(dispatcher, file, project)
                message = _dispatch_message(entry, found_here, sure=sure)
                subject = f"{found_here.path}:{found_here.line}"
                yield Reason(file.path, line, "by-hand-dispatch", message, tier, subject)
                break
        else:
            leads = dict.fromkeys(lead for place in places for lead in leads_around(project, place.path))
            for dispatcher in dict.fromkeys(one for one, _ in found):
                where = given_by(name.decode(), handed or bool(others), leads, dispatcher, project)
                if where:
                    message = _dispatch_message(entry, _here(dispatcher, file, project), sure=False)
                    message += f", which {where} may give to it"
                    yield Reason(file.path, line, "by-hand-dispatch", message, Tier.REVIEW, where)
                    break


def _naming(file: FileModel, name: bytes, project: Project) -> tuple[FileModel, ...]:
    """The other files that can name a table of ``file``, and do."""
    static = asked(is_static_fops, file, name)
    return file.once(("naming", name), lambda: naming_object(project, file, name.decode(), static=static))


def _holders_in(file: FileModel, name: bytes) -> frozenset[tuple[str | None, str]]:
    return file.once(("holders", name), partial(_holders, file, name))


def _called_elements(file: FileModel, project: Project) -> tuple[tuple[str, bool], ...]:
    """Where the folder of ``file`` calls the .mmap of an array's element, or of what a function returns.

    Each with whether that may be any table at all, of an open file too: nobody sees what the function does.
    """
    lead = lead_of(file.path)

    def read() -> Iterator[tuple[str, bool]]:
        paths = [path for path, data in project.texts(lead, "mmap") if _ELEMENT_CALLED.search(data)]
        for path in paths:
            one = project.file(path)
            for site in member_sites(one, "mmap", before=rb"\s*\("):
                ends = site.text.text(site.token - 2)
                returned = ends == b")" and site.struct in (None, FOPS) and _is_call_of_hook(site, one)
                if returned or (ends in (b"]", b")") and site.struct == FOPS):
                    yield f"{path}:{one.unit.source.position(site.start).line}", returned

    return project.once(("called elements", lead), lambda: tuple(read()))


def _is_call_of_hook(site: MemberSite, file: FileModel) -> bool:
    """Whether a call gets two arguments, as a hook of the VFS does."""
    given = call_arguments(site, file)
    return given is not None and len(given) == 2


def _here(known: Dispatcher, file: FileModel, project: Project) -> Dispatcher:
    """A caller where the tree of ``file`` has it: the API may be that of another release."""
    if project.root is None:
        return known
    root, path = project.root.resolve(), project.place(known.path, file.path)

    def read() -> Dispatcher:
        data = project.data(path)
        found = () if data is None else find_dispatchers(root, [(f"{root}/{known.path}", data)])
        same = [one for one in found if one.member == known.member]
        return min(
            same, key=lambda one: (one.struct != known.struct, abs(one.line - known.line)), default=known
        )

    return project.once(("dispatcher here", known, path), read)


def _dispatch_message(entry: OpsEntry, dispatcher: Dispatcher, *, sure: bool = True) -> str:
    where = f"{dispatcher.path}:{dispatcher.line}"
    reaches = "can" if sure else "may"
    table = f"`{entry.object}`" if entry.object else "this table"
    return f"{where} calls `->{dispatcher.member}->mmap()` by hand and {reaches} reach {table}"


def _holders(file: FileModel, name: bytes) -> frozenset[tuple[str | None, str]]:
    """Struct (None if unknown) and member in which the file keeps the address of a table."""
    code = file.unit.code
    found: set[tuple[str | None, str]] = set()
    for start, member in listed_members(code, name):
        item = file.unit.item_at(start)
        tag = None if item is None else initialized_tag(file, item.start, start + 1)
        found.add((tag, member.decode()))
    members = {member.decode() for member in stored_members(code, name)}
    assigned = rb"\s*+=\s*+(?:&\s*+)?%s\b" % re.escape(name)
    for site in member_sites(file, *sorted(members), before=assigned) if members else ():
        found.add((site.struct, site.member))
    return frozenset(found)


def near_dispatchers(file: FileModel, project: Project) -> tuple[Dispatcher, ...]:
    """Calls of ``->mmap`` by hand in the file's own folder, outside of a tree in its module."""
    return tuple(one for lead in leads_around(project, file.path) for one in _dispatchers_in(lead, project))


def _core_above(file: FileModel, name: bytes, project: Project) -> Dispatcher | None:
    """A call in the folder above that may reach a table handed on: a core lies beside its users or above.

    It is made through a pointer of the core's own, or in a file with a function that is handed the table.
    """
    above = lead_above(lead_of(file.path), project.root)
    found = () if above is None else _dispatchers_in(above, project)
    takers = {taker.decode() for taker in handed_to(file.unit.code, name)} if found and name else set()
    for one in found:
        if one.struct is None and one.member != "f_op":
            return one
        if (one.struct, one.member) in VFS_HOLDERS or not takers:
            continue
        core = project.file(f"{above}{one.path.rpartition('/')[2]}")
        if any(core.functions(taker) for taker in takers):
            return one
    return None


def _dispatchers_in(lead: str, project: Project) -> tuple[Dispatcher, ...]:
    """Those of the folder whose files' paths begin with ``lead``."""

    def read() -> tuple[Dispatcher, ...]:
        here = str(Path(lead or ".").resolve())
        texts = ((f"{here}/{path[len(lead) :]}", data) for path, data in project.texts(lead, "mmap"))
        if project.root is not None:
            return find_dispatchers(Path(project.root.resolve()), texts)
        found = find_dispatchers(Path(here), texts)
        known = {(one.path, one.line) for one in found}
        by_type = (one for one in _by_type(lead, project) if (one.path, one.line) not in known)
        return (*found, *by_type)

    return project.once(("dispatchers", lead), read)


def _by_type(lead: str, project: Project) -> Iterator[Dispatcher]:
    """Calls through pointers of which only a header in another folder of the module tells the type."""
    for path, data in project.texts(lead, "mmap"):
        one = project.file(path) if _POINTER_CALLED.search(data) is not None else None
        for site in () if one is None else member_sites(one, "mmap", before=rb"\s*+(?:\)\s*+)?\("):
            if one is not None and site.arrow and site.struct == FOPS and site.first < site.token - 2:
                line = one.unit.source.position(site.start).line
                yield Dispatcher(
                    None, site.text.text(site.token - 2).decode("latin-1"), path[len(lead) :], line
                )


def _tree_dispatchers(file: FileModel, project: Project) -> tuple[Dispatcher, ...]:
    """Those of the tree of ``file``."""
    root, index = project.root, project.index
    if root is None or index is None:
        return ()

    def texts() -> Iterator[tuple[str, bytes]]:
        top = project.place("", file.path)
        for path in kernel_code(index.below("", MMAP)):
            data = project.data(f"{top}/{path}")
            if data is None:
                unread(f"{top}/{path}")
            else:
                yield f"{root}/{path}", data

    return project.once("dispatchers", lambda: find_dispatchers(root, texts()))
