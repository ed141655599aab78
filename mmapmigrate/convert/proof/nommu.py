# SPDX-License-Identifier: GPL-2.0-only
"""Without an MMU every action fails, where the old remap succeeded (mm/util.c, mmap_action_complete())."""

from __future__ import annotations

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.words import word_places

_WORDS = (b"CONFIG_MMU", b"mmap_capabilities")


def prove_no_mmu(plan: Plan) -> None:
    """Without an MMU every action fails, where the old remap succeeded."""
    if not plan.actions:
        return
    file = plan.hook.file
    known = file.once("what it knows of an MMU", lambda: _known(file))
    if known:
        message = f"the file knows {known}: without an MMU an action fails where the old remap did not"
        plan.refuse(plan.actions[0].call, "nommu", message, Tier.REVIEW)


def _known(file: FileModel) -> str:
    """The first word that tells of an MMU in the code of ``file``, "" if none does."""
    code = file.unit.code
    first = ((next(word_places(code, word), None), word) for word in _WORDS)
    return min(((at, word.decode()) for at, word in first if at is not None), default=(0, ""))[1]
