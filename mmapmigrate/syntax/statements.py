# SPDX-License-Identifier: GPL-2.0-only
"""Mask rules for statements: iterator and guard macros, macros without a semicolon, labels."""

from __future__ import annotations

import re

from mmapmigrate.syntax.declarations import mask_initialised_call
from mmapmigrate.syntax.dialect import (
    BLOCK_PREFIXES,
    CONTROL,
    QUALIFIERS,
    STATEMENT_WORDS,
    STORAGE,
    TAG_WORDS,
    TYPE_WORDS,
)
from mmapmigrate.syntax.patch import blank_tokens, put, put_between
from mmapmigrate.syntax.tokens import FIRST_IN_WORD, Tokens

_CAPITALS = re.compile(rb"[A-Z][A-Z0-9_]*")
_MAX_INDENT = 512
_BLOCK, _LIST, _TYPE = "block", "list", "type"


def brace_roles(tokens: Tokens) -> dict[int, str]:
    """What each ``{`` of ``tokens`` begins: a block of statements, an initialiser list or a type's body."""
    roles: dict[int, str] = {}
    for index, token in enumerate(tokens.text):
        if token == b"{":
            roles[index] = _role(tokens, index, roles)
    return roles


def _role(tokens: Tokens, index: int, roles: dict[int, str]) -> str:
    before = tokens.at(index - 1)
    if before in TAG_WORDS or tokens.at(index - 2) in TAG_WORDS:
        return _TYPE
    if before == b")":
        name = tokens.pair[index - 1] - 1
        if tokens.is_word(name) and tokens.text[name] != b"return":
            return _BLOCK
        # A compound literal's type, unless this is a function's head: int (*f(int a))(void) {
        return _LIST if tokens.outer[index] >= 0 else _BLOCK
    if before in (b";", b"}", b"else", b"do", b":", b""):
        outer = tokens.outer[index]
        return roles.get(outer, _BLOCK) if outer >= 0 and before == b"}" else _BLOCK
    if before == b"{":
        return roles.get(index - 1, _BLOCK)
    if before == b"(":
        return _BLOCK
    if before == b",":
        outer = tokens.outer[index]
        return _LIST if outer < 0 or tokens.text[outer] != b"(" else _BLOCK
    return _LIST if before in (b"=", b"]", b"return") else _BLOCK


def mask_statements(tokens: Tokens, out: bytearray) -> None:
    """Make iterator and guard macros statements of C, and end macros that carry their own semicolon.

    ``list_for_each(p, head) {`` reads as ``while       (p, head) {``; where the next statement is not deeper
    indented than ``FOO(x)`` in front of it, a semicolon goes between. Empty statements follow bare labels.
    """
    roles = brace_roles(tokens)
    closers: set[int] = set()
    for index, token in enumerate(tokens.text):
        if token[0] not in FIRST_IN_WORD and token != b"}":
            continue
        outer = tokens.outer[index]
        in_block = outer >= 0 and tokens.text[outer] == b"{" and roles[outer] == _BLOCK
        before = tokens.at(index - 1)
        begins = in_block and (
            before in (b"{", b"}", b";", b"else", b"do")
            or (before == b":" and _is_label(tokens, index - 1))
            or index - 1 in closers
        )
        if token in CONTROL and tokens.at(index + 1) == b"(":
            closers.add(tokens.pair[index + 1])
        elif token == b"}" and before == b":" and outer >= 0:
            put_between(tokens, out, index - 1, b";")
        elif (
            begins and token in STORAGE and _is_macro_name(tokens, index + 1) and tokens.at(index + 2) == b"("
        ):
            blank_tokens(tokens, out, index, index)
        elif begins and _is_macro_name(tokens, index):
            _mask_macro(tokens, out, index, closers)


def _mask_macro(tokens: Tokens, out: bytearray, name: int, closers: set[int]) -> None:
    """Mask the statement that begins with macro ``name``; note in ``closers`` what a statement follows."""
    if tokens.at(name + 1) == b"}":
        if not put_between(tokens, out, name, b";") and len(tokens.text[name]) > 1:
            put(out, tokens.end(name) - 1, b";")
        return
    if tokens.at(name + 1) != b"(":
        if _is_whole_statement(tokens, out, name):
            put_between(tokens, out, name, b";")
            closers.add(name)
        return
    close = tokens.pair[name + 1]
    if close < 0:
        return
    brace = tokens.pair[name - 1] if tokens.at(name - 1) == b"}" else -1
    if brace > 0 and tokens.text[brace - 1] == b"do":
        if len(tokens.text[name]) >= 5:
            blank_tokens(tokens, out, name, name)
            put(out, tokens.start[name], b"while")
    elif tokens.at(close + 1) == b"=" and tokens.at(close + 2) == b"{":
        mask_initialised_call(tokens, out, name)
    elif tokens.at(close + 1) == b"}":
        if not put_between(tokens, out, close, b";"):
            # No room behind it: FOO(x) reads as FOO,x;
            put(out, tokens.start[name + 1], b"," if close > name + 2 else b" ")
            put(out, tokens.start[close], b";")
    elif _takes_statement(tokens, out, close + 1) or _is_loop_body(tokens, out, name, close + 1):
        closers.add(close)
        _mask_macro_statement(tokens, out, name, close)


