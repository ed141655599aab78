# SPDX-License-Identifier: GPL-2.0-only
"""The tokens of one mask with their brackets paired."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    rb"""[A-Za-z_$\x80-\xff][\w$\x80-\xff]*+ | \.?\d[\w.]*+ | "[ \\\r\n]*+" | '[ \\\r\n]*+'
    | \.\.\. | -> | \+\+ | -- | <<=? | >>=? | && | \|\| | [-+*/%&|^!=<>]= | \S""",
    re.VERBOSE,
)
_WORD = re.compile(rb"[A-Za-z_$\x80-\xff]")

_CLOSED_BY = {b"(": b")", b"[": b"]", b"{": b"}"}


class Tokens:
    """The tokens of a text whose comments are blanked, as parallel lists.

    ``pair[i]`` is the index of the bracket that closes or opens bracket ``i`` (-1: none, or no bracket);
    ``outer[i]`` the index of the bracket that holds token ``i`` (-1 at the top).
    """

    def __init__(self, text: bytes) -> None:
        self.text: list[bytes] = []
        self.start: list[int] = []
        for match in _TOKEN.finditer(text):
            self.text.append(match[0])
            self.start.append(match.start())
        self.pair = [-1] * len(self.text)
        self.outer = [-1] * len(self.text)
        self._match_brackets()

    def _match_brackets(self) -> None:
        stack: list[int] = []
        pair, outer = self.pair, self.outer
        counts = {b")": 0, b"]": 0, b"}": 0}
        for index, token in enumerate(self.text):
            closer = _CLOSED_BY.get(token)
            if closer is not None:
                outer[index] = stack[-1] if stack else -1
                stack.append(index)
                counts[closer] += 1
                continue
            if counts.get(token):
                # A closer ends what was left open inside it; parentheses do not reach out of braces.
                if token != b"}" and self._across_brace(stack, token):
                    outer[index] = stack[-1]
                    continue
                while True:
                    opener = stack.pop()
                    closer = _CLOSED_BY[self.text[opener]]
                    counts[closer] -= 1
                    if closer == token:
                        break
                pair[opener] = index
                pair[index] = opener
            outer[index] = stack[-1] if stack else -1

    def _across_brace(self, stack: list[int], closer: bytes) -> bool:
        for index in reversed(stack):
            if _CLOSED_BY[self.text[index]] == closer:
                return False
            if self.text[index] == b"{":
                return True
        return True

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
        return 0 <= index < len(self.text) and _WORD.match(self.text[index]) is not None
