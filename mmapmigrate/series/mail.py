# SPDX-License-Identifier: GPL-2.0-only
"""The finishing touches on format-patch's files: recipients, the cover letter's words, the base commit."""

from __future__ import annotations

from collections.abc import Sequence

from mmapmigrate.series.repository import COVER, PatchFile

_MIME = b"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit"
_SIGNATURE = b"\n-- \n"


def addressed(file: PatchFile, recipients: Sequence[str]) -> PatchFile:
    """``file`` with a Cc: header, which ``git send-email`` reads and ``git am`` leaves out."""
    if not recipients:
        return file
    head, blank, rest = file.content.partition(b"\n\n")
    line = "Cc: " + ",\n    ".join(recipients)
    return PatchFile(file.name, head + b"\n" + line.encode("ascii", "replace") + blank + rest)


def filled(cover: PatchFile, subject: str, text: str) -> PatchFile:
    """The cover letter with its words in place."""
    content = cover.content
    for mark, words in zip(COVER, (subject, text), strict=True):
        content = content.replace(mark.encode(), words.encode("utf-8", "replace"), 1)
    if not text.isascii() and b"\nContent-Type:" not in content.partition(b"\n\n")[0]:
        head, blank, rest = content.partition(b"\n\n")
        content = head + _MIME + blank + rest
    return PatchFile(cover.name, content)


def based(first: PatchFile, commit: str) -> PatchFile:
    """``first`` with the commit that the series applies to, where ``format-patch --base`` puts it."""
    before, mark, after = first.content.rpartition(_SIGNATURE)
    return PatchFile(first.name, before + f"\n\nbase-commit: {commit}".encode() + mark + after)
