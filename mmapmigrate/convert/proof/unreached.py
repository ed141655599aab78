# SPDX-License-Identifier: GPL-2.0-only
"""Helpers that are called behind a return: they are converted too, and what they do is on no path."""

from __future__ import annotations

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.settled import step_of
from mmapmigrate.model.outcomes import walks_of


def prove_reached(plan: Plan) -> None:
    """Each call of a helper is on a path of its function: nothing else proves the helper."""
    if not plan.helper_calls:
        return
    walks = walks_of(plan.hook, {})
    for call, name in plan.helper_calls.values():
        if all(step_of(walk.path, call) is None for walk in walks):
            plan.refuse(
                call, "unreached", f"`{name}()` is called on no path that can be taken", Tier.SKELETON
            )
