# SPDX-License-Identifier: GPL-2.0-only
"""Reading patches: a plain diff, a mail, or a mailbox of them."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator

from msgspec import Struct

from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.naming import unquoted

NOWHERE = "/dev/null"

_SEPARATOR = re.compile(rb"(?:\A|(?<=\n))From \S(?>.*?\d\d:\d\d).*+\n")
_FIELD = re.compile(rb"\A[A-Za-z][A-Za-z0-9-]*:[ \t]")
_START = re.compile(rb"^(?:diff --git |--- [^\n]*\n\+\+\+ [^\n]*\n@@ )", re.MULTILINE)

_WITHOUT_HUNKS = ("old mode ", "new file mode ", "deleted file mode ", "rename from ", "copy from ")
"""What is said of a file of which no line need change."""


class Hunk(Struct, frozen=True):
    """Lines with their marks (space, ``-``, ``+``) and ends; it begins at ``old_line``, then ``new_line``."""

    old_line: int
    new_line: int
    lines: tuple[tuple[str, bytes], ...]


class FilePatch(Struct, frozen=True):
    """One file's part of a patch; names are as written, NOWHERE where the file is new or goes away.

    ``copied`` says that the old file stays.
    """

    old: str
    new: str
    hunks: tuple[Hunk, ...]
    copied: bool = False


class Patch(Struct, frozen=True):
    """One mail or diff; ``title`` is its subject, empty where it has none."""

    title: str
    files: tuple[FilePatch, ...]


def read_patches(data: bytes) -> list[Patch]:
    """The patches that ``data`` holds, in order; a mail without a diff, such as a cover letter, is left out.

    Raises ChangeError when a diff is malformed, or there is none.
    """
    try:
        found = [(title, _files(text)) for title, text in _texts(data)]
    except RecursionError:
        raise ChangeError("a mail in it is nested too deeply") from None
    patches = [Patch(title, files) for title, files in found if files]
    if not patches:
        raise ChangeError("no diff in it")
    return patches


def _texts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Subject and text of each mail, or all of ``data`` where it is no mail."""
    starts = [match.end() for match in _SEPARATOR.finditer(data)]
    if starts and not data[: starts[0]].partition(b"\n")[2].strip():
        stops = [match.start() for match in _SEPARATOR.finditer(data)][1:]
        for start, stop in zip(starts, [*stops, len(data)], strict=True):
            yield _mail(data[start:stop])
    elif _FIELD.match(data):
        yield _mail(data)
    else:
        yield "", data


def _mail(data: bytes) -> tuple[str, bytes]:
    message = email.message_from_bytes(data)
    parts = []
    for part in message.walk():
        body = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
        if isinstance(body, bytes):
            parts.append(body)
    return " ".join(str(message.get("Subject", "")).split()), b"\n".join(parts)


def _files(text: bytes) -> tuple[FilePatch, ...]:
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    start = _START.search(text) or _START.search(text.replace(b"\r\n", b"\n"))
    if start is None:
        return ()
    if text[start.start() :].partition(b"\n")[0].endswith(b"\r"):
        # The mail's line ends, not the file's: git writes its own lines without.
        text = text.replace(b"\r\n", b"\n")
    # Latin-1 takes every byte for a character, and gives it back as it was.
    try:
        patched = PatchSet(text[start.start() :].decode("latin-1"))
    except UnidiffParseError as error:
        raise ChangeError(f"malformed diff: {' '.join(str(error).split())}") from None
    except ValueError:
        # More digits than Python reads.
        raise ChangeError("malformed diff: a line number is too large") from None
    for one in patched:
        without = any(line.startswith(_WITHOUT_HUNKS) for line in one.patch_info or ())
        if not (one or one.is_binary_file or without):
            raise ChangeError(f"malformed diff: no hunk of {_name(one.target_file)} can be read")
    return tuple(
        FilePatch(
            _name(one.source_file),
            _name(one.target_file),
            tuple(
                Hunk(
                    hunk.source_start,
                    hunk.target_start,
                    tuple(
                        (line.line_type or " ", line.value.encode("latin-1"))
                        for line in hunk
                        if line.line_type != "\\"
                    ),
                )
                for hunk in one
            ),
            any(line.startswith("copy from ") for line in one.patch_info or ()),
        )
        for one in patched
        if not one.is_binary_file
    )


def _name(name: str) -> str:
    return unquoted(name.encode("latin-1"))
