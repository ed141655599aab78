# SPDX-License-Identifier: GPL-2.0-only
"""The JSON of plan: a contract that other programs read (docs/plan.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.migration.state import Core, Done, Hook, Migration, Ranked, Subsystem
from mmapmigrate.report.json import Object, dump, head, hook_object, problem_objects, reason_objects
from mmapmigrate.report.style import unicode_text

NO_FIX = "no_fix"
"""The key of hooks without a tier."""


def plan_json(migration: Migration, result: CheckResult, api: KernelApi) -> str:
    """What ``plan --format json`` prints."""
    text = dump(
        {
            **head(api),
            "hooks": [_hook(hook) for hook in migration.hooks],
            "converted": [_done(done) for done in migration.converted],
            "subsystems": [_subsystem(one) for one in migration.subsystems],
            "blockers": [_blocker(one) for one in migration.blockers],
            "cores": [_core(one) for one in migration.cores],
            "order": [
                {"blocker": step.blocker, "freed": step.freed, "total": step.total}
                for step in migration.order
            ],
            **problem_objects(result),
            "summary": _summary(migration, result),
        }
    )
    return unicode_text(text)


def tier_counts(by_tier: Mapping[Tier | None, int]) -> Mapping[str, int]:
    """Hooks by tier, each tier named."""
    counts = {tier.value: by_tier.get(tier, 0) for tier in Tier}
    return {**counts, NO_FIX: by_tier.get(None, 0)}


def _hook(hook: Hook) -> Object:
    return {
        "rule": hook.rule,
        "path": hook.path,
        "line": hook.line,
        "hook": hook_object(hook.ref),
        "macro": hook.macro,
        "subsystem": hook.subsystem,
        "tier": None if hook.tier is None else hook.tier.value,
        "blockers": list(hook.blockers),
        "reasons": reason_objects(hook.reasons),
    }


def _done(done: Done) -> Object:
    return {
        "path": done.path,
        "line": done.line,
        "hook": hook_object(done.ref),
        "subsystem": done.subsystem,
    }


def _subsystem(one: Subsystem) -> Object:
    return {
        "name": one.name,
        "status": one.status,
        "hooks": one.hooks,
        "converted": one.converted,
        "by_tier": tier_counts(one.by_tier),
    }


def _blocker(one: Ranked) -> Object:
    blocker = one.blocker
    return {
        "id": blocker.id,
        "kind": blocker.kind.value,
        "name": blocker.name,
        "path": blocker.path or None,
        "line": blocker.line or None,
        "subsystem": one.subsystem or None,
        "in_the_way": one.in_the_way,
        "frees_alone": one.frees_alone,
        "needs": list(blocker.needs),
    }


def _core(one: Core) -> Object:
    return {
        "subsystem": one.subsystem,
        "blockers": list(one.blockers),
        "in_the_way": one.in_the_way,
        "frees_alone": one.frees_alone,
    }


def _summary(migration: Migration, result: CheckResult) -> Object:
    rules = Counter(hook.rule for hook in migration.hooks if hook.rule is not None)
    return {
        "files": result.files,
        "parsed": result.parsed,
        "hooks": len(migration.hooks),
        "converted": len(migration.converted),
        "by_rule": dict(sorted(rules.items())),
        "by_macro": sum(hook.rule is None for hook in migration.hooks),
        "by_tier": tier_counts(migration.by_tier),
        "blockers": len(migration.blockers),
    }
