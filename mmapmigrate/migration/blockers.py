# SPDX-License-Identifier: GPL-2.0-only
"""From the reasons of conversions, and from what hooks call, to blockers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mmapmigrate.convert.conversion import HookRef, Reason, Tier
from mmapmigrate.migration.functions import Functions
from mmapmigrate.migration.graph import Blocker, BlockerKind


class Blockers:
    """Collects blockers; each method returns the ids of those that it was told of."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._others: dict[str, Blocker] = {}

    def all(self) -> Mapping[str, Blocker]:
        """Every blocker so far, by its id."""
        return {**self._functions.blockers, **self._others}

    def of_reasons(self, reasons: Iterable[Reason]) -> set[str]:
        """What the reasons of a conversion name, looked through to what those need."""
        found: set[str] = set()
        for reason in reasons:
            if reason.code in ("helper", "hook-elsewhere") and reason.subject:
                found |= self._functions.needs(reason.subject, reason.path)
            elif reason.tier is not Tier.BLOCKED:
                continue
            elif reason.code == "nested-hook":
                found |= self._functions.nested(reason.path, reason.line) or {self.code(reason.code)}
            elif reason.code == "no-counterpart" and reason.subject:
                found.add(self._functions.function(reason.subject))
            elif reason.code == "by-hand-dispatch" and reason.subject:
                found.add(self.dispatcher(reason.subject))
            else:
                found.add(self.code(reason.code))
        return found

    def of_member(self, hook: HookRef, path: str) -> set[str]:
        """What a table's member of ``path`` without a conversion waits for: its form, and what it calls."""
        found: set[str] = set()
        member = self._functions.member(hook.struct, hook.member)
        if member is not None:
            found.add(member)
        if hook.handler is not None:
            found |= self._functions.needs(hook.handler, path)
        return found

    def dispatcher(self, place: str) -> str:
        """The place ``path:line`` that calls ``->mmap()`` by hand."""
        path, _, line = place.rpartition(":")
        kind = BlockerKind.DISPATCHER
        return self._add(Blocker(f"{kind}:{place}", kind, place, path, int(line)))

    def macro(self, name: str, path: str, line: int, needs: Iterable[str]) -> str:
        """The macro ``name``, whose own table waits for ``needs``."""
        kind = BlockerKind.MACRO
        return self._add(Blocker(f"{kind}:{name}", kind, name, path, line, tuple(sorted(needs))))

    def code(self, code: str) -> str:
        """What the hook itself does, by the code of the reason."""
        return self._add(Blocker(f"{BlockerKind.CODE}:{code}", BlockerKind.CODE, code))

    def _add(self, blocker: Blocker) -> str:
        self._others.setdefault(blocker.id, blocker)
        return blocker.id
