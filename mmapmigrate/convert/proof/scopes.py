# SPDX-License-Identifier: GPL-2.0-only
"""What the end of a scope runs: ``__free()`` and ``__cleanup()`` act before an action does.

Source: include/linux/cleanup.h; mm/util.c (mmap_action_complete() runs after the hook has returned).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects.tables import is_release
from mmapmigrate.convert.plan import Plan

_CLEANUP = re.compile(rb"\b(?:__free|(?:__)?cleanup(?:__)?)\s*\(\s*(\w+)\s*\)")
_PAGES = "mmap_action_map_kernel_pages"


def prove_scope_ends(plans: Sequence[Plan]) -> None:
    """``plans`` are those of a hook and its helpers: what one frees may be what another's action reads."""
    actions = {action.kind for plan in plans for action in plan.actions}
    if not actions:
        return
    for plan in plans:
        # Of a declaration of several, each refusal names one.
        searched: dict[int, re.Match[bytes] | None] = {}
        for local in plan.hook.locals.values():
            declaration = local.declaration
            # The parser sees no __free(): the text does.
            if declaration.id not in searched:
                searched[declaration.id] = _CLEANUP.search(
                    plan.hook.data, declaration.start_byte, declaration.end_byte
                )
            found = searched[declaration.id]
            if found is None:
                continue
            name = found[1].decode()
            if _PAGES in actions:
                message = f"`{local.name}` is released when the hook returns, and the action reads it later"
                plan.refuse(declaration, "released-on-return", message, Tier.BLOCKED)
            elif not is_release(name):
                message = f"`{_spelled(found[0])}` now runs before the mapping exists"
                plan.refuse(declaration, "result-after-action", message, Tier.REVIEW)


def _spelled(text: bytes) -> str:
    return " ".join(text.decode("latin-1").split())
