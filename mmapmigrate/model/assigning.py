# SPDX-License-Identifier: GPL-2.0-only
"""Macros that assign to a variable which they are given by its name."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

# Macros of the kernel's that ask for the value of what they are given.
_ASKING = re.compile(
    r"(?:VM_)?(?:WARN|BUG|IS|PTR|ERR|PAGE|PFN|PHYS|BUILD|READ|MIN|MAX|ALIGN|ARRAY|DIV)(?:_|$)|ALIGN"
)


@cache
def _facts() -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    facts = tomllib.loads(Path(__file__).with_name("assigning.toml").read_text("utf-8"))
    return frozenset(facts["names"]), tuple(facts["endings"]), frozenset(facts["keeping"])


def assigns(name: str) -> bool:
    """Whether ``name`` is a macro of the kernel's that assigns to an argument (facts: assigning.toml)."""
    names, endings, _keeping = _facts()
    return name in names or name.endswith(endings)


def keeps(name: str) -> bool:
    """Whether ``name`` is one of the kernel's that stores what it is given, at its first argument's place."""
    return name in _facts()[2]


def may_assign(name: str) -> bool:
    """Whether what is called ``name`` is a macro that assigns to an argument, or by its spelling may be."""
    return assigns(name) or (name.isupper() and not _ASKING.match(name))
