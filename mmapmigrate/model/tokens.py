# SPDX-License-Identifier: GPL-2.0-only
"""C tokens of a byte range, with their brackets matched across preprocessor arms.

A table of callbacks needs no grammar: brackets and commas say what belongs to what, every arm of a
conditional is read, and no attribute macro can make a member disappear. The text is expected to have its
comments, the contents of its literals and its directives blanked; offsets are offsets into the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from mmapmigrate.syntax.directives import MIDDLES, OPENERS

if TYPE_CHECKING:
    from mmapmigrate.syntax.lexer import Directive
    from mmapmigrate.syntax.unit import SourceUnit

_LEXEME = re.compile(
    rb"""
    [A-Za-z_]\w*
  | \.?[0-9][\w.]*
  | "(?>[^"\\\n]*+(?:\\(?:\r?\n|.)[^"\\\n]*+)*)"?
  | '(?>[^'\\\n]*+(?:\\(?:\r?\n|.)[^'\\\n]*+)*)'?
  | -> | \#\# | \.\.\. | [=!<>+\-*/%&|^]= | && | \|\| | << | >> | \+\+ | --
  | [^\s\w\\]
    """,
    re.DOTALL | re.VERBOSE,
)

_PARTNERS = {b"(": b")", b"[": b"]", b"{": b"}"}
_CLOSERS = frozenset(_PARTNERS.values())
_BRACKETS = _CLOSERS.union(_PARTNERS)
_CONDITIONAL = OPENERS | MIDDLES | {b"endif"}


class TokenText:
    """The tokens of ``code[start:end]``, by their index.

    ``outer[i]`` is the index of the innermost bracket that is open around token ``i`` (-1 for none; for a
    bracket, that around the pair); ``match`` maps the index of a bracket to that of its partner, where it
    has one. Both arms of a conditional among ``directives`` start at the nesting of its #if. In the body of
    a macro a ``#`` is an operator.
    """

    def __init__(self, code: bytes, start: int, end: int, directives: Sequence[Directive] = ()) -> None:
        self.code = code
        found = list(_LEXEME.finditer(code, start, end))
        self._texts: list[bytes] = [token[0] for token in found]
        self._starts: list[int] = [token.start() for token in found]
        self.outer: list[int] = []
        self.match: dict[int, int] = {}
        self._begins: dict[tuple[int, int], int] = {}
        turns = [one for one in directives if one.name in _CONDITIONAL]
        self._match_brackets([(bisect_left(self._starts, one.start), one.name) for one in turns])

    @classmethod
    def of(cls, unit: SourceUnit, start: int, end: int) -> TokenText:
        """The tokens of a range of a file, outside its directives."""
        return cls(unit.text, start, end, unit.directives_in(start, end))

    def _match_brackets(self, directives: list[tuple[int, bytes]]) -> None:
        """Fill ``outer`` and ``match``; of each directive the index of the token behind it and the name."""
        texts, outer, match = self._texts, self.outer, self.match
        # What is open is a chain: the innermost one here, and around each what ``outer`` says of it.
        top = -1
        arms: list[tuple[int, int | None]] = []
        nearest: dict[tuple[bytes, int], int] = {}
        brackets = [at for at, text in enumerate(texts) if text in _BRACKETS]
        pending = [(at, b"") for at in brackets]
        if directives:
            # A directive comes before the bracket behind it.
            pending = sorted(directives + pending, key=itemgetter(0))
        for at, directive in pending:
            outer += [top] * (at - len(outer))
            if directive:
                top = _after_directive(directive, top, arms)
                continue
            text = texts[at]
            if text in _PARTNERS:
                outer.append(top)
                top = at
                continue
            # A closer of another kind means that a bracket was lost: forget the openers in between.
            opener = top
            if opener >= 0 and _PARTNERS[texts[opener]] != text:
                opener = self._nearest(text, opener, nearest)
            if opener >= 0:
                top = outer[opener]
                match[opener] = at
                match[at] = opener
            outer.append(top)
        outer += [top] * (len(texts) - len(outer))

    def _nearest(self, closer: bytes, level: int, known: dict[tuple[bytes, int], int]) -> int:
        """The innermost opener at or around ``level`` that ``closer`` fits, -1 for none."""
        passed = []
        while level >= 0 and _PARTNERS[self._texts[level]] != closer:
            if (closer, level) in known:
                level = known[closer, level]
                break
            passed.append(level)
            level = self.outer[level]
        known.update(((closer, each), level) for each in passed)
        return level

    def __len__(self) -> int:
        return len(self._texts)

    def text(self, index: int) -> bytes:
        """The bytes of token ``index``, b"" outside the range."""
        return self._texts[index] if 0 <= index < len(self._texts) else b""

    def start(self, index: int) -> int:
        """The offset of token ``index``."""
        return self._starts[index]

    def end(self, index: int) -> int:
        """The offset behind token ``index``."""
        return self._starts[index] + len(self._texts[index])

    def is_word(self, index: int) -> bool:
        """Whether token ``index`` exists and is an identifier or a keyword."""
        if not 0 <= index < len(self._texts):
            return False
        first = self._texts[index][0]
        return first == 0x5F or 0x61 <= first | 0x20 <= 0x7A

    def index_at(self, offset: int) -> int:
        """The index of the first token that ends after ``offset``."""
        index = bisect_right(self._starts, offset)
        return index - 1 if index and offset < self.end(index - 1) else index

    def beginning_at(self, offset: int) -> int | None:
        """The index of the token that begins at ``offset``, None where none does."""
        index = bisect_left(self._starts, offset)
        return index if index < len(self._starts) and self._starts[index] == offset else None

    def inside(self, opener: int, stop: int | None = None) -> Iterator[int]:
        """Indices of the tokens directly inside bracket ``opener`` (-1: at top level), before ``stop``."""
        end = len(self._texts) if stop is None else stop
        index = opener + 1
        while index < end:
            if self.outer[index] == opener:
                if index == self.match.get(opener):
                    return
                yield index
                if self.text(index) in _PARTNERS:
                    partner = self.match.get(index)
                    if partner is not None and partner < end:
                        index = partner
                        continue
            elif opener >= 0 and index == self.match.get(opener):
                return
            index += 1

    def statement_start(self, index: int) -> int:
        """The first token of the statement or declaration that holds token ``index``, at its nesting."""
        level = self.outer[index]
        at = index
        passed = []
        while at - 1 > level:
            before = at - 1
            text = self.text(before)
            if text in (b";", b"{"):
                break
            if text in _CLOSERS:
                opener = self.match.get(before)
                if opener is None or (text == b"}" and not self._continues(before)):
                    break
                at = opener
                # One of many lists of a declaration: the way from here was gone before.
                if (at, level) in self._begins:
                    at = self._begins[at, level]
                    break
                passed.append(at)
                continue
            if self.outer[before] != level:
                break
            at = before
        self._begins.update(((each, level), at) for each in passed)
        return at

    def _continues(self, closer: int) -> bool:
        """Whether the ``}`` at ``closer`` ends a list or a body inside a declaration, not a statement."""
        opener = self.match[closer]
        if self.text(opener - 1) in (b"=", b"struct", b"union", b"enum"):
            return True
        return self.is_word(opener - 1) and self.text(opener - 2) in (b"struct", b"union", b"enum")

    def statement_end(self, index: int) -> int:
        """The index of the ``;`` that ends the statement of token ``index`` at its nesting, or the end."""
        level = self.outer[index]
        for at in range(index, len(self._texts)):
            if self.outer[at] == level and self.text(at) == b";":
                return at
            if level >= 0 and at == self.match.get(level):
                return at
        return len(self._texts)


def _after_directive(name: bytes, top: int, arms: list[tuple[int, int | None]]) -> int:
    """The innermost open bracket after a directive: an arm has #if's, and #endif what the first arm left."""
    if name in OPENERS:
        arms.append((top, None))
    elif name in MIDDLES and arms:
        start, first = arms[-1]
        arms[-1] = (start, top if first is None else first)
        return start
    elif name == b"endif" and arms:
        _, first = arms.pop()
        return top if first is None else first
    return top
