# SPDX-License-Identifier: GPL-2.0-only
"""The state of a migration as tables for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.migration.graph import Blocker, BlockerKind
from mmapmigrate.migration.state import Migration
from mmapmigrate.report.fold import folded
from mmapmigrate.report.plan.words import KINDS, blocker_name, own, percent, shared
from mmapmigrate.report.style import Style, printable
from mmapmigrate.report.summary import count, plain_table, rich_table

Row = Sequence[str]

LONGEST = 60
"""Characters of a subsystem's title; some entries of MAINTAINERS list their devices there."""


def render_plan(
    migration: Migration,
    result: CheckResult,
    api: KernelApi,
    style: Style,
    *,
    top: int | None = 20,
    width: int | None = None,
    name: Callable[[str], str] = str,
) -> Iterator[str]:
    """The lines of the report: at most ``top`` rows a table (None: all).

    Drawn for a terminal of ``width`` columns when that is given. ``name`` says how a path is written.
    """
    yield from folded([_headline(migration, api, style)], width)
    if migration.hooks or migration.converted:
        yield ""
    ranked = {one.blocker.id: one for one in migration.blockers}
    way = "in the way of"
    move = [
        [
            str(number),
            _blocker(ranked[step.blocker].blocker, name),
            ranked[step.blocker].subsystem,
            str(ranked[step.blocker].in_the_way),
            str(step.freed),
            str(step.total),
        ]
        for number, step in enumerate(migration.order, 1)
    ]
    blockers = [
        [
            _blocker(one.blocker, name),
            KINDS[one.blocker.kind],
            str(one.in_the_way),
            str(one.frees_alone),
            str(len(one.blocker.needs) or "-"),
        ]
        for one in shared(migration)
    ]
    cores = [
        [core.subsystem, str(len(core.blockers)), str(core.in_the_way), str(core.frees_alone)]
        for core in migration.cores
    ]
    codes = [[one.blocker.name, str(one.in_the_way), str(one.frees_alone)] for one in own(migration)]
    tables = (
        ("What to move first", ["step", "blocker", "subsystem", way, "frees", "free by then"], move, 3),
        ("Blockers", ["blocker", "why", way, "frees alone", "needs"], blockers, 2),
        ("Subsystems that others wait for", ["subsystem", "blockers", way, "frees"], cores, 1),
        ("Blocked by what hooks do themselves", ["reason", way, "frees alone"], codes, 1),
        ("Hooks by subsystem", _subsystem_head(migration), _subsystem_rows(migration), 1),
    )
    for title, head, rows, left in tables:
        if rows:
            yield style.bold(title)
            yield from _table(head, rows, left, style, top, width)
            yield ""
    yield from folded([_totals(migration, result)], width)


def _headline(migration: Migration, api: KernelApi, style: Style) -> str:
    text = f"Linux {printable(api.release)}: {count(len(migration.hooks), 'hook')} to move"
    return f"{style.bold(text)}, {len(migration.converted)} moved ({percent(migration)} %)"


def _blocker(blocker: Blocker, name: Callable[[str], str]) -> str:
    if blocker.kind is BlockerKind.DISPATCHER:
        return f"{name(blocker.path)}:{blocker.line}"
    return blocker_name(blocker)


def _subsystem_head(migration: Migration) -> Row:
    return ["subsystem", "to move", *(_tier(tier) for tier in migration.by_tier), "moved"]


def _subsystem_rows(migration: Migration) -> list[Row]:
    return [
        [
            one.name if len(one.name) <= LONGEST else one.name[: LONGEST - 3] + "...",
            str(one.hooks),
            *(str(one.by_tier.get(tier, 0) or "-") for tier in migration.by_tier),
            str(one.converted or "-"),
        ]
        for one in migration.subsystems
    ]


def _tier(tier: Tier | None) -> str:
    return tier.value if tier is not None else "no fix"


def _table(
    head: Row, rows: Sequence[Row], left: int, style: Style, top: int | None, width: int | None
) -> Iterator[str]:
    shown = [head, *([printable(cell) for cell in row] for row in rows[:top])]
    if width is None:
        yield from plain_table(shown, left=left)
    else:
        yield from rich_table(shown, color=style.color, width=width, left=left)
    if top is not None and len(rows) > top:
        yield style.dim(f"... and {len(rows) - top} more (--top 0 shows all)")


def _totals(migration: Migration, result: CheckResult) -> str:
    tiers = ", ".join(f"{number} {_tier(tier)}" for tier, number in migration.by_tier.items())
    tiers = f" ({tiers})" if tiers else ""
    parts = [f"{count(len(migration.hooks), 'hook')}{tiers} in {count(result.files, 'file')}"]
    macros = sum(hook.rule is None for hook in migration.hooks)
    if macros:
        parts.append(f"{macros} of them through macros")
    if result.unparsed:
        parts.append(f"{count(len(result.unparsed), 'region')} not read")
    if result.errors:
        parts.append(count(len(result.errors), "error"))
    return "; ".join(parts)
