# SPDX-License-Identifier: GPL-2.0-only
"""Mask rules for declarations: attribute macros, macros at file scope, macros among a struct's members."""

from __future__ import annotations

import re

from mmapmigrate.syntax.dialect import (
    ATTRIBUTE_CALLS,
    FIXED_TYPES,
    QUALIFIERS,
    STATEMENT_WORDS,
    TAG_WORDS,
    TYPE_WORDS,
)
from mmapmigrate.syntax.patch import blank, blank_tokens, put, put_between
from mmapmigrate.syntax.tokens import FIRST_IN_WORD, Tokens

_FIXED_TYPE = re.compile(rb"(?:" + FIXED_TYPES + rb")\Z")
_ATTRIBUTE_NAME = re.compile(rb"__[a-z]")
_CAPITALS = re.compile(rb"[A-Z][A-Z0-9_]*\Z")
_CONSTANT = re.compile(rb"[\d\"'.]")


def mask_attributes(tokens: Tokens, out: bytearray) -> None:
    """Blank attribute macros with their arguments: ``__aligned(8)``, ``__releases(&lock)``."""
    for index, word in enumerate(tokens.text):
        if word not in ATTRIBUTE_CALLS or tokens.at(index + 1) != b"(":
            continue
        close = tokens.pair[index + 1]
        if close < 0:
            continue
        before = tokens.at(index - 1)
        statement = tokens.at(close + 1) == b";" and (
            before in (b";", b"{") or (before == b"}" and not closes_type(tokens, index - 1))
        )
        if not statement and before not in (b".", b"->"):
            blank_tokens(tokens, out, index, close)


def _is_name(tokens: Tokens, index: int) -> bool:
    """Whether a token is an identifier that is neither keyword nor type."""
    word = tokens.at(index)
    return (
        tokens.is_word(index)
        and word not in QUALIFIERS
        and word not in TYPE_WORDS
        and word not in TAG_WORDS
        and word not in STATEMENT_WORDS
    )


def mask_item_head(tokens: Tokens, out: bytearray) -> None:
    """Give an item that begins with a macro call, ``SYSCALL_DEFINE1(...) {``, the shape of C.

    A body makes it a function, ``=`` a variable, anything else a call; ``static DEFINE_MUTEX(x);`` loses its
    storage class.
    """
    index = 0
    while tokens.at(index) in QUALIFIERS:
        index += 1
    name = index
    if not _is_name(tokens, name) or tokens.at(name + 1) != b"(" or tokens.pair[name + 1] < 0:
        return
    close = tokens.pair[name + 1]
    following = tokens.at(close + 1)
    at = tokens.start[name]
    if following == b"{":
        if len(tokens.text[name]) > 5:
            put(out, at, b"void ")
        _mask_constants(tokens, out, name + 1)
    elif following == b"=":
        mask_initialised_call(tokens, out, name)
    elif following in (b";", b""):
        blank_tokens(tokens, out, 0, name - 1)
    elif tokens.is_word(close + 1):
        blank_tokens(tokens, out, name, close)


def _mask_constants(tokens: Tokens, out: bytearray, opener: int) -> None:
    """Turn constants among macro arguments that are to read as parameters into names."""
    for index in range(opener + 1, tokens.pair[opener]):
        if tokens.outer[index] == opener and _CONSTANT.match(tokens.text[index]):
            token = tokens.text[index]
            put(out, tokens.start[index], b"_" * len(token) if b"\n" not in token else token)


def mask_initialised_call(tokens: Tokens, out: bytearray, name: int) -> None:
    """``DEFINE_PER_CPU(type, x) =`` reads as ``type x =``, ``DECLARE_FOO(x, 8) =`` as ``DECLARE_FOO x =``."""
    opener, close = name + 1, tokens.pair[name + 1]
    commas = [i for i in range(opener, close) if tokens.text[i] == b"," and tokens.outer[i] == opener]
    if len(commas) == 1 and tokens.is_word(close - 1) and not tokens.text[name].startswith(b"DECLARE"):
        blank_tokens(tokens, out, name, opener)
        blank_tokens(tokens, out, commas[0], commas[0])
        blank_tokens(tokens, out, close, close)
    else:
        blank_tokens(tokens, out, opener, opener)
        blank_tokens(tokens, out, commas[0] if commas else close, close)


def mask_word_runs(tokens: Tokens, out: bytearray) -> None:
    """Blank the attribute macros that no table knows.

    C has no place for more words in a row than a declaration's specifiers and its name: what is left over is
    a macro. Between a parameter list and its function's body nothing may stand.
    """
    words = [
        index
        for index, token in enumerate(tokens.text)
        if token[0] in FIRST_IN_WORD and token not in STATEMENT_WORDS
    ]
    at = 0
    while at < len(words):
        first = words[at]
        end = first + 1
        at += 1
        while at < len(words) and words[at] == end:
            end += 1
            at += 1
        # One word alone is in its place, but for those behind parameters or bounds.
        if end - first > 1 or tokens.at(first - 1) in (b")", b"]"):
            _mask_run(tokens, out, first, end)


