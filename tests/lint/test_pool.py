# SPDX-License-Identifier: GPL-2.0-only
"""How many processes share a run's work."""

from __future__ import annotations

import pytest

from mmapmigrate.lint import pool


@pytest.mark.parametrize(
    ("cpus", "jobs", "workers"),
    [(1, None, 1), (2, None, 2), (5, None, 5), (64, None, 5), (64, 12, 12), (2, 1, 1)],
)
def test_a_large_machine_is_not_filled_unless_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, cpus: int, jobs: int | None, workers: int
) -> None:
    monkeypatch.setattr(pool, "cpus", lambda: cpus)
    assert pool.workers_for(jobs) == workers
