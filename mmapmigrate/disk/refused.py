# SPDX-License-Identifier: GPL-2.0-only
"""Whether the system has refused this process what it may grant the next time: memory, a descriptor, a read.

What was found out then holds for this run only, although no file has changed when it is asked again.
"""

from __future__ import annotations

import errno
import time

_LASTING = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ELOOP}
    | {errno.ENAMETOOLONG, errno.EFBIG, errno.ENXIO, errno.EINVAL}
)
"""What is so for as long as the files are as they are, and the user."""

_last = 0
"""When that was met last, in ns; 0 before the first time."""


def note(error: BaseException) -> None:
    """Takes note of ``error`` where it may not come again: a MemoryError, and most an OSError can be."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno not in _LASTING):
        take_over(time.time_ns())


def take_over(last: int) -> None:
    """Takes note of what another process tells of itself."""
    global _last
    _last = max(_last, last)


def last_refused() -> int:
    """When such an error was met last (ns), in this process or one that it was forked from; 0 if never."""
    return _last
