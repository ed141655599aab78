# SPDX-License-Identifier: GPL-2.0-only
"""What a rule is: a module with a RULE and a check()."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.finding import Finding, Fix, Severity

if TYPE_CHECKING:
    from mmapmigrate.convert.conversion import HookRef
    from mmapmigrate.kernel.api import KernelApi
    from mmapmigrate.model.file import FileModel
    from mmapmigrate.model.project import Project

Check = Callable[["RuleContext"], Iterable[Finding]]


class Example(Struct, frozen=True):
    """A small C file that a rule finds fault with, or not.

    ``findings`` is how many it must find (0 for a passing example); ``fixed`` what the rule's own edits
    must make of it, if it has any. ``target`` is the snapshot that it is checked against.
    """

    title: str
    code: str
    findings: int = 1
    fixed: str | None = None
    target: str | None = None


class Rule(Struct, frozen=True):
    """A rule's identity and page; its module's docstring is the page's text.

    ``sign`` are bytes without which a file has nothing for it, be it in a comment: it is not asked then, and
    a built-in one not even imported.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    default: bool = True
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()
    sign: bytes = b""


class RuleContext(Struct, frozen=True):
    """What a check gets: the file's model, the kernel's API and the project that holds the file."""

    rule: Rule
    file: FileModel
    api: KernelApi
    project: Project

    def finding(
        self,
        start: int,
        end: int,
        message: str,
        *,
        remedy: str = "",
        hook: HookRef | None = None,
        fix: Fix | None = None,
        related: tuple[tuple[int, int], ...] = (),
    ) -> Finding:
        """A Finding of this rule about the half-open byte range ``[start, end)`` of the file.

        ``related`` are ranges of other places there without which it would not be.
        """
        source = self.file.unit.source
        first = source.position(start)
        last = source.position(end)
        return Finding(
            path=source.path,
            line=first.line,
            column=first.column,
            rule=self.rule.code,
            name=self.rule.name,
            severity=self.rule.severity,
            message=message,
            start=start,
            end=end,
            end_line=last.line,
            end_column=last.column,
            remedy=remedy,
            hook=hook,
            fix=self._reserved(fix),
            excerpt=source.line(first.line),
            related=related,
        )

    def _reserved(self, fix: Fix | None) -> Fix | None:
        """``fix``, for review where the file is built for kernels too that may lack what it writes."""
        if fix is None or not fix.edits:
            return fix
        # A run that checks no file needs nothing of C.
        from mmapmigrate.convert.releases import release_reasons

        reasons = tuple(release_reasons([self.file]))
        if not reasons:
            return fix
        return replace(fix, tier=Tier.worst((fix.tier, Tier.REVIEW)), reasons=(*fix.reasons, *reasons))
