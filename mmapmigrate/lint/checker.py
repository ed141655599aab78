# SPDX-License-Identifier: GPL-2.0-only
"""Checks one file: model, rules, suppressions, and the conversions behind the fixes."""

from __future__ import annotations

import errno
import re
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout

from msgspec.structs import replace

from mmapmigrate.change.lines import ALL_LINES, Lines
from mmapmigrate.convert.conversion import Conversion
from mmapmigrate.disk.refused import note
from mmapmigrate.disk.scan import read_whole
from mmapmigrate.lint.catalogue import builtin_rules
from mmapmigrate.lint.finding import Finding, Fix, Severity, check_printable
from mmapmigrate.lint.limits import LimitError, awaited, bounded, memory_in_use
from mmapmigrate.lint.loader import LoadedRule, builtin_folder, describe, load_rules
from mmapmigrate.lint.options import CONVERTED_RULES, DEFECT, CheckOptions
from mmapmigrate.lint.result import FileResult, Problem
from mmapmigrate.lint.rule import RuleContext
from mmapmigrate.lint.suppression import Suppressions, read_suppressions
from mmapmigrate.lint.workspace import Workspace
from mmapmigrate.model.discovery import candidate, is_wide
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.signs import matters
from mmapmigrate.model.survey import survey
from mmapmigrate.syntax.source import LARGEST_FILE, FileIdentity, SourceFile

_TOO_DEEP = "nested, or calls one through another, too deeply to be followed"


_HOOK = re.compile(r"\bhook \w+\(\)")

PATIENCE = 3
"""For so many files a rule of the user's may go beyond a limit before it is left out for all that follow."""


