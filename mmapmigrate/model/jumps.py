# SPDX-License-Identifier: GPL-2.0-only
"""Jumps that the text of a function does not show: a macro of the file may return, or go to a label."""

from __future__ import annotations

import re

from mmapmigrate.model.file import FileModel

_MAX_DEPTH = 4
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