def _mask_run(tokens: Tokens, out: bytearray, first: int, end: int) -> None:
    before, behind = tokens.at(first - 1), tokens.at(end)
    if before in (b".", b"->"):
        return
    names: list[int] = []
    anchor = -1  # the last word that is a type for certain
    index = first
    while index < end:
        word = tokens.text[index]
        if word in TAG_WORDS:
            anchor = index
            index += 1
            # The tag belongs to its keyword, and so do attributes in between: struct __x foo {
            while (
                index + 1 < end
                and behind == b"{"
                and tokens.outer[end] < 0
                and _named_like_macro(tokens, index)
            ):
                blank_tokens(tokens, out, index, index)
                index += 1
            if index < end and _is_name(tokens, index):
                anchor = index
        elif word in TYPE_WORDS:
            anchor = index
        elif word not in QUALIFIERS:
            names.append(index)
        index += 1
    if anchor >= 0:
        leading = [name for name in names if name < anchor]
        for name in leading:
            blank_tokens(tokens, out, name, name)
        names = [name for name in names if name > anchor]
        allowed = 0 if behind == b"*" else 1
        if behind == b"{":
            allowed = 0
    elif before == b")":
        opener = tokens.pair[first - 1]
        at_top = tokens.outer[first] < 0
        if at_top and opener >= 0:
            _mask_behind_parameters(tokens, out, first, end)
            return
        allowed = 1
    elif before == b"]":
        allowed = 0
    elif before in (b"*", b"}"):
        allowed = 1 if before == b"*" or closes_type(tokens, first - 1) else 2
    else:
        allowed = 1 if behind == b"*" else 2
    call = (
        _attribute_call(tokens, end)
        if len(names) > max(allowed, 1) or (before == b"*" and len(names) > 1)
        else -1
    )
    if call >= 0 and names:
        blank_tokens(tokens, out, names[-1], call)
        names.pop()
    for name in _surplus(tokens, names, allowed):
        blank_tokens(tokens, out, name, name)


def _attribute_call(tokens: Tokens, opener: int) -> int:
    """The index of ``)`` when ``(`` at ``opener`` begins the arguments of a name's attribute, or -1."""
    if tokens.at(opener) == b"(":
        close = tokens.pair[opener]
        if close >= 0 and tokens.at(close + 1) == b"=":
            return close
    return -1


def _named_like_macro(tokens: Tokens, index: int) -> bool:
    word = tokens.text[index]
    return bool(_ATTRIBUTE_NAME.match(word)) and not _FIXED_TYPE.match(word)


def _surplus(tokens: Tokens, names: list[int], allowed: int) -> list[int]:
    """Which of ``names`` to blank so that ``allowed`` stay: what looks like a macro, then from the left."""
    surplus = len(names) - allowed
    if surplus <= 0:
        return []
    macros = [name for name in names if _named_like_macro(tokens, name)]
    capitals = [name for name in names if _CAPITALS.match(tokens.text[name]) and name not in macros]
    others = [name for name in names if name not in macros and name not in capitals]
    return (macros + capitals + others)[:surplus]


def _mask_behind_parameters(tokens: Tokens, out: bytearray, first: int, end: int) -> None:
    """Blank what stands between a parameter list and ``{``, ``;`` or ``=``: ``foo(void) __holds(x) {``."""
    index = first
    while index < len(tokens) and tokens.at(index) not in (b"{", b";", b"=", b","):
        if tokens.at(index) == b"(":
            if tokens.pair[index] < 0:
                return
            index = tokens.pair[index] + 1
        elif tokens.is_word(index) and tokens.text[index] not in STATEMENT_WORDS:
            index += 1
        else:
            return
    if index < len(tokens):
        blank(out, tokens.start[first], tokens.start[index])


def mask_members(tokens: Tokens, out: bytearray) -> None:
    """Give macro calls among the members of a struct, and among enumerators, the shape of members."""
    for opener, token in enumerate(tokens.text):
        if token != b"{" or tokens.pair[opener] < 0:
            continue
        keyword = _type_keyword(tokens, opener)
        if keyword == b"enum":
            _mask_enumerators(tokens, out, opener)
        elif keyword:
            _mask_fields(tokens, out, opener)


def closes_type(tokens: Tokens, index: int) -> bool:
    """Whether the brace at ``index`` ends a type's body."""
    return tokens.pair[index] >= 0 and bool(_type_keyword(tokens, tokens.pair[index]))


