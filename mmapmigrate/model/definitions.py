# SPDX-License-Identifier: GPL-2.0-only
"""Where a function or an object is defined that a file names and does not define: in its driver's files.

Only names in question are searched for, and only near the file: in the headers that it includes by a quoted
name, in its own folder, and in the folders of the headers that declare the name. A definition counts when the
compiler or the linker must take it: a function of a header that is included, or the one global function whose
file includes a header that the caller includes too, and that spells the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from mmapmigrate.disk.scan import is_file, walk
from mmapmigrate.model.file import Definition, FileModel
from mmapmigrate.model.functions import Function
from mmapmigrate.model.makefiles import Makefiles
from mmapmigrate.model.spelling import lead_above
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit
from mmapmigrate.syntax.words import behind_last, encoded, has_word, match_before, word_places

VISIBLE_LIMIT = 120
"""How many files are followed from one file's quoted includes."""

FOLDER_LIMIT = 1200
"""A folder with more files than this is no driver's."""

HELD_BYTES = 8 << 20
"""How much text is kept between questions."""

_PARENTS = 4
_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]", re.MULTILINE)
_WEAK = re.compile(rb"(?<!\w)(?:__weak|weak|__weak__)(?!\w)")
_STOP = re.compile(rb"[;{}]")
_POINTER = re.compile(rb"\(\s*\*\s*(?:\w+\s+)*\Z")
_CLOSER = re.compile(rb"\s*[)\[]")
_OPENER = re.compile(rb"\s*\(")
_PAREN = re.compile(rb"[()]")
_LONGEST_LIST = 4096
_DEFINE = re.compile(
    # What is no more than a number does nothing, and is most of what the headers of large drivers define:
    # all but what the kernel has by that name.
    rb"^[ \t]*#[ \t]*define[ \t]+(?=(?:PAGE|VM)_"
    rb"|\w++(?![ \t]+\(?(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\)?[ \t]*(?:/[/*].*)?$))(\w+)",
    re.MULTILINE,
)
_BEFORE_BODY = re.compile(rb"(?>(?:\s++|/\*(?>.*?\*/)|//[^\n]*+|\b__?\w++(?:\s*+\([^();{}]*+\))?)*)\{", re.S)


