# SPDX-License-Identifier: GPL-2.0-only
"""Masks: what the grammar cannot hold becomes spaces, or text of equal length that it can.

There are two. The word mask blanks the attribute macros that take no argument; nine items of ten need no
more. The token mask knows the shapes of the rest. Both keep the length and every line end.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mmapmigrate.syntax.declarations import mask_attributes, mask_item_head, mask_members, mask_word_runs
from mmapmigrate.syntax.dialect import ATTRIBUTE_WORDS
from mmapmigrate.syntax.expressions import mask_arguments, mask_operators
from mmapmigrate.syntax.statements import mask_lists, mask_statements
from mmapmigrate.syntax.tokens import Tokens

_OTHER_WORDS = tuple(sorted((word for word in ATTRIBUTE_WORDS if not word.startswith(b"__")), reverse=True))
# Each begins with a literal, and so is found fast; what stands before it is asked behind that.
_RESERVED = re.compile(rb"__(?<![\w.>]__)\w++(?!\s*->)")
_OTHER = re.compile(rb"(?<![\w.>])(?:" + b"|".join(_OTHER_WORDS) + rb")\b(?!\s*->)")
_NAMED_REST = re.compile(rb"\A(#\s*define\s+\w+\([^()]*\w\s*)\.\.\.(\s*\))")
_OPEN_LINE = re.compile(rb"(?<!\\)[ \t](\r?\n)")
_WORD_BYTES = frozenset(b"_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIFFERENT = re.compile(rb"[^\0]+")

_PASSES: tuple[Callable[[Tokens, bytearray], None], ...] = (
    mask_attributes,
    mask_operators,
    mask_item_head,
    mask_members,
    mask_arguments,
    mask_statements,
    mask_word_runs,
    mask_lists,
)


def word_mask(text: bytes) -> bytes:
    """Blank the attribute macros of ``text`` that take no argument."""
    masked = _RESERVED.sub(_blank_attribute, text)
    if any(word in masked for word in _OTHER_WORDS):
        masked = _OTHER.sub(_blank_attribute, masked)
    return masked


def _blank_attribute(match: re.Match[bytes]) -> bytes:
    return b" " * len(match[0]) if match[0] in ATTRIBUTE_WORDS else match[0]


def define_mask(text: bytes) -> bytes:
    """Mask a #define: blank the named ``args...``, and join the lines that a blanked comment joined."""
    joined = _OPEN_LINE.sub(rb"\\\1", text)
    return _NAMED_REST.sub(lambda match: match[1] + b"   " + match[2], joined, count=1)


def token_mask(text: bytes) -> bytes:
    """Mask all that the rules know in one item's ``text``, comments and directives already blanked."""
    out = bytearray(word_mask(text))
    read = bytes(out)
    tokens = Tokens(read)
    for masking in _PASSES:
        masking(tokens, out)
        if out != read:
            read = bytes(out)
            tokens = Tokens(read)
    return read


def differing(text: bytes, mask: bytes, offset: int) -> tuple[tuple[int, int], ...]:
    """The ranges, shifted by ``offset``, where ``mask`` differs from ``text``; a word differs as a whole."""
    if text == mask:
        return ()
    # Bytes that are equal become 0 in the exclusive or of both texts.
    bits = int.from_bytes(text, "big") ^ int.from_bytes(mask, "big")
    found: list[tuple[int, int]] = []
    for match in _DIFFERENT.finditer(bits.to_bytes(len(text), "big")):
        start, end = match.span()
        while start and text[start] in _WORD_BYTES and text[start - 1] in _WORD_BYTES:
            start -= 1
        while end < len(text) and text[end] in _WORD_BYTES and text[end - 1] in _WORD_BYTES:
            end += 1
        if found and start <= found[-1][1] - offset:
            start = found.pop()[0] - offset
        found.append((start + offset, end + offset))
    return tuple(found)
