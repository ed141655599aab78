# SPDX-License-Identifier: GPL-2.0-only
"""What a run over files found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from mmapmigrate.convert.conversion import Conversion
from mmapmigrate.lint.finding import Finding

if TYPE_CHECKING:
    from mmapmigrate.model.survey import FileSurvey
    from mmapmigrate.syntax.source import FileIdentity


class Problem(Struct, frozen=True, order=True):
    """Something that could not be done or read, at a line of a file (0: the file as a whole)."""

    path: str
    line: int
    message: str


class FileResult(Struct, frozen=True):
    """One file's findings, sorted; ``parsed`` is false where its bytes hold nothing that a rule could want.

    ``conversions`` are those that the findings' fixes come from; ``identities`` tell the state in which the
    files were whose offsets their edits use. ``quiet`` are the fingerprints of findings that were known,
    ``notes`` what a reader of standard error should know.
    ``survey`` is there if it was asked for and not empty. ``cut`` tells that a limit ended the search, which
    need not happen the next time.
    """

    path: str
    parsed: bool = False
    findings: tuple[Finding, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    unparsed: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()
    identities: Mapping[str, FileIdentity] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()
    quiet: tuple[str, ...] = ()
    survey: FileSurvey | None = None
    cut: bool = False


class CheckResult(Struct, frozen=True):
    """A whole run: findings in the order path, line, column, rule; each conversion once."""

    files: int = 0
    parsed: int = 0
    findings: tuple[Finding, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    unparsed: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()
    identities: Mapping[str, FileIdentity] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()
    quiet: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, results: Iterable[FileResult], errors: Iterable[Problem] = (), files: int | None = None
    ) -> CheckResult:
        """Joins the results of single files; ``errors`` are those of the run itself.

        ``files`` is how many were checked, where not each of them has a result.
        """
        known = list(results)
        return cls(
            files=len(known) if files is None else files,
            parsed=sum(result.parsed for result in known),
            findings=tuple(
                sorted((each for result in known for each in result.findings), key=lambda each: each.sort_key)
            ),
            conversions=distinct_conversions(each for result in known for each in result.conversions),
            unparsed=tuple(sorted({each for result in known for each in result.unparsed})),
            errors=tuple(sorted({*errors, *(each for result in known for each in result.errors)})),
            identities={path: each for result in known for path, each in result.identities.items()},
            notes=tuple(sorted({each for result in known for each in result.notes})),
            quiet=frozenset(each for result in known for each in result.quiet),
        )

    def by_rule(self) -> Mapping[str, int]:
        """How many findings each rule has, by code."""
        return dict(sorted(Counter(finding.rule for finding in self.findings).items()))

    def by_tier(self) -> Mapping[str, int]:
        """How many conversions each tier has, best first."""
        counts = Counter(conversion.tier for conversion in self.conversions)
        return {tier.value: counts[tier] for tier in sorted(counts, key=lambda tier: tier.rank)}


def distinct_conversions(conversions: Iterable[Conversion]) -> tuple[Conversion, ...]:
    """Each conversion once, by path and line.

    Two processes that look at two files of one connected set both find it: the hook's definition and the
    set's hooks tell that it is the same.
    """
    known = {(each.path, each.line, each.handler, each.hooks): each for each in conversions}
    return tuple(known[key] for key in sorted(known, key=lambda key: key[:3]))
