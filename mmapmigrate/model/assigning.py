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
def assigning_macros() -> frozenset[str]:
    """The kernel's macros that assign to an argument (facts: assigning.toml)."""
    facts = tomllib.loads(Path(__file__).with_name("assigning.toml").read_text("utf-8"))
    return frozenset(facts["names"])


def may_assign(name: str) -> bool:
    """Whether what is called ``name`` is a macro that assigns to an argument, or by its spelling may be."""
    return name in assigning_macros() or (name.isupper() and not _ASKING.match(name))
