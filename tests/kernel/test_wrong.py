# SPDX-License-Identifier: GPL-2.0-only
"""Negative control: what the script sees of a wrong conversion is not what it sees of the driver before."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.kernel.lab.boot import Transcript
from tests.kernel.lab.situations import changes
from tests.kernel.lab.traps import Trap, traps

pytestmark = pytest.mark.kernel

BOOTED = [trap for trap in traps() if trap.transcript is not None]


def test_at_least_ten_traps_are_booted() -> None:
    assert len(BOOTED) >= 10


@pytest.mark.parametrize("trap", BOOTED, ids=[trap.name for trap in BOOTED])
def test_the_transcript_shows_the_trap(transcripts: Mapping[str, Transcript], trap: Trap) -> None:
    seen = changes(transcripts[f"{trap.name}_before"], transcripts[f"{trap.name}_wrong"])
    assert trap.transcript is not None
    assert any(trap.transcript.fits(*change) for change in seen)
