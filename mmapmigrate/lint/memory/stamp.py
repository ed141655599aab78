# SPDX-License-Identifier: GPL-2.0-only
"""What tells this tool from another one, and the files that it is."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import mmapmigrate
from mmapmigrate.disk.rests import state_of
from mmapmigrate.disk.scan import walk
from mmapmigrate.lint.loader import builtin_folder

_LIBRARIES = ("tree_sitter", "tree_sitter_c", "pycparser", "stringzilla")
"""What finds words and reads C."""

_STANDARD = tuple(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib"))
_ADDED = ("/site-packages/", "/dist-packages/")


@cache
def tool_stamp() -> str:
    """What tells this tool from one that might answer otherwise: its modules and tables, and what reads C.

    Also how file names are decoded: paths are kept as they were given.
    """
    states = (f"{path} {state_of(path)}\n" for path in sorted((*_ours(), *_theirs())))
    return "".join((f"{mmapmigrate.__version__} {sys.version} {sys.getfilesystemencoding()}\n", *states))


def tool_places() -> set[str]:
    """The files that the tool is, with all that Python has loaded from elsewhere, and the folders of ours.

    A folder tells of a new rule or table.
    """
    ours = set(_ours())
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    loaded = {path for path in files if path is not None and not _is_standard(path)}
    return ours | {os.path.dirname(path) for path in ours} | {*_theirs()} | loaded  # noqa: PTH120 - see scan


def _is_standard(path: str) -> bool:
    """Whether a module is of Python's own library, which goes with its version."""
    return path.startswith(_STANDARD) and not any(part in path for part in _ADDED)


def _ours() -> Iterator[str]:
    package = Path(mmapmigrate.__file__).parent
    for top in {package, builtin_folder()}:
        yield from walk(str(top), (".py", ".toml"))


def _theirs() -> Iterator[str]:
    for spec in map(find_spec, _LIBRARIES):
        if spec is not None and spec.origin is not None:
            yield spec.origin