class Checker:
    """Checks files one at a time; the files of a folder in a row are cheapest.

    Raises RuleLoadError when the rules cannot be loaded.
    """

    def __init__(self, options: CheckOptions) -> None:
        self.options = options
        # Whoever began the run has said which modules are broken.
        if options.rule_folders or options.catalogue is None:
            rules = load_rules(options.rule_folders, [])
        else:
            rules = builtin_rules(options.catalogue)
        self._rules = rules
        self._slow: Counter[str] = Counter()
        ours = builtin_folder()
        self._gate_rules = [rule for rule in rules if rule.path.parent == ours]
        # Asked for each rule and file.
        self._our_codes = frozenset(rule.code for rule in self._gate_rules)
        self._start_over()

    def _start_over(self) -> None:
        """Knows nothing of any file."""
        options = self.options
        self._workspace = Workspace(
            options.api,
            options.texts,
            self.suppressed,
            self.recheck,
            skeletons=options.skeletons,
            indexes=options.indexes,
        )
        self._suppressions: dict[str, Suppressions] = {}
        self._before: dict[str, tuple[Finding, ...]] = {}

    def forget(self) -> None:
        """Drops what is known of single files, so that a long run does not hold the whole tree in memory."""
        self._workspace.forget()
        self._suppressions.clear()
        self._before.clear()

    def check(self, path: str) -> FileResult:
        """The result of one file; nothing that a file or a rule does makes this raise an Exception."""
        try:
            data = self._read(path)
        except OSError as error:
            return _unreadable(path, error)
        if not candidate(data) or (self.options.ours_only and not matters(data)):
            return FileResult(path)
        return self.analyse(path)

    def analyse(self, path: str) -> FileResult:
        """The same for a file that a first look has found to matter: it is not looked at again."""
        try:
            file = self._workspace.project(path).file(path)
            data = file.unit.source.data
            if b"\0" in data:
                what = (
                    "UTF-16, which no compiler reads" if is_wide(data) else "binary file (holds a NUL byte)"
                )
                return FileResult(path, errors=(Problem(path, 0, f"{what}: not checked"),))
            return self._check_model(file)
        except OSError as error:
            return _unreadable(path, error)
        except _RuleLimitError as error:
            self._start_over()
            return self._without(error.rule, path, str(error))
        except LimitError as error:
            self._start_over()
            return FileResult(path, True, errors=(Problem(path, 0, f"{error}: not checked"),), cut=True)
        except RecursionError:
            return FileResult(path, True, errors=(Problem(path, 0, f"{_TOO_DEEP}: not checked"),))
        except Exception as error:
            note(error)
            return FileResult(
                path, True, errors=(Problem(path, 0, f"cannot be analysed: {describe(error)}"),)
            )

    def _without(self, rule: LoadedRule, path: str, why: str) -> FileResult:
        """The result of one file for which a rule of the user's has gone beyond a limit."""
        rules = self._rules
        self._slow[rule.code] += 1
        self._rules = tuple(each for each in rules if each is not rule)
        result = self.check(path)
        self._rules = tuple(each for each in rules if self._slow[each.code] < PATIENCE)
        left_out = "left out" if rule in self._rules else "left out from here on"
        problem = Problem(path, 0, f"rule {rule.code} {why}: {left_out}")
        return replace(result, errors=(*result.errors, problem), cut=True)

    def text(self, path: str) -> bytes | None:
        """The bytes of ``path`` that findings and edits speak of; None where it cannot be read."""
        try:
            return self._workspace.project(path).file(path).unit.source.data
        except OSError:
            return None

    def suppressed(self, path: str, offset: int) -> bool:
        """Whether a comment suppresses the finding of a hook at ``offset`` of ``path``."""
        source = self._workspace.project(path).file(path).unit.source
        line = source.position(offset).line
        suppressions = self._suppressions_of(source)
        return any(suppressions.covers(rule, line) for rule in CONVERTED_RULES)

    def recheck(self, after: FileModel) -> Sequence[tuple[str, int, str]]:
        """What our rules find in ``after``, a file with new text, and do not find in its old one.

        Returns (rule, line, message) triples. All built-in rules count, whatever is selected: the promise of
        a conversion does not hang on the user's selection. A rule that raises is left out, as in a check.
        """
        path = after.path
        if path not in self._before:
            self._before[path] = tuple(self._serious(self._workspace.project(path).file(path)))
        before = self._before[path]
        new, gone = _unlike(list(self._serious(after)), before, _key)
        if new:
            # What several hooks share is told of the first that stays as it is.
            new, _ = _unlike(new, gone, _key_without_hook)
        return [(finding.rule, finding.line, finding.message) for finding in new]

    def _read(self, path: str) -> bytes:
        text = self.options.texts.get(path)
        return read_whole(path, LARGEST_FILE) if text is None else text

    def _check_model(self, file: FileModel) -> FileResult:
        before = memory_in_use()
        with bounded(before):
            result = self._without_fixes(file)
        if not self.options.conversions:
            return replace(result, identities=self._identities(file, result.findings, ()))
        errors = list(result.errors)
        cut = False
        conversions: list[Conversion] = []
        findings: Sequence[Finding]
        try:
            with bounded(before):
                findings = self._with_fixes(file, result.findings, conversions, errors)
        except LimitError as error:
            # What was half known is known no more.
            self._start_over()
            findings, conversions, cut = result.findings, [], True
            errors.append(Problem(file.path, 0, f"converting its hooks {error}: none is converted"))
        return replace(
            result,
            findings=tuple(findings),
            conversions=tuple(conversions),
            errors=tuple(errors),
            identities=self._identities(file, findings, conversions),
            notes=() if errors else result.notes,
            cut=cut,
        )

    def _without_fixes(self, file: FileModel) -> FileResult:
        """What a check finds, before any hook is converted."""
        errors: list[Problem] = []
        suppressions = self._suppressions_of(file.unit.source)
        codes = self.options.file_codes.get(file.path, self.options.codes)
        active = [rule for rule in self._rules if rule.code in codes]
        found = self._named(self._findings(file, active, errors))
        findings = [
            finding
            for finding in found
            if finding.fingerprint not in self.options.known
            and not suppressions.covers(finding.rule, finding.line)
            and not suppressions.covers(finding.rule, finding.end_line)
            and self._touched(file, ((finding.start, finding.end), *finding.related))
        ]
        position = file.unit.source.position
        return FileResult(
            path=file.path,
            parsed=True,
            findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
            unparsed=tuple(
                Problem(file.path, position(region.start).line, region.message)
                for region in file.unparsed()
                if self._touched(file, ((region.start, region.end),))
            ),
            errors=tuple(errors),
            notes=() if errors else tuple(self._unused(file, suppressions, found, codes)),
            quiet=tuple(each.fingerprint for each in found if each.fingerprint in self.options.known),
            survey=survey(file, self.options.api) if self.options.survey else None,
        )

    def _findings(
        self, file: FileModel, rules: Iterable[LoadedRule], errors: list[Problem] | None = None
    ) -> Iterator[Finding]:
        project = self._workspace.project(file.path)
        for loaded in rules:
            try:
                # The whole answer first: a rule that raises half-way is left out for this file.
                found = file.remember(
                    f"findings of {loaded.code}",
                    self,
                    lambda rule=loaded: self._ask(  # type: ignore[misc]
                        rule, RuleContext(rule.rule, file, self.options.api, project)
                    ),
                )
            except RecursionError:
                if errors is not None:
                    errors.append(Problem(file.path, 0, f"rule {loaded.code}: {_TOO_DEEP}"))
            except (LimitError, KeyboardInterrupt):
                raise
            except BaseException as error:  # a rule may raise anything, SystemExit included
                note(error)
                if errors is not None:
                    errors.append(Problem(file.path, 0, f"rule {loaded.code} failed: {describe(error)}"))
            else:
                yield from found

    def _ask(self, loaded: LoadedRule, context: RuleContext) -> list[Finding]:
        """What a rule finds; what one of the user's prints goes where diagnostics go."""
        if loaded.rule.sign and not context.file.holds(loaded.rule.sign):
            return []
        if loaded.code in self._our_codes:
            return list(loaded.check(context))
        try:
            with awaited(), redirect_stdout(sys.stderr):
                found = list(loaded.check(context))
        except LimitError as error:
            raise _RuleLimitError(loaded, str(error)) from None
        for each in found:
            if not isinstance(each, Finding):
                raise TypeError(f"check() yields {type(each).__name__}, not Finding")
            check_printable(each)
        return found

    def _serious(self, file: FileModel) -> Iterator[Finding]:
        for finding in self._findings(file, self._gate_rules):
            if finding.severity is not Severity.NOTE:
                yield finding

    def _with_fixes(
        self,
        file: FileModel,
        findings: Sequence[Finding],
        conversions: list[Conversion],
        errors: list[Problem],
    ) -> list[Finding]:
        """``findings`` with the fixes of their conversions; adds each conversion to ``conversions`` once."""
        fixed: list[Finding] = []
        for finding in findings:
            converts = finding.rule in CONVERTED_RULES and finding.hook is not None
            entry = self._entry(file, finding) if converts else None
            if entry is None:
                fixed.append(finding)
                continue
            try:
                conversion = self._workspace.converter(file.path).conversion(file, entry)
            except Exception as error:
                note(error)
                text = f"converting {entry.handler or entry.member} failed: {describe(error)}"
                errors.append(Problem(file.path, finding.line, text))
                fixed.append(finding)
                continue
            if not any(conversion is known for known in conversions):
                conversions.append(conversion)
                if conversion.defect is not None:
                    text = f"{DEFECT}: the conversion of {conversion.handler}() {conversion.defect}"
                    errors.append(Problem(conversion.path, conversion.line, text))
            fixed.append(replace(finding, fix=Fix(conversion.tier, conversion.reasons)))
        claimed = _converted_ranges(file, conversions)
        return [
            replace(finding, fix=None)
            if finding.rule not in CONVERTED_RULES
            and finding.fix is not None
            and any(start < finding.end and finding.start < end for start, end in claimed)
            else finding
            for finding in fixed
        ]

    def _unused(
        self, file: FileModel, suppressions: Suppressions, found: Sequence[Finding], codes: frozenset[str]
    ) -> Iterator[Problem]:
        """The suppression comments that suppress nothing, on the lines that are asked for."""
        if not suppressions.marks:
            return
        known = {rule.code: rule.rule.default for rule in self._rules}
        places = [(each.rule, each.line, each.end_line) for each in found]
        wanted = ALL_LINES if self.options.lines is None else self.options.lines.get(file.path, Lines())
        for line, text in suppressions.unused(places, known, codes):
            if wanted.meet(line, line):
                yield Problem(file.path, line, text)

    def _named(self, findings: Iterable[Finding]) -> Sequence[Finding]:
        """``findings`` with their fingerprints where they are wanted, before any of them is left out."""
        if self.options.name is None:
            return list(findings)
        from mmapmigrate.lint.fingerprint import fingerprinted

        return fingerprinted(findings, self.options.name)

    def _touched(self, file: FileModel, ranges: Iterable[tuple[int, int]]) -> bool:
        """Whether one of the byte ranges has a line that is asked for."""
        if self.options.lines is None:
            return True
        wanted = self.options.lines.get(file.path, Lines())
        position = file.unit.source.position
        return any(
            wanted.meet(position(start).line, position(max(start, end - 1)).line) for start, end in ranges
        )

    @staticmethod
    def _entry(file: FileModel, finding: Finding) -> OpsEntry | None:
        """The ops table member that ``finding`` speaks of."""
        begun = file.once("entries by start", lambda: {one.start: one for one in reversed(file.entries())})
        if finding.start in begun:
            return begun[finding.start]
        for entry in file.entries():
            if entry.start <= finding.start < max(entry.end, entry.start + 1):
                return entry
        return None

    def _identities(
        self, file: FileModel, findings: Sequence[Finding], conversions: Sequence[Conversion]
    ) -> Mapping[str, FileIdentity]:
        """The state of each file that a fix would edit, as it was when its offsets were computed."""
        paths = {path for conversion in conversions for path in conversion.files}
        if any(finding.fix is not None and finding.fix.edits for finding in findings):
            paths.add(file.path)
        project = self._workspace.project(file.path)
        sources = {path: project.file(path).unit.source for path in sorted(paths)}
        return {path: source.identity for path, source in sources.items() if source.identity is not None}

    def _suppressions_of(self, source: SourceFile) -> Suppressions:
        if source.path not in self._suppressions:
            self._suppressions[source.path] = read_suppressions(source)
        return self._suppressions[source.path]


