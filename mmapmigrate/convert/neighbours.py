# SPDX-License-Identifier: GPL-2.0-only
"""Which folders hold the other files of a driver."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from mmapmigrate.disk.scan import folders
from mmapmigrate.model.makefiles import folders_up
from mmapmigrate.model.project import Project
from mmapmigrate.model.spelling import lead_of

MOST_BELOW = 1200
"""A folder with more files below it is no driver's; who includes a file there is searched for in less."""

MOST_FOLDERS = 400
"""So many folders a module outside of a tree has at most: above it may lie all that somebody owns."""


def module_folders(given: Sequence[str], headers: Sequence[str]) -> list[str]:
    """The folders of a driver outside of a kernel tree: those given, of its headers, and what builds them.

    That is each folder above with a Makefile, up to the top of the repository.
    """
    found = {place for folder in {*given, *map(_folder, headers)} for place in folders_up(folder, None)}
    tops = {Path(place).resolve(): place for place in sorted(found)}
    return sorted(place for path, place in tops.items() if not tops.keys() & set(path.parents))


def leads_around(project: Project, path: str) -> tuple[str, ...]:
    """What the paths of the files of a driver have in front, to which ``path`` belongs.

    In a tree that is the file's folder; outside of one all folders of the module, if they are not too many.
    """
    lead = lead_of(path)
    if project.root is not None:
        return (lead,)

    def read() -> tuple[str, ...]:
        found = {lead: None}
        count = 0
        for top in module_folders([_folder(path)], ()):
            below = folders(top, MOST_FOLDERS)
            if below is None:
                return (lead,)
            for place in below:
                near = f"{place}/" if lead.startswith("./") else f"{place}/".removeprefix("./")
                count += len(project.beside(near))
                if Path(place).resolve() != Path(lead or ".").resolve():
                    found[near] = None
        return tuple(found) if count <= MOST_BELOW else (lead,)

    return project.once(("leads around", lead), read)


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)
