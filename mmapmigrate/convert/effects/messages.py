# SPDX-License-Identifier: GPL-2.0-only
"""What a driver prints with by a macro or a function of its own: it hands on what it is given to print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mmapmigrate.convert.effects.names import callee, known_effect, takes
from mmapmigrate.convert.effects.sites import value_used
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.macros import Macro
from mmapmigrate.syntax.nodes import field, find_all

_CALL = re.compile(r"\b([A-Za-z_]\w*+)\s*+\(")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NO_CALLS = frozenset({"do", "for", "if", "return", "sizeof", "switch", "while"})
_REST = "__VA_ARGS__"


def hands_on(
    file: FileModel, macros: Sequence[tuple[FileModel, Macro]], functions: Sequence[Function]
) -> bool:
    """Whether each call in them of which nobody knows what it does gets a text, or something they have.

    ``foo_log(fmt, ##__VA_ARGS__)`` prints; ``schedule_work(&foo_work)`` in a pr_debug() does not, nor does a
    ``foo_get(foo)`` that a macro stands for. A call whose value is printed, or decides, only answers.
    """
    calls = [call for where, macro in macros for call in _in_macro(where, macro)]
    calls += [call for function in functions for call in _in_function(file, function)]
    return all('"' in given or not own.isdisjoint(_WORD.findall(given)) for given, own in calls)


def _in_macro(file: FileModel, macro: Macro) -> Iterator[tuple[str, frozenset[str]]]:
    """The arguments of such calls in a macro's body, each with what the macro has to hand on."""
    own = frozenset((*(one.removesuffix("...") for one in macro.parameters or ()), _REST))
    for call in _CALL.finditer(macro.body):
        asked = _is_asked(macro.body[: call.start()]) and not takes(call[1])
        if not asked and call[1] not in _NO_CALLS and _is_strange(file, call[1]):
            yield ("" if takes(call[1]) else _given(macro.body, call.end())), own


def _in_function(file: FileModel, function: Function) -> Iterator[tuple[str, frozenset[str]]]:
    text = text_of(file)
    own = frozenset(one.name for one in function.parameters)
    own |= {
        text(name)
        for declaration in find_all(function.body, "declaration")
        for name in find_all(declaration, "identifier")
    }
    for call in find_all(function.body, "call_expression"):
        name = callee(text(field(call, "function")))
        asked = value_used(call) and not takes(name)
        if not asked and _is_strange(file, name):
            yield text(field(call, "arguments")), own


def _is_strange(file: FileModel, name: str) -> bool:
    return known_effect(name) is None and not (file.macros_seen(name) or file.functions(name))


def _is_asked(before: str) -> bool:
    """Whether what stands behind ``before`` is an argument, or a condition."""
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[at], 0)
        if depth < 0:
            if re.search(r"\w\s*$", before[:at]):
                return True
            depth = 0
    return False


def _given(body: str, start: int) -> str:
    """The text between the parenthesis before ``start`` and the one that closes it."""
    depth = 1
    for at in range(start, len(body)):
        depth += {"(": 1, ")": -1}.get(body[at], 0)
        if not depth:
            return body[start:at]
    return body[start:]
