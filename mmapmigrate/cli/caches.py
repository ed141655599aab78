# SPDX-License-Identifier: GPL-2.0-only
"""Where things are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(*, no_cache: bool = False) -> Path | None:
    """``$XDG_CACHE_HOME/mmapmigrate``, else ``~/.cache/mmapmigrate``; None where nothing is to be kept.

    A relative XDG_CACHE_HOME does not count, as the XDG Base Directory Specification asks.
    """
    if no_cache:
        return None
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():
        return named / "mmapmigrate"
    try:
        return Path.home() / ".cache" / "mmapmigrate"
    except RuntimeError:
        # Neither HOME nor the user database knows a home.
        return None
