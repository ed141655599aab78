# SPDX-License-Identifier: GPL-2.0-only
"""What git's ignore rules name in a folder, and git does not track."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.git import git, names
from mmapmigrate.change.grounds import grounds
from mmapmigrate.disk.scan import PROBED

WAIT = 30.0
"""Seconds after which git has no say. A kernel's work tree takes one."""


class Ignored:
    """Says which files under the folder ``folder`` are ignored; paths begin with ``folder`` as it is written.

    Rules hold only where git has a say: in a folder of which it tracks nothing, a kernel tree that was
    unpacked there for instance, no file is ignored, and neither is one where git cannot be asked.

    ``told`` is a digest of what git said, empty where there is no repository to ask; ``grounds`` is what that
    hangs on, where it is ``wanted`` and known.
    """

    def __init__(self, folder: str, *, wanted: bool = False) -> None:
        self._files: frozenset[str] = frozenset()
        self._folders: tuple[str, ...] = ()
        self.told = self.grounds = ""
        here = Path(folder).absolute()
        if not any(_has_git(each) for each in (here, *here.parents)):
            return
        self.told = "nothing"
        if wanted:
            # Before git is asked: what changes meanwhile is a change.
            self.grounds = grounds(folder, WAIT)
        try:
            if not git(folder, "ls-files", "-z", "--", ".", wait=WAIT):
                return
            answer = git(
                folder,
                "ls-files",
                "-z",
                "--others",
                "--ignored",
                "--exclude-standard",
                "--directory",
                "--",
                ".",
                wait=WAIT,
            )
        except ChangeError:
            return
        self.told = hashlib.sha256(answer).hexdigest()
        found = [str(os.path.join(folder, name)) for name in names(answer)]  # noqa: PTH118 - keeps "./"
        self._files = frozenset(each for each in found if not each.endswith("/"))
        self._folders = tuple(each for each in found if each.endswith("/"))

    def __bool__(self) -> bool:
        """Whether any file is ignored."""
        return bool(self._files or self._folders)

    def __contains__(self, path: str) -> bool:
        return path in self._files or path.startswith(self._folders)


def _has_git(folder: Path) -> bool:
    found = os.path.exists(folder / ".git")  # noqa: PTH110 - Path's own raises where it may not look
    if not found:
        # One that is there changes whenever git is used: who rests on what git says asks git again.
        sys.audit(PROBED, f"{folder}/.git")
    return found
