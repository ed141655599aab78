# SPDX-License-Identifier: GPL-2.0-only
"""What the end of a scope runs: ``__free()`` and ``__cleanup()`` act before an action does.

What it is given must come of a call of the hook's own: else it gives back, or counts, what somebody else has.

Source: include/linux/cleanup.h; mm/util.c (mmap_action_complete() runs after the hook has returned).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects.tables import is_release
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.body import Local
from mmapmigrate.syntax.nodes import bare

_CLEANUP = re.compile(rb"\b(?:__free|(?:__)?cleanup(?:__)?)\s*\(\s*(\w+)\s*\)")
_PAGES = "mmap_action_map_kernel_pages"


def prove_scope_ends(plans: Sequence[Plan]) -> None:
    """``plans`` are those of a hook and its helpers: what one frees may be what another's action reads."""
    actions = {action.kind for plan in plans for action in plan.actions}
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
            elif not _begun_here(local):
                message = f"`{_spelled(found[0])}` ends what the hook did not begin"
                plan.refuse(declaration, "unproven-effect", message, Tier.REVIEW)
            elif actions and not is_release(name):
                message = f"`{_spelled(found[0])}` now runs before the mapping exists"
                plan.refuse(declaration, "result-after-action", message, Tier.REVIEW)


def _begun_here(local: Local) -> bool:
    """Whether all that a local holds is what a call returned, or nothing."""
    values = [bare(value) for value in local.definitions]
    return (
        bool(values)
        and not local.written
        and all(value.type in ("call_expression", "null") for value in values)
    )


def _spelled(text: bytes) -> str:
    return " ".join(text.decode("latin-1").split())
