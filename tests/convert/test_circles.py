# SPDX-License-Identifier: GPL-2.0-only
"""Which helpers come back to themselves, in time that grows with their calls and not with their paths."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from mmapmigrate.convert import proof


def plan(*called: str) -> Any:
    return SimpleNamespace(helper_calls={number: (None, name) for number, name in enumerate(called)})


def test_helpers_that_are_called_twice_each_are_followed_once() -> None:
    helpers = {f"h{n}": (plan(f"h{n + 1}", f"h{n + 1}"),) for n in range(60)} | {"h60": (plan(),)}
    assert not proof._comes_back(plan("h0"), helpers)


def test_a_circle_is_seen_behind_helpers_that_are_none() -> None:
    helpers = {"a": (plan("b"),), "b": (plan(),), "c": (plan("b", "d"),), "d": (plan("a", "c"),)}
    assert proof._comes_back(plan("a", "c"), helpers)
    assert not proof._comes_back(plan("a", "b"), helpers)
