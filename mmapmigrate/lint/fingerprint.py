# SPDX-License-Identifier: GPL-2.0-only
"""What tells one finding from another for as long as its code stands: no line number, no message."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from mmapmigrate.lint.finding import Finding

VERSION = "1"
"""Of the definition below. Files that hold fingerprints name it: another definition gives other ones."""

LENGTH = 32
"""Hexadecimal digits: 128 bits of a SHA-256."""


def fingerprinted(findings: Iterable[Finding], name: Callable[[str], str]) -> tuple[Finding, ...]:
    """``findings`` in their order, each with its ``fingerprint``; no two of them have the same.

    A fingerprint is made of the rule's code, of ``name(path)``, of the finding's subject, and of how many
    findings with the same three stand before it in the file. So it survives lines that move, a file that is
    indented anew, and a message that is worded anew. ``name`` gives the path from the root of the tree, so
    that it is the same wherever the tree lies and from wherever it is checked.

    Count before leaving findings out, or equal ones are numbered otherwise.
    """
    known = list(findings)
    seen: Counter[tuple[str, str, bytes]] = Counter()
    prints: dict[int, str] = {}
    names: dict[str, str] = {}
    for index in sorted(range(len(known)), key=lambda index: (known[index].path, known[index].start)):
        finding = known[index]
        if finding.path not in names:
            names[finding.path] = name(finding.path)
        key = (finding.rule, names[finding.path], subject(finding))
        prints[index] = _digest(*key, seen[key])
        seen[key] += 1
    return tuple(replace(finding, fingerprint=prints[index]) for index, finding in enumerate(known))


def subject(finding: Finding) -> bytes:
    """What a finding is about: the ops table's member with its table and hook, else its line of code.

    Space is normalised, so that code may be indented anew. The line is bytes: which encoding its comments
    are in does not matter.
    """
    hook = finding.hook
    if hook is not None and (hook.object or hook.handler):
        words = (hook.struct, hook.member, hook.object or "", hook.handler or "")
        return b"hook " + " ".join(words).encode("utf-8", "surrogateescape")
    return b"line " + b" ".join(finding.excerpt.split())


def _digest(rule: str, path: str, about: bytes, index: int) -> str:
    parts = (VERSION, rule, path, str(index))
    text = b"\0".join([*(part.encode("utf-8", "surrogateescape") for part in parts), about])
    return hashlib.sha256(text).hexdigest()[:LENGTH]