def _is_whole_statement(tokens: Tokens, out: bytearray, name: int) -> bool:
    """Whether a macro in capitals stands on a line of its own, not deeper than the statement behind it."""
    if not _CAPITALS.fullmatch(tokens.text[name]) or not tokens.is_word(name + 1):
        return False
    here, there = _indent(out, tokens.start[name]), _indent(out, tokens.start[name + 1])
    return here >= 0 and 0 <= there <= here


def mask_lists(tokens: Tokens, out: bytearray) -> None:
    """Separate the macros of an initialiser list that bring their own commas: ``{ A(x) B(y) NULL }``."""
    roles = brace_roles(tokens)
    if _LIST not in roles.values():
        return
    for index in range(len(tokens) - 1):
        outer = tokens.outer[index]
        if outer < 0 or roles.get(outer) != _LIST or tokens.outer[index + 1] != outer:
            continue
        if not tokens.is_word(index + 1) and tokens.text[index + 1] not in (b"{", b"["):
            continue
        token = tokens.text[index]
        if token == b")":
            name = tokens.pair[index] - 1
            if tokens.at(name - 1) not in (b"{", b",", b")", b"}") or not _is_macro_name(tokens, name):
                continue
            if not put_between(tokens, out, index, b","):
                put(out, tokens.start[name + 1], b",")
                put(out, tokens.start[index], b",")
        elif _CAPITALS.fullmatch(token) and tokens.at(index - 1) in (b"{", b",", b")", b"}"):
            put_between(tokens, out, index, b",")


def _is_label(tokens: Tokens, colon: int) -> bool:
    """Whether a colon ends a label or a case; a conditional operator's does not begin a statement."""
    back = colon - 1
    while back >= 0 and tokens.text[back] not in (b";", b"{", b"}", b"?", b"case", b":"):
        back -= 1
        if colon - back > 64:
            return False
    return tokens.at(back) != b"?"


def _is_macro_name(tokens: Tokens, index: int) -> bool:
    word = tokens.at(index)
    return (
        tokens.is_word(index)
        and word not in STATEMENT_WORDS
        and word not in QUALIFIERS
        and word not in TYPE_WORDS
        and word not in TAG_WORDS
    )


def _takes_statement(tokens: Tokens, out: bytearray, index: int) -> bool:
    """Whether the token behind a macro call begins a statement instead of going on with the expression."""
    token = tokens.at(index)
    if token == b"{":
        return True
    if tokens.is_word(index):
        new_line = _indent(out, tokens.start[index]) >= 0
        return token != b"else" and (new_line or not _declares(tokens, index))
    return token in (b"++", b"--") and tokens.is_word(index + 1)


def _declares(tokens: Tokens, index: int) -> bool:
    """Whether the word at ``index`` is the name that a macro's type declares: ``TYPE(x) name = 0;``."""
    name = tokens.pair[index - 1] - 1
    word = tokens.text[name]
    if b"each" in word or word.startswith(BLOCK_PREFIXES) or not _is_macro_name(tokens, index):
        return False
    return tokens.at(index + 1) in (b";", b"=", b"[", b",")


def _is_loop_body(tokens: Tokens, out: bytearray, name: int, index: int) -> bool:
    """Whether the operator at ``index`` begins the body of the iterator ``name`` on a deeper line."""
    if b"for_each" not in tokens.text[name] or tokens.at(index) not in (b"(", b"*"):
        return False
    here, there = _indent(out, tokens.start[name]), _indent(out, tokens.start[index])
    return there > here >= 0


def _indent(out: bytearray, at: int) -> int:
    """The column of a token, a tab counted as eight, or -1 when it is not the first of its line."""
    nearest = max(0, at - _MAX_INDENT)
    before = bytes(out[out.rfind(b"\n", nearest, at) + 1 or nearest : at])
    return len(before.expandtabs()) if not before.strip() else -1


def _mask_macro_statement(tokens: Tokens, out: bytearray, name: int, close: int) -> None:
    word = tokens.text[name]
    start = tokens.start[name]
    following = tokens.start[close + 1]
    if tokens.text[close + 1] != b"{":
        here, there = _indent(out, start), _indent(out, following)
        if here >= 0 and 0 <= there <= here and put_between(tokens, out, close, b";"):
            return
    once = word.startswith(BLOCK_PREFIXES) and b"for_each" not in word
    keyword = b"if" if once or len(word) < 5 else b"while"
    if len(word) < 2:
        return
    blank_tokens(tokens, out, name, name)
    if close > name + 2:
        put(out, start, keyword)
    elif len(word) >= 5:
        # The grammar wants a condition where the macro has no argument.
        blank_tokens(tokens, out, name + 1, close)
        put(out, start, b"if(_)")
