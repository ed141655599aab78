# SPDX-License-Identifier: GPL-2.0-only
"""The size that an action is given: the VMA's, or a reason (mm/memory.c, remap_pfn_range_prepare())."""

from __future__ import annotations

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Action, Plan
from mmapmigrate.convert.values import Size
from mmapmigrate.convert.values.tested import is_proven, is_within


def prove_size(plan: Plan, action: Action) -> None:
    """An explicit size: proven to be the VMA's by the tests before it, or a reason."""
    if action.size is None or is_proven(plan.values, action.call, action.size):
        return
    known = plan.values.size(action.size)
    text = " ".join(plan.hook.text(action.size).split())
    if known is not Size.FULL and is_within(plan.values, action.call, action.size):
        known = Size.PART
    if known not in (Size.FULL, Size.PART):
        message = f"`{text}` is not provably within the VMA; beyond it the action fails with -EFAULT"
        plan.refuse(action.call, "size-may-exceed", message, Tier.REVIEW)
    # Less than the VMA cannot be copied on write: the prepare step refuses it with the remap's own errno.
    if known is not Size.FULL and action.override not in (None, "-EINVAL"):
        message = (
            f"`{text}` may be less than the VMA: a private writable mapping then fails with -EINVAL in the "
            f"prepare step, not {action.override}"
        )
        plan.refuse(action.call, "override-gap", message, Tier.REVIEW)