class Definitions:
    """Finds definitions for the files of one project.

    ``open_file`` gives the model of a path, ``read`` its bytes, or None when it cannot be read.
    """

    def __init__(
        self,
        root: Path | None,
        open_file: Callable[[str], FileModel],
        read: Callable[[str], bytes | None],
        siblings: Callable[[str], Sequence[str]],
    ) -> None:
        self._root = root
        self._open = open_file
        self._read = read
        self._siblings = siblings
        self._texts: dict[str, bytes] = {}
        self._below: dict[str, tuple[str, ...]] = {}
        self._held = 0
        self._visible: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._found: dict[tuple[str, str], tuple[tuple[str, int], ...]] = {}
        self._rivals: dict[tuple[str, str], tuple[tuple[str, int], ...]] = {}
        self._defined: dict[str, frozenset[bytes]] = {}
        self._makefiles = Makefiles(root)
        self._placed: dict[tuple[tuple[str, ...], str], str | None] = {}
        self._by_build: dict[tuple[str, bytes], FileModel] = {}

    def of(self, file: FileModel, name: str) -> tuple[Definition, ...]:
        """The definitions, outside of ``file``, of the function that a call of ``name`` in it runs.

        Several where the preprocessor chooses. None when there is none, when a macro of that name is in
        sight, or when two files could be meant.
        """
        key = (file.path, name)
        if key not in self._found:
            try:
                found = self._search(file, name)
            except OSError:
                found = ()
            self._found[key] = tuple((where.path, function.name_start) for where, function in found)
            return found
        return self._at(self._found[key], name)

    def rivals(self, file: FileModel, name: str) -> tuple[Definition, ...]:
        """The definitions of which of() cannot tell which one a call runs: each build takes another."""
        self.of(file, name)
        return self._at(self._rivals.get((file.path, name), ()), name)

    def _at(self, places: Sequence[tuple[str, int]], name: str) -> tuple[Definition, ...]:
        # Only places are kept: a model may have been dropped since.
        return tuple(
            (where, function)
            for where, start in ((self._open(path), start) for path, start in places)
            for function in where.functions(name)
            if function.name_start == start
        )

    def holders(self, file: FileModel, name: str) -> tuple[FileModel, ...]:
        """The other files that may define the global object that ``name`` of ``file`` is.

        Headers that ``file`` includes, and .c files that include a header with the name as ``file`` does;
        where ``file`` declares it itself, any near .c file. None when a macro of that name is in sight.
        """
        word = name.encode("utf-8", "surrogateescape")
        declaring = self._declaring(file.path, file.unit.source.data, word)
        headers = [self._open(path) for path in self.headers_of(file) if path in declaring]
        if file.macros(name) or any(header.macros(name) for header in headers):
            return ()
        own = _declares_object(file.unit.code, word)
        if not declaring and not own:
            return ()
        try:
            near = [path for path in self._candidates(file.path, declaring) if word in self._text(path)]
        except OSError:
            return tuple(headers)
        homes = [path for path in near if own or declaring & self._declaring(path, self._text(path), word)]
        return (*headers, *(self._open(path) for path in homes))

    def beside(self, file: FileModel, word: str) -> tuple[FileModel, ...]:
        """The other .c files of the folder of ``file`` that spell ``word``; none when it cannot be read."""
        try:
            paths = [path for path in self._siblings(file.path) if path.endswith(".c")]
        except OSError:
            return ()
        return tuple(self._open(path) for path in paths if has_word(self._text(path), encoded(word)))

    def is_weak(self, file: FileModel, name: str) -> bool:
        """Whether ``file``, or a header that it sees, makes its function ``name`` weak."""
        codes = [file.unit.code, *map(self._text, self.declaring(file, name))]
        return any(_is_weak(file, function) for function in file.functions(name)) or any(
            _declares_weak(code, encoded(name)) for code in codes
        )

    def declaring(self, file: FileModel, name: str) -> tuple[str, ...]:
        """The headers ``file`` sees that spell ``name``; of the kernel's those it names itself."""
        return tuple(sorted(self._declaring(file.path, file.unit.source.data, encoded(name))))

    def headers_of(self, file: FileModel) -> tuple[str, ...]:
        """The files that ``file`` includes by a quoted name, and those that these do, nearest first."""
        return self._sight(file.path, file.unit.source.data)[0]

    def headers_seen(self, file: FileModel) -> tuple[FileModel, ...]:
        """The models of ``headers_of()``, and of what Makefiles define."""
        return (*map(self._open, self.headers_of(file)), *self._built_with(file))

    def defining(self, file: FileModel, name: str) -> tuple[FileModel, ...]:
        """Those of ``headers_seen()`` that define the macro ``name``, but as a mere number of its own."""
        word = encoded(name)
        headers = [self._open(path) for path in self.headers_of(file) if word in self._macro_names(path)]
        built = (one for one in self._built_with(file) if word in _DEFINE.findall(one.unit.source.data))
        return (*headers, *built)

    def of_kernel(self, file: FileModel, name: str) -> tuple[Definition, ...]:
        """The functions ``name`` in headers of the kernel that ``file``, or a header of its, names itself."""
        angled = self._sight(file.path, file.unit.source.data)[1]
        holding = (self._open(path) for path in angled if has_word(self._text(path), encoded(name)))
        return tuple((header, function) for header in holding for function in header.functions(name))

    def _built_with(self, file: FileModel) -> tuple[FileModel, ...]:
        """The macros that Makefiles define for ``file``, each Makefile's as if a header had them."""
        given = self._makefiles.of(file.path).macros
        for each in given:
            if each not in self._by_build:
                self._by_build[each] = FileModel(SourceUnit(SourceFile(*each)))
        return tuple(self._by_build[each] for each in given)

    def _macro_names(self, path: str) -> frozenset[bytes]:
        known = self._defined.get(path)
        if known is None:
            known = self._defined[path] = frozenset(_DEFINE.findall(self._text(path)))
        return known

    def _search(self, file: FileModel, name: str) -> tuple[Definition, ...]:
        word = name.encode("utf-8", "surrogateescape")
        if _is_pointer(file.unit.code, word):
            return ()
        declaring = self._declaring(file.path, file.unit.source.data, word)
        inline: list[Definition] = []
        for path in self.headers_of(file):
            if path not in declaring:
                continue
            header = self._open(path)
            if header.macros(name) or _is_pointer(header.unit.code, word):
                return ()
            inline += [(header, function) for function in header.functions(name)]
        own = file.functions(name)
        if own:
            return tuple(inline) if not any(function.static for function in own) else ()
        homes: list[list[Definition]] = []
        if not declaring and not _declares(file.unit.code, word):
            return tuple(inline)
        for path in self._candidates(file.path, declaring):
            data = self._text(path)
            if not _may_define(data, word):
                continue
            other = self._open(path)
            functions = other.functions(name)
            found = [(other, one) for one in functions if not one.static]
            if found and len(found) < len(functions):
                return ()
            own_word = declaring & self._declaring(path, data, word)
            if not found or not (own_word or _declares(file.unit.code, word)):
                continue
            if any(function.conditions for _, function in found) and any(map(self._public, declaring)):
                # What the kernel declares for all may have another definition for some architecture.
                return ()
            homes.append(found)
        if len(homes) > 1:
            several = [one for home in homes for one in home]
            self._rivals[file.path, name] = tuple((where.path, one.name_start) for where, one in several)
            return ()
        found = [*inline, *(one for home in homes for one in home)]
        # A prototype that says weak makes each definition that sees it weak.
        codes = [file.unit.code, *(where.unit.code for where, _ in found), *map(self._text, declaring)]
        weak = any(_is_weak(where, function) for where, function in found) or any(
            _declares_weak(code, word) for code in codes
        )
        return () if weak else tuple(found)

    def _candidates(self, path: str, declaring: set[str]) -> Sequence[str]:
        """The .c files that may define a global function of that name."""
        places = {str(PurePosixPath(one).parent): one for one in sorted(declaring) if not self._public(one)}
        places[str(PurePosixPath(path).parent)] = path
        files: dict[str, None] = {}
        for one in places.values():
            files.update(dict.fromkeys(self._near(one)))
        files.pop(path, None)
        return sorted(files)

    def _near(self, path: str) -> tuple[str, ...]:
        """The .c files of the folder of ``path`` and below; those of the folder alone where that are many."""
        folder = path.rpartition("/")[0]
        if folder not in self._below:
            found: list[str] = []
            for one in walk(folder or ".", (".c",)):
                found.append(one if folder else one.removeprefix("./"))
                if len(found) > FOLDER_LIMIT:
                    found = [each for each in (*self._siblings(path), path) if each.endswith(".c")]
                    break
            self._below[folder] = tuple(found if len(found) <= FOLDER_LIMIT else ())
        return self._below[folder]

    def _public(self, path: str) -> bool:
        return self._root is not None and path.startswith(f"{self._root}/include/")

    def _declaring(self, path: str, data: bytes, word: bytes) -> set[str]:
        """The files that a text includes, itself or through quoted includes, and that spell ``word``."""
        quoted, angled = self._sight(path, data)
        seen = {*quoted, *angled}
        return {one for one in seen if has_word(self._text(one), word)}

    def _sight(self, path: str, data: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The files of quoted includes from ``path`` on, and the headers of the kernel that these name.

        What the kernel's headers include is not followed.
        """
        known = self._visible.get(path)
        if known is None:
            quoted: dict[str, None] = {}
            angled: dict[str, None] = {}
            given = self._makefiles.of(path)
            quoted.update(dict.fromkeys(given.headers))
            # What builds a driver outside of a tree may not be there.
            own = path.rpartition("/")[0]
            inner = f"{own}/include" if own else "include"
            around = given.folders if self._root is not None else (*given.folders, own, inner)
            queue = [(path, data), *((header, self._text(header)) for header in given.headers)]
            while queue and len(quoted) < VISIBLE_LIMIT:
                here, text = queue.pop(0)
                for mark, spelled in _INCLUDE.findall(text):
                    name = spelled.decode("utf-8", "surrogateescape")
                    if mark == b"<":
                        if self._root is not None:
                            angled[f"{self._root}/include/{name}"] = None
                        found = self._in_folders(around, name)
                    else:
                        found = self._locate(here, name) or self._in_folders(given.folders, name)
                    if found is not None and found not in quoted and found != path:
                        quoted[found] = None
                        queue.append((found, self._text(found)))
            known = self._visible[path] = tuple(quoted), tuple(angled)
        return known

    def _text(self, path: str) -> bytes:
        """The bytes of a file, kept for the next question: it is about the same files, as a rule."""
        text = self._texts.get(path)
        if text is None:
            text = self._read(path) or b""
            if self._held > HELD_BYTES:
                self._texts.clear()
                self._held = 0
            self._texts[path] = text
            self._held += len(text)
        return text

    def _in_folders(self, folders: tuple[str, ...], name: str) -> str | None:
        """The file that an include means by the folders that a Makefile names."""
        key = (folders, name)
        if key not in self._placed:
            places = (_joined(folder, name) for folder in folders)
            self._placed[key] = next((place for place in places if is_file(place)), None)
        return self._placed[key]

    def _locate(self, path: str, name: str) -> str | None:
        """The file that a quoted include means: beside ``path``, or in a folder above (-I of a Makefile)."""
        folder = path.rpartition("/")[0]
        for _ in range(_PARENTS):
            place = _joined(folder, name)
            if is_file(place):
                return place
            if folder == str(self._root):
                return None
            above = lead_above(f"{folder}/" if folder else "", self._root if folder in ("", ".") else None)
            if above is None:
                return None
            folder = above.rstrip("/")
        return None


def _joined(folder: str, name: str) -> str:
    """A path in the manner of ``folder``, without the ``..`` that an include may have."""
    while name.startswith("../") and folder and not folder.endswith(".."):
        folder, name = folder.rpartition("/")[0], name[3:]
    return f"{folder}/{name}" if folder else name


def _may_define(data: bytes, word: bytes) -> bool:
    """Whether what follows one of the ``word``s in ``data`` can be a parameter list and a body."""
    for at in word_places(data, word):
        opener = _OPENER.match(data, at + len(word))
        if opener is None:
            continue
        depth = 1
        for mark in _PAREN.finditer(data, opener.end(), opener.end() + _LONGEST_LIST):
            depth += 1 if mark[0] == b"(" else -1
            if depth == 0:
                if _BEFORE_BODY.match(data, mark.end()):
                    return True
                break
    return False


def _is_pointer(code: bytes, word: bytes) -> bool:
    """Whether ``code`` declares a pointer to a function of that name."""
    return any(
        _CLOSER.match(code, at + len(word)) and match_before(_POINTER, code, at)
        for at in word_places(code, word)
    )


def _declares(code: bytes, word: bytes) -> bool:
    """Whether ``code`` has a prototype of its own for the function."""
    if b"extern" not in code or word not in code:
        return False
    return re.search(rb"\bextern\b[^;{}]*\b%s\s*\(" % re.escape(word), code) is not None


def _declares_object(code: bytes, word: bytes) -> bool:
    """Whether ``code`` has a declaration of its own for the object."""
    return re.search(rb"\bextern\b[^;{}()]*\b%s\s*;" % re.escape(word), code) is not None


def _is_weak(file: FileModel, function: Function) -> bool:
    head = file.unit.code[function.item.start : function.body.start_byte]
    return b"__weak" in head or b"weak" in re.findall(rb"\w+", head)


def _declares_weak(code: bytes, word: bytes) -> bool:
    """Whether ``code`` has a prototype of the function that makes it weak, or a pragma that does."""
    if b"weak" not in code or word not in code:
        return False
    for at in word_places(code, word):
        opener = _OPENER.match(code, at + len(word))
        if opener is None:
            continue
        # What a pragma or a prototype says stands between two of these.
        stop = _STOP.search(code, opener.end())
        limit = len(code) if stop is None else stop.start()
        if _WEAK.search(code, behind_last(code, at, b";{}"), at):
            return True
        closer = code.find(b")", opener.end(), limit)
        if closer >= 0 and code[limit : limit + 1] == b";" and _WEAK.search(code, closer + 1, limit):
            return True
    return False
