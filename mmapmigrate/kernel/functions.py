# SPDX-License-Identifier: GPL-2.0-only
"""Functions of a header: prototypes and the heads of definitions."""

from __future__ import annotations

import re

from msgspec import Struct

from mmapmigrate.kernel.api import Parameter
from mmapmigrate.kernel.brackets import closing
from mmapmigrate.kernel.declarators import LONGEST, QUALIFIERS, TAG_WORDS, fold, parameters

_CALL = re.compile(r"\b(\w+)\s*\(")
_ATTRIBUTE_WORD = re.compile(r"__(?!u8|u16|u32|u64|s8|s16|s32|s64|be|le|poll_t|kernel|wsum|sum16)\w+")
_ATTRIBUTE_CALL = re.compile(r"\b__\w+\s*\((?:[^()]|\([^()]*\))*\)")
_STORAGE = frozenset({"extern", "static", "inline", "const", "volatile", "typedef", "noinline"})


class FunctionDeclaration(Struct, frozen=True):
    """A prototype or the head of a definition, at namespace level; ``before`` and ``inside`` are its text
    up to the name and between the parentheses, read only when asked."""

    name: str
    before: str
    inside: str
    offset: int

    @property
    def returns(self) -> str:
        """The return type, without storage class and attributes."""
        words = fold(_ATTRIBUTE_CALL.sub(" ", self.before)).split(" ")
        return fold(" ".join(word for word in words if _is_return_word(word)))

    def parameters(self) -> tuple[tuple[Parameter, ...], bool]:
        """The fixed parameters, and whether ``...`` follows them."""
        return parameters(self.inside)


def function_of(head: str, offset: int) -> FunctionDeclaration | None:
    """The function that ``head``, which begins at ``offset``, declares; None where it is no function's."""
    if len(head) > LONGEST:
        return None
    at = 0
    while (match := _CALL.search(head, at)) is not None:
        close = closing(head, match.end() - 1)
        if close < 0:
            return None
        before = head[: match.start()]
        words = [word for word in re.findall(r"\w+", before) if word not in _STORAGE and word[:2] != "__"]
        if words and words[-1] not in TAG_WORDS and not before.rstrip().endswith(("(", ",")):
            inside = head[match.end() : close]
            if inside.lstrip().startswith("*"):
                return None
            return FunctionDeclaration(match.group(1), before, inside, offset + match.start(1))
        at = close + 1
    return None


def _is_return_word(word: str) -> bool:
    return word not in _STORAGE - QUALIFIERS and not _ATTRIBUTE_WORD.match(word)
