# SPDX-License-Identifier: GPL-2.0-only
"""Migration: what a run over a tree found, as the people who run the migration want it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.convert.conversion import HookRef, Reason, Tier
from mmapmigrate.convert.reach import given_up
from mmapmigrate.convert.tables.dispatchers import dispatch_reasons
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.result import FileResult, Problem
from mmapmigrate.migration.blockers import Blockers
from mmapmigrate.migration.functions import Functions
from mmapmigrate.migration.graph import Blocker, BlockerKind, Graph, Step
from mmapmigrate.migration.macros import MacroUse, defines, uses, wrappers
from mmapmigrate.migration.trees import Trees
from mmapmigrate.model.mentions import UnreadError
from mmapmigrate.model.ops import EntryForm, OpsEntry

RULES = ("MM101", "MM103", "MM105")
"""The rules whose findings are hooks: every table member that still takes a half-built VMA."""

Search = Callable[[Sequence[str]], Sequence[str]]
"""The files of the run that hold one of these words."""


class Hook(Struct, frozen=True):
    """One ops table's member that names a hook taking a VMA.

    ``rule`` found it; None where a macro of another file writes it, which is then ``macro``. ``tier`` is
    None where the rule has no fix and the kernel lacks nothing. ``blockers`` are the ids of what blocks it
    directly.
    """

    path: str
    line: int
    ref: HookRef
    rule: str | None
    subsystem: str
    tier: Tier | None
    macro: str | None = None
    reasons: tuple[Reason, ...] = ()
    blockers: tuple[str, ...] = ()


class Done(Struct, frozen=True):
    """One ops table's member that takes a descriptor already."""

    path: str
    line: int
    ref: HookRef
    subsystem: str


class Ranked(Struct, frozen=True):
    """A blocker and what it is worth, in hooks."""

    blocker: Blocker
    subsystem: str
    in_the_way: int
    frees_alone: int


class Core(Struct, frozen=True):
    """The shared blockers of one subsystem together: what moving all of them is worth."""

    subsystem: str
    blockers: tuple[str, ...]
    in_the_way: int
    frees_alone: int


class Subsystem(Struct, frozen=True):
    """One MAINTAINERS entry, or a folder where there is none; ``by_tier`` counts its hooks (None: no fix)."""

    name: str
    status: str
    hooks: int
    converted: int
    by_tier: Mapping[Tier | None, int]


class Migration(Struct, frozen=True):
    """The whole picture; each sequence has a stable order. ``unread`` is what it lacks."""

    hooks: tuple[Hook, ...]
    converted: tuple[Done, ...]
    subsystems: tuple[Subsystem, ...]
    blockers: tuple[Ranked, ...]
    cores: tuple[Core, ...]
    order: tuple[Step, ...]
    unread: tuple[Problem, ...] = ()

    @property
    def by_tier(self) -> Mapping[Tier | None, int]:
        """How many hooks each tier has, best first."""
        return _by_tier(self.hooks)


def migration(results: Iterable[FileResult], api: KernelApi, search: Search) -> Migration:
    """The state of the migration that ``results``, which hold findings of RULES and surveys, show."""
    known = list(results)
    trees = Trees()
    findings = [one for each in known for one in each.findings if one.rule in RULES and one.hook]
    named = {
        reason.subject
        for finding in findings
        if finding.fix is not None
        for reason in finding.fix.reasons
        if reason.code == "no-counterpart"
    }
    surveys = {each.path: each.survey for each in known if each.survey is not None}
    blockers = Blockers(Functions(surveys, api, named))
    hooks = [_hook(finding, blockers, trees) for finding in findings]
    hooks += _macro_hooks(findings, hooks, blockers, trees, api, search)
    hooks.sort(key=lambda hook: (hook.path, hook.line, hook.ref.member, hook.rule or ""))
    converted = [
        Done(path, one.line, HookRef(one.struct, one.member, one.object, one.handler), trees.name(path))
        for path, survey in surveys.items()
        for one in survey.converted
    ]
    converted.sort(key=lambda done: (done.path, done.line))
    placed = _placed(blockers.all(), api, trees, findings[0].path if findings else "")
    graph = Graph(placed, [hook.blockers for hook in hooks])
    ranked = _ranked(graph, placed, trees)
    return Migration(
        tuple(hooks),
        tuple(converted),
        _subsystems(hooks, converted, trees),
        ranked,
        _cores(graph, ranked),
        graph.order(),
        tuple(Problem(path, 0, message) for path, message in sorted(trees.unread.items())),
    )


def _hook(finding: Finding, blockers: Blockers, trees: Trees) -> Hook:
    assert finding.hook is not None
    reasons = finding.fix.reasons if finding.fix is not None else ()
    tier = finding.fix.tier if finding.fix is not None else None
    found = blockers.of_reasons(reasons)
    if finding.fix is None:
        found |= blockers.of_member(finding.hook, finding.path)
        tier = Tier.BLOCKED if found else None
    return Hook(
        finding.path,
        finding.line,
        finding.hook,
        finding.rule,
        trees.name(finding.path),
        tier,
        reasons=reasons,
        blockers=tuple(sorted(found)),
    )


