# SPDX-License-Identifier: GPL-2.0-only
"""Which module an object is linked into: what a maintainer calls one driver, and what builds have it.

A Makefile of the kernel lists the objects of a module as ``NAME-y``, ``NAME-objs`` or ``NAME-$(CONFIG_X)``
(Documentation/kbuild/makefiles.rst), some as ``NAME-objs-y``; one in no such list is a module of its own.
"""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import read

_LIST = re.compile(
    r"^[ \t]*([\w.-]+?)(?:-objs)?-(y|m|objs|\$\([^)\n]*\))[ \t]*[:+]?=[ \t]*([^#\n]*)", re.MULTILINE
)
_CHOICE = re.compile(r"^[ \t]*(?:if|else)", re.MULTILINE)
_WHOLE = ("y", "m", "objs")
_GOALS = frozenset({"obj", "lib", "subdir", "extra", "always", "hostprogs", "userprogs"})
_LARGEST = 1 << 20


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
            data = _makefile(self._root / folder)
            self._lists[folder] = {
                item: match[1]
                for match in _LIST.finditer(_joined(data))
                if match[1] not in _GOALS
                for item in match[3].split()
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
        data = _makefile(folder)
        lists = [(found[1], found[2], found[3].split()) for found in _LIST.finditer(_joined(data))]
        names = [f"{inner}{path.stem}.o" for path in (mine, theirs)]
        has = [{(base, kind) for base, kind, items in lists if name in items} for name in names]
        if all(has):
            if _CHOICE.search(_joined(data)):
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


def _makefile(folder: Path) -> bytes:
    """The text that kbuild reads in a folder: it prefers a Kbuild."""
    texts = (read(str(folder / name), _LARGEST) for name in ("Kbuild", "Makefile"))
    return next((text for text in texts if text is not None), b"")


def _joined(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\\\n", " ")