def _type_keyword(tokens: Tokens, opener: int) -> bytes:
    """``struct``, ``union`` or ``enum`` when the brace at ``opener`` begins a type's body, else b""."""
    for back in (1, 2):
        if tokens.at(opener - back) in TAG_WORDS:
            return tokens.at(opener - back)
    return b""


def _mask_enumerators(tokens: Tokens, out: bytearray, opener: int) -> None:
    close = tokens.pair[opener]
    index = opener + 1
    assigned = False
    while index < close:
        token = tokens.text[index]
        if token == b",":
            assigned = False
        elif token == b"=":
            assigned = True
        elif token == b"(" and tokens.pair[index] > 0:
            end = tokens.pair[index]
            if not assigned:
                blank_tokens(tokens, out, index, end)
                if tokens.is_word(end + 1):
                    put_between(tokens, out, end, b",")
            index = end
        index += 1


def _mask_fields(tokens: Tokens, out: bytearray, opener: int) -> None:
    close = tokens.pair[opener]
    index = opener + 1
    begins = True
    while index < close:
        token = tokens.text[index]
        if begins and _is_field_call(tokens, index):
            index = _mask_field_call(tokens, out, index)
            begins = True
            continue
        if token in (b"{", b"(", b"[") and tokens.pair[index] > 0:
            index = tokens.pair[index]
            begins = False
        else:
            begins = token == b";"
        index += 1


def _is_field_call(tokens: Tokens, index: int) -> bool:
    """Whether ``MACRO(...)`` begins at ``index``; ``type (*name)(...)`` is a member as it stands."""
    if not _is_name(tokens, index) or tokens.at(index + 1) != b"(":
        return False
    close = tokens.pair[index + 1]
    return close >= 0 and tokens.at(close + 1) != b"("


def _mask_field_call(tokens: Tokens, out: bytearray, name: int) -> int:
    """Mask ``MACRO(...)`` at the place of a member; return the index of what follows."""
    opener, close = name + 1, tokens.pair[name + 1]
    inner = range(opener + 1, close)
    if any(tokens.text[i] == b";" and tokens.outer[i] == opener for i in inner):
        _mask_field_group(tokens, out, name)
    elif tokens.is_word(opener + 2) and not any(tokens.text[i] == b"," for i in inner):
        # One argument of several words is a member's declaration.
        blank_tokens(tokens, out, name, opener)
        blank_tokens(tokens, out, close, close)
    elif _is_typed_pair(tokens, opener):
        blank_tokens(tokens, out, name, opener)
        blank_tokens(tokens, out, close - 2, close - 2)
        blank_tokens(tokens, out, close, close)
    else:
        kept = _field_name(tokens, opener)
        if kept < 0:
            if len(tokens.text[name]) > 4:
                put(out, tokens.start[name], b"int ")
            blank_tokens(tokens, out, opener, close)
        else:
            blank_tokens(tokens, out, opener, kept - 1)
            blank_tokens(tokens, out, kept + 1, close)
    if tokens.at(close + 1) == b";":
        return close + 2
    put_between(tokens, out, close, b";")
    return close + 1


def _is_typed_pair(tokens: Tokens, opener: int) -> bool:
    """Whether the arguments are ``(struct foo *, name)``: a member's type and its name."""
    close = tokens.pair[opener]
    return (
        tokens.at(opener + 1) in TAG_WORDS | TYPE_WORDS
        and tokens.text[close - 2] == b","
        and tokens.is_word(close - 1)
        and sum(tokens.text[i] == b"," for i in range(opener, close)) == 1
    )


def _field_name(tokens: Tokens, opener: int) -> int:
    """The argument that names a member: the first when it is one word, else the last one that is."""
    close = tokens.pair[opener]
    starts = [opener + 1] + [
        i + 1 for i in range(opener, close) if tokens.text[i] == b"," and tokens.outer[i] == opener
    ]
    ends = [start - 1 for start in starts[1:]] + [close]
    single = [
        start for start, end in zip(starts, ends, strict=True) if end - start == 1 and _is_name(tokens, start)
    ]
    if not single:
        return -1
    return single[0] if single[0] == opener + 1 else single[-1]


def _mask_field_group(tokens: Tokens, out: bytearray, name: int) -> None:
    """``struct_group(name, int a; int b;)`` reads as ``struct { int a; int b; }``."""
    opener, close = name + 1, tokens.pair[name + 1]
    first = opener + 1
    for index in range(opener + 1, close):
        if tokens.outer[index] == opener and tokens.text[index] == b";":
            break
        if tokens.outer[index] == opener and tokens.text[index] == b",":
            first = index + 1
    word = tokens.text[name]
    if len(word) < 6:
        return
    put(out, tokens.start[name], b"struct" + b" " * (len(word) - 6))
    blank_tokens(tokens, out, opener, first - 1)
    put(out, tokens.start[opener], b"{")
    put(out, tokens.start[close], b"}")
