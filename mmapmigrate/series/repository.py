# SPDX-License-Identifier: GPL-2.0-only
"""Patches as git itself writes them, from a repository that lives for a moment in a temporary folder.

The user's repository is not opened: neither its index and objects nor its work tree can change, and a tree
without git serves as well.
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.temporary import temporary_folder
from mmapmigrate.lint.fixed import FileChange
from mmapmigrate.series.errors import SeriesError
from mmapmigrate.series.history import Identity, environment

_ATTRIBUTES = "*.c diff=cpp\n*.h diff=cpp\n"
"""So that a hunk's head names the function, as the kernel's own .gitattributes has it."""

COVER = ("*** SUBJECT HERE ***", "*** BLURB HERE ***")
"""What format-patch leaves to be filled in."""


class Commit(Struct, frozen=True):
    """One patch: its message without trailers, and its files by name from the root."""

    message: str
    files: Mapping[str, FileChange]


class Form(Struct, frozen=True):
    """How format-patch is to write: each as the option of git of that name."""

    cover_letter: bool = True
    signoff: bool = False
    subject_prefix: str | None = None
    reroll_count: int | None = None
    in_reply_to: str | None = None
    object_format: str = "sha1"

    def arguments(self) -> Iterator[str]:
        """The options of format-patch."""
        yield "--cover-letter" if self.cover_letter else "--no-cover-letter"
        if self.signoff:
            yield "--signoff"
        if self.subject_prefix is not None:
            yield f"--subject-prefix={self.subject_prefix}"
        if self.reroll_count is not None:
            yield f"--reroll-count={self.reroll_count}"
        if self.in_reply_to is not None:
            yield f"--in-reply-to={self.in_reply_to}"


class PatchFile(Struct, frozen=True):
    """One file of format-patch."""

    name: str
    content: bytes


def format_patches(commits: Sequence[Commit], who: Identity, form: Form) -> list[PatchFile]:
    """The patches of ``commits`` in order, the cover letter first where ``form`` wants one.

    Raises SeriesError when git is missing or fails, and OSError where there is no room for it.
    """
    with temporary_folder("mmapmigrate-series-") as name:
        folder = Path(name)
        git = _Git(folder / "git", environment(who))
        git.run("init", "-q", "--bare", f"--object-format={form.object_format}", "--template=", name + "/git")
        (folder / "git" / "info").mkdir(parents=True, exist_ok=True)
        (folder / "git" / "info" / "attributes").write_text(_ATTRIBUTES)
        git.run("fast-import", "--quiet", "--date-format=now", given=b"".join(_stream(commits, who)))
        git.run(
            "-c",
            "core.abbrev=12",
            "format-patch",
            "-q",
            "-o",
            str(folder / "out"),
            *form.arguments(),
            "base..series",
        )
        written = [PatchFile(path.name, path.read_bytes()) for path in sorted((folder / "out").glob("*"))]
        if len(written) != len(commits) + form.cover_letter:
            raise SeriesError(
                f"git failed: format-patch wrote {len(written)} mails of {len(commits)} commits"
            )
        return written


class _Git:
    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._environment = {**environ, "GIT_DIR": str(folder)}

    def run(self, *arguments: str, given: bytes = b"") -> None:
        command = ["git", "-c", f"core.attributesFile={os.devnull}", "-c", "core.quotePath=false", *arguments]
        try:
            done = subprocess.run(
                command, input=given, env=self._environment, capture_output=True, check=False
            )
        except OSError as error:
            raise SeriesError(f"git is needed for this: {error.strerror or error}") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            # One that is killed, as at a limit of the user's, says nothing.
            raise SeriesError(f"git failed: {said or f'it ended with {done.returncode}'}")


def _stream(commits: Sequence[Commit], who: Identity) -> Iterator[bytes]:
    """What git fast-import reads: the files as they are, then one commit a patch."""
    files = {name: change for commit in commits for name, change in commit.files.items()}
    yield from _commit("base", "base", {name: (change, change.old) for name, change in files.items()}, who)
    yield b"reset refs/heads/series\nfrom refs/heads/base\n\n"
    for commit in commits:
        after = {name: (change, change.new) for name, change in commit.files.items()}
        yield from _commit("series", commit.message, after, who)


def _commit(
    branch: str, message: str, files: Mapping[str, tuple[FileChange, bytes]], who: Identity
) -> Iterator[bytes]:
    yield f"commit refs/heads/{branch}\ncommitter {who.name} <{who.email}> now\n".encode()
    yield _data(message.encode("utf-8", "replace"))
    for name, (change, text) in sorted(files.items()):
        yield b"M %s inline %s\n" % (_mode(change.path), _quoted(name))
        yield _data(text)
    yield b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _mode(path: str) -> bytes:
    try:
        return b"100755" if Path(path).stat().st_mode & stat.S_IXUSR else b"100644"
    except OSError:
        return b"100644"


def _quoted(name: str) -> bytes:
    raw = os.fsencode(name).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + raw + b'"'
