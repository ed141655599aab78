# SPDX-License-Identifier: GPL-2.0-only
"""Which module an object is linked into: what a maintainer calls one driver.

A Makefile of the kernel lists the objects of a module as ``NAME-y``, ``NAME-objs`` or ``NAME-$(CONFIG_X)``
(Documentation/kbuild/makefiles.rst), some as ``NAME-objs-y``; one in no such list is a module of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mmapmigrate.kernel.scan import read

_LIST = re.compile(
    r"^[ \t]*([\w.-]+?)(?:-objs)?-(?:y|m|objs|\$\([^)\n]*\))[ \t]*[:+]?=[ \t]*([^#\n]*)", re.MULTILINE
)
_GOALS = frozenset({"obj", "lib", "subdir", "extra", "always", "hostprogs", "userprogs"})
_LARGEST = 1 << 20


@dataclass(frozen=True)
class Module:
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
            data = next(
                (
                    data
                    for name in ("Kbuild", "Makefile")
                    if (data := read(str(self._root / folder / name), _LARGEST)) is not None
                ),
                b"",
            )
            text = data.decode("utf-8", "replace").replace("\\\n", " ")
            self._lists[folder] = {
                item: match[1]
                for match in _LIST.finditer(text)
                if match[1] not in _GOALS
                for item in match[2].split()
                if item.endswith(".o")
            }
        return self._lists[folder]
