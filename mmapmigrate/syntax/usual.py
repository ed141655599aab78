# SPDX-License-Identifier: GPL-2.0-only
"""Regexes of what stands in brackets, and of a whole item of the usual shape.

Nine items of ten are found by one match, at the speed of the regex engine. Whatever the pattern does not
match is read token by token (see items); it may match nothing that would be read otherwise there.
"""

from __future__ import annotations

import re

from mmapmigrate.syntax.signs import besides


def _balanced(opener: bytes, closer: bytes, text: bytes, depth: int) -> bytes:
    """A regex of what follows an opening bracket up to the one that closes it, nested up to ``depth``.

    Possessive throughout: it fails in linear time where brackets do not balance.
    """
    inner = text + b"*+"
    for _ in range(depth):
        # An atomic group, not a possessive one: those of Python 3.11.2 match what they must not.
        inner = text + b"*+(?>(?:" + opener + inner + closer + text + b"*+)*)"
    return inner + closer


_BODY = _balanced(rb"\{", rb"\}", besides(b"{}"), 8)
_LIST = _balanced(rb"\(", rb"\)", besides(b"(){};"), 3)

BODY = re.compile(_BODY)
"""What follows a ``{`` up to the brace that closes it; deeper, or cut by a directive, it is counted."""
LIST = re.compile(_LIST)
"""What follows a ``(`` up to the one that closes it."""

_PLAIN = besides(b";{}()=") + b"*+"
# Parentheses that are no attribute's, and behind which no macro call can end that has no semicolon.
_PARENS = rb"(?<=\w)(?<!__attribute__)(?<!__aligned)\(" + _LIST + rb"(?=[ \t]*+[^\s}]|\s*+[;{=])"
# What follows the sign behind which braces hold a list, up to the semicolon.
_LISTED = besides(b";{}()") + b"*+"
_REST = _LISTED + rb"(?>(?:(?:\(" + _LIST + rb"|\{" + _BODY + rb")" + _LISTED + rb")*);"

USUAL = re.compile(
    rb"\s*+(?P<start>)(?:[^\s;{}()=]" + _PLAIN + rb"(?>(?:" + _PARENS + _PLAIN + rb")*)"
    rb"(?:;|=" + _REST + rb"|(?:(?<=\))|(?<=\)\s))(?P<function>\{" + _BODY + rb"))"
    rb"|(?>(?:(?:typedef|static|const)\s++)*)(?:struct|union|enum)(?>(?:\s++\w++)*)\s*+"
    rb"(?P<type>\{" + _BODY + rb")" + _REST + rb")"
)
"""An item behind white space, from ``start`` on; the group of a function's or a type's body is its last."""
