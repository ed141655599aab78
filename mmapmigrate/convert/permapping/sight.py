# SPDX-License-Identifier: GPL-2.0-only
"""Whether text that one file could hold means the same in another, and builds there.

Each name that the text takes from around it must be of a header that both files include, or be used by the
other file already, and be neither's own. The kernel's headers need not be there to be read: where the other
file includes all of them that the first does, it sees what the first sees.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from mmapmigrate.model.file import FileModel

_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*<([^>\n]+)>", re.MULTILINE)
_LITERAL = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.S)
_EVERYWHERE = re.compile(r"E[A-Z0-9]+|NULL|GFP_KERNEL|true|false|vm_private_data|private_data")
"""What the headers have that define a vm_operations_struct: errnos, and the fields of file and VMA."""
_WORDS = frozenset(
    """
    bool break case char const continue default do double else enum float for goto if inline int long register
    return short signed sizeof static struct switch typedef union unsigned void volatile while
    """.split()  # noqa: SIM905 - a list of words reads as one
)


def unseen_name(text: str, own: Collection[str], here: FileModel, there: FileModel) -> str | None:
    """The first name of ``text``, written for ``here``, that ``there`` may not see or reads otherwise.

    ``own`` are names that the text declares itself.
    """
    plain = _LITERAL.sub(" ", text)
    for tag, word in re.findall(r"(?:\b(struct|union|enum)\s+)?([A-Za-z_]\w*)", plain):
        if tag and not _sees_struct(word, here, there):
            return f"{tag} {word}"
        if not tag and word not in own and word not in _WORDS and not _sees(word, here, there):
            return str(word)
    return None


def is_own(file: FileModel, word: str) -> bool:
    """Whether ``word`` is a static function, a static object or a macro of ``file`` itself."""
    if file.macros(word) or any(function.static for function in file.functions(word)):
        return True
    pattern = rb"^static\b[^;{}()]*\b%s\s*(?:[=;,\[]|__)" % re.escape(word.encode())
    return re.search(pattern, file.unit.text, re.MULTILINE) is not None


def _sees(word: str, here: FileModel, there: FileModel) -> bool:
    if _EVERYWHERE.fullmatch(word):
        return True
    if is_own(here, word) or is_own(there, word):
        return False
    return _spells(word, there) or _is_shared(word, here, there) or _includes_all(here, there)


def _sees_struct(tag: str, here: FileModel, there: FileModel) -> bool:
    """Whether a struct is the same, and known whole, in both."""
    one, other = here.types.struct(tag), there.types.struct(tag)
    if one is not None or other is not None:
        return one == other
    # Both know it from the kernel's headers, which are not at hand.
    spelled = re.search(rb"\b(?:struct|union|enum)\s+%s\b" % re.escape(tag.encode()), there.unit.text)
    return spelled is not None or _includes_all(here, there)


def _spells(word: str, file: FileModel) -> bool:
    """Whether code of ``file`` that is in each build spells ``word``."""
    return any(
        file.unit.text[at : at + len(word)] == word.encode() and not file.unit.conditions(at)
        for at in file.occurrences(word)
    )


def _is_shared(word: str, here: FileModel, there: FileModel) -> bool:
    """Whether a header of both files spells ``word``."""
    pattern = re.compile(rb"(?<!\w)%s(?!\w)" % re.escape(word.encode()))
    return any(pattern.search(header.unit.code) for header in shared_headers(here, there))


def shared_headers(here: FileModel, there: FileModel) -> list[FileModel]:
    """The headers of the driver that both files include, in the order of the first."""
    seen = {header.path for header in there.headers()}
    return [header for header in here.headers() if header.path in seen]


def _includes_all(here: FileModel, there: FileModel) -> bool:
    """Whether one file includes every header of the kernel that the other does."""
    files = [there, *shared_headers(here, there)]
    seen = {name for file in files for name in _INCLUDE.findall(file.unit.source.data)}
    return seen.issuperset(_INCLUDE.findall(here.unit.source.data))
