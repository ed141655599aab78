# SPDX-License-Identifier: GPL-2.0-only
"""Mask rules for expressions: types and statements as macro arguments, typeof, ranges, asm."""

from __future__ import annotations

import re

from mmapmigrate.syntax.dialect import (
    ALIGNOF,
    ASM_WORDS,
    CONTROL,
    QUALIFIERS,
    STATEMENT_WORDS,
    TAG_WORDS,
    TYPE_WORDS,
    TYPEOF,
)
from mmapmigrate.syntax.patch import blank, blank_tokens, put, put_between
from mmapmigrate.syntax.tokens import Tokens

_OPERATORS = frozenset(b"== != < > <= >= + - * / % & | ^ && || << >> = += -= |= &= ! ~ ->".split())
_NUMBER = re.compile(
    rb"(?:0[xX][\da-fA-F]*(?:\.[\da-fA-F]*)?(?:[pP]\d*)?|0[bB][01]+|\.?\d[\d.]*(?:[eE]\d*)?)[uUlLfF]*"
)
_FIRST_IN_NUMBER = frozenset(b".0123456789")
_MASKED = frozenset((b"offsetof", b"auto", b"goto", b"case", b":", b";")).union(TYPEOF, ALIGNOF, ASM_WORDS)
_JUMPS = frozenset((b"return", b"goto", b"break", b"continue"))


def mask_operators(tokens: Tokens, out: bytearray) -> None:
    """Mask ``typeof(x)``, ``case A ... B``, ``offsetof(...)`` and ``auto x =``."""
    case = False
    for index, token in enumerate(tokens.text):
        if token not in _MASKED and token[0] not in _FIRST_IN_NUMBER:
            continue
        if token in TYPEOF and tokens.at(index + 1) == b"(" and tokens.pair[index + 1] > 0:
            if _names_type(tokens, tokens.pair[index + 1] + 1):
                blank_tokens(tokens, out, index + 1, tokens.pair[index + 1])
        elif token == b"offsetof" and tokens.at(index + 1) == b"(":
            put(out, tokens.start[index], b"Offsetof")
        elif token in ALIGNOF:
            # The grammar wants a type where the kernel hands it an expression; as a call it takes both.
            put(out, tokens.start[index], token.replace(b"of", b"Of"))
        elif _NUMBER.match(token) and not _NUMBER.fullmatch(token):
            # A preprocessing number that is no number, pasted to a name: 48bit
            put(out, tokens.start[index], b"_")
        elif token == b"auto" and tokens.is_word(index + 1) and tokens.at(index + 2) == b"=":
            put(out, tokens.start[index], b"Auto")
        elif token in ASM_WORDS:
            _mask_asm(tokens, out, index)
        elif token == b"goto" and tokens.at(index + 1) == b"*":
            blank_tokens(tokens, out, index, index)
        elif token == b"case":
            case = True
        elif token in (b":", b";"):
            case = False
        elif token == b"..." and case:
            put(out, tokens.start[index], b" | ")


def _names_type(tokens: Tokens, behind: int) -> bool:
    """Whether ``typeof(x)``, which ends in front of token ``behind``, declares or casts.

    It then stays as a name without its argument; as an argument of a macro it reads as a call.
    """
    following = tokens.at(behind)
    if following == b")":
        opener = tokens.pair[behind]
        return opener >= 0 and not tokens.is_word(opener - 1)
    return tokens.is_word(behind) or following in (b"*", b"(")


def _mask_asm(tokens: Tokens, out: bytearray, index: int) -> None:
    """Put an empty string in the place of an assembler template that a macro makes."""
    while tokens.is_word(index):
        index += 1
    if tokens.at(index) != b"(" or tokens.pair[index] < 0:
        return
    end = index + 1
    while end < tokens.pair[index] and tokens.text[end][:1] != b":":
        end = max(tokens.pair[end], end) + 1
    template = range(index + 1, end)
    if all(tokens.text[i][:1] == b'"' for i in template) or end == index + 1:
        return
    first, last = tokens.start[index + 1], tokens.end(end - 1)
    if len(tokens.text[index + 1]) > 1:
        blank(out, first, last)
        put(out, first, b'""')


