# SPDX-License-Identifier: GPL-2.0-only
"""A tree's API kept between runs: reading it takes five times as long as seeing that nothing has changed."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.kept import read_entry, write_entry
from mmapmigrate.kernel.scan import PROBED, walk_states
from mmapmigrate.kernel.tree import NOT_API


def cached(
    root: Path, folder: Path, others: Callable[[], Iterable[str]], read: Callable[[], KernelApi]
) -> KernelApi:
    """The API of the tree at ``root``: from ``folder`` if nothing has changed, else what ``read`` returns.

    ``others`` names the files outside include/ (relative to ``root``) that ``read`` looks at. Raises what
    ``read`` raises.
    """
    entry = folder / f"kernel-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.api"
    values = read_entry(entry)
    places = next(values, None)
    if isinstance(places, tuple) and next(values, None) == fingerprint(root, places):
        kept = next(values, None)
        if isinstance(kept, KernelApi):
            return kept
    places = tuple(others())
    state = fingerprint(root, places)
    api = replace(read(), stamp=state)
    write_entry(entry, places, state, api)
    return api


def fingerprint(root: Path, others: Iterable[str] = ()) -> str:
    """A digest of name, size and times of change of the Makefile, ``others`` and every header of include/."""
    states: list[tuple[object, ...]] = []
    for path in ("Makefile", *others):
        sys.audit(PROBED, str(root / path))
        try:
            status = os.stat(root / path)  # noqa: PTH116 - see scan
        except OSError:
            states.append((path,))
        else:
            states.append((path, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    states += walk_states(str(Path(__file__).parent), (".py", ".toml"))
    states += walk_states(str(root / "include"), (".h",), NOT_API)
    return hashlib.sha256(repr((str(root), states)).encode("utf-8", "surrogateescape")).hexdigest()
