# SPDX-License-Identifier: GPL-2.0-only
"""What git knows of the files of a series: their subjects, the commit below, and who the user is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mmapmigrate.change.errors import AnswerError, ChangeError
from mmapmigrate.change.git import contents, git, names, word
from mmapmigrate.lint.fixed import FileChange
from mmapmigrate.series.errors import SeriesError

COMMITS = 40
"""For each file; one walk serves all, and ends when it has found so many together."""

_LONGEST = 1000
"""Bytes of a subject that is looked at: what a subject begins with stands within."""


class Identity(Struct, frozen=True):
    """Who makes the patches."""

    name: str
    email: str


def identity(folder: Path) -> Identity:
    """The author that git would take in ``folder``: from the environment, the tree's or the user's settings.

    Raises SeriesError where nothing names one; a name that git would make up does not count.
    """
    if shutil.which("git") is None:
        raise SeriesError("git is needed for this and is not installed")
    try:
        said = git(folder, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    except ChangeError as error:
        raise SeriesError(
            f"no author for the patches: set git config user.name and user.email ({error})"
        ) from None
    text = said.decode("utf-8", "replace")
    name, _, rest = text.partition(" <")
    return Identity(name, rest.rpartition("> ")[0])


class OldCommit(Struct, frozen=True):
    """A commit's subject, and those files that it changed which were asked for."""

    subject: str
    files: frozenset[str]


def commits(root: Path, files: Sequence[str]) -> list[OldCommit]:
    """The last commits that changed one of ``files``, names from ``root``, the newest first.

    None for a tree without a history.
    """
    try:
        answer = git(
            root,
            "log",
            f"--max-count={COMMITS * len(files)}",
            "--no-merges",
            "--no-show-signature",
            "--no-renames",
            # No order that the settings read from a file.
            f"-O{os.devnull}",
            "--name-only",
            "--relative",
            "--encoding=UTF-8",
            "-z",
            "--format=%x01%s",
            "--",
            *files,
        )
    except ChangeError:
        return []
    found = []
    for commit in answer.split(b"\x01")[1:]:
        # With -z the subject ends in NUL; a newline stands before the names.
        subject, _, rest = commit.partition(b"\0")
        changed = frozenset(names(rest.lstrip(b"\n")))
        found.append(OldCommit(subject[:_LONGEST].decode("utf-8", "replace"), changed))
    return found


class Base(Struct, frozen=True):
    """The commit that the tree stands at, and those of the files that differ from it."""

    commit: str
    object_format: str
    changed: tuple[str, ...]


def base(root: Path, files: Mapping[str, FileChange]) -> Base | None:
    """What the tree at ``root`` stands at; None where git knows nothing of it.

    Raises SeriesError for an answer of git that cannot be read.
    """
    try:
        commit = word(git(root, "rev-parse", "--verify", "-q", "HEAD^{commit}"))
        form = word(git(root, "rev-parse", "--show-object-format"))
        known = contents(root, [f"HEAD:./{name}" for name in files])
    except AnswerError as error:
        raise SeriesError(str(error)) from None
    except ChangeError:
        return None
    if all(each is None for each in known):
        # A tree that was unpacked inside somebody's repository.
        return None
    pairs = zip(files.items(), known, strict=True)
    return Base(commit, form, tuple(name for (name, change), old in pairs if old != change.old))


def environment(who: Identity) -> dict[str, str]:
    """This process's environment for git in a repository of ours: nobody's settings, ``who`` as author."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": who.name,
        "GIT_AUTHOR_EMAIL": who.email,
        "GIT_COMMITTER_NAME": who.name,
        "GIT_COMMITTER_EMAIL": who.email,
        "LC_ALL": "C",
    }
