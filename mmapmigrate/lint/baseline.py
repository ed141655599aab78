# SPDX-License-Identifier: GPL-2.0-only
"""A baseline: the findings that a tree is known to have, so that a check may speak of the others only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field

from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.fingerprint import VERSION

FORMAT = 1
"""Of the file."""

MARK = "mmapmigrate-baseline"
"""The key by which a file is known for a baseline."""

_KEYS = {"fingerprint", "rule", "path", "about"}


class BaselineError(Exception):
    """A baseline that cannot be read: one line for the user."""


class Known(Struct, frozen=True, order=True):
    """One finding of a baseline: what it was about is for people, the fingerprint is what counts."""

    path: str
    rule: str
    about: str
    fingerprint: str


class Baseline(Struct, frozen=True):
    """The known findings, by fingerprint."""

    known: Mapping[str, Known] = field(default_factory=dict)

    @classmethod
    def of(cls, findings: Iterable[Finding], name: Callable[[str], str]) -> Baseline:
        """The baseline of ``findings``, which have their fingerprints; ``name`` as in ``fingerprinted``."""
        return cls(
            {
                finding.fingerprint: Known(
                    _plain(name(finding.path)), finding.rule, _about(finding), finding.fingerprint
                )
                for finding in findings
            }
        )

    def gone(self, found: Iterable[str], checked: Callable[[Known], bool]) -> Sequence[Known]:
        """Those whose fingerprint is not among ``found`` although they were ``checked``; sorted."""
        left = set(found)
        return sorted(each for each in self.known.values() if each.fingerprint not in left and checked(each))

    def to_json(self) -> str:
        """The file: one finding a line, sorted, so that two branches that change it can be merged."""
        lines = [
            json.dumps(
                {
                    "path": each.path,
                    "rule": each.rule,
                    "about": each.about,
                    "fingerprint": each.fingerprint,
                },
                ensure_ascii=False,
            )
            for each in sorted(self.known.values())
        ]
        body = ",\n    ".join(lines)
        inside = f"\n    {body}\n  " if lines else ""
        return f'{{\n  "{MARK}": {FORMAT},\n  "fingerprints": "{VERSION}",\n  "findings": [{inside}]\n}}\n'

    @classmethod
    def from_json(cls, text: bytes) -> Baseline:
        """Reads what ``to_json`` wrote.

        Raises BaselineError when it is something else.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            place = (
                f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "encoding"
            )
            raise BaselineError(f"no baseline: not JSON ({place})") from None
        if not isinstance(document, dict) or MARK not in document:
            raise BaselineError("no baseline: `check --write-baseline` writes one")
        if document[MARK] != FORMAT or document.get("fingerprints") != VERSION:
            raise BaselineError(
                "a baseline of another version of mmapmigrate: write it anew with `check --write-baseline`"
            )
        entries = document.get("findings")
        if not isinstance(entries, list):
            raise BaselineError('broken baseline: "findings" is no list')
        known = {}
        for number, entry in enumerate(entries, 1):
            if (
                not isinstance(entry, dict)
                or set(entry) != _KEYS
                or not all(isinstance(value, str) for value in entry.values())
            ):
                keys = ", ".join(sorted(_KEYS))
                raise BaselineError(f'broken baseline: entry {number} of "findings" needs the texts {keys}')
            known[entry["fingerprint"]] = Known(**entry)
        return cls(known)


def _about(finding: Finding) -> str:
    """For people who read a diff of the file: the table's member, else the line."""
    hook = finding.hook
    if hook is not None and (hook.object or hook.handler):
        return f"{hook.object or hook.struct}.{hook.member} = {hook.handler or '?'}"
    return " ".join(finding.excerpt.decode("utf-8", "replace").split())


def _plain(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
