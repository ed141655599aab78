# SPDX-License-Identifier: GPL-2.0-only
"""Tables that code puts into open files: what it swaps must be of one kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from mmapmigrate.convert.neighbours import leads_around
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.model.spelling import lead_above, lead_of


def swapped_tables(file: FileModel, project: Project) -> dict[str, str]:
    """Tables with an old hook that code near ``file`` puts into open files: name, and path of that code.

    Near is the file's folder and the one above: a core's helpers lie beside or above its users. Outside of a
    tree it is the whole module.
    """
    above = lead_above(lead_of(file.path), project.root)
    found: dict[str, str] = {}
    for lead in dict.fromkeys((*leads_around(project, file.path), above)):
        found |= {} if lead is None else _swaps_in(project, lead)
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
    named = re.findall(rb"(?:->|\.)\s*f_op\s*=\s*&\s*(\w+)", data) if path.endswith(".c") else ()
    # Each is searched for in the whole file.
    for name in dict.fromkeys(named):
        if re.search(rb"\b%s\s*=\s*\{[^}]*\.mmap\s*=" % re.escape(name), data) is not None:
            yield name.decode()
