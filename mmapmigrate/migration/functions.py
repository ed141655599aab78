# SPDX-License-Identifier: GPL-2.0-only
"""What a function that is handed a VMA needs before it can take a descriptor instead.

A function of include/ without a counterpart is a thing that must move by itself. A function of a driver is
not: it moves with the hook, so what it needs its caller needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.migration.graph import Blocker, BlockerKind
from mmapmigrate.model.flags import FLAG_HELPERS
from mmapmigrate.model.reach import FILE_OPERATIONS
from mmapmigrate.model.remaps import remaps
from mmapmigrate.model.survey import FileSurvey, Handover, VmaFunction


class Functions:
    """The functions of a tree's ``surveys`` (by path) for one kernel.

    ``named`` are functions that conversions name as having no counterpart.
    """

    def __init__(
        self, surveys: Mapping[str, FileSurvey], api: KernelApi, named: Collection[str] = ()
    ) -> None:
        self._api = api
        self._named = frozenset(named)
        self._local: dict[tuple[str, str], list[VmaFunction]] = {}
        self._global: dict[str, list[tuple[str, VmaFunction]]] = {}
        self._at: dict[tuple[str, int], list[Handover]] = {}
        holders: dict[str, set[str]] = {}
        for path, survey in surveys.items():
            for function in survey.functions:
                self._local.setdefault((path, function.name), []).append(function)
                if not function.static or path.endswith(".h"):
                    self._global.setdefault(function.name, []).append((path, function))
                for handover in function.handovers:
                    self._at.setdefault((path, handover.line), []).append(handover)
            for member, struct in survey.holders:
                holders.setdefault(member, set()).add(struct)
        self._holders = {member: min(found) for member, found in holders.items() if len(found) == 1}
        self._setting: dict[tuple[str, str], bool] = {}
        self._needed: dict[tuple[str, str], frozenset[str]] = {}
        self.blockers: dict[str, Blocker] = {}

    def needs(self, name: str, path: str) -> frozenset[str]:
        """The ids of the blockers of what ``path`` calls ``name``; the blockers are in ``blockers``."""
        return self._needs_of_call(name, path, set())

    def member(self, struct: str, member: str) -> str | None:
        """The id of the blocker that an ops struct's member is; None where it has an mmap_prepare form."""
        known = self._api.member(struct, member)
        if struct == FILE_OPERATIONS or (known is not None and known.prepare is not None):
            return None
        name = f"{struct}.{member}"
        found = f"{BlockerKind.MEMBER}:{name}"
        if found not in self.blockers:
            header = known.header if known is not None else ""
            self.blockers[found] = Blocker(found, BlockerKind.MEMBER, name, header)
        return found

    def function(self, name: str) -> str:
        """The id of the blocker that the function ``name`` is."""
        found = f"{BlockerKind.FUNCTION}:{name}"
        if found not in self.blockers:
            # Known before its needs are, for functions that call each other in a circle.
            self.blockers[found] = Blocker(found, BlockerKind.FUNCTION, name)
            definitions = self._global.get(name, ())
            needs: set[str] = set()
            for path, one in definitions:
                needs |= self._needs_of_body(one, path, set())
            path, line = _place(definitions)
            kept = tuple(sorted(needs - {found}))
            self.blockers[found] = Blocker(found, BlockerKind.FUNCTION, name, path, line, kept)
        return found

    def nested(self, path: str, line: int) -> frozenset[str]:
        """The ids of the ops structs' members that are called at a line."""
        return frozenset(
            found
            for handover in self._at.get((path, line), ())
            if handover.member and (found := self._member_called(handover)) is not None
        )

    def _member_called(self, handover: Handover) -> str | None:
        struct = handover.struct or self._holders.get(handover.holder)
        return self.member(struct, handover.member) if struct is not None else None

    def _needs_of_call(self, name: str, path: str, above: set[tuple[str, str]]) -> frozenset[str]:
        if self._served(name):
            return frozenset()
        if name in remaps():
            return frozenset({self.function(name)})
        if name in self._api.vma_takers:
            return frozenset({self.function(name)}) if self._sets_up(name, path, set()) else frozenset()
        home = self._home(name, path)
        key = (home, name)
        if key in above:
            return frozenset()
        if key not in self._needed:
            found: set[str] = set()
            for where, function in self._definitions(name, path):
                found |= self._needs_of_body(function, where, above | {key})
            if above:
                # Within a circle the answer may lack what the others of the circle add.
                return frozenset(found)
            self._needed[key] = frozenset(found)
        return self._needed[key]

    def _needs_of_body(self, function: VmaFunction, path: str, above: set[tuple[str, str]]) -> set[str]:
        found: set[str] = set()
        for handover in function.handovers:
            if handover.member:
                member = self._member_called(handover)
                if member is not None:
                    found.add(member)
            else:
                found |= self._needs_of_call(handover.callee, path, above)
        return found

    def _served(self, name: str) -> bool:
        """Whether this kernel has something for a call on a descriptor."""
        counterpart = self._api.counterparts.get(name)
        if (counterpart is not None and not counterpart.condition) or name in FLAG_HELPERS:
            return True
        remap = remaps().get(name)
        return remap is not None and bool(remap.offered(self._api))

    def _sets_up(self, name: str, path: str, seen: set[tuple[str, str]]) -> bool:
        """Whether a function makes the mapping what it is, rather than look at it."""
        if name in remaps() or name in FLAG_HELPERS:
            return True
        definitions = list(self._definitions(name, path))
        if not definitions:
            # Out of sight, in a run over a part of a tree: the name is all there is.
            return "mmap" in name
        if name in self._named and not any(function.reads for _, function in definitions):
            return True
        key = (self._home(name, path), name)
        if key in seen:
            return False
        seen.add(key)
        if key not in self._setting:
            self._setting[key] = any(
                function.writes
                or any(
                    bool(handover.member) or self._sets_up(handover.callee, where, seen)
                    for handover in function.handovers
                )
                for where, function in definitions
            )
        return self._setting[key]

    def _home(self, name: str, path: str) -> str:
        return path if (path, name) in self._local else ""

    def _definitions(self, name: str, path: str) -> Iterator[tuple[str, VmaFunction]]:
        """The definitions that ``path`` means by ``name``: its own, else those that the tree shares."""
        own = self._local.get((path, name))
        if own is not None:
            yield from ((path, function) for function in own)
        else:
            yield from self._global.get(name, ())


def _place(definitions: Sequence[tuple[str, VmaFunction]]) -> tuple[str, int]:
    """Where a function is: at the definition that does most; nowhere if several folders have such a one."""
    # A stub of a header stands in for the function; so does a test's copy.
    definitions = [each for each in definitions if not each[1].static] or definitions
    most = max((len(function.handovers) for _, function in definitions), default=0)
    best = [(path, function.line) for path, function in definitions if len(function.handovers) == most]
    if len({path.rpartition("/")[0] for path, _ in best}) != 1:
        return "", 0
    return min(best)
