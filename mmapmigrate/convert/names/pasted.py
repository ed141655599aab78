# SPDX-License-Identifier: GPL-2.0-only
"""Names that the preprocessor makes with ``##``: nobody spells them, and who renames a function misses them.

#define CALL(driver, file, vma) driver##_mmap(file, vma)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.macros import all_macros
from mmapmigrate.model.project import Project
from mmapmigrate.model.spelling import lead_of
from mmapmigrate.syntax.words import encoded, has_word

_CHAIN = re.compile(r"\b\w++(?>(?:\s*+##\s*+\w++)+)")
_PASTE = re.compile(r"(?<!\s)\s*+##\s*+")
_CALL = re.compile(rb"\b([A-Za-z_]\w*)\s*\((?=([^;{}]{0,400}))")
_WORD = re.compile(rb"\w+")
_DEPTH = 3


class _Chain(Struct, frozen=True):
    """Words that a macro pastes together, each with whether it is a parameter."""

    parts: tuple[tuple[str, bool], ...]

    def fits(self, name: str) -> bool:
        """Whether some arguments would make it ``name``."""
        return (
            re.fullmatch("".join(r"\w*" if given else word for word, given in self.parts), name) is not None
        )

    def makes(self, name: str, given: Callable[[str], bool], at: int = 0) -> bool:
        """Whether it is ``name`` from its part ``at`` on, where its parameters are words ``given``."""
        if at == len(self.parts):
            return not name
        word, parameter = self.parts[at]
        if not parameter:
            return name.startswith(word) and self.makes(name.removeprefix(word), given, at + 1)
        return any(
            self.makes(name[length:], given, at + 1) and (not length or given(name[:length]))
            for length in range(len(name) + 1)
        )


def pastes(file: FileModel, name: str) -> bool:
    """Whether a macro of ``file``, or of a header of its driver, makes ``name`` of what it is given.

    Any word that they give to any macro counts as given.
    """
    sight = (file, *file.headers())
    chains = [chain for where in sight for chain in _chains(where) if chain.fits(name)]

    def named(word: str) -> bool:
        return any(has_word(each.unit.source.data, encoded(word)) for each in sight)

    def given(word: str) -> bool:
        return any(word in _arguments(each) for each in sight)

    # What is nowhere named is given to nobody, and is found faster than what is.
    return any(chain.makes(name, named) and chain.makes(name, given) for chain in chains)


def pasting(project: Project, file: FileModel, name: str) -> FileModel | None:
    """The first .c file that makes ``name`` so: ``file``, or one beside it; None if none does."""
    if pastes(file, name):
        return file
    lead = lead_of(file.path)
    beside = project.once(("pasting", lead), lambda: tuple(_with_chains(project, lead)))
    others = (project.file(path) for path in beside if path != file.path)
    return next((one for one in others if pastes(one, name)), None)


def _with_chains(project: Project, lead: str) -> Iterator[str]:
    """The .c files of a folder that paste words together, or whose headers do."""
    for path in project.beside(lead):
        if path.endswith(".c"):
            file = project.file(path)
            if any(_chains(where) for where in (file, *file.headers())):
                yield path


def _chains(file: FileModel) -> Sequence[_Chain]:
    return file.once("pasted names", lambda: tuple(_pasted(file)))


def _pasted(file: FileModel) -> Iterator[_Chain]:
    for macro in all_macros(file.unit) if file.holds(b"##") else ():
        for chain in _CHAIN.findall(macro.body):
            yield _Chain(tuple((word, word in (macro.parameters or ())) for word in _PASTE.split(chain)))


def _arguments(file: FileModel) -> frozenset[str]:
    return file.once("macro arguments", lambda: frozenset(_given(file)))


def _given(file: FileModel) -> Iterator[str]:
    """The words that ``file`` gives to macros."""
    for call in _CALL.finditer(file.unit.code):
        if call[1].isupper() or file.macros_seen(call[1].decode()):
            for word in _WORD.findall(call[2]):
                yield word.decode()
                yield from _stands_for(file, word.decode())


def _stands_for(file: FileModel, name: str, depth: int = 0) -> Iterator[str]:
    """The words that a macro which is given to another stands for."""
    for _, macro in file.macros_seen(name) if depth < _DEPTH else ():
        if macro.parameters is None and (body := macro.body.strip()).isidentifier() and body != name:
            yield body
            yield from _stands_for(file, body, depth + 1)
