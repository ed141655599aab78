# SPDX-License-Identifier: GPL-2.0-only
"""The state of a migration as one page that needs nothing else (page.html, page.css, page.js)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from mmapmigrate import __version__
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.migration.graph import BlockerKind
from mmapmigrate.migration.state import Hook, Migration, Ranked
from mmapmigrate.report.plan.links import Links, breakable
from mmapmigrate.report.plan.svg import draw
from mmapmigrate.report.plan.words import KINDS, blocker_name, own, percent, shared, tier_name
from mmapmigrate.report.style import printable, unicode_text
from mmapmigrate.report.summary import count

ROWS = 20
"""Rows of a table that are shown at once; the others are one click away."""

NOTHING = "<p>No hook waits for anything.</p>"


def plan_html(migration: Migration, result: CheckResult, api: KernelApi, links: Links) -> str:
    """What ``plan --format html`` prints: a page whose scripts, styles and data are all inside."""
    folder = files("mmapmigrate.report.plan")
    parts = {name: folder.joinpath(name).read_text("utf-8") for name in ("page.html", "page.css", "page.js")}
    ranked = {one.blocker.id: one for one in migration.blockers}
    page = Template(parts["page.html"]).substitute(
        css=parts["page.css"].strip(),
        js=parts["page.js"].strip(),
        release=_text(api.release),
        version=_text(__version__),
        left=len(migration.hooks),
        moved=len(migration.converted),
        percent=percent(migration),
        files=result.files,
        tiles=_tiles(migration),
        bar=_bar(migration.by_tier, len(migration.converted)),
        order=_order(migration, ranked, links) or NOTHING,
        graph=draw(migration) or NOTHING,
        blockers=_blockers(shared(migration), ranked, links),
        codes=_codes(migration),
        cores=_cores(migration),
        subsystems=_subsystems(migration),
        tiers=_options(dict.fromkeys(tier_name(hook) for hook in _best_first(migration.hooks))),
        names=_options(sorted({hook.subsystem for hook in migration.hooks}, key=str.casefold)),
        hooks=_hooks(migration.hooks, ranked, links),
        problems=_problems(result),
    )
    return unicode_text(page.rstrip("\n"))


def _text(text: str) -> str:
    return escape(printable(text))


def _best_first(hooks: Iterable[Hook]) -> list[Hook]:
    return sorted(hooks, key=lambda hook: hook.tier.rank if hook.tier is not None else len(Tier))


def _tiles(migration: Migration) -> str:
    tiers = migration.by_tier
    ready = tiers.get(Tier.COMPLETE, 0) + tiers.get(Tier.REVIEW, 0)
    tiles = (
        (len(migration.hooks), "hooks to move", ""),
        (len(migration.converted), "moved", "moved"),
        (ready, "that fix converts today", "complete"),
        (tiers.get(Tier.SKELETON, 0), "for a person to finish", "skeleton"),
        (tiers.get(Tier.BLOCKED, 0), "blocked", "blocked"),
    )
    return "".join(
        f'<li class="tile {style}"><b>{number}</b> <span>{label}</span></li>'
        for number, label, style in tiles
    )


def _bar(by_tier: Mapping[Tier | None, int], moved: int, whole: int | None = None) -> str:
    """One bar of all tiers; the numbers stand beside it in words, so that it is only a picture."""
    parts = [
        ("moved", moved),
        *((tier.value if tier else "nofix", number) for tier, number in by_tier.items()),
    ]
    total = sum(number for _, number in parts)
    if not total:
        return ""
    width = f"{100 * total / whole:.2f}" if whole else "100"
    pieces = "".join(
        f'<i class="{style}" style="flex-grow:{number}" title="{number} {style}"></i>'
        for style, number in parts
        if number
    )
    return f'<span class="bar" aria-hidden="true" style="width:{width}%">{pieces}</span>'


def _name(one: Ranked, links: Links) -> str:
    """A blocker's name, a link where its place is known."""
    blocker = one.blocker
    if blocker.kind is BlockerKind.DISPATCHER:
        return f"<code>{links.place(blocker.path, blocker.line)}</code>"
    name = f"<code>{breakable(blocker_name(blocker))}</code>"
    if not blocker.path:
        return name
    return f'<a href="{_text(links.url(blocker.path, blocker.line))}">{name}</a>'


def _plain(one: Ranked, links: Links) -> str:
    blocker = one.blocker
    if blocker.kind is BlockerKind.DISPATCHER:
        return f"{links.name(blocker.path)}:{blocker.line}"
    return blocker_name(blocker)


