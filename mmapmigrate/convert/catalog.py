# SPDX-License-Identifier: GPL-2.0-only
"""What the codes of reasons mean, and what a person can do about each (facts: reasons.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct


class ReasonPage(Struct, frozen=True):
    """One code of a reason: a sentence on what it means, and one on what to do."""

    code: str
    means: str
    remedy: str


@cache
def reason_pages() -> Mapping[str, ReasonPage]:
    """The page of every code that a conversion's reasons can carry, by code."""
    table = tomllib.loads(Path(__file__).with_name("reasons.toml").read_text("utf-8"))
    return {code: ReasonPage(code, facts["means"], facts["remedy"]) for code, facts in table.items()}
