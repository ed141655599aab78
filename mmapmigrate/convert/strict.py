# SPDX-License-Identifier: GPL-2.0-only
"""A second, strict C parser for the functions that a conversion emits.

pycparser knows no kernel dialect, so it gets the masked text, with every type name declared before.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.syntax.nodes import find_all

if TYPE_CHECKING:
    from pycparser.c_parser import CParser

# A macro that is a string, beside others: KERN_INFO "foo", "%" PRIx64 "foo".
_STRING = r'"(?:[^"\\\n]|\\.)*"'
_NAME = r"[A-Za-z_]\w*"
_STRING_BEHIND = re.compile(rf"\b(?!return\b|case\b|else\b|do\b|sizeof\b){_NAME}\b(\s*{_STRING})")
_STRING_BEFORE = re.compile(rf"({_STRING})\s*{_NAME}\b")


class Strict(StrEnum):
    """What the strict parser said."""

    PARSED = "parsed"
    REFUSED = "refused"


class StrictResult(Struct, frozen=True):
    """Its answer, with its first complaint."""

    outcome: Strict
    message: str = ""


_parser: CParser | None = None


def strict_parse(file: FileModel, function: Function) -> StrictResult:
    """Parse one function's masked text with pycparser."""
    from pycparser.c_parser import CParser

    global _parser
    if _parser is None:
        _parser = CParser()
    base = function.item.start
    mask = bytearray(function.parsed.mask)
    for block in find_all(function.body, "function_definition"):
        # A macro in front of a block, FOO(x) {, which the grammar takes for a function of the type FOO.
        kind = block.child_by_field_name("type")
        if (
            kind is not None
            and kind.start_byte == block.start_byte
            and kind.type == "type_identifier"
            and kind.end_byte > kind.start_byte + 1
        ):
            mask[kind.start_byte - base : kind.end_byte - base] = b"if".ljust(kind.end_byte - kind.start_byte)
    text = mask[function.node.start_byte - base : function.node.end_byte - base].decode("latin-1")
    text = re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.S)
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.M)
    text = _STRING_BEFORE.sub(r"\1", _STRING_BEHIND.sub(r"\1", text))
    # GNU C's conditional without a middle operand.
    text = re.sub(r"\?(?=\s*:)", "? 0", text)
    types = {
        (node.text or b"").decode("latin-1")
        for node in find_all(function.node, "type_identifier")
        if node.parent is not None
        and node.parent.type not in ("struct_specifier", "union_specifier", "enum_specifier")
    }
    for node in find_all(function.node, "primitive_type"):
        name = (node.text or b"").decode("latin-1")
        if name not in ("int", "char", "void", "float", "double", "short", "long"):
            types.add(name)
    prelude = "".join(f"typedef int {name};\n" for name in sorted(types) if name.isidentifier())
    try:
        _parser.parse(prelude + text, file.path)
    except Exception as error:
        # pycparser raises ParseError, and AssertionError or AttributeError on some bad input.
        return StrictResult(Strict.REFUSED, str(error).partition("\n")[0][:160])
    return StrictResult(Strict.PARSED)
