# SPDX-License-Identifier: GPL-2.0-only
"""The directives of a header: the macros that it defines, and the conditions that hold in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct

from mmapmigrate.kernel.conditions import Literals, conjunction, negate
from mmapmigrate.kernel.declarators import SPACE

_DIRECTIVE = re.compile(r"#[ \t]*([a-z_]+)((?>(?:[^\\\n]++|\\\n|\\)*))")
_DEFINE = re.compile(r"\s*(\w+)(\(([^()]*)\))?(.*)", re.DOTALL)
_SIMPLE_DEFINED = re.compile(r"(!?)\s*defined\s*(?:\(\s*(\w+)\s*\)|(\w+))")


class MacroDefinition(Struct, frozen=True):
    """A ``#define``; ``parameters`` is None for an object-like one; ``...`` stays as the last parameter."""

    name: str
    parameters: tuple[str, ...] | None
    body: str
    offset: int


class Directives(Struct, frozen=True):
    """What the directives of a text say, and ``code``, the text with them blanked, offsets unchanged."""

    code: str
    macros: tuple[MacroDefinition, ...]
    _offsets: tuple[int, ...]
    _conditions: tuple[Literals, ...]

    def condition(self, offset: int) -> Literals:
        """The literals that hold at ``offset``."""
        return self._conditions[bisect_right(self._offsets, offset) - 1]


def read_directives(text: str) -> Directives:
    """The directives of ``text``, which has no comments."""
    out: list[str] = []
    macros: list[MacroDefinition] = []
    offsets: list[int] = [0]
    conditions: list[Literals] = [()]
    last = 0
    stack: list[list[str]] = []
    guard = ""
    first = True
    for match in _directives(text):
        start, end = match.span()
        word, rest = match.groups()
        out.append(text[last:start])
        lines = text.count("\n", start, end)
        out.append(" " * (end - start - lines) + "\n" * lines)
        last = end
        if word == "define":
            macro = _macro(rest, start)
            if macro is not None:
                macros.append(macro)
            continue
        if word in ("if", "ifdef", "ifndef"):
            literal = _literal(word, rest)
            if word == "ifndef" and first and _is_guard(text, end, rest):
                guard = literal
            stack.append(["" if literal == guard and first else literal])
            first = False
        elif word in ("elif", "elifdef", "elifndef") and stack:
            top = stack[-1]
            top[-1] = negate(top[-1]) if top[-1] else top[-1]
            top.append(_literal(word.removeprefix("el"), rest))
        elif word == "else" and stack:
            stack[-1][-1] = negate(stack[-1][-1]) if stack[-1][-1] else ""
        elif word == "endif" and stack:
            stack.pop()
        else:
            first = first and word not in ("include", "undef")
            continue
        offsets.append(end)
        conditions.append(conjunction(stack))
    out.append(text[last:])
    return Directives("".join(out), tuple(macros), tuple(offsets), tuple(conditions))


def _directives(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """The directives of ``text``: a ``#`` that only blanks precede on its line."""
    for match in _DIRECTIVE.finditer(text, start):
        at = match.start()
        begin = text.rfind("\n", 0, at) + 1
        if begin == at or text[begin:at].isspace():
            yield match


def _macro(rest: str, offset: int) -> MacroDefinition | None:
    match = _DEFINE.match(rest)
    if match is None:
        return None
    parameters = None
    if match.group(2) is not None:
        inside = match.group(3).replace("\\\n", " ")
        parameters = tuple(part.strip() for part in inside.split(",") if part.strip())
    body = SPACE.sub(" ", match.group(4).replace("\\\n", " ")).strip()
    return MacroDefinition(match.group(1), parameters, body, offset)


def _literal(word: str, rest: str) -> str:
    rest = SPACE.sub(" ", rest.replace("\\\n", " ")).strip()
    if word == "ifdef":
        return f"defined({rest})"
    if word == "ifndef":
        return f"!defined({rest})"
    match = _SIMPLE_DEFINED.fullmatch(rest)
    if match is not None:
        return f"{match.group(1)}defined({match.group(2) or match.group(3)})"
    return rest or "0"


def _is_guard(text: str, end: int, name: str) -> bool:
    following = next(_directives(text, end), None)
    if following is None or following.group(1) != "define":
        return False
    defined = following.group(2).split()
    # A guard defines its own name to nothing; "#ifndef f / #define f ..." is an override.
    return len(defined) == 1 and defined[0] == name.strip()
