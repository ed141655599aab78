# SPDX-License-Identifier: GPL-2.0-only
"""Subjects in the style of a file's history, else of its folder.

What a subject begins with is a vote of the subjects that the same files had: a prefix counts when a part of
it is a word of the path, so that changes of the whole tree have no say.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from msgspec import Struct

from mmapmigrate.model.modules import Module
from mmapmigrate.series.drivers import Driver
from mmapmigrate.series.history import OldCommit

LONGEST = 75
"""Columns of a subject without its [PATCH] (Documentation/process/submitting-patches.rst)."""

WORDS = ("convert mmap hooks to mmap_prepare", "use mmap_prepare")
"""What a subject says; the shorter one where the first is too long."""

_ONE = ("convert mmap hook to mmap_prepare", WORDS[1])
_PART = re.compile(r"[\w/.,+&*()-]+(?: [\w/.,+&*()-]+){0,2}")
_GENERIC = frozenset({"", "core", "dev", "driver", "drivers", "drv", "file", "fops", "main", "ops"})
"""Words of file names that tell no driver from another."""

_TAGS = frozenset({"UPSTREAM", "BACKPORT", "FROMLIST", "FROMGIT", "ANDROID", "CHROMIUM", "fixup!", "squash!"})
"""What vendors' trees and rebasing put in front of a subject."""


class Prefix(Struct, frozen=True):
    """What a subject begins with, and whether a capital letter follows."""

    text: str
    capital: bool = False


def titles(drivers: Sequence[Driver], history: Sequence[OldCommit]) -> list[str]:
    """The subject of each driver's patch; ``history`` are the commits that changed its files, newest first.

    Where two would be the same, the drivers' modules are named.
    """
    prefixes = [
        from_history(driver.main, driver.modules, _of(driver, history))
        or from_path(driver.main, driver.modules)
        for driver in drivers
    ]
    known = Counter(prefixes)
    found = []
    for driver, prefix in zip(drivers, prefixes, strict=True):
        if known[prefix] > 1 and driver.modules:
            parts = _distinct([*prefix.text.split(": "), driver.modules[0].name])
            prefix = Prefix(": ".join(parts), prefix.capital)
        handlers = {outcome.handler for outcome in driver.outcomes}
        found.append(joined(prefix, WORDS if len(handlers) > 1 else _ONE))
    return found


def _of(driver: Driver, history: Iterable[OldCommit]) -> Iterator[str]:
    return (commit.subject for commit in history if not commit.files.isdisjoint(driver.files))


def joined(prefix: Prefix, words: Sequence[str]) -> str:
    """The prefix and the first of ``words`` that fits; where none does, the prefix loses its first parts."""
    parts = [part for part in prefix.text.split(": ") if part]
    while True:
        for text in words:
            whole = ": ".join([*parts, text[:1].upper() + text[1:] if prefix.capital else text])
            if len(whole) <= LONGEST or (not parts and text == words[-1]):
                return whole
        parts = parts[1:]


def shared(subjects: Sequence[str]) -> Prefix:
    """The parts that all ``subjects`` begin with."""
    parts = [each.split(": ")[:-1] for each in subjects]
    same = []
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1:
            break
        same.append(column[0])
    rest = [each.rpartition(": ")[2] for each in subjects]
    return Prefix(": ".join(same), bool(same) and all(text[:1].isupper() for text in rest))


def from_history(path: str, modules: Sequence[Module], history: Iterable[str]) -> Prefix | None:
    """The prefix that the subjects ``history`` of the file ``path`` vote for; None where none fits it.

    One that names the driver wins over one that only names a folder above; then the more frequent one, then
    the newer one.
    """
    votes: Counter[tuple[int, str]] = Counter()
    capitals: Counter[str] = Counter()
    for line in history:
        parts, rest = _split(line)
        ranks = [_rank(part, path, modules) for part in parts]
        while ranks and ranks[-1] == 0:
            ranks.pop()
        if not ranks:
            continue
        text = ": ".join(parts[: len(ranks)])
        votes[max(ranks), text] += 1
        capitals[text] += rest[:1].isupper()
    if not votes:
        return None
    best = max(rank for rank, _ in votes)
    # max() keeps the first of equals, and a Counter the order of insertion: the newest.
    text = max((key for key in votes if key[0] == best), key=lambda key: votes[key])[1]
    return Prefix(text, capitals[text] * 2 > votes[best, text])


def from_path(path: str, modules: Sequence[Module]) -> Prefix:
    """The prefix that is usual in the folder of ``path`` (prefixes.toml)."""
    parents = ["" if str(one) == "." else str(one) for one in PurePosixPath(path).parents]
    folder = next(one for one in parents if one in _forms())
    form, capital = _forms()[folder]
    below = path.removeprefix(folder).lstrip("/").split("/")
    name = modules[0].name if modules else PurePosixPath(path).stem
    if len(below) < 2:
        form = re.sub(r"[/ :]*\{next\}[: ]*(?=\{|$)", lambda match: "" if match.start() == 0 else ": ", form)
    text = form.format(next=below[0], module=name) or name
    return Prefix(": ".join(_distinct(text.strip(": ").split(": "))), capital)


def _split(line: str) -> tuple[list[str], str]:
    """The parts before the last colon that may be a prefix, and the rest."""
    line = re.sub(r"^(?:\[[^\]]*\] *)+", "", line)
    parts: list[str] = []
    while True:
        part, colon, rest = line.partition(": ")
        if not colon or _PART.fullmatch(part) is None:
            return parts, line
        line = rest.lstrip()
        if parts or part not in _TAGS:
            parts.append(part)


def _rank(part: str, path: str, modules: Sequence[Module]) -> int:
    """2 for a part of a prefix that names the file, its module or its folder, 1 for a folder above, or 0."""
    *folders, file = path.split("/")
    own = [file.rpartition(".")[0], *(module.name for module in modules), *folders[-1:]]
    if any(_names(part, one) for one in own):
        return 2
    usual = from_path(path, modules).text.split(": ")
    return 1 if any(_names(part, one) for one in (*folders, *usual)) else 0


def _names(part: str, name: str) -> bool:
    """Whether a word of ``part`` is ``name`` or one of its words; what separates words does not count."""
    words = {_plain(name), *(_words(name) - _GENERIC)} - {""}
    return _plain(part) in words or not words.isdisjoint(_words(part))


def _words(text: str) -> set[str]:
    return set(re.split(r"[\W_]+", text.lower()))


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def _distinct(parts: Iterable[str]) -> list[str]:
    """``parts`` without what only repeats the one before: ``aspeed: aspeed-lpc`` is ``aspeed: lpc``."""
    kept: list[str] = []
    for part in parts:
        before = kept[-1].rpartition("/")[2] if kept else ""
        if before and re.match(rf"{re.escape(before)}[-_]", part, re.IGNORECASE):
            part = part[len(before) + 1 :]
        if not kept or _plain(part) != _plain(before):
            kept.append(part)
    return kept


@cache
def _forms() -> dict[str, tuple[str, bool]]:
    table = tomllib.loads(Path(__file__).with_name("prefixes.toml").read_text("utf-8"))
    return {row["folder"]: (row["form"], row.get("capital", False)) for row in table["prefix"]}
