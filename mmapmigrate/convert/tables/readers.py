# SPDX-License-Identifier: GPL-2.0-only
"""Who reads the .mmap of a table by no name of its own: an element, a member, a pointer, an open file.

Such code finds NULL where a hook was, in the table's own file or in another of its folder, outside of a tree
in any of its module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmapmigrate.convert.neighbours import leads_around
from mmapmigrate.convert.tables.members import FOPS
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.modules import Modules
from mmapmigrate.model.project import Project
from mmapmigrate.model.sites import member_sites

_IS_READ = rb"(?!\s*(?:\(|=[^=]))"
_READ = re.compile(rb"(?:->|\.)\s*mmap\b" + _IS_READ)


def readers(file: FileModel, project: Project) -> Iterator[str]:
    """Where ``file`` does, each line, and the first place in another file beside it.

    What another file reads of any open file counts where it is a part of the same driver.
    """
    own = file.once("reads .mmap", lambda: tuple(_lines(file)))
    yield from (f"line {line}" for line, _open in own)
    for lead in leads_around(project, file.path):
        for path, line, of_open in _in_folder(project, lead):
            if path != file.path and (not of_open or _is_of_driver(project, file.path, path)):
                yield f"{path}:{line}"
                return


def _in_folder(project: Project, lead: str) -> Sequence[tuple[str, int, bool]]:
    return project.once(("reads .mmap", lead), lambda: tuple(_readers(project, lead)))


def _readers(project: Project, lead: str) -> Iterator[tuple[str, int, bool]]:
    for path, data in project.texts(lead, "mmap"):
        if _READ.search(data) is not None:
            for line, of_open in _lines(project.file(path)):
                yield path, line, of_open


def _lines(file: FileModel) -> Iterator[tuple[int, bool]]:
    """The lines that read it, each with whether that is an open file's."""
    for site in member_sites(file, "mmap", before=_IS_READ):
        if (site.arrow or site.first != site.token - 2) and site.struct == FOPS:
            yield file.unit.source.position(site.start).line, site.text.text(site.token - 2) == b"f_op"


def _is_of_driver(project: Project, one: str, other: str) -> bool:
    """Whether two files of a folder are parts of one driver; of code outside of a tree that is all."""
    if project.root is None or not other.endswith(".c"):
        return True
    root = project.root.resolve()
    modules = project.once("modules", lambda: Modules(root))
    first, second = (modules.of(Path(path).resolve().relative_to(root).as_posix()) for path in (one, other))
    return first == second