def mask_arguments(tokens: Tokens, out: bytearray) -> None:
    """Mask what is no expression among the arguments of calls: ``container_of(p, struct foo, bar)``."""
    holds_statements = {
        tokens.outer[i] for i, token in enumerate(tokens.text) if token == b";" or token in CONTROL
    }
    calls: set[int] = set()
    for opener, token in enumerate(tokens.text):
        if token != b"(" or tokens.pair[opener] < 0 or not _is_call(tokens, opener, calls):
            continue
        calls.add(opener)
        if opener in holds_statements and _mask_block_argument(tokens, out, opener):
            continue
        close = tokens.pair[opener]
        start = index = opener + 1
        while index <= close:
            inner = tokens.pair[index]
            if inner > index:
                index = inner
            elif index == close or tokens.text[index] == b",":
                _mask_argument(tokens, out, start, index)
                start = index + 1
            index += 1


def _is_call(tokens: Tokens, opener: int, calls: set[int]) -> bool:
    """Whether the parenthesis holds the arguments of a call or of a macro, not a parameter list.

    Inside the arguments of one of ``calls`` nothing is declared.
    """
    name = opener - 1
    if not tokens.is_word(name):
        return False
    word = tokens.text[name]
    if word in TYPEOF or word == b"Offsetof":
        return True
    if word in STATEMENT_WORDS or word in TYPE_WORDS or word in QUALIFIERS or word in TAG_WORDS:
        return False
    if tokens.outer[opener] in calls:
        return True
    before = tokens.at(name - 1)
    if before in TAG_WORDS:
        return False
    declares = tokens.is_word(name - 1) and before not in STATEMENT_WORDS
    if tokens.outer[opener] < 0:
        return not declares and before != b"*"
    return not declares


def _mask_block_argument(tokens: Tokens, out: bytearray, opener: int) -> bool:
    """Make statements that are all of an argument, ``TP_fast_assign(a = b;)``, a compound statement."""
    outer, close = tokens.outer[opener], tokens.pair[opener]
    if outer < 0 or tokens.text[outer] != b"(":
        return False
    if tokens.text[close - 1] not in (b";", b"}"):
        if any(tokens.text[i] == b"," and tokens.outer[i] == opener for i in range(opener, close)):
            return False
        if not put_between(tokens, out, close - 1, b";"):
            return False
    blank_tokens(tokens, out, opener - 1, opener - 1)
    put(out, tokens.start[opener], b"{")
    put(out, tokens.start[close], b"}")
    return True


def _mask_statements(tokens: Tokens, out: bytearray, start: int, end: int) -> bool:
    """Make the statements of an argument a list: ``if (a) b; c;`` reads as ``(a), b, c``.

    Returns whether there were any.
    """
    level = [i for i in range(start, end) if tokens.outer[i] == tokens.outer[start]]
    if not any(tokens.text[i] == b";" or tokens.text[i] in CONTROL for i in level):
        return False
    for index in level:
        token = tokens.text[index]
        if token == b";":
            put(out, tokens.start[index], b" " if index + 1 == end else b",")
        elif token in CONTROL or token in _JUMPS or token == b"do":
            blank_tokens(tokens, out, index, index)
        elif token == b"else":
            put(out, tokens.start[index], b" ,  ")
        elif (
            index + 1 < end
            and (token == b"}" or (token == b")" and tokens.at(tokens.pair[index] - 1) in CONTROL))
            and _begins_operand(tokens, index + 1)
        ):
            put_between(tokens, out, index, b",")
    return True


def _begins_operand(tokens: Tokens, index: int) -> bool:
    return tokens.at(index) == b"{" or (tokens.is_word(index) and tokens.text[index] != b"else")


