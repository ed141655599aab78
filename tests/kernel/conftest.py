# SPDX-License-Identifier: GPL-2.0-only
"""``python -m pytest tests/kernel -m kernel`` brings a tree and builds what the tests need.

A run that does not ask for the marker touches no network and builds nothing: these tests are then skipped,
unless MMAPMIGRATE_KERNEL names a tree, which is enough for those that only read.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.kernel.lab.boot import Transcript, boot, build_modules
from tests.kernel.lab.figures import figures, note
from tests.kernel.lab.folders import BOOTED, X86_32
from tests.kernel.lab.situations import Situation, situations
from tests.kernel.lab.traps import traps
from tests.kernel.lab.trees import newest_tree, release

KERNEL_VARIABLE = "MMAPMIGRATE_KERNEL"
READING_ONLY = frozenset({"test_kernel_api_tree", "test_model_tree", "test_rules"})


def _asked(config: pytest.Config) -> bool:
    return str(config.option.markexpr).strip() == "kernel"


def pytest_configure(config: pytest.Config) -> None:
    """Name the tree before the tests that read it are collected."""
    if _asked(config) and not os.environ.get(KERNEL_VARIABLE):
        os.environ[KERNEL_VARIABLE] = str(newest_tree())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _asked(config):
        return
    skip = pytest.mark.skip(reason="builds kernels: ask for it with -m kernel")
    for item in items:
        if item.get_closest_marker("kernel") and item.path.stem not in READING_ONLY:
            item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures that docs/evidence.md quotes."""
    if figures():
        terminalreporter.section("figures")
        for line in figures():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def tree() -> Path:
    """The kernel tree under test."""
    found = newest_tree()
    note("release of the tree", release(found))
    return found


@pytest.fixture(scope="session")
def transcripts(tree: Path) -> dict[str, Transcript]:
    """What each module of the fixtures and of the wrong conversions did, by name, all on one boot."""
    guests = [situation.guest(which) for situation in situations() for which in ("before", "after")]
    guests += [guest for trap in traps() for guest in trap.guests()]
    modules, _output = build_modules(tree, guests, "fixtures")
    started = time.monotonic()
    seen = boot(tree, guests, modules)
    note("modules on one boot", len(guests))
    note("seconds that the boot took", round(time.monotonic() - started))
    note("observations", sum(len(transcript) for transcript in seen.values()))
    return seen


@pytest.fixture(scope="session")
def transcripts_32(tree: Path) -> dict[str, Transcript]:
    """What each module of the fixtures did on a kernel of 32 bits."""
    if not X86_32.installed:
        pytest.skip(f"the package {X86_32.package} is missing")
    guests = [situation.guest(which) for situation in situations() for which in ("before", "after")]
    modules, _output = build_modules(tree, guests, f"fixtures-{X86_32.name}", X86_32)
    seen = boot(tree, guests, modules, X86_32)
    note("observations in 32 bits", sum(len(transcript) for transcript in seen.values()))
    return seen


@pytest.fixture(scope="session", params=BOOTED, ids=[each.name for each in BOOTED])
def pairs(request: pytest.FixtureRequest) -> dict[str, tuple[Situation, Transcript, Transcript]]:
    """Each situation with what its driver did before and after conversion."""
    seen = request.getfixturevalue("transcripts_32" if request.param is X86_32 else "transcripts")
    return {
        each.name: (each, seen[f"{each.name}_before"], seen[f"{each.name}_after"]) for each in situations()
    }
