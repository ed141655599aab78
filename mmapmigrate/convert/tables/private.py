# SPDX-License-Identifier: GPL-2.0-only
"""A driver's own ops struct with an mmap hook, and the hook of its file_operations that calls it.

    struct foo_ops {
            int (*mmap)(struct foo *foo, struct vm_area_struct *vma);
    };
    return foo->ops->mmap(foo, vma);

Nobody else can know the struct: it is defined in the driver's file, or in a header beside it that nothing
outside of the folder includes. So the member, all tables that fill it, the hooks in them, its calls and its
tests change together, or none does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from mmapmigrate.convert.neighbours import module_folders
from mmapmigrate.convert.reach import including
from mmapmigrate.convert.tables.entries import entry_edits
from mmapmigrate.convert.tables.members import VMA_TYPE, Slot, folded
from mmapmigrate.kernel.ops import prepare_name
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.model.sites import MemberSite, call_arguments, is_tested, member_sites
from mmapmigrate.model.structs import closing_brace, struct_in
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.unit import ItemKind
from mmapmigrate.syntax.words import behind_text, open_bracket, word_places

Range = tuple[int, int]

_NEAR = 20_000
"""Bytes before an element in which its list begins."""

_ELEMENT_ENDS = re.compile(rb"\s*[,}]")


class PrivateSlot(Struct, frozen=True):
    """The member of a driver's own ops struct.

    ``start`` is where ``home`` defines the struct, ``declared`` the range of the member's name there and
    ``parameter`` that of its VMA. ``hooks`` are the functions that tables name, each with its file; ``sites``
    where the member is called or tested.
    """

    slot: Slot
    home: FileModel
    start: int
    declared: tuple[int, int]
    parameter: tuple[int, int]
    entries: tuple[tuple[FileModel, OpsEntry], ...]
    hooks: tuple[tuple[FileModel, Function], ...]
    sites: tuple[tuple[FileModel, MemberSite], ...]

    @property
    def key(self) -> str:
        """What the calls of the member are known by; no function has a name like it."""
        return f"{self.slot.struct}.{self.slot.member}"

    @property
    def files(self) -> dict[str, FileModel]:
        """The files that change with the member."""
        places = [self.home, *(file for file, _ in (*self.entries, *self.sites))]
        return {file.path: file for file in places}

    def calls(self) -> Iterator[tuple[FileModel, MemberSite]]:
        """The sites that call the member."""
        return ((file, site) for file, site in self.sites if call_arguments(site, file) is not None)

    def edits(self, file: FileModel, names: dict[str, str], desc: str) -> list[Edit]:
        """What changes in ``file`` outside of functions: the member's declaration and the tables.

        ``names`` are the hooks' new ones; ``desc`` is how the descriptor is called.
        """
        edits: list[Edit] = []
        if file.path == self.home.path:
            edits += self._declaration(desc)
        for where, entry in self.entries:
            if where.path == file.path:
                handler = entry.handler or ""
                edits += entry_edits(file, entry, self.slot, names.get(handler, handler))
        return edits

    def _declaration(self, desc: str) -> Iterator[Edit]:
        data = self.home.unit.source.data
        new = self.slot.prepare.encode()
        yield Edit(*self.declared, new)
        named = re.search(rb"\*\s*\w+\s*$", data[slice(*self.parameter)]) is not None
        yield Edit(*self.parameter, f"struct vm_area_desc *{desc if named else ''}".encode())
        above = data.rfind(b"*/", 0, self.start)
        begin = data.rfind(b"/*", 0, above)
        if begin >= 0 and not data[above + 2 : self.start].strip():
            for found in re.finditer(rb"@%s\b(?=:)" % self.slot.member.encode(), data[begin:above]):
                yield Edit(begin + found.start() + 1, begin + found.end(), new)


def private_slot(project: Project, file: FileModel, struct: str, member: str) -> PrivateSlot | None:
    """The member of a struct that only the driver of ``file`` knows; None where that can't be told.

    None too where a table, a use or the declaration of the member has a shape that could not be changed.
    """
    prepare = prepare_name(member)
    alone = file.path.endswith(".c") and struct_in(file.unit.text, struct) is not None
    near = [file] if alone else _near(project, file, struct)
    homes = [one for one in near if struct_in(one.unit.text, struct) is not None]
    if prepare is None or len(homes) != 1:
        return None
    declared = _declared(homes[0], struct, member, prepare)
    if declared is None:
        return None
    start, name, parameter, types = declared
    slot = Slot(struct, member, prepare, types, types)
    entries: list[tuple[FileModel, OpsEntry]] = []
    sites: list[tuple[FileModel, MemberSite]] = []
    near = [file] if alone else _near(project, file, member)
    if _is_used_around(project, near, struct, member):
        return None
    for one in near:
        if not _is_plain(one, struct, member):
            return None
        for entry in one.entries():
            if entry.member != member or entry.struct not in (struct, None):
                continue
            if entry.struct is None or entry.form is EntryForm.MACRO or entry.handler is None:
                return None
            entries.append((one, entry))
        for site in member_sites(one, member):
            if site.struct is None:
                return None
            if site.struct != struct or site.text.text(site.token + 1) == b"=":
                continue
            if call_arguments(site, one) is None and not is_tested(site):
                return None
            sites.append((one, site))
    hooks: dict[tuple[str, int], tuple[FileModel, Function]] = {}
    for one, entry in entries:
        if entry.handler == "NULL":
            continue
        found = one.definitions(entry.handler or "")
        if not found or not all(slot.fits(function) for _, function in found):
            return None
        hooks |= {(where.path, function.name_start): (where, function) for where, function in found}
    if not hooks or _is_placed(project, file, alone, slot):
        return None
    # Asked last, as the answer may take a look at the whole tree.
    if not alone and (
        _is_known_outside(project, homes[0], struct) or _is_used_outside(project, homes[0], struct, member)
    ):
        return None
    return PrivateSlot(
        slot, homes[0], start, name, parameter, tuple(entries), tuple(hooks.values()), tuple(sites)
    )


def _is_used_around(project: Project, files: Sequence[FileModel], struct: str, member: str) -> bool:
    """Whether what ``files`` include, or what includes them, may use the member: a test, a list of tables."""
    own = {one.path for one in files}
    around = {each.path: each for one in files for each in (*one.headers(), *including(project, one))}
    return any(_uses(each, struct, member) for path, each in around.items() if path not in own)


def _uses(file: FileModel, struct: str, member: str) -> bool:
    return file.holds(member.encode()) and (
        any(entry.member == member and entry.struct in (struct, None) for entry in file.entries())
        or any(site.struct in (struct, None) for site in member_sites(file, member))
    )


def _is_placed(project: Project, file: FileModel, alone: bool, slot: Slot) -> bool:
    """Whether a function that fits the member stands in an initialiser without a member's name.

    Whose the initialiser is need not show: an array's, a typedef's, or one in that of another struct.
    """
    homes = [file] if alone else _near(project, file, "vm_area_struct")
    for home in homes:
        for function in home.functions_with("vm_area_struct"):
            if not slot.fits(function):
                continue
            users = [home] if function.static or alone else _near(project, file, function.name)
            if any(_stands_by_place(one.unit.code, function.name.encode()) for one in users):
                return True
    return False


def _stands_by_place(code: bytes, name: bytes) -> bool:
    for at in word_places(code, name):
        if _ELEMENT_ENDS.match(code, at + len(name)) is None:
            continue
        end = _before_casts(code, at)
        if code[end - 1 : end] in (b"{", b","):
            opener = open_bracket(code, end, _NEAR)
            if opener is not None and code[opener] == 0x7B:
                return True
    return False


def _before_casts(code: bytes, at: int) -> int:
    """The offset behind what stands before ``at``, blanks, addresses and casts left out."""
    while True:
        end = behind_text(code, at)
        opener = open_bracket(code, end - 1, _NEAR) if code[end - 1 : end] == b")" else None
        if code[end - 1 : end] == b"&":
            at = end - 1
        elif opener is not None and code[opener] == 0x28:
            at = opener
        else:
            return end


def _near(project: Project, file: FileModel, word: str) -> list[FileModel]:
    """The file, and those of its folder that have ``word``."""
    return [file, *(project.file(path) for path in project.mentioning_beside(word, file.path))]


def _is_known_outside(project: Project, home: FileModel, struct: str) -> bool:
    """Whether a file of another folder may use the struct: it names it, or includes the header."""
    path = Path(home.path)
    folder = path.resolve().parent
    root = None if project.root is None else project.root.resolve()
    if root is not None and root in folder.parents and "include" in folder.relative_to(root).parts:
        return True
    named = project.mentioning(struct, [str(path.parent)])
    if any(Path(other).resolve().parent != folder for other in named):
        return True
    return path.suffix == ".h" and next(_included_outside(project, home.path), None) is not None


def _is_used_outside(project: Project, home: FileModel, struct: str, member: str) -> bool:
    """Whether a file of another folder that has the struct by a header over its own uses the member."""
    return any(
        _uses(project.file(other), struct, member)
        for header in _headers_over(project, home.path)
        for other in _included_outside(project, header)
    )


def _headers_over(project: Project, header: str) -> list[str]:
    """The headers beside ``header`` that include it, and those that include these."""
    beside = {path: project.data(path) or b"" for path in project.beside(header) if path.endswith(".h")}
    found: list[str] = []
    pending = [header] if header.endswith(".h") else []
    while pending:
        included = _includes(pending.pop())
        more = [path for path, data in beside.items() if path not in found and included.search(data)]
        found += more
        pending += more
    return found


def _included_outside(project: Project, header: str) -> Iterator[str]:
    """The files of other folders that may include ``header``."""
    path = Path(header)
    folder = path.resolve().parent
    if project.index is None or project.root is None:
        included = _includes(header)
        for other in project.mentioning(path.stem, module_folders([str(path.parent)], [])):
            outside = Path(other).resolve().parent != folder
            if outside and included.search(project.file(other).unit.source.data):
                yield other
        return
    top, name = project.place("", header), os.fsencode(path.name)
    for other in (*project.index.quoted.get(name, ()), *project.index.angled.get(name, ())):
        if Path(f"{top}/{other}").resolve().parent != folder:
            yield f"{top}/{other}"


def _includes(header: str) -> re.Pattern[bytes]:
    name = re.escape(os.fsencode(Path(header).name))
    return re.compile(rb"#[ \t]*include[ \t]*[<\"][^>\"\n]*\b%s[>\"]" % name)


def _declared(
    home: FileModel, struct: str, member: str, prepare: str
) -> tuple[int, Range, Range, tuple[str, ...]] | None:
    """Where the struct begins, the ranges of the member's name and its VMA, the types of its parameters."""
    text = home.unit.text
    found = struct_in(text, struct)
    if found is None or prepare in found.members:
        return None
    if len(re.findall(rb"\bstruct\s+(?:__\w+\s+)?%s\s*\{" % re.escape(struct.encode()), text)) != 1:
        # Another build has another one.
        return None
    end = closing_brace(text, text.find(b"{", found.start))
    heads = list(
        re.finditer(rb"\(\s*\*\s*(%s)\s*\)\s*\(([^()]*)\)\s*;" % member.encode(), text[found.start : end])
    )
    if len(heads) != 1:
        return None
    head, base = heads[0], found.start
    types: list[str] = []
    vma: list[Range] = []
    at = base + head.start(2)
    for written in head[2].split(b","):
        start = at + len(written) - len(written.lstrip())
        stop = at + len(written.rstrip())
        at += len(written) + 1
        kind = (
            re.sub(rb"(?<=[\s*])\w+\s*$", b"", written)
            if re.search(rb"\*\s*\w+\s*$|\w\s+\w+\s*$", written)
            else written
        )
        spelled = folded(kind.decode("latin-1"))
        types.append(spelled)
        if spelled == VMA_TYPE:
            vma.append((start, stop))
    if len(vma) != 1:
        return None
    return base, (base + head.start(1), base + head.end(1)), vma[0], tuple(types)


