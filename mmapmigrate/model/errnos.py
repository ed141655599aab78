# SPDX-License-Identifier: GPL-2.0-only
"""The names of the kernel's errnos (facts: errnos.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def errnos() -> frozenset[str]:
    """The bundled names."""
    facts = tomllib.loads(Path(__file__).with_name("errnos.toml").read_text("utf-8"))
    return frozenset(facts["names"])
