# SPDX-License-Identifier: GPL-2.0-only
"""Which folders hold the other files of a driver."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from mmapmigrate.disk.scan import is_file, is_there, walk
from mmapmigrate.model.discovery import SUFFIXES
from mmapmigrate.model.project import Project
from mmapmigrate.model.spelling import lead_of

MOST_BELOW = 1200
"""A folder with more files below it is no driver's; who includes a file there is searched for in less."""

_LEVELS = 3


def module_folders(folders: Sequence[str], headers: Sequence[str]) -> list[str]:
    """The folders of a driver outside of a kernel tree: those given, of its headers, and what builds them.

    That is each folder above with a Makefile, up to the top of the repository.
    """
    found = {*folders, *map(_folder, headers)}
    for folder in tuple(found):
        place = folder
        for _ in range(_LEVELS):
            if is_there(f"{place}/.git"):
                break
            place = f"{place}/.." if place.endswith("..") else ".." if place == "." else _folder(place)
            if not any(is_file(f"{place}/{name}") for name in ("Makefile", "Kbuild")):
                break
            found.add(place)
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
        paths = (one for folder in module_folders([_folder(path)], ()) for one in walk(folder, SUFFIXES))
        for count, one in enumerate(paths):
            if count == MOST_BELOW:
                return (lead,)
            place = lead_of(one)
            if Path(place).resolve() != Path(lead or ".").resolve():
                found[place if lead.startswith("./") else place.removeprefix("./")] = None
        return tuple(found)

    return project.once(("leads around", lead), read)


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)
