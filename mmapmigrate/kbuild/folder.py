# SPDX-License-Identifier: GPL-2.0-only
"""Build folders: where a kernel was configured, and which target of its make a file is.

Source: Documentation/kbuild/kbuild.rst (O=, W=), Documentation/kbuild/modules.rst (M=).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import read

_LARGEST = 1 << 20
"""Bytes of a Makefile that is read."""

_MODULE_MAKEFILES = ("Kbuild", "Makefile")


class BuildFolderError(Exception):
    """The folder cannot build kernel objects; the message says why, in one line."""


class Target(Struct, frozen=True):
    """One object: ``make -C folder arguments name`` builds it; ``object`` is where it is then."""

    source: Path
    name: str
    arguments: tuple[str, ...]
    object: Path


class BuildFolder(Struct, frozen=True):
    """A configured kernel: make runs in ``path``; ``source`` is the tree (or the headers) that it builds."""

    path: Path
    source: Path

    @classmethod
    def open(cls, name: str) -> BuildFolder:
        """The build folder ``name``; raises BuildFolderError when it is none."""
        # Path.resolve() raises for a link that leads round in a circle.
        path = Path(os.path.realpath(name))
        if not path.is_dir():
            raise BuildFolderError(f"{name}: not a folder")
        if not (path / ".config").is_file() or not (path / "Makefile").is_file():
            raise BuildFolderError(
                f"{name}: not a configured kernel build folder (.config or Makefile is missing)"
            )
        if not (path / "include/config/auto.conf").is_file():
            raise BuildFolderError(f"{name}: not prepared: run `make -C {name} modules_prepare` first")
        source = path / "source"
        return cls(path, source.resolve() if source.is_dir() else path)

    def target(self, path: Path) -> Target | None:
        """The target of a C file: in the tree of this folder, or in a module's folder of its own."""
        real = path.resolve()
        name = f"{real.stem}.o"
        if self.source in real.parents:
            relative = real.relative_to(self.source).with_suffix(".o")
            return Target(real, goal(self.source, relative), (), self.path / relative)
        module = _module_folder(real)
        if module is None:
            return None
        relative = real.relative_to(module).with_name(name)
        return Target(real, str(relative), (f"M={module}",), module / relative)


def goal(source: Path, relative: Path) -> str:
    """What make calls the object ``relative`` of the tree ``source``.

    A folder whose Makefile that of a folder beside it includes is built from there (amdkfd from amdgpu).
    """
    folder = relative.parent
    taken = re.compile(rf"^-?include\s.*/{re.escape(folder.name)}/Makefile\s*$", re.MULTILINE)
    for makefile in sorted((source / folder.parent).glob("*/Makefile")):
        text = _text(makefile)
        if makefile.parent.name != folder.name and taken.search(text):
            return f"{makefile.parent.relative_to(source)}/../{folder.name}/{relative.name}"
    return str(relative)


def _module_folder(path: Path) -> Path | None:
    """The folder of the module that ``path`` belongs to: the outermost whose makefile builds objects."""
    found = None
    for folder in path.parents:
        makefile = next((folder / name for name in _MODULE_MAKEFILES if (folder / name).is_file()), None)
        if makefile is None:
            if found is not None:
                break
            continue
        text = _text(makefile)
        if re.search(r"^\s*(?:obj|[\w-]+)-(?:m|y|objs|\$\(\w+\))\s*[:+]?=", text, re.MULTILINE):
            found = folder
    return found


def _text(makefile: Path) -> str:
    """What a Makefile says, nothing where it cannot be read."""
    return (read(str(makefile), _LARGEST) or b"").decode("utf-8", "replace")