def _table(caption: str, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], limit: int) -> str:
    """A table whose first column names the row; a head's style is "n" for numbers.

    Rows beyond ``limit`` are hidden by the page's script until they are asked for, and shown without it.
    """
    if not rows:
        return ""
    head = "".join(f'<th scope="col" class="{style}">{title}</th>' for title, style in heads)
    body = []
    for index, row in enumerate(rows):
        cells = "".join(
            f'<td class="{style}{" none" if cell == "-" else ""}" data-label="{title}">{cell}</td>'
            for cell, (title, style) in zip(row[1:], heads[1:], strict=True)
        )
        more = ' class="more"' if index >= limit else ""
        body.append(f'<tr{more}><th scope="row">{row[0]}</th>{cells}</tr>')
    return (
        f'<table data-rows="{len(rows)}"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )


def _order(migration: Migration, ranked: Mapping[str, Ranked], links: Links) -> str:
    blocked = sum(bool(hook.blockers) for hook in migration.hooks)
    rows = [
        (
            f'<span class="step">{number}.</span> {_name(ranked[step.blocker], links)}',
            _text(ranked[step.blocker].subsystem),
            str(step.freed),
            f'{step.total}<span class="bar" aria-hidden="true">'
            f'<i class="freed" style="width:{100 * step.total / blocked:.1f}%"></i></span>',
        )
        for number, step in enumerate(migration.order, 1)
    ]
    heads = (("Move this", ""), ("Subsystem", ""), ("Frees", "n"), ("Free by then", "n wide"))
    return _table(f"An order that frees many of the {blocked} waiting hooks early", heads, rows, 10)


def _blockers(blockers: Sequence[Ranked], ranked: Mapping[str, Ranked], links: Links) -> str:
    rows = [
        (
            _name(one, links),
            KINDS[one.blocker.kind],
            str(one.in_the_way),
            str(one.frees_alone),
            ", ".join(breakable(_plain(ranked[need], links)) for need in one.blocker.needs if need in ranked)
            or "-",
            f'<button type="button" class="show" data-blocker="{_text(one.blocker.id)}">Show'
            f'<span class="hidden"> the hooks behind {_text(_plain(one, links))}</span></button>',
        )
        for one in blockers
    ]
    heads = (
        ("Blocker", ""),
        ("Why", ""),
        ("In the way of", "n"),
        ("Frees alone", "n"),
        ("Waits for", ""),
        ("Hooks", ""),
    )
    return _table("What stands in the way, by the number of hooks behind it", heads, rows, ROWS)


def _codes(migration: Migration) -> str:
    rows = [
        (f"<code>{_text(one.blocker.name)}</code>", str(one.in_the_way), str(one.frees_alone))
        for one in own(migration)
    ]
    heads = (("Reason", ""), ("In the way of", "n"), ("Frees alone", "n"))
    return _table("What hooks do themselves that this kernel has nothing for", heads, rows, ROWS)


def _cores(migration: Migration) -> str:
    rows = [
        (_text(core.subsystem), str(len(core.blockers)), str(core.in_the_way), str(core.frees_alone))
        for core in migration.cores
    ]
    heads = (("Subsystem", ""), ("Blockers", "n"), ("In the way of", "n"), ("Frees", "n"))
    return _table("What each subsystem frees when all of its blockers have moved", heads, rows, 10)


def _subsystems(migration: Migration) -> str:
    most = max((one.hooks + one.converted for one in migration.subsystems), default=1)
    tiers = tuple(migration.by_tier)
    rows = [
        (
            f'{_text(one.name)} <span class="status">{_text(one.status)}</span>'
            f"{_bar(one.by_tier, one.converted, most)}",
            str(one.hooks),
            *(str(one.by_tier.get(tier, 0) or "-") for tier in tiers),
            str(one.converted or "-"),
        )
        for one in migration.subsystems
    ]
    heads = (
        ("Subsystem", ""),
        ("To move", "n"),
        *((tier.value.capitalize() if tier else "No fix", "n") for tier in tiers),
        ("Moved", "n"),
    )
    return _table("Hooks by the entry of MAINTAINERS that their file belongs to", heads, rows, ROWS)


def _options(names: Iterable[str]) -> str:
    return "".join(f"<option>{_text(name)}</option>" for name in names)


def _hooks(hooks: Sequence[Hook], ranked: Mapping[str, Ranked], links: Links) -> str:
    return "".join(_hook(hook, ranked, links) for hook in hooks)


def _hook(hook: Hook, ranked: Mapping[str, Ranked], links: Links) -> str:
    behind: dict[str, None] = {}
    pending = list(hook.blockers)
    while pending:
        key = pending.pop(0)
        if key not in behind and key in ranked:
            behind[key] = None
            pending += ranked[key].blocker.needs
    blockers = ", ".join(breakable(_plain(ranked[key], links)) for key in hook.blockers if key in ranked)
    handler = breakable(hook.ref.handler or "-")
    if hook.macro is not None:
        handler += f' <span class="status">through {breakable(hook.macro)}</span>'
    table = f"{breakable(hook.ref.object)}: " if hook.ref.object else ""
    member = breakable(f"{hook.ref.struct}.{hook.ref.member}")
    tier = tier_name(hook)
    return (
        f'<tr data-tier="{tier}" data-subsystem="{_text(hook.subsystem)}" '
        f'data-blockers="{_text(" ".join(behind))}">'
        f'<th scope="row">{links.place(hook.path, hook.line)}</th>'
        f'<td data-label="Hook"><code>{handler}</code></td>'
        f'<td data-label="Table">{table}<code>{member}</code></td>'
        f'<td data-label="Subsystem">{_text(hook.subsystem)}</td>'
        f'<td data-label="Tier"><span class="tag {tier.replace(" ", "")}">{tier}</span></td>'
        f'<td data-label="Blocked by">{blockers or "-"}</td></tr>'
    )


def _problems(result: CheckResult) -> str:
    lines = [
        f"<li><code>{breakable(f'{one.path}:{one.line}')}</code> {_text(one.message)}</li>"
        for one in (*result.errors, *result.unparsed)
    ]
    if not lines:
        return ""
    return (
        f"<details><summary>{count(len(lines), 'place')} could not be read or done</summary>"
        f"<ul>{''.join(lines)}</ul></details>"
    )
