# SPDX-License-Identifier: GPL-2.0-only
"""Macros of the file or its headers that reach into the hook for names that its new form no longer has.

``#define FOO_SIZE (vma->vm_end - vma->vm_start)`` in a hook: its text mentions no VMA, its meaning does.
"""

from __future__ import annotations

import re

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.file import FileModel

_WORD = re.compile(r"[A-Za-z_]\w*")
_MAX_DEPTH = 4


def prove_captures(plan: Plan) -> None:
    """Add to ``plan`` a reason for each macro in the hook's body that names its VMA or its file by itself."""
    hook = plan.hook
    names = {parameter.name for parameter in hook.function.parameters if parameter.name}
    judged: set[str] = set()
    for node in hook.identifiers:
        name = hook.text(node)
        if name in judged:
            continue
        judged.add(name)
        taken = _captured(hook.file, name, names, 0)
        if taken is not None:
            message = f"the macro `{name}` uses `{taken}` without being given it"
            plan.refuse(node, "macro-captures", message, Tier.SKELETON)


def _captured(file: FileModel, name: str, names: set[str], depth: int) -> str | None:
    """The first of ``names`` that a macro's body spells, as itself and not as a parameter or a member."""
    for where, macro in file.macros_seen(name):
        code = re.sub(r'"(\\.|[^"\\])*"', '""', macro.body)
        code = re.sub(r"(?:\.|->|\bstruct|\bunion|\benum)\s*[A-Za-z_]\w*", " ", code)
        for word in dict.fromkeys(_WORD.findall(code)):
            if word in (macro.parameters or ()):
                continue
            if word in names:
                return str(word)
            inner = _captured(where, word, names, depth + 1) if depth < _MAX_DEPTH and word != name else None
            if inner is not None:
                return inner
    return None
