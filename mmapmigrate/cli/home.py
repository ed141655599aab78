# SPDX-License-Identifier: GPL-2.0-only
"""Where the cache lies. An answer from memory waits for the import of this module, so it imports little."""

from __future__ import annotations

import os

RESULTS = "results"
"""The folder below with what was found, by the question."""

UNFINISHED = "unfinished"
"""The folder below with what a run of fix is about to write: no cache, and there with --no-cache too."""


def cache_home() -> str | None:
    """``$XDG_CACHE_HOME/mmapmigrate``, else ``~/.cache/mmapmigrate``; None where nobody knows a home.

    A relative XDG_CACHE_HOME does not count, as the XDG Base Directory Specification asks.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named.startswith("/"):
        return f"{named.rstrip('/')}/mmapmigrate"
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib takes as long to import as all else here
    return f"{home.rstrip('/')}/.cache/mmapmigrate" if home.startswith("/") else None
