# SPDX-License-Identifier: GPL-2.0-only
"""A folder for what another program is to read or write, gone afterwards."""

from __future__ import annotations

import errno
import tempfile


def temporary_folder(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """A new folder; its context gives the path.

    Raises OSError, with an errno that tells what is missing, when none can be made.
    """
    try:
        return tempfile.TemporaryDirectory(prefix=prefix)
    except FileNotFoundError:
        # Python tries TMPDIR and what else is usual, and says no more than that none of them served.
        told = "no temporary folder can be made (is the disk full? TMPDIR names another)"
        raise OSError(errno.ENOSPC, told) from None
