# SPDX-License-Identifier: GPL-2.0-only
"""A tree's API kept between runs: reading it takes ten times as long as seeing that nothing has changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from mmapmigrate.disk.kept import read_entry, write_entry
from mmapmigrate.disk.rests import Rests, now, rest_on
from mmapmigrate.disk.scan import places
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.tree import NOT_API

_COMPILED = frozenset({"__pycache__"})


def cached(
    root: Path, folder: Path, others: Callable[[], Iterable[str]], read: Callable[[], KernelApi]
) -> KernelApi:
    """The API of the tree at ``root``: from ``folder`` if nothing has changed, else what ``read`` returns.

    ``others`` names the files outside include/ (relative to ``root``) that ``read`` looks at. Raises what
    ``read`` raises.
    """
    entry = folder / f"kernel-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.api"
    values = read_entry(entry)
    rests = next(values, None)
    if isinstance(rests, Rests) and rests.hold():
        kept = next(values, None)
        if isinstance(kept, KernelApi):
            rest_on(rests)
            return kept
    begun = now()
    api = read()
    new = Rests.on(_read_for_api(root, others()), begun)
    if new is None:
        return api
    rest_on(new)
    api = replace(api, stamp=new.digest)
    write_entry(entry, new, api)
    return api


def _read_for_api(root: Path, others: Iterable[str]) -> Iterator[str]:
    """The Makefile, ``others``, every header of include/ with its folders, and what reads them."""
    yield from (str(root / path) for path in ("Makefile", *others))
    yield from places(str(root / "include"), (".h",), NOT_API)
    yield from places(str(Path(__file__).parent), (".py", ".toml"), _COMPILED)
