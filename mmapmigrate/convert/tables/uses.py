# SPDX-License-Identifier: GPL-2.0-only
"""What code does with a table that it names: one look at the text around each place that spells the name.

``code`` is a file's text without comments. A pattern made of the table's name would be searched for byte by
byte over the whole file, for each of the questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.words import behind_last, has_word, match_before, open_bracket, word_places

T = TypeVar("T")

# An element or a member may lie between a name and the member that is meant.
_STEPS = rb"(?:\s*\[[^\[\];]*\]|\s*\.\s*\w+(?=\s*[.\[]))*"
_READ = re.compile(_STEPS + rb"\s*\.\s*mmap\b(?!\s*=[^=])")
_WRITTEN = re.compile(_STEPS + rb"\s*\.\s*mmap\s*=[^=]")
_READ_BY_ADDRESS = re.compile(rb"[\s)]*\)\s*->\s*mmap\b(?!\s*(?:\(|=[^=]))")
_WRITTEN_BY_ADDRESS = re.compile(rb"[\s)]*\)\s*->\s*mmap\s*=[^=]")
_PART = re.compile(rb"\s*((?:\[[^\[\];]*\]\s*|\.\s*\w+\s*)+);")
_ENDS = re.compile(rb"\s*;")
_ENDS_OR_GOES_ON = re.compile(rb"\s*[;,]")
_IS_SET = re.compile(rb"\s*=\s*[^={\s]")
_IS_GIVEN = re.compile(rb"\s*[,)]")
_LIST = re.compile(rb"\s*=\s*\{")

# What stands before the name, up to it.
_ADDRESS = re.compile(rb"&\s*\Z")
_VALUE = re.compile(rb"=\s*+(?:\*\s*+)?\Z")
_TAKEN = re.compile(rb"(?<!\w)(\w+)\s*=\s*&\s*\Z")
_POINTED = re.compile(rb"(?:[(,?:]|(?<![\w.>])\w+\s*=|\]\s*=|\breturn\b)\s*(?:\([^(){};]*\)\s*)?&\s*\Z")
_FIRST = re.compile(rb"\{\s*(?:\([^(){};]*\)\s*)?&\s*\Z")
_NEAR = 120
_COPY = re.compile(rb"\b(?:mem(?:cpy|move)|\w*memdup\w*)\s*\([^;]*&\s*\Z")
_FOPS = re.compile(rb"\bfile_operations\s+(?:(?!file_operations\s)\w+\s+)*\Z")
_DECLARES = re.compile(rb"\bfile_operations\s+(?:\w+\s+)*\w+\s*(?:,\s*\w+\s*)*,\s*\Z")
_LISTED = re.compile(rb"[{,]\s*+\.\s*+(\w++)\s*+=\s*+(?:&\s*+)?\Z")
_STORED = re.compile(rb"(?:->|[\w\]]\s*+\.)\s*+(\w++)\s*+=\s*+(?:&\s*+)?\Z")

# By itself where a value stands: what a list or a caller gets, or one that is chosen.
_BY_VALUE = re.compile(rb"(?:(?<![=!<>])=|[?:,(]|\breturn)\s*\Z")
_VALUE_ENDS = re.compile(rb"\s*[;,)}?:]")
_CALLED = re.compile(rb"\b(\w++)\s*+\Z")
_CALLS = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")
_NO_COPY = re.compile(rb"sizeof|_*typeof\w*|ARRAY_SIZE|[A-Z][A-Z0-9_]*|if|while|switch|for")

_FOLLOWED = re.compile(rb"=\s*\*\s*(\w+)\s*;")


def asked(question: Callable[[bytes, bytes], T], file: FileModel, name: bytes) -> T:
    """What ``question`` says of the table ``name`` in the code of ``file``; it is asked once.

    A hook may be set a thousand times for one table.
    """
    return file.once((question, name), lambda: question(file.unit.code, name))


def reads_mmap(code: bytes, name: bytes) -> bool:
    """Whether ``name.mmap`` is read, or ``(&name)->mmap`` and not called."""
    return _names_mmap(code, name, _READ, _READ_BY_ADDRESS)


def sets_mmap(code: bytes, name: bytes) -> bool:
    """Whether ``name.mmap`` is set, or ``((struct file_operations *)&name)->mmap``."""
    return _names_mmap(code, name, _WRITTEN, _WRITTEN_BY_ADDRESS)


def _names_mmap(code: bytes, name: bytes, plain: re.Pattern[bytes], by_address: re.Pattern[bytes]) -> bool:
    return any(
        plain.match(code, at + len(name))
        or (by_address.match(code, at + len(name)) and match_before(_ADDRESS, code, at))
        for at in word_places(code, name)
    )


def is_fops(code: bytes, name: bytes) -> bool:
    """Whether ``code`` declares ``name`` as a ``struct file_operations``."""
    return any(match_before(_FOPS, code, at) for at in word_places(code, name))


def is_static_fops(code: bytes, name: bytes) -> bool:
    """Whether ``code`` declares it so, and static."""
    return any(
        has_word(code, b"static", behind_last(code, fops.start(), b";{}()"), fops.start())
        for at in word_places(code, name)
        if (fops := match_before(_FOPS, code, at)) is not None
    )


def fops_list(code: bytes, name: bytes) -> int | None:
    """The offset of the ``{`` that opens the first initialiser of the ``struct file_operations name``."""
    for at in word_places(code, name):
        opened = _LIST.match(code, at + len(name))
        if opened is not None and match_before(_FOPS, code, at):
            return opened.end() - 1
    return None


def is_handed_on(code: bytes, name: bytes) -> bool:
    """Whether a call gets the address of ``name``, which no declaration here calls const."""
    given = any(
        _IS_GIVEN.match(code, at + len(name)) and match_before(_ADDRESS, code, at)
        for at in word_places(code, name)
    )
    return given and not is_const(code, name)


def is_const(code: bytes, name: bytes) -> bool:
    """Whether a declaration here calls ``name`` const."""
    return any(
        code[at - 1 : at].isspace() and has_word(code, b"const", behind_last(code, at, b";{}()"), at)
        for at in word_places(code, name)
    )


def handed_to(code: bytes, name: bytes) -> frozenset[bytes]:
    """The functions and macros that get the address of ``name`` in their arguments."""
    return frozenset(
        called
        for at in word_places(code, name)
        if match_before(_ADDRESS, code, at)
        for called in _CALLS.findall(code, behind_last(code, at, b";{}"), at)
    )


def is_pointed_to(code: bytes, name: bytes) -> bool:
    """Whether a variable, an element, an argument or a caller gets the address of ``name``."""
    return any(
        match_before(_POINTED, code, at) or _FIRST.search(code, max(0, at - _NEAR), at)
        for at in word_places(code, name)
    )


def is_copied(code: bytes, name: bytes) -> bool:
    """Whether a table is copied from or to another as a whole."""
    pointers: set[bytes] = set()
    for at in word_places(code, name):
        end = at + len(name)
        if _IS_SET.match(code, end) and code[at - 1 : at] not in (b".", b">", b"*"):
            return True
        if _ENDS.match(code, end):
            if match_before(_VALUE, code, at):
                return True
            taken = match_before(_TAKEN, code, at)
            if taken is not None:
                pointers.add(taken[1])
        if _VALUE_ENDS.match(code, end) and _is_value(code, at):
            return True
        part = _PART.match(code, end)
        if part is not None and match_before(_VALUE, code, at):
            members = re.findall(rb"\w+", re.sub(rb"\[[^]]*\]", b"", part[1]))
            if is_fops(code, members[-1] if members else name):
                return True
        if match_before(_ADDRESS, code, at) and _COPY.search(code, behind_last(code, at, b";"), at):
            return True
    return bool(pointers) and any(found[1] in pointers for found in _FOLLOWED.finditer(code))


def _is_value(code: bytes, at: int) -> bool:
    """Whether the name at ``at`` stands there as the struct itself: no declaration, nor given to a macro."""
    if not match_before(_BY_VALUE, code, at) or match_before(_DECLARES, code, at):
        return False
    place = open_bracket(code, at, _NEAR, b"{};")
    called = None if place is None else _CALLED.search(code, behind_last(code, place, b"(),;{}"), place)
    return called is None or _NO_COPY.fullmatch(called[1]) is None


def pointers_to(code: bytes, name: bytes) -> tuple[bytes, ...]:
    """The variables that are set to the address of ``name``."""
    places = (at for at in word_places(code, name) if _ENDS_OR_GOES_ON.match(code, at + len(name)))
    taken = (match_before(_TAKEN, code, at) for at in places)
    variables = (
        found[1]
        for found in taken
        if found is not None and code[found.start() - 1 : found.start()] not in (b".", b">")
    )
    # Each is searched for in the whole file.
    return tuple(dict.fromkeys(variables))


def uses_through(code: bytes, pointer: bytes) -> Iterator[re.Match[bytes]]:
    """Where ``pointer->mmap`` is named; the first group is there where it is set."""
    return re.finditer(rb"(?<![\w.>])%s\s*->\s*mmap\b\s*(=(?!=))?" % re.escape(pointer), code)


def listed_members(code: bytes, name: bytes) -> Iterator[tuple[int, bytes]]:
    """The members of initialiser lists that hold the address of ``name``, each with where it begins."""
    for at in word_places(code, name):
        found = _LISTED.search(code, behind_last(code, at, b";}"), at)
        if found is not None:
            yield found.start(), found[1]


def stored_members(code: bytes, name: bytes) -> frozenset[bytes]:
    """The members that statements set to the address of ``name``."""
    members: set[bytes] = set()
    end = 0
    for at in word_places(code, name):
        found = _STORED.search(code, max(end, behind_last(code, at, b";{}")), at)
        if found is not None:
            members.add(found[1])
            end = at + len(name)
    return frozenset(members)
