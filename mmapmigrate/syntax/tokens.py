# SPDX-License-Identifier: GPL-2.0-only
"""The tokens of one mask with their brackets paired."""

from __future__ import annotations

import re
from itertools import accumulate
from operator import sub

_TOKEN = re.compile(
    rb"""\s*+(?:[A-Za-z_$\x80-\xff][\w$\x80-\xff]*+ | \.?\d[\w.]*+ | "[ \\\r\n]*+" | '[ \\\r\n]*+'
    | \.\.\. | -> | \+\+ | -- | <<=? | >>=? | && | \|\| | [-+*/%&|^!=<>]= | \S)""",
    re.VERBOSE,
)
FIRST_IN_WORD = frozenset(byte for byte in range(256) if re.match(rb"[A-Za-z_$\x80-\xff]", bytes([byte])))

_CLOSED_BY = {b"(": b")", b"[": b"]", b"{": b"}"}
_BRACKETS = frozenset((*_CLOSED_BY, *_CLOSED_BY.values()))


class Tokens:
    """The tokens of a text whose comments are blanked, as parallel lists.

    ``pair[i]`` is the index of the bracket that closes or opens bracket ``i`` (-1: none, or no bracket);
    ``outer[i]`` the index of the bracket that holds token ``i`` (-1 at the top).
    """

    def __init__(self, text: bytes) -> None:
        # Each with the white space before it: so their lengths tell where they are, and no match is made.
        # White space behind the last one would be tried byte by byte.
        spaced: list[bytes] = _TOKEN.findall(text.rstrip())
        self.text = [token.lstrip() for token in spaced]
        self.start: list[int] = list(map(sub, accumulate(map(len, spaced)), map(len, self.text)))
        self.pair = [-1] * len(self.text)
        self.outer: list[int] = []
        self._match_brackets()

    def _match_brackets(self) -> None:
        stack = [-1]
        # How many of each kind are open inside the innermost brace: a closer does not reach out of it.
        frames: list[dict[bytes, int]] = [{b")": 0, b"]": 0}]
        pair, outer = self.pair, self.outer
        brackets = [index for index, token in enumerate(self.text) if token in _BRACKETS]
        for index in brackets:
            token = self.text[index]
            outer += [stack[-1]] * (index - len(outer))
            if token in _CLOSED_BY:
                outer.append(stack[-1])
                stack.append(index)
                if token == b"{":
                    frames.append({b")": 0, b"]": 0})
                else:
                    frames[-1][_CLOSED_BY[token]] += 1
                continue
            if (token == b"}" and len(frames) > 1) or frames[-1].get(token):
                # A closer ends what was left open inside it.
                opener = stack.pop()
                while _CLOSED_BY[self.text[opener]] != token:
                    frames[-1][_CLOSED_BY[self.text[opener]]] -= 1
                    opener = stack.pop()
                if token == b"}":
                    frames.pop()
                else:
                    frames[-1][token] -= 1
                pair[opener] = index
                pair[index] = opener
            outer.append(stack[-1])
        outer += [stack[-1]] * (len(self.text) - len(outer))

    def __len__(self) -> int:
        return len(self.text)

    def at(self, index: int) -> bytes:
        """The token's text, or b"" outside the list."""
        return self.text[index] if 0 <= index < len(self.text) else b""

    def end(self, index: int) -> int:
        """The offset behind the token."""
        return self.start[index] + len(self.text[index])

    def is_word(self, index: int) -> bool:
        """Whether the token is an identifier or a keyword."""
        return 0 <= index < len(self.text) and self.text[index][0] in FIRST_IN_WORD
