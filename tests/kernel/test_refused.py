# SPDX-License-Identifier: GPL-2.0-only
"""The look-alikes are drivers that the kernel builds: what is refused there could really be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.kbuild.messages import parse_messages
from tests.kernel.lab.boot import Guest, build_modules
from tests.kernel.lab.figures import note
from tests.kernel.lab.situations import FIXTURES

pytestmark = pytest.mark.kernel


def test_every_look_alike_builds_as_a_module_and_without_a_message(tree: Path) -> None:
    drivers = sorted((FIXTURES / "refused").glob("*/driver.c"))
    guests = [Guest(path.parent.name, path.read_bytes(), (), (), "") for path in drivers]
    modules, output = build_modules(tree, guests, "refused")
    note("look-alikes that build and are refused", len(guests))
    assert {guest.name for guest in guests} <= set(modules)
    assert [message.printed for message in parse_messages(output)] == []
