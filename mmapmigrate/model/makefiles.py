# SPDX-License-Identifier: GPL-2.0-only
"""What the Makefiles around a file give to its compiler: folders of headers, headers in front, macros.

A flag counts wherever a Makefile spells it, in a list of its own or by a choice of the configuration: some
build may have it (Documentation/kbuild/makefiles.rst). Only what is for other objects or languages does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from os.path import normpath
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import is_file, is_there, read
from mmapmigrate.model.make_text import LARGEST, NAMES, assigned, lines
from mmapmigrate.model.spelling import top_lead

_NAMES = (*NAMES, *(f"{name}.in" for name in NAMES))
"""What kbuild reads, and what a script that configures a driver makes that of."""

_LEVELS = 4
"""Folders of a driver, from a file's own up: in the kernel hardly a file gets anything from further up."""

_DEPTH = 6
_LONGEST = 1 << 12
_MOST_FILES = 16
_MOST_VALUES = 8

_INCLUDES = re.compile(r" *[-s]?include\s+(.*)", re.S)
# See gcc(1). A value may stand apart, in quotes, or be a function of Make.
_OPTION = re.compile(
    r"""(?<![^\s"'=(,])-(D|I|include|imacros|isystem|iquote|idirafter)\s*"""
    r"""((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|[^\s"'\\])+)"""
)
_MACRO = re.compile(r"([A-Za-z_]\w*(?:\([^()]*\))?)(?:=(.*))?", re.S)
_OF_OBJECT = re.compile(r"CFLAGS_(\S+)\.o")
_NOT_C = re.compile(
    r"(?i)(?:k?build_)?(?:host|user)\w*flags|(?:\S*[-_])?k?(?:as|a|ld|rust)flags|\S*remove[-_]"
)
_VARIABLE = re.compile(r"\$(?:\(([^()${}\s,]+)\)|\{([^()${}\s,]+)\}|([A-Z]))")
_CALL = re.compile(r"\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\$\{[^{}]*\}")
_SEARCHED = ("I", "idirafter", "iquote", "isystem")
_IN_FRONT = ("imacros", "include")
# The folder of the Makefile, for who builds there.
_AT_FOLDER, _AT_TOP = "\0", "\1"
_MARKS = re.compile(f"([{_AT_FOLDER}{_AT_TOP}])")
_HERE = frozenset({"CURDIR", "KBUILD_EXTMOD", "M", "PWD", "obj", "src"})


class Given(Struct, frozen=True):
    """What some build of a file gets: ``folders`` by -I, ``headers`` by -include, ``macros`` by -D.

    Each Makefile's macros are one text of ``#define``s, in the lines of the Makefile if there is room.
    """

    folders: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    macros: tuple[tuple[str, bytes], ...] = ()


class _Flag(Struct, frozen=True):
    """One option, ``of`` an object or of all; ``values`` are the macro, or the paths that may be meant."""

    makefile: str
    line: int
    of: str | None
    kind: str
    values: tuple[str, ...]


