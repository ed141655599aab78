# SPDX-License-Identifier: GPL-2.0-only
"""Where a hook is defined, and which files name it.

The driver's own folder is searched; the whole tree only for what include/ declares, and for those who include
a header of the driver.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.neighbours import MOST_BELOW, leads_around, module_folders
from mmapmigrate.convert.tables.uses import is_static_fops
from mmapmigrate.disk.scan import files_in, is_file, walk
from mmapmigrate.model.discovery import SUFFIXES
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.glance import mark_of
from mmapmigrate.model.mentions import UnreadError
from mmapmigrate.model.project import Project
from mmapmigrate.model.spelling import lead_above, lead_of, top_lead
from mmapmigrate.syntax.words import encoded, has_word

_ASM = re.compile(rb"#[ \t]*include[ \t]*<(asm/[\w./-]+)>")

MOST_NAMING = 128
"""So many files that name a function are followed; a hook of Linux 7.3 has up to three, a function of the
kernel 28. Each is looked at for each of them, so that work grows with the square."""

MOST_TOGETHER = 64
"""Hooks that share helpers are converted together in so many files; in Linux 7.3 it is one. This work grows
with the square, too."""

MOST_DEFINING = 8
"""So many definitions of one function, of which each build takes another, are converted together."""


_QUOTED = re.compile(rb"include[ \t]*\"([^\"\n]*)\"")
_INCLUDABLE = re.compile(rb"[\"<]([\w./-]+\.(?:h|c|inc))[\">]")
_OTHER_SOURCES = (".S", ".s", ".inc", ".def", ".tbl", ".lds", ".rs")


class SpreadError(Exception):
    """A function is named or defined in more files than are followed; the text says which one it is."""


def given_up(path: str, line: int, error: SpreadError | UnreadError | RecursionError) -> Reason:
    """Why a hook cannot change of which a search for names, or the reading of calls, had to be given up."""
    if isinstance(error, RecursionError):
        message = "it is nested, or calls others one through another, too deeply to be followed"
        return Reason(path, line, "too-deep", message, Tier.SKELETON)
    code = "spread" if isinstance(error, SpreadError) else "unread-file"
    return Reason(path, line, code, str(error), Tier.SKELETON)


def home_of(project: Project, file: FileModel, name: str) -> FileModel:
    """The file that defines the hook ``name`` of a table in ``file``; ``file`` itself when none is found.

    A hook that is not defined where its table stands is looked for in the folder of the table and below.
    Raises SpreadError where too many files name it.
    """
    if any(function.takes_vma for function in file.functions(name)):
        return file
    homes = []
    for path in _naming_paths(project, name, [_folder(file.path)]):
        if path == file.path or not path.endswith(".c"):
            continue
        other = project.file(path)
        if any(function.takes_vma and not function.static for function in other.functions(name)):
            homes.append(other)
    return homes[0] if len(homes) == 1 else file


def named_in(project: Project, home: FileModel, name: str, asked: str) -> tuple[FileModel, ...]:
    """The other files that name the hook ``name`` of ``home``, which a table of the file ``asked`` wants.

    A static hook of a .c file has none. Else it is every file of the folders of both, and of the whole tree
    when a header of include/ declares the name, or none of those folders does, or the hook is weak and so may
    give way to another. Raises SpreadError where these are too many, or too many of them define it.
    """
    if not home.path.endswith(".h") and all(function.static for function in home.functions(name)):
        return ()
    scope = sorted({_folder(home.path), _folder(asked)})
    if project.root is None:
        scope = module_folders(scope, home.declaring(name))
    else:
        near = any(path.endswith(".h") for path in project.mentioning(name, scope))
        public = [project.place("include", home.path)]
        if not near or home.is_weak(name) or project.mentioning(name, public):
            scope = [project.place("", home.path)]
    found = tuple(file for file in _naming(project, name, scope) if file.path != home.path)
    defining = 1 + sum(any(each.takes_vma for each in file.functions(name)) for file in found)
    if defining > MOST_DEFINING:
        raise SpreadError(f"{name}() is defined in {defining} files, more than are converted together")
    return found


def named_near(project: Project, name: str, own: Sequence[FileModel]) -> tuple[FileModel, ...]:
    """The files that may name a global function which the files ``own`` define and call.

    Those of their folders and of the folders above, so that the other parts of a driver are among them; those
    of the whole tree where include/ declares the name. Raises SpreadError where these are too many.
    """
    places = [file.path for file in own]
    scope = sorted({_folder(path) for path in places})
    if project.root is None:
        scope = module_folders(scope, [path for file in own for path in file.declaring(name)])
    else:
        scope = sorted({*scope, *(above for path in scope if (above := _above(project, path)))})
        shared = [*_public_folders(project, places), *_headers_of_architectures(project, places)]
        public = [project.place(one, places[0]) for one in shared]
        if project.mentioning(name, public):
            scope = [project.place("", places[0])]
    return tuple(_naming(project, name, scope))


def including(project: Project, file: FileModel) -> tuple[FileModel, ...]:
    """The files beside ``file``, above and below, that include it: they see what is static in it."""
    base = os.fsencode(file.path.rpartition("/")[2])
    lead = lead_of(file.path)
    above = lead_above(lead, project.root)
    folders = (lead,) if above is None else (lead, above)
    found = (path for folder in folders for path in _users(project, folder).get(base, ()))
    paths = {path: None for path in found if path != file.path}
    paths |= dict.fromkeys(path for path in _users_apart(project, file.path) if path not in paths)
    return tuple(map(project.file, paths))


def _users_apart(project: Project, path: str) -> Iterator[str]:
    """The files of other folders that include the .c file ``path``, by a path with folders in it.

    The whole tree's where its index is known, else those below the folder above, or below its own one;
    outside of a tree the module's.
    """
    lead, base = lead_of(path), path.rpartition("/")[2]
    if not base.endswith(".c"):
        return
    top = None if project.root is None else top_lead(lead, project.root)
    index = None if top is None else project.known_index
    if index is not None:
        users: Sequence[str] = [f"{top}{one}" for one in index.quoted.get(os.fsencode(base), ())]
    elif project.root is not None:
        users = _users_below(project, lead).get(os.fsencode(base), ())
    else:
        leads = leads_around(project, path)
        users = [one for each in leads for one in _users(project, each).get(os.fsencode(base), ())]
    own = Path(path).resolve()
    for user in users:
        if Path(user).resolve().parent == own.parent:
            continue
        for name in _QUOTED.findall(project.data(user) or b""):
            meant = f"{lead_of(user)}{os.fsdecode(name)}"
            by_folders = os.fsdecode(name).lstrip("./")
            if Path(meant).resolve() == own or (
                not is_file(meant) and "/" in by_folders and f"/{own}".endswith(f"/{by_folders}")
            ):
                yield user
                break


def _users_below(project: Project, lead: str) -> Mapping[bytes, Sequence[str]]:
    """The files below a folder, and those beside it if they are not too many, that include a .c file."""
    above = lead_above(lead, project.root)

    def read() -> Mapping[bytes, Sequence[str]]:
        for place in dict.fromkeys((above, lead)):
            if place is None:
                continue
            paths = list(islice(walk(place or ".", SUFFIXES), MOST_BELOW + 1))
            if len(paths) <= MOST_BELOW:
                break
        else:
            return {}
        users: dict[bytes, list[str]] = {}
        for found in paths:
            path = found if place else found.removeprefix("./")
            data = project.data(path)
            if data is not None and b'.c"' in data:
                for name in {one.rpartition(b"/")[2] for one in _QUOTED.findall(data)}:
                    users.setdefault(name, []).append(path)
        return users

    return project.once(("users below", lead), read)


def _users(project: Project, lead: str) -> Mapping[bytes, Sequence[str]]:
    """The files of a folder that include one in quotes, by the last part of its name."""

    def read() -> Mapping[bytes, Sequence[str]]:
        users: dict[bytes, list[str]] = {}
        for path, data in project.texts(lead, "include"):
            for name in {one.rpartition(b"/")[2] for one in _QUOTED.findall(data)}:
                users.setdefault(name, []).append(path)
        return users

    return project.once(("users", lead), read)


def included_by_name(project: Project, file: FileModel, name: str) -> Iterator[FileModel]:
    """The files around ``file`` that it includes by a path that the build knows, and that spell ``name``.

    An -I of its Makefile leads there, or angle brackets, or a macro that stands for the path.
    """
    spelled = {os.fsdecode(found) for found in _INCLUDABLE.findall(file.unit.source.data)}
    wanted = {one.rpartition("/")[2] for one in spelled}
    own = {file.path, *(one.path for one in file.headers())}
    lead = lead_of(file.path)
    above = lead_above(lead, project.root)
    for folder in (lead, *(() if above is None else (above,))):
        for inner in ("", "include/", "inc/"):
            place = f"{folder}{inner}"
            below = (f"{place}{one}" for one in sorted(spelled) if "/" in one and is_file(f"{place}{one}"))
            for path in (*project.beside(place), *below):
                if path.rpartition("/")[2] in wanted and path not in own:
                    own.add(path)
                    if has_word(project.data(path) or b"", encoded(name)):
                        yield project.file(path)


def named_far(project: Project, name: str, known: Sequence[FileModel]) -> tuple[FileModel, ...]:
    """The files of the tree, others than those ``known``, that include a header of these for ``name``.

    Wherever the header lies, a Makefile's -I or a path with dots leads to it. Raises SpreadError where these
    are too many.
    """
    headers = [file.path for file in known if file.path.endswith(".h")]
    if project.root is None or not headers:
        return ()
    index = project.index
    if index is None:
        return ()
    top = project.place("", headers[0])
    names = {os.fsencode(header.rpartition("/")[2]) for header in headers}
    places = {
        f"{top}/{path}"
        for each in names
        for users in (index.quoted, index.angled)
        for path in users.get(each, ())
    }
    own = {Path(file.path).resolve() for file in known}
    far = sorted(path for path in places if Path(path).resolve() not in own)
    return tuple(_naming(project, name, far))


def declaring_far(project: Project, name: str, known: Sequence[FileModel]) -> tuple[FileModel, ...]:
    """The .c files of the tree, others than those ``known``, that declare a global hook for themselves."""
    if project.root is None or not known or project.index is None:
        return ()
    own = {Path(file.path).resolve() for file in known}
    word = re.escape(encoded(name))
    declared = re.compile(rb"\bextern\b[^;{}()]*\b%s\s*\(|(?:\A|[;}])\s*int\s+%s\s*\([^;{}]*;" % (word, word))
    far = [
        path
        for path in project.mentioning(name, [project.place("", known[0].path)])
        if path.endswith(".c") and Path(path).resolve() not in own
    ]
    return tuple(
        one
        for one in map(project.file, far)
        if declared.search(one.unit.text) and not any(function.static for function in one.functions(name))
    )


def naming_object(project: Project, file: FileModel, name: str, *, static: bool) -> tuple[FileModel, ...]:
    """The other files that can name an object which ``file`` defines, and do.

    For a ``static`` one those that include the file; for a global one those of the folder, those that include
    a header with its name, and those of the whole tree where a header of include/ has it, or none that
    ``file`` sees. Raises SpreadError where these are too many.
    """
    found = [one for one in including(project, file) if one.occurrences(name)]
    if static:
        known = [file]
    else:
        headers = file.declaring(name)
        known = [file, *(project.file(path) for path in headers)]
        # Where no header that the file sees declares it, any other may.
        far = project.root is not None and (not headers or any(is_public(project, path) for path in headers))
        scope = [project.place("", file.path) if far else _folder(file.path)]
        if project.root is None:
            scope = module_folders(scope, headers)
        word = encoded(name)
        found += (
            one
            for one in _naming(project, name, scope)
            if not (one.path.endswith(".c") and is_static_fops(one.unit.code, word))
        )
        if not far:
            found += _declaring_object_far(project, name, file)
        found += (one for one in known if one.path.endswith(".h"))
    found += named_far(project, name, [one for one in known if one.path.endswith(".h")])
    own = Path(file.path).resolve()
    others = {Path(one.path).resolve(): one for one in found}
    return tuple(one for path, one in others.items() if path != own)


def _declaring_object_far(project: Project, name: str, file: FileModel) -> Iterator[FileModel]:
    """The .c files of the tree that declare an object of ``file`` for themselves.

    Names that tell nothing of their kind are not searched for in a whole tree.
    """
    word = encoded(name)
    if project.root is None or mark_of(word) is None or project.index is None:
        return
    declared = re.compile(rb"\bextern\b[^;{}()]*\b%s\b" % re.escape(word))
    for path in project.mentioning(name, [project.place("", file.path)]):
        if path.endswith(".c") and declared.search(project.data(path) or b""):
            yield project.file(path)


def is_public(project: Project, path: str) -> bool:
    """Whether ``path`` is a header for the whole tree."""
    root = project.root
    inside = Path(path).resolve()
    if root is None or not inside.is_relative_to(root.resolve()):
        return False
    parts = inside.relative_to(root.resolve()).parts
    return parts[0] == "include" or (parts[0] == "arch" and "include" in parts)


def _naming(project: Project, name: str, scope: Sequence[str]) -> Iterator[FileModel]:
    """The files of ``scope`` that name a global function; none that has a static one of that name."""
    for path in _naming_paths(project, name, scope):
        file = project.file(path)
        if not path.endswith(".c") or not any(function.static for function in file.functions(name)):
            yield file


def _naming_paths(project: Project, name: str, scope: Sequence[str]) -> Sequence[str]:
    paths = project.mentioning(name, scope)
    if len(paths) > MOST_NAMING:
        raise SpreadError(f"{name}() is named in {len(paths)} files, more than are followed")
    return paths


def _public_folders(project: Project, places: Sequence[str]) -> list[str]:
    """The folders of headers for the whole tree: include/, and those of the architectures of ``places``."""
    folders = ["include"]
    for path in places:
        inside = Path(path).resolve()
        if project.root is not None and inside.is_relative_to(project.root.resolve() / "arch"):
            name = inside.relative_to(project.root.resolve()).parts[1]
            folders.append(f"arch/{name}/include")
    return sorted(set(folders))


def _headers_of_architectures(project: Project, places: Sequence[str]) -> list[str]:
    """The headers of all architectures that one of the files ``places`` may get by ``<asm/...>``."""
    root = project.root
    names = {name for path in places for name in _ASM.findall(project.data(path) or b"")}
    if root is None or not names:
        return []
    found = (header for name in names for header in root.glob(f"arch/*/include/{os.fsdecode(name)}"))
    return sorted(str(header.relative_to(root)) for header in found if header.is_file())


def _above(project: Project, folder: str) -> str | None:
    """The folder above, unless it is the tree itself."""
    above = (lead_above(f"{folder}/") or "/").rstrip("/") or "."
    root = project.root
    inside = root is not None and root.resolve() in Path(above).resolve().parents
    return above if inside else None


def naming_otherwise(project: Project, name: str, files: Iterable[FileModel]) -> str:
    """The first file beside ``files`` that names a global function and is neither .c nor .h."""
    word = encoded(name)
    for folder in sorted({_folder(file.path) for file in files}):
        for path in files_in(folder, _OTHER_SOURCES):
            data = project.data(path)
            if data is not None and has_word(data, word):
                return path
    return ""


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)
