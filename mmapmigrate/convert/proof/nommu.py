# SPDX-License-Identifier: GPL-2.0-only
"""Without an MMU every action fails, where the old remap succeeded (mm/util.c, mmap_action_complete())."""

from __future__ import annotations

import re

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan


def prove_no_mmu(plan: Plan) -> None:
    """Without an MMU every action fails, where the old remap succeeded."""
    if not plan.actions:
        return
    found = re.search(rb"\b(CONFIG_MMU|mmap_capabilities)\b", plan.hook.file.unit.code)
    if found is not None:
        message = (
            f"the file knows {found[1].decode()}: without an MMU an action fails where the old remap did not"
        )
        plan.refuse(plan.actions[0].call, "nommu", message, Tier.REVIEW)
