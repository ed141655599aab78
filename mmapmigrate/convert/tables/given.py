# SPDX-License-Identifier: GPL-2.0-only
"""Tables that a struct may get whose ``->mmap`` somebody calls by hand, where nobody says which one it gets.

driver->fops = foo_get_fops();
#define FOO_DRIVER .fops = &foo_fops
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from mmapmigrate.convert.tables.initialized import initialized_tag
from mmapmigrate.kernel.api import Dispatcher
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.model.sites import member_sites
from mmapmigrate.syntax.unit import ItemKind
from mmapmigrate.syntax.words import encoded, match_before

_DEPTH = 3
_CAST = re.compile(r"\(\s*(?:const\s+)?(?:struct\s+\w+|void)\s*(?:const\s*)?\*\s*(?:const\s*)?\)")
_ADDRESS = re.compile(r"&[\s(]*+(\w++)")
_PLAIN = re.compile(r"\s*&\s*\w+\s*")
_WORD = re.compile(r"(?<![\w.])(?<!->)[A-Za-z_]\w*")
_IN_LIST = re.compile(rb"[{,]\s*\.\s*\Z")
_NO_TABLE = frozenset({"NULL", "const", "return", "sizeof", "struct"})


class Giving(Struct, frozen=True):
    """A place where a struct gets a table: one of ``named``, or any whose address is kept or handed on."""

    place: str
    named: frozenset[str]
    any_table: bool


def given_by(table: str, kept: bool, leads: Iterable[str], one: Dispatcher, project: Project) -> str:
    """Where the struct of a dispatcher may get ``table`` in a way that is not followed; "" if nowhere.

    ``kept`` tells whether something keeps or gets the table's address, ``leads`` are its driver's folders.
    """
    if one.struct is None:
        return ""
    found = (each for lead in leads for each in _givings(lead, one.struct or "", one.member, project))
    return next((each.place for each in found if table in each.named or (each.any_table and kept)), "")


def _givings(lead: str, struct: str, member: str, project: Project) -> tuple[Giving, ...]:
    def read() -> Iterator[Giving]:
        for path, _data in project.texts(lead, struct):
            yield from _in_file(project.file(path), struct, member)

    return project.once(("givings", lead, struct, member), lambda: tuple(read()))


def _in_file(file: FileModel, struct: str, member: str) -> Iterator[Giving]:
    """What a file that names ``struct`` does, and the macros that it sees."""
    unit = file.unit
    assigned: dict[int, str | None] | None = None
    for start, value in _values(unit.text, member):
        if _PLAIN.fullmatch(value):
            continue
        item = unit.item_at(start)
        if item is not None and item.kind is ItemKind.FUNCTION and not _is_listed(unit.text, start):
            if assigned is None:
                sites = member_sites(file, member, before=rb"\s*=(?!=)")
                assigned = {site.text.start(site.token): site.struct for site in sites}
            tag = assigned.get(start)
        else:
            tag = None if item is None else initialized_tag(file, item.start, start)
        if tag in (struct, None):
            yield _giving(file, file, start, value)
    for where in (file, *file.headers()):
        for macro in where.macros_spelling(member):
            for _at, value in _values(macro.body.encode("utf-8", "surrogateescape"), member):
                yield _giving(file, where, macro.name_start, value)


def _values(code: bytes, member: str) -> Iterator[tuple[int, str]]:
    """Where ``member`` of something is set, and to what."""
    set_to = rb"(?:\.|->)\s*(%s)\s*=(?!=)\s*([^,;{}]*)" % encoded(member)
    for found in re.finditer(set_to, code):
        yield found.start(1), found[2].decode("latin-1")


def _is_listed(code: bytes, start: int) -> bool:
    """Whether the member at ``start`` is one of an initialiser list."""
    return match_before(_IN_LIST, code, start) is not None


def _giving(file: FileModel, where: FileModel, at: int, value: str) -> Giving:
    """What a value may be, as ``file`` sees it, that stands in ``where``."""
    named: set[str] = set()
    any_table = False
    words = [(value, _DEPTH)]
    known = {value}
    while words:
        text, depth = words.pop()
        text = _CAST.sub("", text.rpartition("?")[2] if text.count("?") == 1 else text)
        taken = _ADDRESS.findall(text)
        named.update(taken)
        for word in _WORD.findall(text):
            if word in taken or word in _NO_TABLE:
                continue
            bodies = [macro.body for _, macro in file.macros_seen(word)] if depth else []
            words += [(body, depth - 1) for body in bodies if body not in known]
            known.update(bodies)
            any_table = any_table or not bodies
    place = f"{where.path}:{where.unit.source.position(at).line}"
    return Giving(place, frozenset(named), any_table)