def _typedefs(files: Iterable[FileModel], tag: bytes) -> list[bytes]:
    """The names of the struct that a typedef of ``files`` gives it."""
    short = re.compile(rb"\btypedef\s+(?:const\s+)?struct\s+%s\s+(\w+)\s*;" % tag)
    whole = re.compile(rb"\btypedef\s+struct\s+%s\s*\{[^{}]*\}\s*(\w+)\s*;" % tag)
    return [name for one in files for pattern in (short, whole) for name in pattern.findall(one.unit.code)]


def _is_plain(file: FileModel, struct: str, member: str) -> bool:
    """Whether the file uses the struct in no way that hides the member: by place, by offset, in a macro."""
    code, word, tag = file.unit.code, member.encode(), struct.encode()
    known_as = [rb"struct\s+%s" % tag, *_typedefs((file, *file.headers()), tag)]
    types = b"|".join(known_as)
    if re.search(rb"\b(?:%s)\b(?:[^;={}()*]*=|\s*\))\s*\{\s*(?:\{\s*)?(?![\s.\[{}])" % types, code):
        return False
    if re.search(rb"\boffsetof(?:end)?\s*\([^()]*,\s*%s\s*\)" % word, code):
        return False
    bare = (code[: found.start()].rstrip()[-2:] for found in re.finditer(rb"(?<![\w.>*])%s\b" % word, code))
    if not all(before.endswith((b".", b"->")) for before in bare):
        # Perhaps handed to a macro that puts it behind an arrow.
        return False
    for found in re.finditer(rb"[\w)\]]\s*(?:->|\.)\s*%s\b(?!\s*=[^=])" % word, code):
        item = file.unit.item_at(found.start())
        if item is None or item.kind not in (ItemKind.FUNCTION, ItemKind.DEFINE):
            # What a table of the file points to.
            return False
    macros = re.finditer(rb"(?m)^[ \t]*#[ \t]*define\b(?:[^\n\\]|\\.|\\\n)*", code)
    return not any(re.search(rb"(?:->|\.)\s*%s\b" % word, macro[0]) for macro in macros)
