# SPDX-License-Identifier: GPL-2.0-only
"""Converts drivers that were drawn, boots each beside what it became, and compares what the script saw."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kernel.invented.grammar import draw
from tests.kernel.lab.boot import Guest, boot_what_lives, build_modules
from tests.kernel.lab.commands import run
from tests.kernel.lab.conversions import CHECKOUT
from tests.kernel.lab.situations import FAILS, Change, changes

_WARNING = "[ cut here ]"
_MERGED = "vmas=1 "
_REFUSED = re.compile(r"(ok E|E\w+ ok)")


@dataclass(frozen=True)
class Pair:
    """The driver of a seed before and after a conversion of tier complete."""

    seed: int
    before: bytes
    after: bytes

    @property
    def guests(self) -> tuple[Guest, Guest]:
        """Both modules."""
        return (self._guest("before", self.before), self._guest("after", self.after))

    def _guest(self, which: str, source: bytes) -> Guest:
        return Guest(f"box{self.seed}_{which}", source, ("base",))


@dataclass
class Outcome:
    """By seed: what differs, and the name of the module that brought the kernel down.

    ``mapped`` is the number of pairs of which a request succeeded: the others show little.
    """

    pairs: list[Pair]
    differing: dict[int, list[Change]] = field(default_factory=dict)
    fatal: dict[int, str] = field(default_factory=dict)
    mapped: int = 0

    @property
    def wrong(self) -> dict[int, object]:
        """The seeds whose conversion is wrong, and what shows it."""
        died = {seed: name for seed, name in self.fatal.items() if name.endswith("_after")}
        return {**self.differing, **died}


@dataclass(frozen=True)
class Drawn:
    """The pairs of a range of seeds, and what the tool says of those that it failed at: its own defects."""

    pairs: tuple[Pair, ...]
    errors: tuple[str, ...]


def converted(tree: Path, seeds: Iterable[int]) -> Drawn:
    """Draws the drivers of ``seeds`` and takes those that ``fix`` makes a conversion of tier complete of."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        before: dict[Path, tuple[int, bytes]] = {}
        for seed in seeds:
            # Each in a folder of its own: files of one folder may be one module.
            path = work / str(seed) / "box.c"
            path.parent.mkdir()
            before[path] = (seed, draw(seed).encode())
            path.write_bytes(before[path][1])
        report = _fix(tree, work)
        complete = {
            row["path"] for row in report["conversions"] if row["tier"] == "complete" and row["applied"]
        }
        pairs = (Pair(*before[path], path.read_bytes()) for path in before if str(path) in complete)
        errors = (f"{row['path'].removeprefix(name)}: {row['message']}" for row in report["errors"])
        return Drawn(tuple(pairs), tuple(errors))


def _fix(tree: Path, folder: Path) -> Mapping[str, Any]:
    """What ``fix`` reports. It ends with 2 where it fails at one driver; the others are converted."""
    report = folder / "report.json"
    command: list[str | Path] = [sys.executable, "-m", "mmapmigrate", "fix", "--quiet", "--no-cache"]
    options: list[str | Path] = ["--kernel", tree, "--format", "json", "--output", report]
    run([*command, *options, folder], check=False, env={**os.environ, "PYTHONPATH": str(CHECKOUT)})
    found: Mapping[str, Any] = json.loads(report.read_text())
    return found


def tried(tree: Path, found: Sequence[Pair], folder_name: str = "invented") -> Outcome:
    """What the script saw of both drivers of each pair, built in a folder of that name."""
    outcome = Outcome(list(found))
    pairs = {str(pair.seed): pair.guests for pair in outcome.pairs}
    if not pairs:
        return outcome
    modules, _output = build_modules(tree, [guest for pair in pairs.values() for guest in pair], folder_name)
    seen, fatal = boot_what_lives(tree, pairs, modules)
    outcome.fatal = {int(seed): name for seed, name in fatal.items()}
    for pair in outcome.pairs:
        before, after = (seen.get(guest.name) for guest in pair.guests)
        if before is None or after is None:
            continue
        outcome.mapped += any(key.startswith("mmap ") and value.startswith("ok ") for key, value in before)
        seen_to_differ = changes(before, after)
        unstated = [one for one in seen_to_differ if not (is_merging(*one) or is_exhaustion(*one))]
        if any(key == "log" and _WARNING in value for key, value in before):
            # The kernel warns once a boot: what follows is as wrong, and says nothing.
            unstated = [change for change in unstated if not change[0].startswith("log ")]
        if unstated:
            outcome.differing[pair.seed] = unstated
    return outcome


def is_exhaustion(key: str, before: str, after: str) -> bool:
    """Whether a change is that of vm_insert_page() to the action where a page table cannot be had.

    Source: mm/memory.c (insert_page(), insert_pages()).
    """
    return key.endswith(FAILS) and set(after.split()) == {*before.split(), "EFAULT"}


def is_merging(key: str, before: str, after: str) -> bool:
    """Whether a change is what every conversion brings to two neighbours.

    They may become one VMA through which the same is seen; and where the first hook never got to refuse the
    second mapping, since it had merged before, now it does.
    Source: mm/vma.c (__mmap_region()).
    """
    if " neighbours " not in key:
        return False
    if _MERGED in before and _REFUSED.match(after) is not None:
        return True
    return before.replace("vmas=2 ", _MERGED) == after
