# SPDX-License-Identifier: GPL-2.0-only
"""What git's answer to "what is ignored here?" hangs on beside the folder itself, told without asking that.

In a kernel the question takes git 130 ms, as long as all else of a run for which nothing has changed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.git import git
from mmapmigrate.disk import rests
from mmapmigrate.disk.scan import IGNORING

_PLACES = ("--show-toplevel", "--git-path", "index", "--git-path", "info/exclude")


def grounds(folder: str, wait: float) -> str:
    """A digest of git's settings, and of the files that tell what it tracks and have rules for ``folder``.

    While it stays the same, and so do the folders below and the rules in them, git gives the same answer.
    Empty where that cannot be told, as for what has changed a moment ago. git has ``wait`` seconds.
    """
    begun = rests.now()
    try:
        settings = git(folder, "config", "--null", "--list", wait=wait)
        answer = git(folder, "rev-parse", *_PLACES, wait=wait)
    except ChangeError:
        return ""
    places = os.fsdecode(answer).split("\n")
    if len(places) != 4:
        # The name of one has a newline.
        return ""
    top, *files, _ = places
    own = _rules_of_the_user(settings)
    if own is None:
        return ""
    inside = (os.path.join(folder, each) for each in files)  # noqa: PTH118 - git tells some from there
    states = [rests.state_of(path) for path in (*inside, own, *_above(folder, top))]
    if states[0] is None or any(max(each[2:]) > begun - rests.SETTLED for each in states if each is not None):
        return ""
    return hashlib.sha256(repr((settings, answer, states)).encode()).hexdigest()


def _rules_of_the_user(settings: bytes) -> str | None:
    """The file with a user's own rules (gitignore(5)); None where only git knows which."""
    told = None
    for setting in settings.split(b"\0"):
        key, _, value = setting.partition(b"\n")
        if key == b"core.excludesfile":
            told = os.fsdecode(value)
    if told is None:
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - as below
        told = f"{home}/git/ignore"
    told = os.path.expanduser(told)  # noqa: PTH111 - one without a home stays as it is
    return told if os.path.isabs(told) else None  # noqa: PTH117 - a text, as those above


def _above(folder: str, top: str) -> Iterator[str]:
    """The files with rules of the folders from ``top`` down to that of ``folder``."""
    here = os.path.realpath(folder)
    while True:
        yield f"{here}/{IGNORING}"
        if here in (top, "/"):
            return
        here = os.path.dirname(here)  # noqa: PTH120 - many paths here are texts