def _macro_hooks(
    findings: Sequence[Finding],
    hooks: Sequence[Hook],
    blockers: Blockers,
    trees: Trees,
    api: KernelApi,
    search: Search,
) -> list[Hook]:
    """The tables that macros with a finding of their own write in the files that use them."""
    shared: dict[str, Hook] = {}
    found: list[Hook] = []

    def add(path: str, macros: Mapping[str, str], bases: Mapping[str, Hook]) -> None:
        for use in uses(trees.file(path), macros):
            found.append(_macro_hook(use, bases[use.macro], blockers, trees, api))

    for finding, hook in zip(findings, hooks, strict=True):
        file = trees.file(finding.path)
        name = hook.ref.object
        if name is None or not defines(file, name):
            continue
        forms = {entry.form for entry in file.entries() if entry.start == finding.start}
        if EntryForm.MACRO in forms and finding.path.endswith(".h"):
            shared[name] = hook
        elif EntryForm.MACRO in forms:
            # Another file may have a macro of the same name.
            add(finding.path, wrappers(file, {name: name}), {name: hook})
    names: dict[str, str] = {}
    for name in sorted(shared):
        file = trees.file(shared[name].path)
        names |= wrappers(file, {name: name})
    if not names:
        return found
    files = search(sorted(names))
    # A macro of yet another header may stand in front of these; its users name neither.
    outer = dict(names)
    for path in files:
        outer |= wrappers(trees.file(path), names)
    if outer.keys() - names.keys():
        files = search(sorted(outer))
    for path in files:
        add(path, outer, shared)
    return found


def _macro_hook(use: MacroUse, base: Hook, blockers: Blockers, trees: Trees, api: KernelApi) -> Hook:
    project = trees.project(use.path)
    file = trees.file(use.path)
    end = use.offset + len(use.macro)
    entry = OpsEntry(
        base.ref.struct,
        base.ref.member,
        use.object,
        base.ref.handler,
        EntryForm.MACRO,
        use.offset,
        end,
        use.offset,
        end,
        use.offset,
        end,
    )
    reasons: tuple[Reason, ...]
    try:
        reasons = tuple(dispatch_reasons(file, [entry], api, project, search=False))
    except UnreadError as error:
        reasons = (given_up(use.path, use.line, error),)
    macro = blockers.macro(use.macro, base.path, base.line, base.blockers)
    found = {macro, *blockers.of_reasons(reasons)}
    return Hook(
        use.path,
        use.line,
        replace(base.ref, object=use.object),
        None,
        trees.name(use.path),
        Tier.worst([base.tier or Tier.SKELETON, *(reason.tier for reason in reasons)]),
        use.macro,
        reasons,
        tuple(sorted(found)),
    )


def _placed(
    blockers: Mapping[str, Blocker], api: KernelApi, trees: Trees, beside: str
) -> Mapping[str, Blocker]:
    """``blockers`` with the places that the kernel's API tells from the tree's top written as paths are."""
    found = dict(blockers)
    if api.root is None or str(trees.root(beside)) != str(Path(api.root).absolute()):
        return found
    for key, one in blockers.items():
        if one.path and one.kind in (BlockerKind.MEMBER, BlockerKind.DISPATCHER):
            path = trees.place(one.path, beside)
            tag = one.name.partition(".")[0]
            line = one.line or trees.struct_line(path, tag)
            found[key] = replace(one, path=path, line=line)
    return found


def _ranked(graph: Graph, blockers: Mapping[str, Blocker], trees: Trees) -> tuple[Ranked, ...]:
    found = []
    for key, blocker in blockers.items():
        way, alone = len(graph.in_the_way([key])), len(graph.freed([key]))
        if way:
            subsystem = trees.name(blocker.path) if blocker.path else ""
            found.append(Ranked(blocker, subsystem, way, alone))
    return tuple(sorted(found, key=lambda one: (-one.in_the_way, -one.frees_alone, one.blocker.id)))


def _cores(graph: Graph, ranked: Sequence[Ranked]) -> tuple[Core, ...]:
    by_subsystem: dict[str, list[str]] = {}
    for one in ranked:
        if one.blocker.shared and one.subsystem:
            by_subsystem.setdefault(one.subsystem, []).append(one.blocker.id)
    cores = [
        Core(name, tuple(ids), len(graph.in_the_way(ids)), len(graph.freed(ids)))
        for name, ids in by_subsystem.items()
    ]
    return tuple(sorted(cores, key=lambda core: (-core.frees_alone, -core.in_the_way, core.subsystem)))


def _subsystems(hooks: Sequence[Hook], converted: Sequence[Done], trees: Trees) -> tuple[Subsystem, ...]:
    done = Counter(one.subsystem for one in converted)
    by_name: dict[str, list[Hook]] = {name: [] for name in done}
    for hook in hooks:
        by_name.setdefault(hook.subsystem, []).append(hook)
    found = [
        Subsystem(name, trees.statuses.get(name, ""), len(own), done[name], _by_tier(own))
        for name, own in by_name.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.hooks, -one.converted, one.name)))


def _by_tier(hooks: Iterable[Hook]) -> Mapping[Tier | None, int]:
    counts = Counter(hook.tier for hook in hooks)
    return {tier: counts[tier] for tier in (*Tier, None) if counts[tier]}
