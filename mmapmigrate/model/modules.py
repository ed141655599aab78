# SPDX-License-Identifier: GPL-2.0-only
"""Which module an object is linked into: what a maintainer calls one driver, and what builds have it.

A Makefile of the kernel lists the objects of a module as ``NAME-y``, ``NAME-objs`` or ``NAME-$(CONFIG_X)``
(Documentation/kbuild/makefiles.rst), some as ``NAME-objs-y``; one in no such list is a module of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import read
from mmapmigrate.model.make_text import LARGEST, NAMES, assigned, lines

_LIST = re.compile(r"([\w.-]+?)(?:-objs)?-(y|m|objs|(?:\$\([^()]*\))+)")
_CHOICE = re.compile(r" *(?:if|else)")
_WHOLE = ("y", "m", "objs")
_GOALS = frozenset({"obj", "lib", "subdir", "extra", "always", "hostprogs", "userprogs"})


class Module(Struct, frozen=True):
    """``name`` as its .ko is called; ``folder`` is that of the Makefile which says so, else the file's."""

    folder: str
    name: str


class Modules:
    """Reads the Makefiles of the tree at ``root``, each once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lists: dict[str, dict[str, str]] = {}

    def of(self, path: str) -> Module:
        """The module that the .c file ``path``, relative to the root, becomes a part of."""
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0] or name
        wanted, at = f"{stem}.o", folder
        while True:
            module = self._objects(at).get(wanted)
            if module is not None:
                return Module(at, module)
            if not at:
                return Module(folder, stem)
            at, _, last = at.rpartition("/")
            wanted = f"{last}/{wanted}"

    def _objects(self, folder: str) -> dict[str, str]:
        """Object to module, as the Makefile of ``folder`` lists them; kbuild prefers a Kbuild."""
        if folder not in self._lists:
            self._lists[folder] = {
                item: name
                for name, _kind, items in _lists(_makefile(self._root / folder))
                if name not in _GOALS
                for item in items
                if item.endswith(".o")
            }
        return self._lists[folder]


def comes_with(one: str, other: str, root: Path | None) -> bool | None:
    """Whether each build that links the .c file ``one`` links ``other`` into the same: by their Makefiles.

    None where no Makefile (of their folder, or of one above in the tree at ``root``) lists both, or one that
    does makes choices of its own.
    """
    mine, theirs = Path(one), Path(other)
    if mine.resolve().parent != theirs.resolve().parent:
        return None
    folder, inner = mine.parent, ""
    while True:
        given = _makefile(folder)
        lists = list(_lists(given))
        names = [f"{inner}{path.stem}.o" for path in (mine, theirs)]
        has = [{(base, kind) for base, kind, items in lists if name in items} for name in names]
        if all(has):
            if any(map(_CHOICE.match, given)):
                return None
            return all(
                any(base == also and (kind == same or same in _WHOLE) for also, same in has[1])
                for base, kind in has[0]
            )
        if any(has):
            return False
        if root is None or folder.resolve() == root.resolve() or folder == folder.parent:
            return None
        inner, folder = f"{folder.resolve().name}/{inner}", folder.resolve().parent


def _makefile(folder: Path) -> list[str]:
    """The lines that kbuild reads in a folder."""
    texts = (read(str(folder / name), LARGEST) for name in NAMES)
    return [line for _, line in lines(next((text for text in texts if text is not None), b""))]


def _lists(given: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """The lists of objects among lines: the module's name, which list of it, and what that holds."""
    for name, value in filter(None, map(assigned, given)):
        found = _LIST.fullmatch(name)
        if found is not None:
            yield found[1], found[2], value.split()