def _mask_argument(tokens: Tokens, out: bytearray, start: int, end: int) -> None:
    """Make the tokens ``[start, end)`` between two commas an expression; ``end`` is the comma or ``)``."""
    if start == end:
        _mask_empty(tokens, out, end)
        return
    if _mask_statements(tokens, out, start, end):
        return
    first = tokens.text[start]
    if first in _JUMPS:
        if end - start > 1:
            blank_tokens(tokens, out, start, start)
        else:
            put(out, tokens.start[start], first.capitalize())
    elif first in TAG_WORDS or first in TYPE_WORDS or first in QUALIFIERS:
        _mask_type(tokens, out, start, end)
    elif end - start == 1 and first in _OPERATORS:
        put(out, tokens.start[start], b"_" * len(first))
    elif first == b"." and tokens.is_word(start + 1):
        blank_tokens(tokens, out, start, start)
    else:
        _mask_trailing_stars(tokens, out, start, end)
        _mask_neighbours(tokens, out, start, end)


def _mask_empty(tokens: Tokens, out: bytearray, end: int) -> None:
    """Fill an empty argument, or take back the comma in front of it."""
    if tokens.text[end] == b")" and tokens.text[end - 1] == b"(":
        return
    if tokens.text[end - 1] == b",":
        blank_tokens(tokens, out, end - 1, end - 1)
    elif tokens.text[end] == b",":
        blank_tokens(tokens, out, end, end)


def _mask_type(tokens: Tokens, out: bytearray, start: int, end: int) -> None:
    """``struct foo *x`` reads as ``foo *x``, ``unsigned long`` as ``long``, ``const char *`` as ``char``."""
    index = start
    kept = -1
    while index < end:
        word = tokens.text[index]
        more = index + 1 < end
        if more and (word in QUALIFIERS or (word in TAG_WORDS and tokens.is_word(index + 1))):
            blank_tokens(tokens, out, index, index)
        elif tokens.is_word(index) and word not in STATEMENT_WORDS:
            if kept >= 0:
                blank_tokens(tokens, out, kept, kept)
            kept = index
        else:
            break
        index += 1
    stars = index
    while stars < end and tokens.text[stars] == b"*":
        stars += 1
    if stars == end:
        blank_tokens(tokens, out, index, end - 1)
        return
    if kept >= 0 and index < end and tokens.text[index] == b"(" and tokens.is_word(index - 1):
        # A prototype as an argument keeps its name and what stands in its parentheses.
        return
    while stars < end and tokens.text[stars] in QUALIFIERS:
        blank_tokens(tokens, out, stars, stars)
        stars += 1
    rest = stars + 1 if tokens.is_word(stars) else stars
    if rest < end and tokens.text[rest] in (b"[", b"("):
        # An array's bounds, or a function pointer's parameters.
        blank_tokens(tokens, out, rest if rest > index else index, end - 1)


def _mask_trailing_stars(tokens: Tokens, out: bytearray, start: int, end: int) -> None:
    """``u32 *`` as an argument loses its stars."""
    last = end - 1
    while last > start and tokens.text[last] == b"*":
        blank_tokens(tokens, out, last, last)
        last -= 1


def _mask_neighbours(tokens: Tokens, out: bytearray, start: int, end: int) -> None:
    """Separate what stands side by side: ``u32 x`` becomes ``x``, ``A(x) B(y)`` becomes ``A(x), B(y)``."""
    outer = tokens.outer[start]
    for index in range(start, end - 1):
        if tokens.outer[index] != outer or tokens.outer[index + 1] != outer:
            continue
        here, there = tokens.text[index], tokens.text[index + 1]
        if here == b")":
            name = tokens.pair[index] - 1
            called = name >= start and tokens.is_word(name) and tokens.text[name] not in STATEMENT_WORDS
            if called and (tokens.is_word(index + 1) or there[:1] == b'"'):
                put_between(tokens, out, index, b",")
        elif tokens.is_word(index) and tokens.is_word(index + 1):
            if here not in STATEMENT_WORDS and there not in STATEMENT_WORDS:
                blank_tokens(tokens, out, index, index)
        elif here[:1] == b'"' and tokens.is_word(index + 1) and tokens.at(index + 2) == b"(":
            put_between(tokens, out, index, b",")
