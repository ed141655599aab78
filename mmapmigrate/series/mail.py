# SPDX-License-Identifier: GPL-2.0-only
"""The finishing touches on format-patch's files: recipients, the cover letter's words, the base commit."""

from __future__ import annotations

from collections.abc import Sequence
from email.header import Header

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
    head, blank, rest = cover.content.partition(b"\n\n")
    # A header is ASCII; what is, stands in it as it is.
    written = subject if subject.isascii() else Header(subject, "utf-8", header_name="Subject").encode()
    title, words = (mark.encode() for mark in COVER)
    head = head.replace(title, written.encode("ascii", "replace"), 1)
    rest = rest.replace(words, text.encode("utf-8", "replace"), 1)
    if not text.isascii() and b"\nContent-Type:" not in head:
        head += _MIME
    return PatchFile(cover.name, head + blank + rest)


def based(first: PatchFile, commit: str) -> PatchFile:
    """``first`` with the commit that the series applies to, where ``format-patch --base`` puts it."""
    before, mark, after = first.content.rpartition(_SIGNATURE)
    return PatchFile(first.name, before + f"\n\nbase-commit: {commit}".encode() + mark + after)
