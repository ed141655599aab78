# SPDX-License-Identifier: GPL-2.0-only
"""What tells one state of a file, and of this tool, from another."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import mmapmigrate
from mmapmigrate.kernel.scan import walk
from mmapmigrate.lint.loader import builtin_folder
from mmapmigrate.lint.memory.rests import state_of

_GRAMMAR = ("tree_sitter", "tree_sitter_c", "pycparser")


@cache
def tool_stamp() -> str:
    """What tells this tool from one that might answer otherwise: its modules, tables and grammar.

    Also how file names are decoded: paths are kept as they were given.
    """
    package = Path(mmapmigrate.__file__).parent
    specs = (find_spec(name) for name in _GRAMMAR)
    ours = (path for top in {package, builtin_folder()} for path in walk(str(top), (".py", ".toml")))
    theirs = (spec.origin for spec in specs if spec is not None and spec.origin is not None)
    states = (f"{path} {state_of(path)}\n" for path in sorted((*ours, *theirs)))
    return "".join((f"{mmapmigrate.__version__} {sys.version} {sys.getfilesystemencoding()}\n", *states))
