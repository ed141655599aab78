# SPDX-License-Identifier: GPL-2.0-only
"""Flow that the text of a function does not show: a macro may return, go to a label, or begin a statement."""

from __future__ import annotations

import re

from mmapmigrate.model.file import FileModel

_MAX_DEPTH = 4
_LAST = re.compile(r"(?<!\w)([A-Za-z_]\w*+)\s*+(?:\((?>[^()]++|\([^()]*+\))*+\))?\Z")
_WORD = re.compile(r"[A-Za-z_]\w*")
_LEAVES = frozenset({"return", "goto"})
_ENDS = frozenset({"break", "continue"})
_HOLDS = frozenset({"for", "while", "do", "switch"})


def hides_a_jump(file: FileModel, name: str, depth: int = 0) -> bool:
    """Whether ``name`` is a macro of ``file`` that may leave the statement in which it stands.

    A ``break`` ends a loop of the macro's own where it has one.
    """
    for macro in file.macros(name):
        words = set(_WORD.findall(re.sub(r'"(\\.|[^"\\])*"', '""', macro.body)))
        if words & _LEAVES or (words & _ENDS and not words & _HOLDS):
            return True
        if depth < _MAX_DEPTH and any(
            hides_a_jump(file, word, depth + 1) for word in sorted(words - {name, *(macro.parameters or ())})
        ):
            return True
    return False


def is_unfinished(file: FileModel, name: str, depth: int = 0) -> bool:
    """Whether the macro ``name``, used without a semicolon, may take the statement behind it for its own.

    ``#define IF_OPEN if (foo_open)`` does; of a name that no macro in reach has, nothing is known.
    """
    found = file.macros_seen(name)
    return not found or any(_ends_open(where, macro.body, depth) for where, macro in found)


def _ends_open(file: FileModel, body: str, depth: int) -> bool:
    body = body.rstrip()
    if not body or body.endswith((";", "}")):
        return False
    last = _LAST.search(body)
    return last is None or depth >= _MAX_DEPTH or is_unfinished(file, last[1], depth + 1)