class Makefiles:
    """Reads the Makefiles of the tree at ``root``, or around code outside of one, each folder's once."""

    def __init__(self, root: Path | None) -> None:
        self._root = None if root is None else root.resolve()
        self._flags: dict[str, tuple[_Flag, ...]] = {}
        self._given: dict[tuple[str, str | None], Given] = {}

    def of(self, path: str) -> Given:
        """What the file ``path`` gets, in paths that are written like it."""
        folder, slash, name = path.rpartition("/")
        lead = folder + slash
        if lead not in self._flags:
            folders = folders_up(folder or slash or ".", self._root)
            self._flags[lead] = tuple(flag for each in folders for flag in self._read(each))
        flags, stem = self._flags[lead], name.rpartition(".")[0]
        key = (lead, stem if any(flag.of == stem for flag in flags) else None)
        if key not in self._given:
            chosen = [flag for flag in flags if flag.of in (None, key[1])]
            self._given[key] = self._together(chosen, "./" if path.startswith("./") else "")
        return self._given[key]

    def _read(self, folder: str) -> Iterator[_Flag]:
        queue = [f"{folder}/{name}" for name in _NAMES]
        variables: dict[str, list[str]] = {}
        for path in queue:
            given = list(lines(read(path, LARGEST) or b""))
            for name, value in filter(None, (assigned(text) for _, text in given)):
                variables.setdefault(name, []).append(value)
            for line, text in given:
                included = _INCLUDES.match(text)
                for value in () if included is None else included[1].split():
                    found = (one for one in self._paths(value, folder, variables) if one not in queue)
                    queue += [one for one in found if is_file(one)][: max(0, _MOST_FILES - len(queue))]
                if included is None:
                    for of, kind, value in _options(text):
                        values = (value,) if kind == "D" else (*self._paths(value, folder, variables), value)
                        yield _Flag(normpath(path), line, of, kind, values)

    def _paths(self, value: str, folder: str, variables: Mapping[str, Sequence[str]]) -> Iterator[str]:
        """The paths that ``value`` may be where Make reads it in ``folder``."""
        known: dict[str, Sequence[str]] = {**variables, **dict.fromkeys(_HERE, (_AT_FOLDER,))}
        top = self._top(folder)
        if top is not None:
            known["srctree"] = (_AT_TOP,)
        for text in _expanded(value, known):
            call = _CALL.match(text)
            if call is not None:
                # A folder that Make finds out is that of the file or one above, as a rule.
                bases, rest = list(folders_up(folder, self._root)), text[call.end() :]
            else:
                # Of several, the last one counts: $(srctree)/$(src).
                *_, mark, rest = ("", *_MARKS.split((text.split() or [""])[0]))
                bases = {_AT_FOLDER: [folder], _AT_TOP: [top or folder]}.get(mark) or (
                    [""] if rest.startswith("/") else [folder] if top is None else [top, folder]
                )
            if "$" not in rest:
                yield from (normpath(f"{base}/{rest.lstrip('/')}" if base else rest) for base in bases)

    def _top(self, folder: str) -> str | None:
        """The tree's top as it is written where paths begin with ``folder``."""
        if self._root is None:
            return None
        top = top_lead(f"{folder}/", self._root)
        return str(self._root) if top is None else (top.rstrip("/") or ".")

    def _together(self, flags: Sequence[_Flag], dot: str) -> Given:
        """What ``flags`` come to; relative paths begin with ``dot``."""

        def spelled(paths: Iterable[str]) -> tuple[str, ...]:
            return tuple(
                dict.fromkeys(one if one.startswith(("/", "..")) else f"{dot}{one}" for one in paths)
            )

        folders = [
            path
            for flag in flags
            if flag.kind in _SEARCHED
            for path in flag.values[:-1]
            if is_there(path) and not self._is_kernels(path)
        ]
        headers: list[str] = []
        texts: dict[str, list[str]] = {}
        for flag in flags:
            value = flag.values[-1]
            if flag.kind in _IN_FRONT:
                places = (*flag.values[:-1], *(normpath(f"{folder}/{value}") for folder in folders))
                headers += [path for path in places if is_file(path) and not self._is_kernels(path)][:1]
            macro = _MACRO.fullmatch(value) if flag.kind == "D" else None
            if macro is not None:
                lines = texts.setdefault(flag.makefile, [])
                lines += [""] * (flag.line - 1 - len(lines))
                body = "1" if macro[2] is None else " ".join(macro[2].split())
                lines.append(f"#define {macro[1]} {body}")
        macros = ((path, "\n".join([*lines, ""]).encode("utf-8", "replace")) for path, lines in texts.items())
        return Given(spelled(folders), spelled(headers), tuple(macros))

    def _is_kernels(self, path: str) -> bool:
        """Whether ``path`` is the kernel's folder of headers for all, or is in it."""
        if is_file(f"{path}/linux/kconfig.h"):
            return True
        inside = Path(path).resolve()
        if self._root is None or not inside.is_relative_to(self._root):
            return False
        parts = inside.relative_to(self._root).parts
        return parts[:1] == ("include",) or (parts[:1] == ("arch",) and "include" in parts)


def folders_up(folder: str, root: Path | None) -> Iterator[str]:
    """A folder and those above it that may have Makefiles of its files.

    Those below the top ``root`` of a kernel, or while they have Makefiles, but none above a repository; git
    writes to its folder at any time, but not to HEAD.
    """
    for level in range(_LEVELS):
        if root is not None and Path(folder).resolve() == root:
            return
        if root is None and level and not any(is_file(f"{folder}/{name}") for name in _NAMES):
            return
        yield folder
        if root is None and is_file(f"{folder}/.git/HEAD"):
            return
        folder = normpath(f"{folder.rstrip('/')}/..")


def _options(text: str) -> Iterator[tuple[str | None, str, str]]:
    """The options in a line that are for C: the object that they are for, their kinds and values."""
    name, _ = assigned(text) or ("", "")
    if _NOT_C.match(name):
        return
    of = _OF_OBJECT.match(name)
    for option in _OPTION.finditer(text):
        value = re.sub(r"\\(.)|[\"']", r"\1", option[2])
        while value.endswith(")") and value.count("(") < value.count(")"):
            value = value[:-1]
        yield (of and of[1].rpartition("/")[2]), option[1], value


def _expanded(value: str, variables: Mapping[str, Sequence[str]]) -> list[str]:
    """What ``value`` stands for where each variable has one of its values; other calls stay."""
    texts = [value]
    for _ in range(_DEPTH):
        done = [_once(text, variables) for text in texts]
        more = list(dict.fromkeys(one for each in done for one in each))[:_MOST_VALUES]
        if more == texts:
            break
        texts = more
    return texts


def _once(text: str, variables: Mapping[str, Sequence[str]]) -> list[str]:
    if len(text) > _LONGEST:
        return [text]
    parts: list[Sequence[str]] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        name = found[1] or found[2] or found[3]
        parts += [(text[at : found.start()],), variables.get(name) or (found[0],)]
        at = found.end()
    several = product(*(part[:_MOST_VALUES] for part in parts))
    return ["".join((*one, text[at:])) for one in islice(several, _MOST_VALUES)]
