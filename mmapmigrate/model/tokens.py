# SPDX-License-Identifier: GPL-2.0-only
"""C tokens of a byte range, with their brackets matched across preprocessor arms.

A table of callbacks needs no grammar: brackets and commas say what belongs to what, every arm of a
conditional is read, and no attribute macro can make a member disappear. The text is expected to have its
comments and literals blanked; offsets are offsets into the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LEXEME = rb"""
    [A-Za-z_]\w*
  | \.?[0-9][\w.]*
  | "[^"\n]*"? | '[^'\n]*'?
  | -> | \#\# | \.\.\. | [=!<>+\-*/%&|^]= | && | \|\| | << | >> | \+\+ | --
  | [^\s\w\\]
"""
_DIRECTIVE = rb"^[ \t]*\#(?:[^\\\n]|\\(?:\r?\n)?)*"
_WITH_DIRECTIVES = re.compile(b"(?P<directive>" + _DIRECTIVE + b")|" + _LEXEME, re.MULTILINE | re.VERBOSE)
_WITHOUT_DIRECTIVES = re.compile(_LEXEME, re.VERBOSE)
_DIRECTIVE_NAME = re.compile(rb"[ \t]*#[ \t]*(\w*)")

_OPENERS = {b"(": b")", b"[": b"]", b"{": b"}"}
_CLOSERS = frozenset(_OPENERS.values())


class Token(NamedTuple):
    """One token: its bytes and its half-open byte range."""

    text: bytes
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is an identifier or a keyword."""
        first = self.text[0]
        return first == 0x5F or 0x61 <= first | 0x20 <= 0x7A


class TokenText:
    """The tokens of ``code[start:end]``.

    ``outer[i]`` is the index of the innermost bracket that is open around token ``i`` (-1 for none; for a
    bracket, that around the pair); ``match`` maps the index of a bracket to that of its partner, where it
    has one. Directives are no tokens, but both arms of a conditional start at the nesting of its #if. In
    the body of a macro (``directives=False``) a ``#`` is an operator.
    """

    def __init__(self, code: bytes, start: int, end: int, *, directives: bool = True) -> None:
        self.code = code
        self.tokens: list[Token] = []
        self.outer: list[int] = []
        self.match: dict[int, int] = {}
        self._read(start, end, directives)

    def _read(self, start: int, end: int, directives: bool) -> None:
        stack: list[int] = []
        arms: list[tuple[list[int], list[int] | None]] = []
        tokens, outer, match = self.tokens, self.outer, self.match
        pattern = _WITH_DIRECTIVES if directives else _WITHOUT_DIRECTIVES
        for found in pattern.finditer(self.code, start, end):
            text = found.group()
            if directives and found.lastgroup is not None:
                stack = _after_directive(text, stack, arms)
                continue
            index = len(tokens)
            tokens.append(Token(text, found.start(), found.end()))
            if text in _OPENERS:
                outer.append(stack[-1] if stack else -1)
                stack.append(index)
                continue
            if text in _CLOSERS:
                # A closer of another kind means that a bracket was lost: forget the openers in between.
                at = len(stack) - 1
                while at >= 0 and _OPENERS[tokens[stack[at]].text] != text:
                    at -= 1
                if at >= 0:
                    opener = stack[at]
                    del stack[at:]
                    match[opener] = index
                    match[index] = opener
            outer.append(stack[-1] if stack else -1)

    def __len__(self) -> int:
        return len(self.tokens)

    def text(self, index: int) -> bytes:
        """The bytes of token ``index``, b"" outside the range."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else b""

    def is_word(self, index: int) -> bool:
        """Whether token ``index`` exists and is an identifier or a keyword."""
        return 0 <= index < len(self.tokens) and self.tokens[index].is_word

    def index_at(self, offset: int) -> int:
        """The index of the first token that ends after ``offset``."""
        low, high = 0, len(self.tokens)
        while low < high:
            middle = (low + high) // 2
            if self.tokens[middle].end <= offset:
                low = middle + 1
            else:
                high = middle
        return low

    def inside(self, opener: int, stop: int | None = None) -> Iterator[int]:
        """Indices of the tokens directly inside bracket ``opener`` (-1: at top level), before ``stop``."""
        end = len(self.tokens) if stop is None else stop
        index = opener + 1
        while index < end:
            if self.outer[index] == opener:
                if index == self.match.get(opener):
                    return
                yield index
                if self.text(index) in _OPENERS:
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
                continue
            if self.outer[before] != level:
                break
            at = before
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
        for at in range(index, len(self.tokens)):
            if self.outer[at] == level and self.text(at) == b";":
                return at
            if level >= 0 and at == self.match.get(level):
                return at
        return len(self.tokens)


def _after_directive(
    text: bytes, stack: list[int], arms: list[tuple[list[int], list[int] | None]]
) -> list[int]:
    """The bracket stack after a directive: each arm starts from #if's, and #endif continues the first's."""
    found = _DIRECTIVE_NAME.match(text)
    name = found.group(1) if found else b""
    if name.startswith(b"if"):
        arms.append((list(stack), None))
    elif name in (b"else", b"elif", b"elifdef", b"elifndef") and arms:
        start, first = arms[-1]
        arms[-1] = (start, stack if first is None else first)
        return list(start)
    elif name == b"endif" and arms:
        _, first = arms.pop()
        return stack if first is None else first
    return stack
