# SPDX-License-Identifier: GPL-2.0-only
"""What headers and other files make of a hook's old name, or of its new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.names import MentionKind, mentions
from mmapmigrate.convert.names.pasted import pastes, pasting
from mmapmigrate.convert.reach import including
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project

_NO_USE = (MentionKind.COMMENT, MentionKind.OTHER_NAME)


def name_reasons(
    project: Project, home: FileModel, files: Mapping[str, FileModel], handler: str, new: str
) -> Iterator[Reason]:
    """Why the hook ``handler`` of ``home`` cannot be called ``new``; ``files`` change with it.

    A header that a file sees says something else of either name, another file of the folder defines the new
    one for all, or a macro makes the old one of its parts.
    """
    functions = home.functions(handler)
    line = home.unit.source.position(functions[0].name_start).line

    def reason(code: str, message: str) -> Reason:
        return Reason(home.path, line, code, message, Tier.SKELETON)

    for path in home.declaring(handler):
        if path not in files and is_used(project.file(path), handler):
            yield reason("referred-to", f"{handler} is also named in {path}")
    for where in (one for one in home.headers() if one.path not in files):
        if where.macros(handler):
            yield reason("referred-to", f"{where.path} defines {handler} as a macro")
        elif where.macros_spelling(handler) and not where.path.endswith(".h"):
            yield reason("referred-to", f"a macro of {where.path} stands for {handler}")
    static = all(function.static for function in functions) and home.path.endswith(".c")
    seen = {path for file in files.values() for path in file.declaring(new)}
    taken = [path for path in sorted(seen - set(files)) if is_used(project.file(path), new)]
    if not static:
        taken += [
            path
            for path in _beside(project, home, new)
            if any(not f.static for f in project.file(path).functions(new))
        ]
    if taken:
        yield reason("name-taken", f"{taken[0]} already has the name {new}")
    if static:
        makes = next((one for one in (home, *including(project, home)) if pastes(one, handler)), None)
    else:
        makes = next((one for file in files.values() if (one := pasting(project, file, handler))), None)
    if makes is not None:
        yield reason("referred-to", f"a macro in {makes.path} may make the name {handler} with ##")


def is_used(file: FileModel, name: str) -> bool:
    """Whether ``file`` has ``name`` in more than comments and other names of that spelling."""
    return any(mention.kind not in _NO_USE for mention in mentions(file, name))


def _beside(project: Project, file: FileModel, name: str) -> list[str]:
    return [path for path in project.mentioning_beside(name, file.path) if path.endswith(".c")]
