# SPDX-License-Identifier: GPL-2.0-only
"""Plans fixes: conversions first, then the rules' own edits, until nothing changes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from mmapmigrate.convert.conversion import Conversion, Reason, Tier
from mmapmigrate.kernel.tree import find_tree
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.fixed import (
    NO_SKELETON,
    OUTSIDE_PATHS,
    SKELETON_TIERS,
    FileChange,
    FixOutcome,
    FixResult,
    Refusals,
)
from mmapmigrate.lint.options import CONVERTED_RULES, DEFECT, CheckOptions
from mmapmigrate.lint.pool import Progress
from mmapmigrate.lint.result import CheckResult, FileResult, Problem
from mmapmigrate.lint.runner import run
from mmapmigrate.syntax.edit import Edit, OverlappingEditsError, apply_edits
from mmapmigrate.syntax.source import SourceFile

MAX_ROUNDS = 10
"""Each round applies what the one before made possible; many mean that two fixes undo each other."""


class FixOptions(Struct, frozen=True):
    """``tiers`` are those to apply; ``follow`` allows edits of files that are not under ``paths``."""

    check: CheckOptions
    paths: tuple[str, ...]
    tiers: frozenset[Tier] = frozenset({Tier.COMPLETE})
    follow: bool = False
    jobs: int | None = None
    refused: Refusals = field(default_factory=dict)


def plan_fixes(files: Sequence[str], options: FixOptions, *, progress: Progress | None = None) -> FixResult:
    """What ``fix`` makes of ``files``, or of the texts that the options have for them; writes nothing.

    Raises what ``runner.run`` raises.
    """
    skeletons = not SKELETON_TIERS.isdisjoint(options.tiers)
    options = replace(options, check=replace(options.check, skeletons=skeletons))
    files = _distinct(files)
    found = run(files, options.check, jobs=options.jobs, progress=progress)
    results = {each.path: each for each in found}
    plan = _Plan(options)
    for _ in range(MAX_ROUNDS):
        changed = plan.apply(results)
        if not changed:
            break
        again = [path for path in files if path in changed or _concerned(results.get(path), changed)]
        # A file that was followed is checked too, but only what is under PATHS counts in the report.
        check = replace(options.check, texts={**options.check.texts, **plan.texts})
        results = {path: each for path, each in results.items() if path not in again}
        results |= {each.path: each for each in run(again, check, jobs=1)}
    else:
        for path in sorted(changed):
            plan.errors.append(
                Problem(path, 0, f"{DEFECT}: fixes still change this file after {MAX_ROUNDS} rounds")
            )
    return plan.result(results, len(files))


def _distinct(files: Sequence[str]) -> list[str]:
    """``files`` without those that lead to a file which is there already: no file is to be written twice."""
    seen: dict[tuple[int, int], list[str]] = {}
    kept = []
    for path in files:
        try:
            status = os.stat(path)  # noqa: PTH116 - a tree has 60,000 files
        except OSError:
            kept.append(path)
            continue
        same = seen.setdefault((status.st_dev, status.st_ino), [])
        # Hard links are files of their own: writing replaces one and leaves the other.
        if same and os.path.realpath(path) in map(os.path.realpath, same):
            continue
        same.append(path)
        kept.append(path)
    return kept


class _Plan:
    """The texts as they stand, and what became of each fix."""

    def __init__(self, options: FixOptions) -> None:
        self.options = options
        self.texts: dict[str, bytes] = {}
        self.errors: list[Problem] = []
        self._old: dict[str, SourceFile] = {}
        self._applied: list[FixOutcome] = []
        self._left_out: dict[str, FixOutcome] = {}
        # Path.resolve() raises for a link that leads round in a circle.
        self._roots = {os.path.realpath(path) for path in options.paths}

    def apply(self, results: Mapping[str, FileResult]) -> set[str]:
        """Applies what can be applied to the texts that ``results`` speak of; returns the changed paths."""
        joined = CheckResult.of(results.values())
        self._left_out = {}
        return self._apply_conversions(joined) or self._apply_own_fixes(joined)

    def result(self, results: Mapping[str, FileResult], files: int) -> FixResult:
        changes = [
            FileChange(path, self._old[path].data, text, self._old[path].identity)
            for path, text in sorted(self.texts.items())
            if text != self._old[path].data
        ]
        # A skeleton does not take its finding away, so the last round has its conversion again.
        done = {(each.path, each.handler) for each in self._applied if each.is_skeleton}
        left_out = [one for one in self._left_out.values() if (one.path, one.handler) not in done]
        outcomes = [*self._applied, *left_out]
        outcomes.sort(key=lambda outcome: (outcome.path, outcome.line, outcome.rule))
        left = CheckResult.of(results.values(), self.errors, files)
        return FixResult(tuple(changes), tuple(outcomes), left)

    def _apply_conversions(self, joined: CheckResult) -> set[str]:
        changed: set[str] = set()
        taken: dict[str, list[Edit]] = {}
        for conversion in joined.conversions:
            wanted = (
                conversion.tier in self.options.tiers
                and conversion.files
                and conversion.defect is None
                and (conversion.path, conversion.handler) not in self.options.refused
            )
            hindrances = self._hindrances(conversion.files) if wanted else []
            if not wanted or hindrances:
                self._leave_out(conversion, hindrances)
                continue
            if not all(self._current(path, joined) for path in conversion.files):
                self._leave_out(conversion, [])
                continue
            edits = conversion.edits or conversion.skeleton
            proposal = {path: [*taken.get(path, ()), *edits[path]] for path in conversion.files}
            try:
                for path, each in proposal.items():
                    apply_edits(self._text(path), each)
            except OverlappingEditsError:
                # Two conversions want the same bytes: the second one is found anew in the next round's text.
                self._leave_out(conversion, [])
                continue
            taken |= proposal
            self._applied.append(_outcome(conversion, applied=True))
            changed.update(conversion.files)
        return self._commit(taken, changed)

    def _apply_own_fixes(self, joined: CheckResult) -> set[str]:
        changed: set[str] = set()
        taken: dict[str, list[Edit]] = {}
        for finding in joined.findings:
            fix = finding.fix
            if fix is None or not fix.edits or finding.rule in CONVERTED_RULES:
                continue
            path = finding.path
            proposal = [*taken.get(path, ()), *fix.edits]
            refused = (path, finding.rule) in self.options.refused
            wanted = fix.tier in self.options.tiers and not refused
            hindrances = self._hindrances([path]) if wanted else []
            applied = wanted and not hindrances and self._current(path, joined)
            if applied:
                try:
                    apply_edits(self._text(path), proposal)
                except OverlappingEditsError:
                    applied = False
            outcome = _own_outcome(finding, applied=applied)
            if applied:
                taken[path] = proposal
                self._applied.append(outcome)
                changed.add(path)
            else:
                outcome = replace(outcome, reasons=(*outcome.reasons, *_outside(outcome, hindrances)))
                self._left_out[f"{finding.rule} {path} {finding.start}"] = outcome
        return self._commit(taken, changed)

    def _commit(self, taken: Mapping[str, Sequence[Edit]], changed: set[str]) -> set[str]:
        for path, edits in taken.items():
            self.texts[path] = apply_edits(self._text(path), edits)
        return changed

    def _text(self, path: str) -> bytes:
        return self.texts[path] if path in self.texts else self._old[path].data

    def _current(self, path: str, joined: CheckResult) -> bool:
        """Whether ``path`` is still the file that the edits were made for; reads it on first use."""
        if path in self._old:
            return True
        text = self.options.check.texts.get(path)
        try:
            source = SourceFile.read(path) if text is None else SourceFile(path, text)
        except OSError as error:
            self.errors.append(Problem(path, 0, f"cannot be read: {error.strerror or error}"))
            return False
        identity = joined.identities.get(path)
        if identity is not None and identity != source.identity:
            self.errors.append(Problem(path, 0, "changed while it was checked: not fixed"))
            return False
        self._old[path] = source
        return True

    def _hindrances(self, paths: Iterable[str]) -> list[str]:
        return [why for path in paths if (why := self._hindrance(path)) is not None]

    def _hindrance(self, path: str) -> str | None:
        """Why ``path`` may not be edited, None where it may: it is one of PATHS, below one, or followed."""
        real = os.path.realpath(path)
        above = {str(folder) for folder in Path(real).parents}
        if real in self._roots or not above.isdisjoint(self._roots):
            return None
        top = find_tree(Path(path).parent) or Path(path).parent
        if os.path.realpath(top) not in above:
            return f"{path} is a link that leads out of the tree"
        if self.options.follow:
            return None
        return f"the conversion also edits {path}, which is not under the paths given; --follow allows it"

    def _leave_out(self, conversion: Conversion, hindrances: Sequence[str]) -> None:
        outcome = _outcome(conversion, applied=False)
        more = _outside(outcome, hindrances)
        if conversion.no_skeleton:
            why = f"no skeleton: {conversion.no_skeleton}"
            more = (Reason(conversion.path, conversion.line, NO_SKELETON, why, conversion.tier),)
        refused = self.options.refused.get((conversion.path, conversion.handler))
        if refused is not None:
            more = (*more, refused)
        key = f"{conversion.rule} {conversion.path} {conversion.line} {conversion.hooks}"
        self._left_out[key] = replace(outcome, reasons=(*outcome.reasons, *more))


def _outcome(conversion: Conversion, *, applied: bool) -> FixOutcome:
    return FixOutcome(
        rule=conversion.rule,
        path=conversion.path,
        line=conversion.line,
        hooks=conversion.hooks,
        tier=conversion.tier,
        applied=applied,
        files=conversion.files,
        reasons=conversion.reasons,
        handler=conversion.handler,
        notes=conversion.notes,
    )


def _outside(outcome: FixOutcome, hindrances: Iterable[str]) -> tuple[Reason, ...]:
    """The reasons why the files of ``outcome`` may not be edited."""
    return tuple(Reason(outcome.path, outcome.line, OUTSIDE_PATHS, why, outcome.tier) for why in hindrances)


def _own_outcome(finding: Finding, *, applied: bool) -> FixOutcome:
    assert finding.fix is not None
    return FixOutcome(
        rule=finding.rule,
        path=finding.path,
        line=finding.line,
        hooks=(finding.hook,) if finding.hook is not None else (),
        tier=finding.fix.tier,
        applied=applied,
        files=(finding.path,),
        reasons=finding.fix.reasons,
    )


def _concerned(result: FileResult | None, changed: Iterable[str]) -> bool:
    """Whether a finding of ``result`` may hang on a ``changed`` file: one that its conversion edits, or one
    of its folder.
    """
    if result is None or not result.findings:
        return False
    edited = {path for conversion in result.conversions for path in conversion.files}
    folder = Path(result.path).parent
    return any(path in edited or Path(path).parent == folder for path in changed)
