# SPDX-License-Identifier: GPL-2.0-only
"""What ``check --statistics`` counts."""

from __future__ import annotations

from mmapmigrate.convert.conversion import Conversion, Reason, Tier
from mmapmigrate.report.statistics import render_statistics


def conversion(*reasons: tuple[str, Tier, str]) -> Conversion:
    return Conversion(
        "foo.c",
        1,
        "foo_mmap",
        (),
        Tier.BLOCKED,
        tuple(Reason("foo.c", 1, a, "x", b, c) for a, b, c in reasons),
    )


def test_conversions_are_counted_by_reason_and_blocker() -> None:
    missing = ("no-counterpart", Tier.BLOCKED, "vm_insert_page")
    found = [
        conversion(missing, missing, ("may-merge", Tier.REVIEW, "")),
        conversion(missing, ("twins", Tier.BLOCKED, "")),
        conversion(("helper", Tier.SKELETON, "foo_help")),
        conversion(),
    ]
    assert list(render_statistics(found)) == [
        "reason          conversions",
        "no-counterpart            2",
        "helper                    1",
        "may-merge                 1",
        "twins                     1",
        "",
        "blocker         conversions",
        "vm_insert_page            2",
        "twins                     1",
        "",
    ]


def test_nothing_to_count() -> None:
    assert list(render_statistics([conversion()])) == []
