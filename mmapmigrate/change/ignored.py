# SPDX-License-Identifier: GPL-2.0-only
"""What git's ignore rules name in a folder, and git does not track."""

from __future__ import annotations

import os
from pathlib import Path

from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.git import git, names
from mmapmigrate.kernel.scan import is_there


class Ignored:
    """Says which files under the folder ``folder`` are ignored; paths begin with ``folder`` as it is written.

    Rules hold only where git has a say: in a folder of which it tracks nothing, a kernel tree that was
    unpacked there for instance, no file is ignored, and neither is one where git cannot be asked.
    """

    def __init__(self, folder: str) -> None:
        self._files: frozenset[str] = frozenset()
        self._folders: tuple[str, ...] = ()
        here = Path(folder).absolute()
        if not any(is_there(f"{each}/.git") for each in (here, *here.parents)):
            return
        try:
            if not git(folder, "ls-files", "-z", "--", "."):
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
            )
        except ChangeError:
            return
        found = [str(os.path.join(folder, name)) for name in names(answer)]  # noqa: PTH118 - keeps "./"
        self._files = frozenset(each for each in found if not each.endswith("/"))
        self._folders = tuple(each for each in found if each.endswith("/"))

    def __contains__(self, path: str) -> bool:
        return path in self._files or path.startswith(self._folders)
