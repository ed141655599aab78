# SPDX-License-Identifier: GPL-2.0-only
"""The rows of the table: what is run beside what, and what is asked of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers as names
from benchmarks.command import Command, CommandError, seconds
from benchmarks.files import read
from benchmarks.memory import peak
from benchmarks.ours import OURS, Tool
from benchmarks.peers import Peers, reading, starting
from benchmarks.samples import AtMost, Line, Measure, More, Samples, Target, Times, in_turns

FIRST = "first run"
AGAIN = "again, nothing changed"


@dataclass(frozen=True)
class Bench:
    """What all rows share."""

    tree: Path
    tool: Tool
    peers: Peers
    runs: int
    said: Callable[[str], None]

    def turns(self, commands: Iterable[Command | None], measure: Measure = seconds) -> Mapping[str, Samples]:
        """The samples of those commands that there are, taken in turns, with the tree in the page cache."""
        return in_turns(
            [each for each in commands if each is not None],
            self.runs,
            self.said,
            measure,
            warm=lambda: read(str(self.tree)),
        )


def beside(
    what: str, ours: str, found: Mapping[str, Samples], asked: Mapping[str, Target | None]
) -> Iterator[Line]:
    """A line for each peer of ``asked``; one that was not run is missing there."""
    for peer, target in asked.items():
        yield Line(what, found[ours], peer, found.get(peer), target)


def whole_tree(bench: Bench) -> Iterator[Line]:
    what = f"`check .`, {FIRST}"
    check = bench.tool.command(bench.tree, "check", ".", cache=bench.tool.empty())
    search = [bench.peers.search(peer, bench.tree) for peer in (names.RIPGREP, names.GIT_GREP)]
    found = bench.turns([check, *search, reading(bench.tree)])
    asked = {names.RIPGREP: Times(4), names.GIT_GREP: None, names.PYTHON_READ: None}
    yield Line(what, found[OURS], target=AtMost(2.5))
    yield from beside(what, OURS, found, asked)


def drivers(bench: Bench) -> Iterator[Line]:
    folder = bench.tree / "drivers"
    check = bench.tool.command(bench.tree, "check", "drivers/", cache=bench.tool.empty())
    matchers = [
        bench.peers.match(peer, folder, bench.tool.scratch) for peer in (names.SPATCH, names.AST_GREP)
    ]
    found = bench.turns([check, *matchers])
    asked = {names.SPATCH: Times(1 / 4), names.AST_GREP: Times(1 / 30)}
    yield from beside(f"`check drivers/`, {FIRST}", OURS, found, asked)


def again(bench: Bench) -> Iterator[Line]:
    listings = (names.FIND, names.RIPGREP_FILES, names.PYTHON_LIST)
    for path, folder in ((".", bench.tree), ("drivers/", bench.tree / "drivers")):
        cache = bench.tool.kept(bench.tool.home())
        check = bench.tool.command(bench.tree, "check", path, cache=cache)
        found = bench.turns([check, *(bench.peers.listing(peer, folder) for peer in listings)])
        asked = {peer: Times(1.5) for peer in listings}
        yield from beside(f"`check {path}`, {AGAIN}", OURS, found, asked)


def one_file(bench: Bench) -> Iterator[Line]:
    """Three states of the cache: nothing in it, the kernel's API but not this file, and this file too."""
    path, other = driver_of_middle_size(bench.tree / "drivers")
    tool, tree = bench.tool, bench.tree

    def check(which: Path, cache: Callable[[], Mapping[str, str]], name: str) -> Command:
        return tool.command(tree, "check", str(which.relative_to(tree)), cache=cache, name=name)

    filled = tool.home()
    seconds(check(other, tool.kept(filled), OURS))
    commands = (
        check(path, tool.empty(), f"`check FILE`, {FIRST}"),
        check(path, tool.copied(filled), "`check FILE`, another of the tree seen before"),
        check(path, tool.kept(tool.home()), f"`check FILE`, {AGAIN}"),
    )
    found = bench.turns([*commands, starting(tree)])
    for command in commands:
        yield from beside(command.name, command.name, found, {names.PYTHON_PASS: More(0.15)})


def fixing(bench: Bench) -> Iterator[Line]:
    tool = bench.tool
    fix = tool.command(bench.tree, "fix", "--diff", ".", cache=tool.empty(), name="fix")
    check = tool.command(bench.tree, "check", ".", cache=tool.empty(), name="`check .`")
    found = bench.turns([fix, check])
    yield from beside(f"`fix --diff .`, {FIRST}", "fix", found, {"`check .`": Times(2)})


def memory(bench: Bench) -> Iterator[Line]:
    tool = bench.tool
    commands = (
        tool.command(bench.tree, "check", ".", cache=tool.empty(), name="`check .`"),
        tool.command(bench.tree, "fix", "--diff", ".", cache=tool.empty(), name="`fix --diff .`"),
    )
    found = bench.turns(commands, peak)
    for command in commands:
        what = f"{command.name}, {FIRST}: peak memory of all processes"
        yield Line(what, found[command.name], target=AtMost(300), unit="MB")


ROWS: Mapping[str, Callable[[Bench], Iterator[Line]]] = {
    "tree": whole_tree,
    "drivers": drivers,
    "again": again,
    "file": one_file,
    "fix": fixing,
    "memory": memory,
}
"""By the name that ``--rows`` takes. Each raises CommandError as ``in_turns`` does."""


def driver_of_middle_size(folder: Path) -> tuple[Path, Path]:
    """The .c file below ``folder`` of middle size among those with an mmap hook, and another such file.

    Raises CommandError when there are not two.
    """
    found = []
    for parent, _, files in os.walk(folder):
        for name in files:
            if name.endswith(".c"):
                path = Path(parent, name)
                data = path.read_bytes()
                if b".mmap" in data and b"struct file_operations" in data:
                    found.append((len(data), path))
    found.sort()
    if len(found) < 2:
        raise CommandError(f"{folder}: fewer than two drivers with an mmap hook")
    middle = len(found) // 2
    return found[middle][1], found[middle - 1][1]
