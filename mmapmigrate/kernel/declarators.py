# SPDX-License-Identifier: GPL-2.0-only
"""What a declaration in a header declares: its type and its name."""

from __future__ import annotations

import re

from mmapmigrate.kernel.api import Parameter
from mmapmigrate.kernel.brackets import split_top

SPACE = re.compile(r"\s+")
FUNCTION_POINTER = re.compile(r"\(\s*(?:\w+\s+)*\*\s*(?:const\s+|__\w+\s+)*(\w+)\s*(?:\[[^\]]*\]\s*)*\)\s*\(")
ARRAY = re.compile(r"(?<!\s)\s*+((?>(?:\[[^\[\]]*+\]\s*+)+))$")
_TRAILING_ATTRIBUTE = re.compile(r"(?<!\s)\s++__\w++(?:\s*+\([^()]*+\))?\s*+$")
_PAREN_ATTRIBUTE = re.compile(
    r"__attribute__\s*\(\(.*?\)\)|\b__(?:must_hold|acquires|releases|counted_by|aligned|guarded_by)\s*\([^()]*\)"
)

LONGEST = 1 << 14
"""No declaration is longer; one made to hurt costs time in proportion to its length only."""

QUALIFIERS = frozenset({"const", "volatile", "register", "restrict"})
_TYPE_WORDS = frozenset(
    {"void", "char", "short", "int", "long", "signed", "unsigned", "float", "double", "bool", "_Bool"}
)
TAG_WORDS = frozenset({"struct", "union", "enum"})


def fold(text: str) -> str:
    """``text`` on one line, white space folded, a space before a pointer's stars and none after."""
    text = SPACE.sub(" ", text.replace("\\\n", " ")).strip()
    text = re.sub(r"\s*\*", " *", text)
    return re.sub(r"\* (?=\*)", "*", text).replace("( *", "(*").strip()


def parameter(text: str) -> Parameter:
    """One parameter's declaration as its type and its name ("" when it has none)."""
    if len(text) > LONGEST:
        return Parameter("", "")
    text = fold(_PAREN_ATTRIBUTE.sub(" ", text))
    pointer = FUNCTION_POINTER.search(text)
    if pointer is not None:
        return Parameter(fold(text[: pointer.start(1)] + text[pointer.end(1) :]), pointer.group(1))
    suffix = ""
    array = ARRAY.search(text)
    if array is not None:
        suffix = " " + array.group(1).replace(" ", "")
        text = text[: array.start()]
    name = _declared_name(text)
    while not name or name.startswith("__"):
        attribute = _TRAILING_ATTRIBUTE.search(text)
        if attribute is None or not _declared_name(text[: attribute.start()]):
            break
        text = text[: attribute.start()]
        name = _declared_name(text)
    if name:
        text = text[: len(text) - len(name)]
    return Parameter(fold(text) + suffix, name)


def _declared_name(text: str) -> str:
    match = re.search(r"\b(\w++)\s*+$", text)
    if match is None:
        return ""
    name = match.group(1)
    before = text[: match.start()]
    words = [word for word in re.findall(r"\w+", before) if word not in QUALIFIERS]
    if name in _TYPE_WORDS or name in QUALIFIERS or not words:
        return ""
    if words[-1] in TAG_WORDS and before.rstrip()[-1:] != "*":
        return ""
    return name


def parameters(text: str) -> tuple[tuple[Parameter, ...], bool]:
    """What stands between a parameter list's parentheses, and whether it ends in ``...``."""
    found: list[Parameter] = []
    variadic = False
    for part in split_top(text):
        part = part.strip()
        if part == "...":
            variadic = True
        elif part and part != "void":
            found.append(parameter(part))
    return tuple(found), variadic