class _RuleLimitError(LimitError):
    """A rule of the user's costs too much."""

    def __init__(self, rule: LoadedRule, why: str) -> None:
        super().__init__(why)
        self.rule = rule


def _unreadable(path: str, error: OSError) -> FileResult:
    note(error)
    if error.errno == errno.EFBIG:
        why = f"larger than {LARGEST_FILE >> 20} MB: not checked"
    else:
        why = f"cannot be read: {error.strerror or error}"
    return FileResult(path, errors=(Problem(path, 0, why),))


def _no_text(data: bytes) -> str | None:
    """What a file is that no compiler reads; None for one that may be C."""
    if b"\0" not in data:
        return None
    return "UTF-16, which no compiler reads" if is_wide(data) else "binary file (holds a NUL byte)"


def _key(finding: Finding) -> Hashable:
    return (finding.rule, finding.message)


def _key_without_hook(finding: Finding) -> Hashable:
    return (finding.rule, _HOOK.sub("hook", finding.message), finding.excerpt)


def _unlike(
    some: Iterable[Finding], others: Iterable[Finding], key: Callable[[Finding], Hashable]
) -> tuple[list[Finding], list[Finding]]:
    """Those of both that are left when each takes one with the same ``key`` away."""
    left: dict[Hashable, list[Finding]] = {}
    for finding in others:
        left.setdefault(key(finding), []).append(finding)
    alone = []
    for finding in some:
        same = left.get(key(finding))
        if same:
            same.pop()
        else:
            alone.append(finding)
    return alone, [finding for each in left.values() for finding in each]


def _converted_ranges(file: FileModel, conversions: Sequence[Conversion]) -> list[tuple[int, int]]:
    """The byte ranges of the converted hooks of ``file``: their text is the conversion's to edit."""
    handlers = {
        hook.handler
        for conversion in conversions
        if conversion.edits
        for hook in conversion.hooks
        if hook.handler
    }
    return [
        (function.node.start_byte, function.node.end_byte)
        for handler in sorted(handlers)
        for function in file.functions(handler)
    ]
